"""How long the invocation at work may still take, so that no call to AWS outlives it."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_ends: ContextVar[float] = ContextVar("ends", default=math.inf)


@contextmanager
def of(context: Any) -> Iterator[None]:
    """Take from Lambda's context when this invocation ends; without a context it never does.

    With the block the limit ends, so that the next invocation of this process has its own.
    """
    tell = getattr(context, "get_remaining_time_in_millis", None)
    before = _ends.set(time.monotonic() + tell() / 1000 if tell is not None else math.inf)
    try:
        yield
    finally:
        _ends.reset(before)


def seconds() -> float:
    """Return how many seconds are left; infinity where nobody has said."""
    return _ends.get() - time.monotonic()
