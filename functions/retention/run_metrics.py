"""What a run tells CloudWatch: the two figures that alarms go by, and each class beside them."""

from datetime import datetime

from shared.domain.retention import totals
from shared.edge import metrics
from shared.storage.retention import runs
from shared.storage.retention.runs import RunReport


def emit(report: RunReport, now: datetime) -> None:
    """Tell what a run did; a preview and one that is not at its end tell nothing.

    `OverdueItems` is what is due and still there, though nothing holds it, once the run is over;
    `RetentionFailed` what it could not remove. A run that gets nowhere counts as a failure.
    """
    if report.dry_run or report.status in (runs.UNFINISHED, runs.INTERRUPTED):
        return
    classes = {
        kind: {
            "removed": figures.removed,
            "held": figures.held,
            "failed": figures.failed,
            "overdue": figures.overdue,
        }
        for kind, figures in report.classes.items()
        if figures.found
    }
    total, stuck = totals(report.classes.values()), len(report.left)
    metrics.emit(
        now,
        {"classes": classes},
        OverdueItems=total.overdue + stuck,
        RetentionFailed=total.failed + stuck,
    )
