"""DynamoDB stream records in; a day's counts up by what each adds, exactly once (S8).

What was collected by permission goes when the permission is taken back (`withdrawing.py`).
"""

import os
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)

from aggregation import withdrawal
from shared.domain import statistics as increments
from shared.edge import current_time, log
from shared.storage import correlation, ledger, records, statistics
from shared.storage.records import Record

log.start()

# A batch that fails whole is reported like one that fails in part: what is counted is marked,
# so whatever comes again adds nothing twice.
_processor = BatchProcessor(
    event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False
)


def handle(event: dict[str, Any], context: Any) -> Any:
    """Count what a batch of stored items adds; answer those that could not be counted."""
    return process_partial_response(
        event=event, record_handler=_attempt, processor=_processor, context=context
    )


def _attempt(record: Any) -> None:
    correlation.follow(record.raw_event)
    try:
        count(record.raw_event)
    except Exception as fault:
        log.fault(fault, record.raw_event["dynamodb"]["SequenceNumber"])
        raise


def count(record: dict[str, Any]) -> None:
    """Count one newly stored item; changes and removals leave the counts as they are."""
    if record["eventName"] != "INSERT":
        return
    item = record["dynamodb"]["NewImage"]
    table = record["eventSourceARN"].split("/")[1]
    now = current_time.now()
    if table == os.environ["TABLE_LEDGER"]:
        _decision(item, now)
    elif item["record"]["S"].startswith("visit#"):
        visited = records.read(item)
        if withdrawal.outlived(visited):
            withdrawal.erase_one(visited)
        else:
            _visit(visited, now)


def _decision(item: dict[str, Any], now: datetime) -> None:
    event = ledger.read(item)
    withdrawal.erase(event)
    counted = increments.of_decision(event)
    if counted:
        _once(counted, f"{event['subject']}/{event['sequence']}", now)


def _visit(record: Record, now: datetime) -> None:
    """Count a part of a visit; whichever part tells the exit first counts it, once."""
    visit, _, further = record.id.partition(".")
    part, leaving = f"{record.person}/{record.key}", f"{record.person}/{visit}/exit"
    begins = not further

    def counted(*, ends: bool) -> list[increments.Increment]:
        return increments.of_visit(record.fields, record.received_at, begins=begins, ends=ends)

    if "exit" in record.fields:
        try:
            statistics.add(counted(ends=True), (part, leaving), now)
        except statistics.AlreadyCounted as before:
            if part in before.causes:
                return
        else:
            return
    _once(counted(ends=False), part, now)


def _once(counted: list[increments.Increment], cause: str, now: datetime) -> None:
    try:
        statistics.add(counted, (cause,), now)
    except statistics.AlreadyCounted:
        return
