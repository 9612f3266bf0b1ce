"""A month in figures: what was asked, how long it took, what was late, what became of data.

Months are those of London's calendar for requests, whose deadlines are London's, and of UTC for
all that is counted by moments. Nothing here names anybody.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from typing_extensions import TypedDict

from shared.domain import readers
from shared.domain.breach import TO_REPORT, Breach
from shared.domain.calendar_dates import london_date
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.request_actions import COMPLETED, REFUSED
from shared.domain.request_types import TYPES
from shared.domain.timestamps import parse_timestamp

# What was answered, in contrast to what was given up.
ANSWERED = frozenset({COMPLETED, REFUSED})
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the calendar, both days included."""

    first: date
    last: date

    def has(self, day: date) -> bool:
        """Tell whether a day is in it."""
        return self.first <= day <= self.last

    @property
    def days(self) -> list[date]:
        """Return its days, the first one first."""
        return [self.first + number * _DAY for number in range((self.last - self.first).days + 1)]


class RequestFigures(TypedDict):
    """Requests of one type: what came in the month, what was answered in it and in how many days.

    `overdue` are those whose last day was in the month and that had no answer by its end.
    """

    type: str
    received: int
    answered: int
    median_days: float | None
    longest_days: int | None
    overdue: int


@dataclass(frozen=True, slots=True)
class Breaches:
    """Breaches recorded in the month, by severity; of the reports due, how many were in time."""

    recorded: int
    by_severity: Mapping[str, int]
    reported: int
    reported_late: int


def month(text: str) -> Month:
    """Read a month such as `2026-02`.

    Raises:
        ValueError: it is none.
    """
    first = readers.month(text)
    later = first.replace(day=28) + 4 * _DAY
    return Month(first, later.replace(day=1) - _DAY)


def requests(cases: Iterable[DataSubjectRequest], span: Month, today: date) -> list[RequestFigures]:
    """Sum requests up by type, every type, also those that nobody asked for."""
    by_type: dict[str, list[DataSubjectRequest]] = {name: [] for name in TYPES}
    for case in cases:
        by_type[case.type].append(case)
    return [_of_type(name, found, span, today) for name, found in by_type.items()]


def breaches(register: Iterable[Breach], span: Month) -> Breaches:
    """Sum up the breaches that were recorded in the month (UTC)."""
    found = [each for each in register if span.has(parse_timestamp(each.recorded_at).date())]
    reported = [each for each in found if each.authority]
    return Breaches(
        recorded=len(found),
        by_severity=dict(Counter(each.severity for each in found)),
        reported=len(reported),
        reported_late=sum(_late(each) for each in reported),
    )


def rate(granted: int | None, refused: int | None) -> float | None:
    """Return the part that said yes, to two places; None where one of them is too small to tell."""
    if granted is None or refused is None or not granted + refused:
        return None
    return round(granted / (granted + refused), 2)


def _of_type(
    name: str, cases: list[DataSubjectRequest], span: Month, today: date
) -> RequestFigures:
    taken = [days for case in cases if (days := _days_taken(case, span)) is not None]
    return RequestFigures(
        type=name,
        received=sum(span.has(_received(case)) for case in cases),
        answered=len(taken),
        median_days=float(median(taken)) if taken else None,
        longest_days=max(taken, default=None),
        overdue=sum(_overdue(case, span, today) for case in cases),
    )


def _received(case: DataSubjectRequest) -> date:
    return date.fromisoformat(case.facts["received"])


def _closed(case: DataSubjectRequest) -> date | None:
    return london_date(parse_timestamp(case.closed_at)) if case.closed_at else None


def _days_taken(case: DataSubjectRequest, span: Month) -> int | None:
    closed = _closed(case)
    if closed is None or case.status not in ANSWERED or not span.has(closed):
        return None
    return (closed - _received(case)).days


def _overdue(case: DataSubjectRequest, span: Month, today: date) -> bool:
    due = date.fromisoformat(case.due) if case.due else None
    if due is None or not span.has(due):
        return False
    return (_closed(case) or today) > due


def _late(breach: Breach) -> bool:
    at = parse_timestamp((breach.authority or {})["reported_at"])
    return at - parse_timestamp(breach.discovered_at) > TO_REPORT
