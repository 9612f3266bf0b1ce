"""How the desk sees a request."""

from datetime import date, datetime

from desk.bodies_requests import Entry, Happened, Whole
from shared.calendar_england import england
from shared.domain import case as domain
from shared.domain.case import Case
from shared.domain.civil import london_date
from shared.edge import casework
from shared.storage import cases


def entry(case: Case, today: date) -> Entry:
    """Give a request as the list shows it."""
    return Entry(
        request_id=case.id,
        type=case.type,
        status=case.status,
        channel=case.channel,
        received_at=case.received_at,
        due_on=case.due,
        target_on=case.target,
        overdue=case.open and case.due is not None and today.isoformat() > case.due,
        person_id=case.person,
    )


def whole(case: Case, now: datetime) -> Whole:
    """Give a request with everything that belongs to it."""
    days = domain.clock(case, casework.terms(case.type), england())
    return Whole(
        **entry(case, london_date(now)),
        name=case.name,
        email=case.email,
        details=case.details,
        corrections=case.corrections,
        policy_version=case.policy_version,
        facts=dict(case.facts),
        sources=dict(case.sources),
        result=dict(case.result),
        closed_at=case.closed_at,
        tell_extension_by=days.tell_by.isoformat() if days.tell_by else None,
        timeline=[
            Happened(
                sequence=event.sequence,
                at=event.at,
                by=event.by,
                action=event.action,
                status=event.status,
                reason=event.reason,
                details=dict(event.details),
            )
            for event in cases.timeline(case.id)
        ],
    )
