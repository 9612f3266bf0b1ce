"""New items of a table in; what each calls for done; what failed told, so that it comes again.

The one worker behind every function that a DynamoDB stream feeds. Records are worked at one by
one in the shard's order; the first that fails and all after it come again (Lambda bisects, retries
and at last parks what cannot be done in the dead-letter queue). What a batch comes to may be
written at its end, for all records at once.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)

from shared.edge import current_time, log, metrics
from shared.storage import correlation, time_left

_TABLE = "TABLE_"
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class StreamRecord:
    """One newly stored item.

    `table` is the catalogue's name of its table, `item` its attributes as DynamoDB types them,
    `number` its sequence number; `context` is Lambda's, with the time that is left.
    """

    table: str
    item: Mapping[str, Any]
    number: str
    context: Any


def worker(
    work: Callable[[StreamRecord], None], failures: str | None = None
) -> Callable[[dict[str, Any], Any], Any]:
    """Make the Lambda handler that has `work` done for each new item of a batch.

    Changes and removals call for nothing. Everything is logged under the id of the request that
    led to the item. `failures` is the metric that counts what could not be done.
    """

    def handle(event: dict[str, Any], context: Any) -> Any:
        """Work at a batch of stored items; answer those that failed."""
        with time_left.of(context):
            return _each(work, event, context, failures)

    return handle


def batch_worker(
    look: Callable[[StreamRecord], Found | None], finish: Callable[[str, Sequence[Found]], None]
) -> Callable[[dict[str, Any], Any], Any]:
    """Make the Lambda handler that looks at each new item, then does once what all come to.

    `finish` is told the stream and what was found in it. If it fails, all of the batch comes again.
    """

    def handle(event: dict[str, Any], context: Any) -> Any:
        """Work at a batch of stored items; answer those that failed."""
        found: list[Found] = []

        def note(change: StreamRecord) -> None:
            if (one := look(change)) is not None:
                found.append(one)

        with time_left.of(context):
            answer = _each(note, event, context)
            if not found:
                return answer
            numbers = [raw["dynamodb"]["SequenceNumber"] for raw in event["Records"]]
            try:
                finish(event["Records"][0]["eventSourceARN"], found)
            except Exception as fault:  # noqa: BLE001 - logged, and told to Lambda
                log.fault(fault, numbers[0])
                return {"batchItemFailures": [{"itemIdentifier": number} for number in numbers]}
            return answer

    return handle


def _each(
    work: Callable[[StreamRecord], None],
    event: dict[str, Any],
    context: Any,
    failures: str | None = None,
) -> Any:
    # A batch that fails whole is reported like one that fails in part.
    processor = BatchProcessor(
        event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False
    )

    def attempt(record: Any, lambda_context: Any = None) -> None:
        raw = record.raw_event
        correlation.follow(raw)
        if raw["eventName"] != "INSERT":
            return
        change = raw["dynamodb"]
        number = change["SequenceNumber"]
        try:
            work(StreamRecord(_table(raw), change["NewImage"], number, lambda_context))
        except Exception as fault:
            log.fault(fault, number)
            if failures is not None:
                metrics.emit(current_time.now(), **{failures: 1})
            raise

    return process_partial_response(
        event=event, record_handler=attempt, processor=processor, context=context
    )


def _table(record: Mapping[str, Any]) -> str:
    """Name the table by the catalogue's word: the function's environment tells its deployed name.

    Raises:
        LookupError: the function's row names no such table.
    """
    deployed = record["eventSourceARN"].split("/")[1]
    for name, value in os.environ.items():
        if value == deployed and name.startswith(_TABLE):
            return name.removeprefix(_TABLE).lower()
    raise LookupError("a stream of a table that this function does not know")
