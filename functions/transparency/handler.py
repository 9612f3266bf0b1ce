"""The schedule in; the log grown by what is new, and its head signed."""

import os
from dataclasses import asdict
from typing import Any

from shared.edge import current_time, log
from shared.services.grow_log import grow_log

log.start()

# The step that was begun, and the head, have to be through before Lambda ends it all.
MARGIN_MS = 30_000


def handle(_event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Grow the log as far as the time goes; the next run goes on from there."""
    in_time = lambda: context.get_remaining_time_in_millis() > MARGIN_MS  # noqa: E731
    return asdict(grow_log(os.environ["STAGE"], current_time.now(), in_time))
