"""What a run tells CloudWatch: a figure a class, and the two that alarms go by."""

import json
from datetime import datetime

from shared.domain.retention import totals
from shared.edge import metrics
from shared.storage.retention import runs
from shared.storage.retention.runs import Report


def emit(report: Report, now: datetime) -> None:
    """Tell what a run did; a preview tells nothing.

    `OverdueItems` is what is due and still there, though nothing holds it, once the run is over;
    `RetentionFailed` what it could not remove. A run that gets nowhere counts as a failure.
    """
    if report.dry_run:
        return
    for kind, figures in report.classes.items():
        if figures.found:
            counts = {
                "Removed": figures.removed,
                "Held": figures.held,
                "Failed": figures.failed,
                "Overdue": figures.overdue,
            }
            _of_class(kind, counts, now)
    if report.status in (runs.UNFINISHED, runs.INTERRUPTED):
        return
    total = totals(report.classes.values())
    stuck = len(report.left)
    metrics.emit(now, OverdueItems=total.overdue + stuck, RetentionFailed=total.failed + stuck)


def _of_class(kind: str, counts: dict[str, int], now: datetime) -> None:
    """Tell one class's figures in CloudWatch's embedded metric format."""
    about = {
        "Namespace": metrics.namespace(),
        "Dimensions": [["Class"]],
        "Metrics": [{"Name": name, "Unit": "Count"} for name in counts],
    }
    told = {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [about]}
    print(json.dumps({"_aws": told, "Class": kind, **counts}), flush=True)  # noqa: T201 - the format's own way
