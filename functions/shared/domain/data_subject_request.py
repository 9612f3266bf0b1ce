"""A data subject request: how it stands, and what an action makes of it.

Which actions there are stands in `request_actions.py`, what holds for each type in
`request_types.py`. What happened is kept as facts, from which the statutory clock follows
(`deadline.py`); where an action leads that only removes an obstacle is decided by the obstacles
that remain.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from shared.domain.calendar_dates import IsWorkingDay, london_date
from shared.domain.deadline import Deadline, Extension, Facts, Pause, deadline, extension_refused
from shared.domain.errors import Conflict, Invalid
from shared.domain.regime import Terms
from shared.domain.request_actions import (
    ACTIONS,
    AWAITING_CLARIFICATION,
    AWAITING_FEE,
    AWAITING_IDENTITY,
    AWAITING_REVIEW,
    CLOSED,
    IN_PROGRESS,
    ONWARD,
    OPEN,
    STAYS,
    allowed,
)
from shared.domain.request_facts import ActionDetails, changed, dated
from shared.domain.request_types import row
from shared.domain.timestamps import format_timestamp, parse_timestamp

# How long we wait, from when the person was last asked, for what only they can give, and the
# mail that asks for it.
PATIENCE = {AWAITING_IDENTITY: timedelta(days=30), AWAITING_FEE: timedelta(days=90)}
ASKING = {AWAITING_IDENTITY: "request_received", AWAITING_FEE: "request_fee"}


@dataclass(frozen=True, slots=True)
class MailNote:
    """What became of one mail to the person: its template, when, and how it came out.

    `outcome` is sent, withheld (the address has had too many; it is tried again), refused, or
    bounced: it was sent, and its recipient's side refused it later.
    """

    mail: str
    at: str
    outcome: str


@dataclass(frozen=True, slots=True)
class DataSubjectRequest:
    """One request as it stands; times are RFC 3339 in UTC, dates ISO and London's.

    `email` is none for a letter that is answered by letter; then `postal_address` has `lines`,
    `postcode` and `country`. `agent` acts for the person: `name`, `email`, `organisation`,
    `authority`. `facts` are the statutory ones as `statutory_facts` reads them and what else
    happened; `version` is the number of events in the timeline; `due` and `target` follow from the
    facts. `sources` tells of each of the company's other systems how far it is; `result` is what
    came of the request. `consent_id` is the browser in which the mailed link was opened.
    `language` is the one that whoever asked wrote in, if they named one: mails go out in it.
    """

    id: str
    person: str
    type: str
    status: str
    name: str
    email: str | None
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
    agent: Mapping[str, str] | None = None
    postal_address: Mapping[str, Any] | None = None
    language: str | None = None

    @property
    def open(self) -> bool:
        """Tell whether an answer is still owed."""
        return self.status in OPEN

    @property
    def agent_answered(self) -> str | None:
        """Return the agent's address if it was shown that our answers may go there."""
        shown = self.facts.get("authority", {}).get("answers_to") == "agent"
        return self.agent.get("email") if shown and self.agent else None

    @property
    def identified(self) -> bool:
        """Tell whether it was shown that the person is who asks."""
        return bool(self.facts.get("identified"))


def statutory_facts(facts: Mapping[str, Any]) -> Facts:
    """Read the facts of a request for the statutory clock."""
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


def statutory_dates(
    case: DataSubjectRequest, terms: Terms, is_working_day: IsWorkingDay
) -> Deadline:
    """Derive the days that matter from what happened to the request."""
    return deadline(statutory_facts(case.facts), terms, is_working_day)


def with_dates(
    case: DataSubjectRequest, terms: Terms, is_working_day: IsWorkingDay
) -> DataSubjectRequest:
    """Return the request with the dates that its facts lead to."""
    days = statutory_dates(case, terms, is_working_day)
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
    details: Mapping[str, Any] | None = None,
) -> DataSubjectRequest:
    """Return the request after `action`: its status, and what the action says of the facts.

    `on` is the day in London on which something reached us, if that was not the day of `at`; what
    we do ourselves is dated by our clock. `details` are more of what the action says.

    Raises:
        Conflict: the action does not fit how the request stands.
        Invalid: the action needs a reason and has none, or `on` is no day that it can have.
    """
    refuse_unfitting(case, action)
    if ACTIONS[action].reason and not (reason or "").strip():
        raise Invalid.field("/reason", "is required: the person or the file is told why")
    day = dated(case.facts, action, on, london_date(at))
    action_details = ActionDetails(day.isoformat(), format_timestamp(at), reason, details or {})
    told = changed(case.facts, action, action_details)
    facts = {name: value for name, value in {**case.facts, **told}.items() if value is not None}
    target = ACTIONS[action].target
    if target == ONWARD:
        target = first_status(case.type, facts) if case.open else STAYS
    status = case.status if target == STAYS else target
    closed_at = format_timestamp(at) if status in CLOSED and case.open else case.closed_at
    return replace(case, status=status, facts=facts, closed_at=closed_at)


def refuse_unfitting(case: DataSubjectRequest, action: str) -> None:
    """Check that an action fits the type and how the request stands.

    Raises:
        Conflict: it does not; the message says why, and what fits.
    """
    fitting = allowed(case.status, case.type)
    if action not in fitting:
        names = ", ".join(fitting)
        raise Conflict(
            f"This request of type {case.type} is {case.status}; there, {action} does not fit: "
            f"{names} do."
        )
    why = _standing_against(case, action)
    if why is not None:
        raise Conflict(why)


def fits(case: DataSubjectRequest, action: str) -> bool:
    """Tell whether an action fits the type and how the request stands."""
    return action in allowed(case.status, case.type) and _standing_against(case, action) is None


def _standing_against(case: DataSubjectRequest, action: str) -> str | None:
    """Say which fact, or which type of request, forbids an action; None if nothing does."""
    facts = case.facts
    owed = bool(facts.get("fee_asked") and not facts.get("fee_paid"))
    answered = not case.open and not _outstanding(case), "The request is answered."
    checks: dict[str, tuple[bool, str]] = {
        "retry": answered,
        "skip": answered,
        "verified": (case.identified, "It was shown before who asks."),
        "identity": (case.identified, "It was shown before who asks."),
        "authority": (case.agent is None, "Nobody acts for the person."),
        "acknowledgement": (bool(facts.get("acknowledged")), "It is acknowledged already."),
        "fee": (
            owed or not row(case.type).fee,
            "The fee was asked before; payment and waiver are actions of their own."
            if owed
            else f"The law knows no fee for a request of type {case.type}.",
        ),
        "extension": (
            not row(case.type).extensions,
            f"The law knows no extension for a request of type {case.type}.",
        ),
        "payment": (not owed, "No fee is owed."),
        "waiver": (not owed, "No fee is owed."),
        "refusal": (
            bool(facts.get("begun")) or not row(case.type).refusals,
            "The erasure has begun; it is completed with its certificate."
            if facts.get("begun")
            else f"A request of type {case.type} cannot be refused.",
        ),
        "cancellation": (
            bool(facts.get("begun")),
            "The erasure has begun; it is completed with its certificate.",
        ),
        "address_proved": (bool(facts.get("new_person")), "It was shown before."),
        "lifting": (bool(facts.get("lifting")), "The end of the restriction is ordered already."),
        "permitted_use": (bool(facts.get("lifted")), "The restriction is over."),
        "lifted": (
            bool(facts.get("lifted") or facts.get("mail_refused")),
            "The restriction is over already."
            if facts.get("lifted")
            else "The person was not told of its end: note how they were reached (Art. 18(3)).",
        ),
    }
    stands, why = checks.get(action, (False, ""))
    return why if stands else None


def _outstanding(case: DataSubjectRequest) -> bool:
    """Tell whether one of the company's other systems has still to follow a correction."""
    states = (state.get("status") for state in case.sources.values())
    return row(case.type).corrections and any(state in ("failed", "pending") for state in states)


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


def first_status(request_type: str, facts: Mapping[str, Any]) -> str:
    """Return the status that the obstacles lead to; a new request begins in it."""
    if row(request_type).identity != "nothing" and not facts.get("identified"):
        return AWAITING_IDENTITY
    if facts.get("fee_asked") and not facts.get("fee_paid"):
        return AWAITING_FEE
    if any(not pause.get("answered") for pause in facts.get("pauses", ())):
        return AWAITING_CLARIFICATION
    review = facts.get("review")
    return AWAITING_REVIEW if review and not review.get("released") else IN_PROGRESS


def overdue(case: DataSubjectRequest, today: date) -> bool:
    """Tell whether the last day is over; a complaint's is that of its acknowledgement."""
    if not case.open or case.due is None or case.facts.get("acknowledged"):
        return False
    return today.isoformat() > case.due


def patience_ends(case: DataSubjectRequest, mails: Iterable[MailNote]) -> datetime | None:
    """Tell until when we wait for what only the person can give; None where we do not.

    It runs from when the mail that asks for it last left, by what is noted of the `mails`, or from
    the end of the day on which the letter was posted; until then, and while the mail is held back,
    it does not run.
    """
    patience = PATIENCE.get(case.status)
    asked = _asked_at(case, mails) if patience else None
    return asked + patience if asked and patience else None


def _asked_at(case: DataSubjectRequest, mails: Iterable[MailNote]) -> datetime | None:
    if case.email is None:
        posted = case.facts.get("posted")
        return parse_timestamp(f"{posted}T23:59:59Z") if posted else None
    asking = [note for note in mails if note.mail == ASKING[case.status]]
    last = max(asking, key=lambda note: note.at, default=None)
    return parse_timestamp(last.at) if last and last.outcome != "withheld" else None


def received(case: DataSubjectRequest) -> datetime:
    """Return the moment at which the request reached us."""
    return parse_timestamp(case.received_at)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
