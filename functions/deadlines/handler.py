"""Once a day: remind staff of what is due, let lapse what nobody confirmed, tell what is overdue.

Every reminder is a step on the request's timeline; the mail follows that.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

from typing_extensions import TypedDict

from shared.bank_holidays import england
from shared.domain import breach, data_subject_request
from shared.domain.calendar_dates import london_date
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.deadline import reminders
from shared.domain.errors import Conflict
from shared.domain.request_actions import OPEN
from shared.domain.request_types import row
from shared.edge import apart, current_time, log, metrics
from shared.services import announce_policy, apply_action, follow_up
from shared.storage import breaches
from shared.storage.requests import follow_ups, mail_notes, request_store
from shared.storage.requests.follow_ups import FollowUp
from shared.storage.requests.request_store import FoundRequest, RequestAction

log.start()

NOT_CONFIRMED = (
    "Marketing is stopped. What else you objected to was not confirmed by the mailed link, so that "
    "we do not know that it was you who asked; you may ask again at any time."
)


class RunResult(TypedDict):
    """What one run found and did; `unreadable` requests are reported and left to the staff."""

    open: int
    overdue: int
    reminded: int
    lapsed: int
    followed_up: int
    unreadable: int


def handle(_event: dict[str, Any], _context: Any) -> RunResult:
    """Go through all open requests once; safe to run again on the same day.

    Raises:
        Exception: something could not be done, or the store throttled; all else had its turn.
            Lambda runs it again.
    """
    now = current_time.now()
    done = RunResult(open=0, overdue=0, reminded=0, lapsed=0, followed_up=0, unreadable=0)
    work: Iterable[Callable[[RunResult, datetime], None]] = (
        _look_at_requests,
        _follow_up,
        _announce,
        _warn_of_breaches,
    )
    apart.each((partial(piece, done, now) for piece in work), "deadlines")
    return done


def _look_at_requests(done: RunResult, now: datetime) -> None:
    def look(found: FoundRequest) -> None:
        try:
            _look_at(found, now, done)
        except Exception as fault:
            log.fault(fault, found.id)
            raise

    looks = (partial(look, found) for found in request_store.in_order(OPEN))
    apart.each(chain(looks, [partial(_count, done, now)]), "request")


def _count(done: RunResult, now: datetime) -> None:
    beside = {"OpenRequests": done["open"], "UnreadableRequests": done["unreadable"]}
    metrics.emit(now, beside, OverdueRequests=done["overdue"])


def _follow_up(done: RunResult, now: datetime) -> None:
    def begin(waiting: FollowUp) -> None:
        done["followed_up"] += follow_up.begin(waiting, now)

    apart.each((partial(begin, waiting) for waiting in follow_ups.everything()), "follow-up")


def _announce(_done: RunResult, now: datetime) -> None:
    announce_policy.proceed(now)


def _warn_of_breaches(_done: RunResult, now: datetime) -> None:
    apart.each(
        (
            partial(breaches.warn, entry, hours, now)
            for entry in breaches.register()
            for hours in breach.warnings(entry, now)
        ),
        "breach",
    )


def _look_at(found: FoundRequest, now: datetime, done: RunResult) -> None:
    done["open"] += 1
    case = found.request
    if case is None:
        log.LOGGER.error("deadlines: a request cannot be read", extra={"request": found.id})
        done["unreadable"] += 1
        return
    if case.facts.get("mail_withheld"):
        # The address had too many mails when this one was due; it is tried daily.
        _take(case, RequestAction("asked_again", "system", now))
    ends = _patience_ends(case, now)
    if ends is not None and now >= ends:
        done["lapsed"] += _take(case, _given_up(case, now))
        return
    overdue = data_subject_request.overdue(case, london_date(now))
    done["overdue"] += overdue
    if overdue or _remind(case, now):
        done["reminded"] += _reminded(case, now, overdue=overdue)


def _patience_ends(case: DataSubjectRequest, now: datetime) -> datetime | None:
    """Read the notes of the mails only where the time can be over at all."""
    patience = data_subject_request.PATIENCE.get(case.status)
    if patience is None or now < data_subject_request.received(case) + patience:
        return None
    return data_subject_request.patience_ends(case, mail_notes.of(case.id))


def _given_up(case: DataSubjectRequest, now: datetime) -> RequestAction:
    """Close what nobody confirmed; of an objection, what is in force stays so."""
    if row(case.type).lapses:
        return RequestAction("lapse", "system", now)
    result = {"outcome": "partly", "because": NOT_CONFIRMED}
    return RequestAction(
        "fulfilled", "system", now, reason=NOT_CONFIRMED, changes={"result": result}
    )


def _remind(case: DataSubjectRequest, now: datetime) -> bool:
    days = data_subject_request.statutory_dates(case, apply_action.terms(case.type), england())
    return not case.facts.get("acknowledged") and london_date(now) in reminders(days, england())


def _reminded(case: DataSubjectRequest, now: datetime, *, overdue: bool) -> bool:
    today = london_date(now).isoformat()
    if case.facts.get("reminded") == today:
        return False
    changes = {"facts": {"reminded": today}}
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
