"""A data subject request as a case: its states, and what moves it from one to the next.

The table below is the whole state machine. What happened is kept as facts, from which the
statutory clock follows (`deadline.py`); where a step leads that only removes an obstacle is
decided by the obstacles that remain.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from shared.domain.calendar_dates import IsWorkingDay, london_date
from shared.domain.deadline import Deadline, Extension, Facts, Pause, deadline, extension_refused
from shared.domain.errors import Conflict, Invalid
from shared.domain.regime import Terms
from shared.domain.timestamps import format_timestamp, parse_timestamp

TYPES = (
    "access",
    "portability",
    "rectification",
    "erasure",
    "restriction",
    "objection",
    "complaint",
)
AWAITING_IDENTITY = "awaiting_identity"
AWAITING_FEE = "awaiting_fee"
AWAITING_CLARIFICATION = "awaiting_clarification"
IN_PROGRESS = "in_progress"
COMPLETED = "completed"
REFUSED = "refused"
CANCELLED = "cancelled"
LAPSED = "lapsed"

OPEN = (AWAITING_IDENTITY, AWAITING_FEE, AWAITING_CLARIFICATION, IN_PROGRESS)
CLOSED = (COMPLETED, REFUSED, CANCELLED, LAPSED)
STATUSES = OPEN + CLOSED

# Where only the obstacle that the step names falls away.
ONWARD = "onward"
STAYS = "stays"

_ANY_OPEN: Mapping[str, str] = {
    "note": STAYS,
    "reminder": STAYS,
    "joined": STAYS,
    "refusal": REFUSED,
    "cancellation": CANCELLED,
}
_ANY_CLOSED: Mapping[str, str] = {"note": STAYS, "opened_again": STAYS}

TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    AWAITING_IDENTITY: {
        **_ANY_OPEN,
        "verified": ONWARD,
        "identity": ONWARD,
        "fee": STAYS,
        "waiver": STAYS,
        "lapse": LAPSED,
    },
    AWAITING_FEE: {**_ANY_OPEN, "fee": ONWARD, "waiver": ONWARD, "lapse": LAPSED},
    AWAITING_CLARIFICATION: {**_ANY_OPEN, "resumption": ONWARD, "extension": STAYS},
    IN_PROGRESS: {
        **_ANY_OPEN,
        "fee": AWAITING_FEE,
        "clarification": AWAITING_CLARIFICATION,
        "extension": STAYS,
        "completion": COMPLETED,
        "fulfilled": COMPLETED,
        "source_failed": STAYS,
        "upload": STAYS,
        "skip": STAYS,
        "retry": STAYS,
    },
    COMPLETED: {**_ANY_CLOSED, "download": STAYS, "applied": STAYS, "lifting": STAYS},
    REFUSED: _ANY_CLOSED,
    CANCELLED: _ANY_CLOSED,
    LAPSED: _ANY_CLOSED,
}
# Steps that say nothing without a reason.
NEEDS_REASON = frozenset({"clarification", "extension", "refusal", "skip", "lifting"})


@dataclass(frozen=True, slots=True)
class DataSubjectRequest:
    """One request as it stands; times are RFC 3339 in UTC, dates ISO and London's.

    `facts` are the statutory ones as `stated` reads them; `version` is the number of events in
    the timeline; `due` and `target` follow from the facts. `sources` tells of each of the
    company's other systems how far it is; `result` is what came of the request.
    """

    id: str
    person: str
    type: str
    status: str
    name: str
    email: str
    details: str | None
    corrections: list[dict[str, str]]
    consent_id: str | None
    policy_version: str
    channel: str
    received_at: str
    facts: Mapping[str, Any]
    version: int = 0
    due: str | None = None
    target: str | None = None
    closed_at: str | None = None
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Tell whether an answer is still owed."""
        return self.status in OPEN


def statutory_facts(facts: Mapping[str, Any]) -> Facts:
    """Read the facts of a case for the statutory clock."""
    extension = facts.get("extension")
    return Facts(
        received=date.fromisoformat(facts["received"]),
        identified=_date(facts.get("identified")),
        fee_asked=bool(facts.get("fee_asked")),
        fee_paid=_date(facts.get("fee_paid")),
        pauses=tuple(
            Pause(date.fromisoformat(pause["asked"]), _date(pause.get("answered")))
            for pause in facts.get("pauses", ())
        ),
        extension=Extension(date.fromisoformat(extension["told"]), extension["reason"])
        if extension
        else None,
    )


def clock(case: DataSubjectRequest, terms: Terms, is_working_day: IsWorkingDay) -> Deadline:
    """Derive the days that matter from what happened to the case."""
    return deadline(statutory_facts(case.facts), terms, is_working_day)


def with_dates(
    case: DataSubjectRequest, terms: Terms, is_working_day: IsWorkingDay
) -> DataSubjectRequest:
    """Give the case with the dates that its facts lead to."""
    days = clock(case, terms, is_working_day)
    return replace(
        case,
        due=days.due.isoformat() if days.due else None,
        target=days.target.isoformat() if days.target else None,
    )


def apply_action(
    case: DataSubjectRequest,
    action: str,
    at: datetime,
    reason: str | None = None,
    on: date | None = None,
) -> DataSubjectRequest:
    """Give the case after `action`: its status, and what the action says of the facts.

    `on` is the day in London that counts for the clock, if it is not that of `at`.

    Raises:
        Conflict: the action does not fit the status that the case has.
        Invalid: the action needs a reason and has none.
    """
    target = TRANSITIONS[case.status].get(action)
    if target is None:
        allowed = ", ".join(sorted(TRANSITIONS[case.status]))
        raise Conflict(f"The request is {case.status}; there, {action} does not fit: {allowed} do.")
    if action in NEEDS_REASON and not (reason or "").strip():
        raise Invalid.field("/reason", "is required: the person or the file is told why")
    facts = {**case.facts, **_told(case, action, (on or london_date(at)).isoformat(), reason)}
    if target == ONWARD:
        target = _next(facts)
    status = case.status if target == STAYS else target
    closed_at = format_timestamp(at) if status in CLOSED and case.open else case.closed_at
    return replace(case, status=status, facts=facts, closed_at=closed_at)


def refuse_extension(
    case: DataSubjectRequest, terms: Terms, at: datetime, is_working_day: IsWorkingDay
) -> None:
    """Check that the law allows to put the answer off today.

    Raises:
        Conflict: it does not; the message says why.
    """
    refused = extension_refused(statutory_facts(case.facts), terms, london_date(at), is_working_day)
    if refused:
        raise Conflict(refused)


def first_status(facts: Mapping[str, Any]) -> str:
    """Give the status that a new case begins in."""
    return _next(facts)


def received(case: DataSubjectRequest) -> datetime:
    """Give the moment at which the request reached us."""
    return parse_timestamp(case.received_at)


def _next(facts: Mapping[str, Any]) -> str:
    if not facts.get("identified"):
        return AWAITING_IDENTITY
    if facts.get("fee_asked") and not facts.get("fee_paid"):
        return AWAITING_FEE
    if any(not pause.get("answered") for pause in facts.get("pauses", ())):
        return AWAITING_CLARIFICATION
    return IN_PROGRESS


def _told(case: DataSubjectRequest, action: str, day: str, reason: str | None) -> Mapping[str, Any]:
    """Say what an action adds to the facts."""
    pauses = list(case.facts.get("pauses", ()))
    if action == "fee":
        owed = case.facts.get("fee_asked") and not case.facts.get("fee_paid")
        if owed:
            return {"fee_paid": day}
        return {"fee_asked": True, "fee_paid": None, "fee_reason": _required(reason)}
    if action == "resumption":
        return {"pauses": [*pauses[:-1], {**pauses[-1], "answered": day}]}
    told: Mapping[str, Mapping[str, Any]] = {
        "verified": {"identified": day},
        "identity": {"identified": day},
        "waiver": {"fee_asked": False, "fee_waived": day},
        "clarification": {"pauses": [*pauses, {"asked": day}]},
        "extension": {"extension": {"told": day, "reason": reason}},
    }
    return told.get(action, {})


def _required(reason: str | None) -> str:
    if not (reason or "").strip():
        raise Invalid.field(
            "/reason",
            "is required: a fee may be asked only where a request is manifestly unfounded or "
            "excessive (UK GDPR Art. 12(5)), and the person is told why",
        )
    return str(reason)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
