"""Figures for CloudWatch by its embedded metric format: a line of JSON, no call.

Each stage has a namespace of its own, so that one's figures ring no alarm of another's.
"""

import json
import os
from collections.abc import Mapping
from datetime import datetime


def namespace() -> str:
    """Name where the stage's figures are: as the service's stack is called (infra/stacks.py)."""
    return f"privacy-{os.environ['STAGE']}"


def emit(now: datetime, **counts: int) -> None:
    """Tell figures by their names, e.g. `emit(now, OverdueRequests=2)`; alarms go by the names."""
    _print(now, [], {}, counts)


def of_class(now: datetime, kind: str, **counts: int) -> None:
    """Tell figures of one record class, e.g. `of_class(now, "enquiry", Removed=2)`."""
    _print(now, ["Class"], {"Class": kind}, counts)


def _print(
    now: datetime, dimensions: list[str], values: Mapping[str, str], counts: Mapping[str, int]
) -> None:
    metrics = [{"Name": name, "Unit": "Count"} for name in counts]
    about = {"Namespace": namespace(), "Dimensions": [dimensions], "Metrics": metrics}
    told = {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [about]}
    print(json.dumps({"_aws": told, **values, **counts}), flush=True)  # noqa: T201 - its own way
