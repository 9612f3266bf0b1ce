"""The time that workers are given. HTTP functions take theirs from the gateway's event."""

from datetime import UTC, datetime


def now() -> datetime:
    """Give the moment, in UTC."""
    return datetime.now(UTC)
