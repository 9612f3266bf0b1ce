"""A run, from order to report; and going on with one that ran out of time."""

import secrets as randomness
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from retention import run_metrics
from retention.run_request import RunRequest
from shared.domain import retention as retention_rules
from shared.domain.retention import Figures
from shared.domain.timestamps import format_timestamp
from shared.edge import current_time, log
from shared.storage import holds, policies
from shared.storage.retention import removal_counts, retention_index, runs, sweep
from shared.storage.retention.retention_index import RetentionPartition
from shared.storage.retention.runs import RunReport
from shared.storage.retention.sweep import Sweep

# A started transaction, its tries and the report have to be through before Lambda ends it all.
MARGIN_MS = 30_000
# Nobody is at a run any more when its invocation is over, by whichever clock.
DIFFERENCE_OF_CLOCKS = timedelta(minutes=1)
# Lambda's share of a processor follows its memory.
MEMORY_OF_A_WORKER = 512
SCHEDULE = "system"
# Of items that cannot be removed; the report counts them all.
FAULTS_TOLD = 10


def start(order: RunRequest, context: Any) -> RunReport:
    """Carry out an order, as far as the time goes, and keep its report."""
    now = current_time.now()
    if not order.dry_run:
        _tell_of_broken_off(context)
    cutoffs = retention_rules.cutoffs(policies.published(), order.as_of, now)
    if order.kind is not None:
        cutoffs = {order.kind: cutoffs[order.kind]}
    begun = RunReport(
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


def resume(before: RunReport, context: Any) -> RunReport | None:
    """Go on with a run that ran out of time; None if there is nothing to go on with.

    A stream may bring the same report twice: whoever keeps the next one first has gone on.
    """
    if before.status != runs.UNFINISHED or before.dry_run:
        return None
    if runs.get(replace(before, part=before.part + 1).id) is not None:
        return None
    return _go_on(before, context)


def _go_on(before: RunReport, context: Any) -> RunReport:
    begun = replace(before, part=before.part + 1)
    if not before.dry_run:
        rest = timedelta(milliseconds=context.get_remaining_time_in_millis())
        begun = replace(begun, attempt=f"{begun.id}.{randomness.token_hex(4)}")
        runs.begin(begun, current_time.now() + rest + DIFFERENCE_OF_CLOCKS)
    swept = sweep.run(
        Sweep(before.cutoffs, begun.attempt, format_timestamp(current_time.now())),
        before.left,
        _in_time(context),
        max(1, int(context.memory_limit_in_mb) // MEMORY_OF_A_WORKER),
    )
    for fault in swept.faults[:FAULTS_TOLD]:
        log.fault(fault, begun.id)
    report = replace(
        begun,
        at=format_timestamp(current_time.now()),
        status=_status(before, swept.left, swept.removed),
        classes=_together(before, swept.classes),
        left=tuple(swept.left),
    )
    return _keep(report, swept.counted, context)


def _keep(report: RunReport, counted: Mapping[str, Figures], context: Any) -> RunReport:
    """Keep a report and tell its figures; what it has added up is needed no more then.

    Where somebody else has kept one of its name, what this attempt removed comes on top of that.
    """
    while not (kept := runs.keep(report)):
        last = runs.get(report.id)
        if last is None or last.attempt == report.attempt:
            break
        report = replace(
            last,
            part=last.part + 1,
            at=report.at,
            classes=_together(last, counted),
            attempt=report.attempt,
        )
    if kept:
        run_metrics.emit(report, current_time.now())
    if report.attempt is not None and removal_counts.clear(report.attempt, _in_time(context)):
        runs.end(report.attempt)
    return report


def _tell_of_broken_off(context: Any) -> None:
    """Keep the reports of runs that died: what they removed is counted. This run does the rest."""
    for begun in runs.broken_off(current_time.now()):
        counted = removal_counts.of_attempt(str(begun.attempt))
        report = replace(
            begun,
            at=format_timestamp(current_time.now()),
            status=runs.INTERRUPTED,
            classes=_together(begun, counted),
        )
        _keep(report, counted, context)


def _in_time(context: Any) -> Callable[[], bool]:
    return lambda: context.get_remaining_time_in_millis() > MARGIN_MS


def _status(before: RunReport, left: list[RetentionPartition], removed: int) -> str:
    if not left:
        return runs.FINISHED
    if before.dry_run:
        return runs.PARTIAL
    moved = removed > 0 or len(left) < len(before.left)
    return runs.UNFINISHED if moved else runs.STUCK


def _together(before: RunReport, swept: Mapping[str, Figures]) -> dict[str, Figures]:
    """Add what this part did to what the parts before have come to."""
    classes = {kind: replace(one, sample=list(one.sample)) for kind, one in before.classes.items()}
    for kind, one in swept.items():
        classes.setdefault(kind, Figures()).add(one)
    return classes
