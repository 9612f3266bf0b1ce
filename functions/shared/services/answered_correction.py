"""What is put right in the moment in which it is asked is a request that was answered at once.

It is written with the change, opened and completed in one transaction, so that everything which
follows a correction that waited for staff follows this one: the other systems are asked to make it,
recipients are told, and what fails waits at the desk (S55, S56, Art. 16 and 19).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.calendar_dates import london_date
from shared.domain.rectification import FieldChange, FieldDecision
from shared.domain.request_actions import COMPLETED
from shared.domain.request_types import RequestType
from shared.services import open_request
from shared.services.open_request import NewRequest
from shared.storage.corrections import RecordChange
from shared.storage.records import Record
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction


@dataclass(frozen=True, slots=True)
class Author:
    """Who puts it right: `by` whom, through which `channel`, on which property (S1).

    `identified_by` is how it was shown who asks. `person`: it was they themselves, and a mail tells
    them so; what staff mend in a record by themselves is told to nobody but those who have it.
    """

    by: str
    channel: str
    property: str
    identified_by: str
    person: bool = False


def completed(
    record: Record,
    changes: Sequence[FieldChange],
    policy_version: str,
    author: Author,
    now: datetime,
) -> list[dict[str, Any]]:
    """Return the writes of the request that `changes` answer, for the transaction that makes them.

    `record` says whose it is. A field that was taken away has an empty value.
    """
    wanted = {change["field"]: change["after"] for change in changes}
    about: Mapping[str, Any] = record.fields
    case = open_request.drafted(
        NewRequest(
            type=RequestType.RECTIFICATION,
            name=about.get("name", ""),
            email=about["email"],
            channel=author.channel,
            received_at=now,
            policy_version=policy_version,
            language=about.get("language"),
            corrections=[{"field": name, "value": value} for name, value in wanted.items()],
            facts={
                "identified": london_date(now).isoformat(),
                "identified_by": author.identified_by,
                "made_at_once": True,
                "made_by_person": author.person or None,
                "property": author.property,
            },
        ),
        now,
    )
    by = author.by
    opened = RequestAction("opened", by, now, status=COMPLETED, details={"channel": case.channel})
    decisions = [FieldDecision(field=name, accepted=True) for name in wanted]
    result = {"corrections": list(changes), "decisions": decisions, "outcome": "done"}
    completion = RequestAction("completion", by, now, COMPLETED, changes={"result": result})
    return request_store.opening_completed(case, opened, completion)


def said(record: Record, change: RecordChange) -> FieldChange:
    """Say a change as requests do, in which a field that was taken away is empty."""
    return FieldChange(
        field=change.field, before=change.before, after=change.after or "", record=record.key
    )
