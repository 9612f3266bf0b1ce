"""DynamoDB stream of requests in; exports, erasures, corrections done; what fails comes again."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from shared.domain import address_change
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.request_actions import (
    ACTIONS,
    AWAITING_REVIEW,
    CLOSED,
    COMPLETED,
    IN_PROGRESS,
    OPEN,
)
from shared.domain.request_types import row
from shared.edge import apart, current_time, log
from shared.edge.stream import StreamRecord, worker
from shared.storage.requests import request_inventory, request_store
from shared.storage.requests.request_store import TimelineEvent

log.start()


def work(change: StreamRecord) -> None:
    """Do what one step calls for, each piece by itself."""
    happened = request_store.read_timeline_event(change.item)
    if happened is not None:
        apart.each(_called_for(happened, current_time.now()), "fulfilment")


def _called_for(happened: TimelineEvent, now: datetime) -> Iterator[Callable[[], None]]:
    if happened.type in WORK and wakes(happened):
        yield partial(_of_its_own, happened, now)
    if happened.status in CLOSED and happened.before in OPEN:
        yield from _waiting(happened, now)


def _of_its_own(happened: TimelineEvent, now: datetime) -> None:
    """Work on the request itself, which is read again, as it may have moved since."""
    case = request_store.get(happened.request)
    if case is not None:
        WORK[case.type](case, happened, now)


def wakes(happened: TimelineEvent) -> bool:
    """Tell whether an event is a reason to look at its request again.

    A reminder is one: what was given up, or never arrived, comes again with it.
    """
    row = ACTIONS.get(happened.action)
    return happened.action == "opened" or (row is not None and row.wakes)


def _export(case: DataSubjectRequest, happened: TimelineEvent, now: datetime) -> None:
    if happened.status == case.status in (IN_PROGRESS, AWAITING_REVIEW):
        from fulfilment.access_copy import access_export  # noqa: PLC0415 - templates and more

        access_export.carry_out(case, now)


def _erasure(case: DataSubjectRequest, happened: TimelineEvent, now: datetime) -> None:
    from fulfilment.erasure import deferred_erasure, erasure_run  # noqa: PLC0415

    if happened.action == "deferral_due":
        deferred_erasure.carry_out(case, now)
    elif happened.status == case.status == IN_PROGRESS:
        erasure_run.carry_out(case, now)


def _waiting(happened: TimelineEvent, now: datetime) -> Iterator[Callable[[], None]]:
    """Yield what waited for something that is over: its answer is there, or will not be.

    Erasures wait for the person's own copy, and a change of their address for all else.
    """
    from fulfilment import new_address  # noqa: PLC0415

    for case in request_inventory.of(happened.person):
        if case.type == "erasure" and case.status == IN_PROGRESS and row(happened.type).copy:
            from fulfilment.erasure import erasure_run  # noqa: PLC0415

            yield partial(erasure_run.carry_out, case, now)
        else:
            yield partial(new_address.carry_out, case, now)


def _rectification(case: DataSubjectRequest, happened: TimelineEvent, now: datetime) -> None:
    if case.status == IN_PROGRESS and address_change.proved(case) is not None:
        from fulfilment import new_address  # noqa: PLC0415

        new_address.carry_out(case, now)
    if case.status != COMPLETED:
        return
    from fulfilment import rectification  # noqa: PLC0415

    if happened.action in ("completion", "address_changed"):
        rectification.tell(case, happened, now)
    elif happened.action == "retry":
        rectification.ask_again(case, now)


def _in_force(case: DataSubjectRequest, happened: TimelineEvent, now: datetime) -> None:
    """Complete what took effect with the step that showed who asks; tell recipients (Art. 19)."""
    from fulfilment import restriction  # noqa: PLC0415

    if happened.action == "lifted":
        restriction.tell_of_end(case, now)
        apart.each(_waiting(happened, now), "fulfilment")
        return
    restriction.hold(case, now)
    if happened.status == case.status == IN_PROGRESS:
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
