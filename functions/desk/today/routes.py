"""What needs somebody today: requests that are due, what waits for whom, what does not work."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice

from typing_extensions import TypedDict

from desk import authorization
from desk.authorization import EVERYBODY, READERS, AuditContext
from desk.requests.schemas import RequestSummary
from desk.requests.view import entry
from shared.domain import data_subject_request
from shared.domain.calendar_dates import london_date
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.request_actions import AWAITING_REVIEW, LAPSED, OPEN, WAITING_FOR
from shared.domain.timestamps import format_timestamp
from shared.edge import log
from shared.edge.http import Request
from shared.storage import alarms, breaches
from shared.storage.requests import report_query, request_store

# Working days within which a request's last day is near.
SOON = 5
# What is counted at most, and what is shown of it.
MAX_COUNTED, MAX_SHOWN = 5000, 12
# What ended is looked at again for so long, and so many of it.
LATELY, MAX_CLOSED = timedelta(days=7), 1000
_THEIRS = WAITING_FOR["them"]


class RaisedAlarm(TypedDict):
    """Something of the deployment that does not work as it should, since when, in a sentence.

    `runbook` names the page under docs/operations/runbooks that says what to do.
    """

    name: str
    about: str
    runbook: str
    since: str


class Today(TypedDict):
    """How many open requests need what, and those that are due first.

    `waiting_for_us` counts those that somebody of us has to go on with, `waiting_for_them` those
    that wait for the person, `mails` those of which a mail is held back or was refused, the first
    of which are `unreached`. `lapsed` ended in the last seven days because nobody confirmed them.
    Breaches are those whose 72 hours run; null to who may not see breaches. `alarms` ring now;
    null if that cannot be told. Unless `complete`, there are more requests than are counted here.
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
    unreached: list[RequestSummary]
    lapsed: list[RequestSummary]
    alarms: list[RaisedAlarm] | None


@authorization.route("GET", "/v1/desk/today", groups=EVERYBODY)
def today(request: Request, trail: AuditContext) -> Today:
    """See what is due and what waits for whom."""
    trail.record(None)
    day = london_date(request.now)
    found = list(islice(request_store.in_order(OPEN), MAX_COUNTED + 1))
    cases = [each.request for each in found[:MAX_COUNTED] if each.request is not None]
    lines = [entry(case, day) for case in cases]
    ended = list(islice(_closed(request), MAX_CLOSED + 1))
    closed = sorted(ended[:MAX_CLOSED], key=lambda case: str(case.closed_at), reverse=True)
    unreached = [case for case in (*cases, *closed) if _unreached(case)]
    theirs = sum(1 for case in cases if case.status in _THEIRS)
    left = [(line, line["working_days_left"]) for line in lines if not line["overdue"]]
    return Today(
        overdue=sum(1 for case in cases if data_subject_request.overdue(case, day)),
        due_soon=sum(1 for _, days in left if days is not None and days <= SOON),
        waiting_for_us=len(cases) - theirs,
        waiting_for_them=theirs,
        review=sum(1 for case in cases if case.status == AWAITING_REVIEW),
        mails=len(unreached),
        unreadable=sum(1 for each in found if each.request is None),
        breaches=_running(trail),
        complete=len(found) <= MAX_COUNTED and len(ended) <= MAX_CLOSED,
        first=[line for line in lines if line["status"] not in _THEIRS][:MAX_SHOWN],
        unreached=_shown(unreached, day),
        lapsed=_shown([case for case in closed if case.status == LAPSED], day),
        alarms=_ringing(),
    )


def _closed(request: Request) -> Iterator[DataSubjectRequest]:
    return report_query.closed_since(format_timestamp(request.now - LATELY))


def _unreached(case: DataSubjectRequest) -> bool:
    return bool(case.facts.get("mail_withheld") or case.facts.get("mail_refused"))


def _shown(cases: Sequence[DataSubjectRequest], day: date) -> list[RequestSummary]:
    return [entry(case, day) for case in cases[:MAX_SHOWN]]


def _ringing() -> list[RaisedAlarm] | None:
    """Return the alarms that ring; that they cannot be read hides nothing else."""
    try:
        found = alarms.ringing()
    except alarms.Unknown as fault:
        log.LOGGER.error("the alarms cannot be read: %s", fault)
        return None
    return [
        RaisedAlarm(name=one.name, about=one.about, runbook=one.runbook, since=one.since)
        for one in found
    ]


def _running(trail: AuditContext) -> int | None:
    if not trail.groups & READERS:
        return None
    return sum(1 for breach in breaches.register() if breach.closed_at is None)
