"""DynamoDB stream of requests in; exports, erasures, corrections done; what fails comes again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)

from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.request_actions import ACTIONS, IN_PROGRESS
from shared.edge import current_time, log
from shared.storage import correlation
from shared.storage.requests import request_store
from shared.storage.requests.request_store import TimelineEvent

log.start()

# As in notifications/handler.py: the shard's order is kept, and Lambda bisects, retries and parks.
_processor = BatchProcessor(
    event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False
)


def handle(event: dict[str, Any], context: Any) -> Any:
    """Do what a batch of steps calls for; answer those that failed."""
    return process_partial_response(
        event=event, record_handler=_attempt, processor=_processor, context=context
    )


def _attempt(record: Any) -> None:
    correlation.follow(record.raw_event)
    try:
        _work(record.raw_event)
    except Exception as fault:
        log.fault(fault, record.raw_event["dynamodb"]["SequenceNumber"])
        raise


def _work(record: dict[str, Any]) -> None:
    """Do what one step calls for: the request is read again, as it may have moved since."""
    if record["eventName"] != "INSERT":
        return
    happened = request_store.read_timeline_event(record["dynamodb"]["NewImage"])
    if happened is None or happened.type not in WORK or not wakes(happened):
        return
    case = request_store.get(happened.request)
    if case is not None:
        WORK[case.type](case, happened, current_time.now())


def wakes(happened: TimelineEvent) -> bool:
    """Tell whether an event is a reason to look at its request again.

    A reminder is one: what was given up, or never arrived, comes again with it.
    """
    row = ACTIONS.get(happened.action)
    return happened.action == "opened" or (row is not None and row.wakes)


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
    from fulfilment import restriction  # noqa: PLC0415

    if happened.action == "lifted":
        restriction.tell_of_end(case, now)
    elif happened.status == case.status == IN_PROGRESS:
        restriction.complete(case, now)


WORK: dict[str, Callable[[DataSubjectRequest, TimelineEvent, datetime], None]] = {
    "access": _export,
    "portability": _export,
    "erasure": _erasure,
    "rectification": _rectification,
    "objection": _in_force,
    "restriction": _in_force,
}
