"""Once a day: remind staff of what is due, let lapse what nobody confirmed, tell what is overdue.

Every reminder is a step on the request's timeline; the mail follows that.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from typing_extensions import TypedDict

from shared.bank_holidays import england
from shared.domain import breach
from shared.domain import data_subject_request as domain
from shared.domain.calendar_dates import london_date
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.deadline import reminders
from shared.domain.errors import Conflict
from shared.edge import current_time, log, metrics
from shared.services import apply_action
from shared.storage import breaches
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction, sort_key

log.start()

PAGE = 100
# How long we wait for what only the person can give; a complaint needs none of it.
PATIENCE = {
    domain.AWAITING_IDENTITY: timedelta(days=30),
    domain.AWAITING_FEE: timedelta(days=90),
}


class RunResult(TypedDict):
    """What one run found and did."""

    open: int
    overdue: int
    reminded: int
    lapsed: int


def handle(_event: dict[str, Any], _context: Any) -> RunResult:
    """Go through all open requests once; safe to run again on the same day."""
    now = current_time.now()
    done = RunResult(open=0, overdue=0, reminded=0, lapsed=0)
    for case in _open():
        done["open"] += 1
        if _lapsed(case, now):
            done["lapsed"] += _take(case, RequestAction("lapse", "system", now))
            continue
        overdue = _overdue(case, now)
        done["overdue"] += overdue
        if overdue or _remind(case, now):
            done["reminded"] += _reminded(case, now, overdue=overdue)
    for entry in breaches.register():
        for hours in breach.warnings(entry, now):
            breaches.warn(entry, hours, now)
    metrics.emit(now, OpenRequests=done["open"], OverdueRequests=done["overdue"])
    return done


def _open() -> Iterator[DataSubjectRequest]:
    for status in domain.OPEN:
        after: str | None = None
        while page := request_store.with_status(status, PAGE, after):
            yield from page
            after = sort_key(page[-1])


def _lapsed(case: DataSubjectRequest, now: datetime) -> bool:
    patience = PATIENCE.get(case.status)
    if patience is None or case.type == "complaint":
        return False
    return now >= domain.received(case) + patience


def _overdue(case: DataSubjectRequest, now: datetime) -> bool:
    return case.due is not None and london_date(now).isoformat() > case.due


def _remind(case: DataSubjectRequest, now: datetime) -> bool:
    days = domain.clock(case, apply_action.terms(case.type), england())
    return london_date(now) in reminders(days, england())


def _reminded(case: DataSubjectRequest, now: datetime, *, overdue: bool) -> bool:
    today = london_date(now).isoformat()
    if case.facts.get("reminded") == today:
        return False
    changes = {"facts": {**case.facts, "reminded": today}}
    details = {"overdue": overdue}
    return _take(case, RequestAction("reminder", "system", now, details=details, changes=changes))


def _take(case: DataSubjectRequest, step: RequestAction) -> bool:
    """Take a step unless somebody acted on the request just now; then tomorrow is soon enough."""
    fresh = request_store.get(case.id)
    if fresh is None or fresh.version != case.version:
        return False
    try:
        apply_action.act(fresh, step)
    except Conflict:
        return False
    return True
