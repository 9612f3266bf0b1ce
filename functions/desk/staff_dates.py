"""Times that staff name: moments (RFC 3339, with a zone) and days."""

from datetime import date, datetime

from shared.domain import calendar_dates, readers
from shared.domain.errors import Invalid


def read(text: str, pointer: str) -> datetime:
    """Read a moment, e.g. `2026-02-01T09:00:00Z`; in a query string, `+` is written %2B.

    Raises:
        Invalid: it is none, blamed on `pointer`.
    """
    try:
        return readers.moment(text)
    except ValueError as fault:
        raise Invalid.field(pointer, str(fault)) from None


def past(text: str, pointer: str, now: datetime) -> datetime:
    """Read a moment that is not after `now`.

    Raises:
        Invalid: it is none, or in the future.
    """
    moment = read(text, pointer)
    if moment > now:
        raise Invalid.field(pointer, "is in the future")
    return moment


def reached_us(on: date, pointer: str, now: datetime, after: date | None = None) -> None:
    """Check the day on which something reached us, which may be dated back.

    Raises:
        Invalid: it is in the future, or before the day `after` of what it answers.
    """
    try:
        calendar_dates.reached_us(on, now, after)
    except ValueError as fault:
        raise Invalid.field(pointer, str(fault)) from None
