"""DynamoDB stream of requests in; exports, erasures, corrections done; what fails comes again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)

from shared.domain.case import IN_PROGRESS, Case
from shared.edge import clock, log
from shared.storage import cases, correlation
from shared.storage.cases import Happening

log.start()

# As in courier/handler.py: the shard's order is kept, and Lambda bisects, retries and parks.
_processor = BatchProcessor(
    event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False
)

# What leaves a request as it is and is no reason to work on it. A reminder is one: what was given
# up, or never arrived, comes again with it.
_NOTES = frozenset({"source_failed", "note", "download", "joined", "extension"})


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
    happened = cases.happening(record["dynamodb"]["NewImage"])
    if happened is None or happened.type not in WORK or happened.action in _NOTES:
        return
    case = cases.get(happened.request)
    if case is not None:
        WORK[case.type](case, happened, clock.now())


def _export(case: Case, happened: Happening, now: datetime) -> None:
    if happened.status == case.status == IN_PROGRESS:
        from fulfilment import export  # noqa: PLC0415 - templates and more

        export.carry_out(case, now)


def _erasure(case: Case, happened: Happening, now: datetime) -> None:
    if happened.status == case.status == IN_PROGRESS:
        from fulfilment import erasure  # noqa: PLC0415

        erasure.carry_out(case, now)


def _rectification(case: Case, happened: Happening, now: datetime) -> None:
    if happened.action == "completion":
        from fulfilment import rectification  # noqa: PLC0415

        rectification.tell(case, happened, now)


def _in_force(case: Case, happened: Happening, now: datetime) -> None:
    """Complete what took effect with the step that showed who asks; tell recipients (Art. 19)."""
    if happened.status == case.status == IN_PROGRESS:
        from fulfilment import effective  # noqa: PLC0415

        effective.complete(case, now)


WORK: dict[str, Callable[[Case, Happening, datetime], None]] = {
    "access": _export,
    "portability": _export,
    "erasure": _erasure,
    "rectification": _rectification,
    "objection": _in_force,
    "restriction": _in_force,
}
