"""What a run tells CloudWatch: a figure a class, and the two that alarms go by."""

from datetime import datetime

from shared.domain.retention import totals
from shared.edge import metrics
from shared.storage.retention import runs
from shared.storage.retention.runs import RunReport


def emit(report: RunReport, now: datetime) -> None:
    """Tell what a run did; a preview tells nothing.

    `OverdueItems` is what is due and still there, though nothing holds it, once the run is over;
    `RetentionFailed` what it could not remove. A run that gets nowhere counts as a failure.
    """
    if report.dry_run:
        return
    for kind, figures in report.classes.items():
        if figures.found:
            metrics.of_class(
                now,
                kind,
                Removed=figures.removed,
                Held=figures.held,
                Failed=figures.failed,
                Overdue=figures.overdue,
            )
    if report.status in (runs.UNFINISHED, runs.INTERRUPTED):
        return
    total = totals(report.classes.values())
    stuck = len(report.left)
    metrics.emit(now, OverdueItems=total.overdue + stuck, RetentionFailed=total.failed + stuck)
