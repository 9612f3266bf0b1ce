"""DynamoDB stream records in; the days' counts up by what a batch adds, each record once (S8).

What was collected by permission goes when the permission is taken back (`withdrawal.py`).
"""

from collections.abc import Sequence

from aggregation import withdrawal
from shared.domain import statistics as increments
from shared.domain.statistics import Addition
from shared.edge import current_time, log
from shared.edge.stream import StreamRecord, batch_worker
from shared.services import link_browser
from shared.storage import counting, ledger, records

log.start()


def look(change: StreamRecord) -> Addition | None:
    """Do what one newly stored item calls for, and tell what it adds to which counts."""
    if change.table == "ledger":
        entry = ledger.read_entry(change.item)
        withdrawal.erase(entry)
        link_browser.renew(entry)
        return Addition(change.number, increments.of_decision(entry.event))
    if change.item["record"]["S"].startswith("visit#"):
        return _visit(change)
    return None


def _visit(change: StreamRecord) -> Addition | None:
    """Count a part of a visit; whichever part tells the exit first counts it, once."""
    record = records.read(change.item)
    if withdrawal.outlived(record):
        withdrawal.erase_all(record.person, [record])
        return None
    visit, _, further = record.id.partition(".")
    counted = increments.of_visit(record.fields, record.received_at, begins=not further)
    leaving = increments.of_exit(record.fields, record.received_at)
    if not further:
        return Addition(change.number, counted + leaving)
    first = records.get(record.person, f"{record.kind}#{visit}") if leaving else None
    if first is not None and "exit" in first.fields:
        return Addition(change.number, counted)
    once = {f"{record.person}/{visit}/exit": one for one in leaving}
    return Addition(change.number, counted, once)


def count(stream: str, additions: Sequence[Addition]) -> None:
    """Add up what a batch adds and write it; what was counted before adds nothing."""
    counting.add(stream, [one for one in additions if one.increments], current_time.now())


handle = batch_worker(look, count)
