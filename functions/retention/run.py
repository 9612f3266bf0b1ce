"""A run, from order to report; and going on with one that ran out of time."""

import secrets as randomness
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from retention import run_metrics
from retention.run_request import RunRequest
from shared.domain import retention as domain
from shared.domain.retention import Figures
from shared.domain.timestamps import format_timestamp
from shared.edge import current_time
from shared.storage import holds, policies
from shared.storage.retention import retention_index, runs, sweep
from shared.storage.retention.retention_index import RetentionPartition
from shared.storage.retention.runs import Report
from shared.storage.retention.sweep import Sweep

# A started transaction, its tries and the report have to be through before Lambda ends it all.
MARGIN_MS = 30_000
# Lambda's share of a processor follows its memory.
MEMORY_OF_A_WORKER = 512
SCHEDULE = "system"


def start(order: RunRequest, context: Any) -> Report:
    """Carry out an order, as far as the time goes, and keep its report."""
    now = current_time.now()
    cutoffs = domain.cutoffs(policies.published(), order.as_of, now)
    if order.kind is not None:
        cutoffs = {order.kind: cutoffs[order.kind]}
    begun = Report(
        run=runs.name(format_timestamp(now), randomness.token_bytes(4)),
        part=0,
        started_at=format_timestamp(now),
        at=format_timestamp(now),
        as_of=format_timestamp(order.as_of),
        dry_run=order.dry_run,
        status=runs.UNFINISHED,
        by=SCHEDULE,
        cutoffs=cutoffs,
        classes={},
        left=tuple(retention_index.places(cutoffs)),
        lapsed=0 if order.dry_run else holds.lapse(now),
        kind=order.kind,
    )
    return _go_on(begun, context)


def resume(before: Report, context: Any) -> Report | None:
    """Go on with a run that ran out of time; none if there is nothing to go on with.

    A stream may bring the same report twice: whoever keeps the next one first has gone on.
    """
    if before.status != runs.UNFINISHED or before.dry_run:
        return None
    if runs.get(replace(before, part=before.part + 1).id) is not None:
        return None
    return _go_on(before, context)


def _go_on(before: Report, context: Any) -> Report:
    swept = sweep.run(
        Sweep(before.cutoffs, before.dry_run, format_timestamp(current_time.now())),
        before.left,
        _in_time(context),
        max(1, int(context.memory_limit_in_mb) // MEMORY_OF_A_WORKER),
    )
    now = current_time.now()
    report = replace(
        before,
        part=before.part + 1,
        at=format_timestamp(now),
        status=_status(before, swept.left, swept.removed),
        classes=_together(before, swept.classes),
        left=tuple(swept.left),
    )
    if runs.keep(report):
        run_metrics.emit(report, now)
    return report


def _in_time(context: Any) -> Callable[[], bool]:
    return lambda: context.get_remaining_time_in_millis() > MARGIN_MS


def _status(before: Report, left: list[RetentionPartition], removed: int) -> str:
    if not left:
        return runs.FINISHED
    if before.dry_run:
        return runs.PARTIAL
    moved = removed > 0 or len(left) < len(before.left)
    return runs.UNFINISHED if moved else runs.STUCK


def _together(before: Report, swept: Mapping[str, Figures]) -> dict[str, Figures]:
    """Add what this part did to what the parts before have come to."""
    classes = {kind: replace(one, sample=list(one.sample)) for kind, one in before.classes.items()}
    for kind, one in swept.items():
        classes.setdefault(kind, Figures()).add(one)
    return classes
