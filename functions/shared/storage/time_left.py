"""How long the invocation at work may still take, so that no call to AWS outlives it."""

import math
import time
from contextvars import ContextVar
from typing import Any

_ends: ContextVar[float] = ContextVar("ends", default=math.inf)


def begin(context: Any) -> None:
    """Take from Lambda's context when this invocation ends; without a context it never does."""
    tell = getattr(context, "get_remaining_time_in_millis", None)
    _ends.set(time.monotonic() + tell() / 1000 if tell is not None else math.inf)


def seconds() -> float:
    """Return how many seconds are left; infinity where nobody has said."""
    return _ends.get() - time.monotonic()
