"""Which request of a website something goes back to: kept with items, and said in every log line.

The id is the gateway's (`X-Request-Id` of the answer, and the access log's). Stream workers take it
from the item that they were given, so that one search finds a form, its mail and what went wrong
between them. It says nothing about anybody.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

ATTRIBUTE = "correlation_id"

_current: ContextVar[str | None] = ContextVar(ATTRIBUTE, default=None)


def begin(request_id: str | None) -> None:
    """Do what follows, in this thread, because of that request."""
    _current.set(request_id)


def follow(record: Mapping[str, Any]) -> None:
    """Do what follows because of the request that led to a stream's record, if it is known."""
    item = record["dynamodb"].get("NewImage", {})
    begin(item.get(ATTRIBUTE, {}).get("S"))


def current() -> str | None:
    """Return the request's id, or none: a daily run has no request behind it."""
    return _current.get()
