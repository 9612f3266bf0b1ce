"""DynamoDB stream records in; a day's counts up by what each adds, exactly once (S8).

What was collected by permission goes when the permission is taken back (`withdrawing.py`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aggregation import withdrawal
from shared.domain import statistics as increments
from shared.edge import current_time, log
from shared.edge.stream import Change, worker
from shared.services import link_browser
from shared.storage import ledger, records, statistics
from shared.storage.records import Record

log.start()


def count(change: Change) -> None:
    """Count one newly stored item; what is counted is marked, so that again adds nothing."""
    item, now = change.item, current_time.now()
    if change.table == "ledger":
        _decision(item, now)
    elif item["record"]["S"].startswith("visit#"):
        visited = records.read(item)
        if withdrawal.outlived(visited):
            withdrawal.erase_one(visited)
        else:
            _visit(visited, now)


def _decision(item: Mapping[str, Any], now: datetime) -> None:
    entry = ledger.read_entry(item)
    event = entry.event
    withdrawal.erase(event)
    link_browser.renew(entry)
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


handle = worker(count)
