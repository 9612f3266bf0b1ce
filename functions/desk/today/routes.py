"""What needs somebody today: requests that are due, what waits for whom, breaches that run."""

from itertools import islice

from typing_extensions import TypedDict

from desk import authorization
from desk.authorization import EVERYBODY, READERS, AuditContext
from desk.requests.schemas import RequestSummary
from desk.requests.view import entry
from shared.domain import data_subject_request as domain
from shared.domain.calendar_dates import london_date
from shared.domain.request_actions import (
    AWAITING_CLARIFICATION,
    AWAITING_FEE,
    AWAITING_IDENTITY,
    AWAITING_REVIEW,
    OPEN,
)
from shared.edge.http import Request
from shared.storage import breaches
from shared.storage.requests import request_store

# Working days within which a request's last day is near.
SOON = 5
# What is counted at most, and what is shown of it.
MOST_COUNTED, MOST_SHOWN = 5000, 12
_THEIRS = frozenset({AWAITING_IDENTITY, AWAITING_FEE, AWAITING_CLARIFICATION})


class Today(TypedDict):
    """How many open requests need what, and those that are due first.

    `waiting_for_us` counts those that somebody of us has to go on with, `waiting_for_them` those
    that wait for the person, `mails` those of which a mail is held back or was refused. Breaches
    are those whose 72 hours run; null to who may not see breaches. Unless `complete`, there are
    more requests than are counted here.
    """

    overdue: int
    due_soon: int
    waiting_for_us: int
    waiting_for_them: int
    review: int
    mails: int
    unreadable: int
    breaches: int | None
    complete: bool
    first: list[RequestSummary]


@authorization.route("GET", "/v1/desk/today", who=EVERYBODY)
def today(request: Request, trail: AuditContext) -> Today:
    """See what is due and what waits for whom."""
    trail.about(None)
    day = london_date(request.now)
    found = list(islice(request_store.in_order(OPEN), MOST_COUNTED + 1))
    cases = [each.request for each in found[:MOST_COUNTED] if each.request is not None]
    lines = [entry(case, day) for case in cases]
    theirs = sum(1 for case in cases if case.status in _THEIRS)
    left = [(line, line["working_days_left"]) for line in lines if not line["overdue"]]
    return Today(
        overdue=sum(1 for case in cases if domain.overdue(case, day)),
        due_soon=sum(1 for _, days in left if days is not None and days <= SOON),
        waiting_for_us=len(cases) - theirs,
        waiting_for_them=theirs,
        review=sum(1 for case in cases if case.status == AWAITING_REVIEW),
        mails=sum(1 for case in cases if case.facts.get("mail_withheld")),
        unreadable=sum(1 for each in found if each.request is None),
        breaches=_running(trail),
        complete=len(found) <= MOST_COUNTED,
        first=[line for line in lines if line["status"] not in _THEIRS][:MOST_SHOWN],
    )


def _running(trail: AuditContext) -> int | None:
    if not trail.groups & READERS:
        return None
    return sum(1 for breach in breaches.register() if breach.closed_at is None)
