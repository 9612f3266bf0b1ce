"""DynamoDB stream of requests in; exports, erasures, corrections done; what fails comes again."""

from collections.abc import Callable
from datetime import datetime

from shared.domain.data_subject_request import IN_PROGRESS, DataSubjectRequest
from shared.edge import current_time, log
from shared.edge.stream import Change, worker
from shared.storage.requests import request_store
from shared.storage.requests.request_store import TimelineEvent

log.start()

# What leaves a request as it is and is no reason to work on it. A reminder is one: what was given
# up, or never arrived, comes again with it.
_NOTES = frozenset({"source_failed", "note", "download", "joined", "extension"})


def work(change: Change) -> None:
    """Do what one step calls for: the request is read again, as it may have moved since."""
    happened = request_store.read_timeline_event(change.item)
    if happened is None or happened.type not in WORK or happened.action in _NOTES:
        return
    case = request_store.get(happened.request)
    if case is not None:
        WORK[case.type](case, happened, current_time.now())


def _export(case: DataSubjectRequest, happened: TimelineEvent, now: datetime) -> None:
    if happened.status == case.status == IN_PROGRESS:
        from fulfilment.access_copy import access_export  # noqa: PLC0415 - templates and more

        access_export.carry_out(case, now)


def _erasure(case: DataSubjectRequest, happened: TimelineEvent, now: datetime) -> None:
    if happened.status == case.status == IN_PROGRESS:
        from fulfilment.erasure import erasure_run  # noqa: PLC0415

        erasure_run.carry_out(case, now)


def _rectification(case: DataSubjectRequest, happened: TimelineEvent, now: datetime) -> None:
    if happened.action == "completion":
        from fulfilment import rectification  # noqa: PLC0415

        rectification.tell(case, happened, now)


def _in_force(case: DataSubjectRequest, happened: TimelineEvent, now: datetime) -> None:
    """Complete what took effect with the step that showed who asks; tell recipients (Art. 19)."""
    if happened.status == case.status == IN_PROGRESS:
        from fulfilment import restriction  # noqa: PLC0415

        restriction.complete(case, now)


WORK: dict[str, Callable[[DataSubjectRequest, TimelineEvent, datetime], None]] = {
    "access": _export,
    "portability": _export,
    "erasure": _erasure,
    "rectification": _rectification,
    "objection": _in_force,
    "restriction": _in_force,
}

handle = worker(work)
