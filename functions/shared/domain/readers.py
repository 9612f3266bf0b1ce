"""One strict reader for each kind of text that stands for something else.

Each takes the one form that it names and nothing else, within bounds in which no arithmetic
runs off the calendar, and raises ValueError with words for the caller; none quotes the text.
"""

import re
from datetime import UTC, date, datetime

# Nothing that is read here happened before, and nobody plans beyond.
FIRST_DAY, LAST_DAY = date(1975, 1, 1), date(2999, 12, 31)
REACH = f"must be from {FIRST_DAY} to {LAST_DAY}"

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile("[0-9]{4}-[0-9]{2}")
# RFC 3339 as people and programs write it, with its zone.
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def day(text: str) -> date:
    """Read a day such as `2026-02-01` (ISO 8601), and no other form of it.

    Raises:
        ValueError: it is none, or out of reach.
    """
    fault = "must be a day such as 2026-02-01"
    if not _DAY.fullmatch(text):
        raise ValueError(fault)
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise ValueError(fault) from None
    if not FIRST_DAY <= found <= LAST_DAY:
        raise ValueError(REACH)
    return found


def month(text: str) -> date:
    """Read a month such as `2026-02`; returns its first day.

    Raises:
        ValueError: it is none, or out of reach.
    """
    try:
        if _MONTH.fullmatch(text):
            return day(f"{text}-01")
    except ValueError:
        pass
    raise ValueError("must be a month such as 2026-02")


def moment(text: str) -> datetime:
    """Read a moment such as `2026-02-01T09:00:00Z` (RFC 3339); returns it in UTC.

    Raises:
        ValueError: it is none, has no zone, or is out of reach.
    """
    fault = "must be a time such as 2026-02-01T09:00:00Z (RFC 3339)"
    if not _MOMENT.fullmatch(text):
        raise ValueError(fault)
    try:
        found = datetime.fromisoformat(text.upper())
    except ValueError:
        raise ValueError(fault) from None
    # A day's distance from both ends leaves room for every zone.
    if not FIRST_DAY < found.date() < LAST_DAY:
        raise ValueError(REACH)
    return found.astimezone(UTC)


def number(text: str, least: int, most: int) -> int:
    """Read a whole number in decimal digits of ASCII, without sign.

    Raises:
        ValueError: it is none, or not from `least` to `most`.
    """
    if re.fullmatch(f"[0-9]{{1,{len(str(most))}}}", text) and least <= int(text) <= most:
        return int(text)
    raise ValueError(f"must be a number from {least} to {most}")
