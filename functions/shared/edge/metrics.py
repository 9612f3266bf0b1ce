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


def emit(now: datetime, beside: Mapping[str, object] | None = None, /, **counts: int) -> None:
    """Tell figures that alarms go by, e.g. `emit(now, OverdueRequests=2)`.

    Each is paid for by itself, so what nobody's alarm reads stands `beside` them in the line alone.
    """
    metrics = [{"Name": name, "Unit": "Count"} for name in counts]
    about = {"Namespace": namespace(), "Dimensions": [[]], "Metrics": metrics}
    told = {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [about]}
    print(json.dumps({"_aws": told, **(beside or {}), **counts}), flush=True)  # noqa: T201 - its own way
