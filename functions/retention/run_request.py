"""What a run is asked to do, by the schedule (`{}`) or by hand."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

FIELDS = ("as_of", "class", "dry_run")


class InvalidRunRequest(Exception):
    """The event asks for something that a run does not do; the message names the field."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A run: only of the class `kind`, if named; of what is due `as_of`; counting only, if dry."""

    as_of: datetime
    dry_run: bool = False
    kind: str | None = None


def read(event: Mapping[str, Any], classes: Collection[str], now: datetime) -> RunRequest:
    """Read an event, e.g. `{"dry_run": true, "class": "enquiry", "as_of": "2026-12-01T00:00:00Z"}`.

    Raises:
        InvalidRunRequest: a field is unknown or of the wrong kind, or the future is asked for.
    """
    unknown = sorted(set(event) - set(FIELDS))
    if unknown:
        raise InvalidRunRequest(f"{unknown[0]}: is not a field; there are {', '.join(FIELDS)}")
    dry_run = event.get("dry_run", False)
    if not isinstance(dry_run, bool):
        raise InvalidRunRequest("dry_run: must be true or false")
    kind = event.get("class")
    if kind is not None and kind not in classes:
        raise InvalidRunRequest("class: must be a record class of the policy")
    as_of = _moment(event["as_of"]) if event.get("as_of") is not None else now
    if as_of > now and not dry_run:
        raise InvalidRunRequest("as_of: is in the future, for which there are only dry runs")
    return RunRequest(as_of, dry_run, kind)


def _moment(text: object) -> datetime:
    if not isinstance(text, str):
        raise InvalidRunRequest("as_of: must be a moment such as 2026-12-01T00:00:00Z")
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidRunRequest("as_of: must be a moment such as 2026-12-01T00:00:00Z") from None
    if found.tzinfo is None:
        raise InvalidRunRequest("as_of: must say its zone, as in 2026-12-01T00:00:00Z")
    return found.astimezone(UTC)
