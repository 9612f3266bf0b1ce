"""Which mails a step of a request calls for, as a table, and sending each of them once."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from notifications import sender
from notifications.sender import Link, Notification
from shared.domain import data_subject_request as domain
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.rate_limits import REQUEST_MAILS
from shared.domain.token_scopes import TokenScope
from shared.storage import policies
from shared.storage.requests import request_store
from shared.storage.requests.request_store import TimelineEvent

WORKED_ON_BY_STAFF = frozenset({"rectification", "complaint"})
COPIES = frozenset({"access", "portability"})

Wanted = Callable[[TimelineEvent, DataSubjectRequest], bool]


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that a step calls for, if `wanted`.

    With `link` it carries a link that opens the request; `limited` ones anybody can cause, so
    an address gets only so many; `to_company` ones go to the staff.
    """

    template: str
    wanted: Wanted = lambda _happened, _case: True
    link: bool = False
    limited: bool = False
    to_company: bool = False


def _admitted(happened: TimelineEvent, _case: DataSubjectRequest) -> bool:
    return happened.before != happened.status and happened.status == domain.IN_PROGRESS


def _for_staff(happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    return case.type in WORKED_ON_BY_STAFF and _admitted(happened, case)


def _owed(happened: TimelineEvent, _case: DataSubjectRequest) -> bool:
    return happened.status == domain.AWAITING_FEE


def _unidentified(happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    """Tell whether identity is still to be shown: a late worker asks for nothing that is done."""
    return happened.status == case.status == domain.AWAITING_IDENTITY


def _identified(happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    return domain.AWAITING_IDENTITY not in (happened.status, case.status)


_RECEIVED = Mail("request_received", _unidentified, link=True, limited=True)
_CONFIRMED = (
    Mail("request_confirmed", _admitted),
    Mail("request_fee", _owed),
    Mail("request_for_staff", _for_staff, to_company=True),
)
_DONE = (
    Mail("request_ready", lambda _, case: case.type in COPIES, link=True),
    Mail("request_completed", lambda _, case: case.type not in COPIES, link=True),
)

MAILS: Mapping[str, tuple[Mail, ...]] = {
    "opened": (_RECEIVED, *_CONFIRMED),
    "joined": (_RECEIVED, Mail("request_joined", _identified, link=True, limited=True)),
    "verified": _CONFIRMED,
    "identity": _CONFIRMED,
    "fee": _CONFIRMED,
    "waiver": _CONFIRMED,
    "clarification": (Mail("request_clarification"),),
    "resumption": _CONFIRMED,
    "extension": (Mail("request_extension"),),
    "refusal": (Mail("request_refused"),),
    "completion": _DONE,
    "fulfilled": _DONE,
    "cancellation": (Mail("request_cancelled"),),
    "lapse": (Mail("request_lapsed"),),
    "lifting": (Mail("restriction_lifted"),),
    "note": (Mail("request_progress", lambda happened, _: bool(happened.details.get("tell"))),),
    "source_failed": (Mail("request_source_failed", to_company=True),),
    "reminder": (Mail("request_reminder", to_company=True),),
}


def of_happening(happened: TimelineEvent, now: datetime) -> None:
    """Send what a step calls for and has not been sent yet."""
    mails = MAILS.get(happened.action, ())
    case = request_store.get(happened.request) if mails else None
    if case is not None:
        wanted = (mail for mail in mails if mail.wanted(happened, case))
        sender.each(partial(_send, mail, happened, case, now) for mail in wanted)


def _send(mail: Mail, happened: TimelineEvent, case: DataSubjectRequest, now: datetime) -> None:
    sender.deliver(
        Notification(
            cause=f"{happened.request}/{happened.sequence}",
            template=mail.template,
            to=os.environ["MAIL_INBOX"] if mail.to_company else case.email,
            person=case.person,
            values=_values(happened, case, now),
            link=Link(TokenScope.VERIFY_REQUEST, {"request": case.id}, {"request": case.id})
            if mail.link
            else None,
            limit=REQUEST_MAILS if mail.limited else None,
        ),
        now,
    )


def _values(happened: TimelineEvent, case: DataSubjectRequest, now: datetime) -> Mapping[str, Any]:
    document = policies.published().current(now).document
    return {
        "authority": document["controller"]["supervisory_authority"],
        "fee": document["rights"]["fee"],
        "case": case,
        "what": WORDS[case.type],
        "received": _day(case.facts["received"]),
        "due": _day(case.due),
        "reason": happened.reason or "",
        "details": happened.details,
        "automatic": happened.by in ("person", "system"),
    }


# What each type of request is called in a sentence: "your request for …".
WORDS = {
    "access": "a copy of your data",
    "portability": "your data to take with you",
    "rectification": "a correction of your data",
    "erasure": "the erasure of your data",
    "restriction": "a restriction of the use of your data",
    "objection": "an end to uses of your data",
    "complaint": "an answer to your complaint",
}


def _day(text: str | None) -> str | None:
    """Write an ISO date as people say it: 2 March 2026."""
    if text is None:
        return None
    day = date.fromisoformat(text)
    return f"{day.day} {day:%B %Y}"
