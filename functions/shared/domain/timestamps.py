"""Times as they are written down: RFC 3339 in UTC with milliseconds and `Z`.

Nothing here reads a clock; the moment is always an argument.
"""

from datetime import UTC, datetime


def format_timestamp(moment: datetime) -> str:
    """Write an aware datetime down, e.g. `2026-02-01T09:00:00.000Z`; sorts as it compares."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def parse_timestamp(text: str) -> datetime:
    """Read back what `stamp` wrote."""
    return datetime.fromisoformat(text)
