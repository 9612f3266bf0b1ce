"""The time that workers are given. HTTP functions take theirs from the gateway's event."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the moment, in UTC."""
    return datetime.now(UTC)
