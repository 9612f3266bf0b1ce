"""Moments that staff name: RFC 3339, with a time zone."""

import re
from datetime import UTC, datetime

from shared.domain.errors import Invalid

_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def read(text: str, pointer: str) -> datetime:
    """Read a moment, e.g. `2026-02-01T09:00:00Z`; in a query string, `+` is written %2B.

    Raises:
        Invalid: it is none, blamed on `pointer`.
    """
    try:
        if _RFC3339.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Invalid.field(pointer, "must be a time such as 2026-02-01T09:00:00Z (RFC 3339)")


def past(text: str, pointer: str, now: datetime) -> datetime:
    """Read a moment that is not after `now`.

    Raises:
        Invalid: it is none, or in the future.
    """
    moment = read(text, pointer)
    if moment > now:
        raise Invalid.field(pointer, "is in the future")
    return moment
