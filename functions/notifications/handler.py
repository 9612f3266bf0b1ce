"""DynamoDB stream records in; mails and domain events out; what fails comes again."""

import os
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)

from notifications import breach_mails, domain_events, form_mails, request_mails
from shared.edge import current_time, log, metrics
from shared.storage import correlation, ledger, records
from shared.storage.requests import request_store as storage

log.start()

# A batch that fails whole is reported like one that fails in part: the shard's order is kept
# and Lambda bisects, retries and at last parks what cannot be done in the dead-letter queue.
_processor = BatchProcessor(
    event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False
)


def handle(event: dict[str, Any], context: Any) -> Any:
    """Deliver what a batch of stored items calls for; answer those that failed."""
    return process_partial_response(
        event=event, record_handler=_attempt, processor=_processor, context=context
    )


def _attempt(record: Any) -> None:
    correlation.follow(record.raw_event)
    try:
        deliver(record.raw_event)
    except Exception as fault:
        log.fault(fault, record.raw_event["dynamodb"]["SequenceNumber"])
        metrics.emit(current_time.now(), MailsFailed=1)
        raise


def deliver(record: dict[str, Any]) -> None:
    """Do what one newly stored item calls for; changes and removals call for nothing."""
    if record["eventName"] != "INSERT":
        return
    item = record["dynamodb"]["NewImage"]
    table = record["eventSourceARN"].split("/")[1]
    now = current_time.now()
    if table == os.environ["TABLE_LEDGER"]:
        domain_events.of_ledger(ledger.read(item), now)
    elif table == os.environ["TABLE_REQUESTS"]:
        happened = storage.read_timeline_event(item)
        if happened is not None:
            request_mails.of_happening(happened, now)
            domain_events.of_case(happened, now)
    elif table == os.environ["TABLE_OPERATIONS"]:
        breach_mails.of_operation(item, now)
    elif "fields" in item:
        stored = records.read(item)
        form_mails.of_record(stored, now)
        domain_events.of_record(stored, now)
