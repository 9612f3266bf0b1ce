"""How long something is kept, from when on it is due to go, and what a look at that comes to.

Periods are those of the policy, as ISO 8601 durations; the calendar is that of UTC (S13). One
month after a day is the same day of the next month; where there is none, the period ends with
the month. So nothing goes before its time, and what is due stays due.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.hash_chain import canonical, digest
from shared.domain.policy import Policies
from shared.domain.timestamps import format_timestamp

_DURATION = re.compile(
    r"P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?",
    re.ASCII,
)
_INSTANT = timedelta(milliseconds=1)  # the precision of `stamp`
_YEAR = 12
_DIGEST = 2**256
SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time: so many months of the calendar, and then so much more."""

    months: int
    rest: timedelta


def period(text: str) -> Period:
    """Read an ISO 8601 duration, e.g. `P6Y`, `P730D` or `PT12H`.

    Raises:
        ValueError: it is none.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an ISO 8601 duration")
    years, months, weeks, days, hours, minutes, seconds = (
        int(part or 0) for part in match.groups()
    )
    rest = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return Period(_YEAR * years + months, rest)


def periods(policies: Policies, at: datetime) -> dict[str, Period]:
    """Return each record class's period as the policy in force rules it.

    A class that the policy no longer names keeps the period that it had last: what was stored
    under it must still go.
    """
    current = policies.current(at)
    begun = [policy for policy in policies.versions.values() if policy.since <= current.since]
    return {
        item["id"]: period(item["keep"])
        for policy in sorted(begun, key=lambda policy: policy.since)
        for item in policy.document["retention"]
    }


def cutoff(now: datetime, kept: Period) -> datetime:
    """Return the latest start that is due: what began then or before has had its period."""
    reached = now.astimezone(UTC) - kept.rest
    found = _same_day(reached, -kept.months)
    if found is not None:
        return found
    return _first_of_next_month(reached, -kept.months) - _INSTANT


def due_at(start: datetime, kept: Period) -> datetime:
    """Return the moment from which on something is due: the other way round from `cutoff`."""
    begun = start.astimezone(UTC)
    found = _same_day(begun, kept.months) or _first_of_next_month(begun, kept.months)
    return found + kept.rest


def _same_day(moment: datetime, months: int) -> datetime | None:
    year, month = _moved(moment, months)
    try:
        return moment.replace(year=year, month=month)
    except ValueError:  # that month has no such day
        return None


def _first_of_next_month(moment: datetime, months: int) -> datetime:
    year, month = _moved(moment, months + 1)
    return datetime(year, month, 1, tzinfo=UTC)


def _moved(moment: datetime, months: int) -> tuple[int, int]:
    year, month = divmod(moment.year * _YEAR + moment.month - 1 + months, _YEAR)
    return year, month + 1


def mark(table: str, key: Mapping[str, Any]) -> bytes:
    """Stand for an item without telling whose it is: a hash of its table and key."""
    return hashlib.sha256(canonical({"table": table, "key": key})).digest()


@dataclass(slots=True)
class Figures:
    """What was found of one class: `found` is all that was due, held or not.

    `sum`, `oldest`, `newest` and `sample` (hashes of keys) are of what goes, or went: in whatever
    order it is met, the same things give the same figures.
    """

    found: int = 0
    removed: int = 0
    held: int = 0
    failed: int = 0
    oldest: str | None = None
    newest: str | None = None
    sum: int = 0
    sample: list[str] = field(default_factory=list)

    @property
    def overdue(self) -> int:
        """Count what is due and still there, though nothing holds it."""
        return self.found - self.removed - self.held

    def count(self, start: str, name: bytes) -> None:
        """Take in one thing that goes: when its period began, and its `mark`."""
        self.oldest = min(self.oldest or start, start)
        self.newest = max(self.newest or start, start)
        self.sum = (self.sum + int.from_bytes(name, "big")) % _DIGEST
        self.sample = sorted([*self.sample, name.hex()[:16]])[:SAMPLE]

    def add(self, other: "Figures") -> None:
        """Take in what was found elsewhere."""
        self.found += other.found
        self.removed += other.removed
        self.held += other.held
        self.failed += other.failed
        starts = [start for start in (self.oldest, other.oldest) if start]
        self.oldest = min(starts, default=None)
        self.newest = max((start for start in (self.newest, other.newest) if start), default=None)
        self.sum = (self.sum + other.sum) % _DIGEST
        self.sample = sorted([*self.sample, *other.sample])[:SAMPLE]

    def plain(self) -> dict[str, Any]:
        """Return it in plain values, as it is stored."""
        return {**asdict(self), "sum": f"{self.sum:x}"}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "Figures":
        """Read it from plain values; others beside them are not looked at."""
        held = {each.name: plain[each.name] for each in fields(cls) if each.name in plain}
        return cls(**{**held, "sum": int(plain["sum"], 16)})


def comparable(classes: Mapping[str, Figures]) -> str:
    """Hash what goes, or went, so that a preview and its run can be compared."""
    sums = {kind: f"{figures.sum:064x}" for kind, figures in classes.items() if figures.sum}
    return digest(sums)


def totals(classes: Iterable[Figures]) -> Figures:
    """Add all classes up."""
    total = Figures()
    for figures in classes:
        total.add(figures)
    return total


def cutoffs(policies: Policies, as_of: datetime, now: datetime) -> dict[str, str]:
    """Return, by class, the latest start that is due at `as_of`, as it is written in items.

    The periods are those of today, or of `as_of` if that is still to come: looking back must
    not bring back a period that was shorter then.
    """
    ruled = periods(policies, max(as_of, now))
    return {kind: format_timestamp(cutoff(as_of, kept)) for kind, kept in ruled.items()}
