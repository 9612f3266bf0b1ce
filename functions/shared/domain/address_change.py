"""Changing an e-mail address: who asks for it, who showed what, and how two addresses meet (S55).

Somebody is known by a keyed hash of their address, so that a new one is a new name. What the old
one decided goes over; where one of the two said no, the no counts. Decided without reading.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.domain import email_address, person_fields
from shared.domain.consent import Choice
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.email_address import EmailAddress
from shared.domain.permission import ConsentState
from shared.domain.request_actions import IN_PROGRESS
from shared.domain.request_types import RequestType
from shared.domain.timestamps import parse_timestamp

# So long whoever reads the old mailbox can stop a change for which nobody pressed there.
TIME_TO_STOP = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Brought:
    """What an old address brings to a new one.

    `refused` are purposes that it said no to, `objected` those it objected to: they count whatever
    the new one said. `carries` are its grants, which go on as they were made, and only where the
    new one decided nothing.
    """

    refused: tuple[str, ...]
    objected: tuple[str, ...]
    carries: Mapping[str, Choice]


def brought(old: ConsentState) -> Brought:
    """Return what an address brings to another of the same person."""
    stand = old.event["objections"] if old.event else None
    objected = {*(stand or ()), *old.suppressed}
    return Brought(
        refused=tuple(sorted(name for name, made in old.choices.items() if not made.granted)),
        objected=tuple(sorted(objected)),
        carries={name: made for name, made in old.choices.items() if made.granted},
    )


def wanted(case: DataSubjectRequest) -> EmailAddress | None:
    """Return the address that a request asks to be changed to, if it asks for nothing else."""
    if case.type != RequestType.RECTIFICATION or len(case.corrections) != 1:
        return None
    (asked,) = case.corrections
    if asked["field"] not in person_fields.PROVED:
        return None
    try:
        return email_address.canonical(asked["value"])
    except ValueError:
        return None


def unproved(case: DataSubjectRequest) -> bool:
    """Tell whether all that is missing is a press on the link in the new mailbox."""
    return case.status == IN_PROGRESS and wanted(case) is not None and proved(case) is None


def proved(case: DataSubjectRequest) -> str | None:
    """Name the person that whoever asks is by the new address, once it was shown to be theirs."""
    return case.facts.get("new_person")


def stoppable(case: DataSubjectRequest) -> bool:
    """Tell whether a change was not asked for by a press in the old mailbox, which may stop it."""
    noted = case.facts.get("identified_by") is not None
    return noted and case.email is not None and wanted(case) is not None


def not_before(case: DataSubjectRequest) -> datetime | None:
    """Return until when the old mailbox may stop a change; None where it need not be awaited."""
    pressed = case.facts.get("address_proved")
    return parse_timestamp(pressed) + TIME_TO_STOP if pressed and stoppable(case) else None


def changed_from(case: DataSubjectRequest) -> str | None:
    """Return the address that was changed by a request; None if none was, or there was none."""
    return _changed(case).get("before")


def holder(case: DataSubjectRequest) -> str:
    """Name under whom the data of a request stands now."""
    return proved(case) or case.person if _changed(case) else case.person


def in_the_way(case: DataSubjectRequest, other: DataSubjectRequest) -> bool:
    """Tell whether another request of the old address has to be answered before it is changed.

    It was shown whose it is, and asks for something of what is to go over. Anybody can send one
    that was not; a complaint is answered from wherever the data stands.
    """
    asks_for_data = other.type != RequestType.COMPLAINT and wanted(other) is None
    return other.id != case.id and other.open and other.identified and asks_for_data


def _changed(case: DataSubjectRequest) -> Mapping[str, Any]:
    made = any(each.get("proved") for each in case.result.get("decisions", ()))
    return case.result["corrections"][0] if made else {}
