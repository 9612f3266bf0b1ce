"""The schedule in, or an order by hand, or the report of a run that is to go on."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)

from retention import run, run_request
from shared.domain.retention import periods
from shared.edge import current_time, log
from shared.storage import policies
from shared.storage.retention import runs
from shared.storage.retention.report_view import shown

log.start()

# A batch that fails whole is reported like one that fails in part: what fails comes again.
_processor = BatchProcessor(
    event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False
)


def handle(event: dict[str, Any], context: Any) -> Any:
    """Run retention: `{}` and orders answer with the report, a batch of a stream with failures.

    Raises:
        orders.Refused: the order is not one; the message names the field.
    """
    if "Records" in event:
        return process_partial_response(
            event=event, record_handler=_attempt, processor=_processor, context=context
        )
    now = current_time.now()
    order = run_request.read(event, periods(policies.published(), now), now)
    return shown(run.start(order, context))


def _attempt(record: Any, lambda_context: Any) -> None:
    try:
        _stored(record.raw_event, lambda_context)
    except Exception as fault:
        log.fault(fault, record.raw_event["dynamodb"]["SequenceNumber"])
        raise


def _stored(record: dict[str, Any], context: Any) -> None:
    """Go on with a run whose unfinished report was just stored; all else calls for nothing."""
    if record["eventName"] != "INSERT":
        return
    report = runs.of_stream(record["dynamodb"]["NewImage"])
    if report is not None:
        run.resume(report, context)
