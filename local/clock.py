"""The time that every function is given: this machine's, or the one that was set."""

from datetime import UTC, datetime

from shared.edge import current_time

_set: datetime | None = None


def now() -> datetime:
    """Return the moment that functions believe it is."""
    return _set or datetime.now(UTC)


def put(moment: datetime | None) -> None:
    """Stop the clock at a moment, or let it run again."""
    global _set  # noqa: PLW0603 - there is one clock
    _set = moment


def install() -> None:
    """Give workers this clock; HTTP functions take theirs from the gateway's event."""
    current_time.now = now
