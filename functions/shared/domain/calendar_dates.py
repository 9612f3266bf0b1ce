"""Civil dates: what day it is in London, corresponding dates, working days.

The law counts in days of the calendar, so deadlines are dates and never moments. Which days
are holidays comes from outside (`shared/bank_holidays.py`).
"""

from calendar import monthrange
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
MONDAY_TO_FRIDAY = range(5)

IsWorkingDay = Callable[[date], bool]


def london_date(moment: datetime) -> date:
    """Return the date on London's calendars: in summer it changes at 23:00 UTC.

    Raises:
        ValueError: the moment does not say its time zone.
    """
    if moment.utcoffset() is None:
        raise ValueError("a moment without its time zone has no date in London")
    return moment.astimezone(LONDON).date()


def reached_us(on: date, now: datetime, after: date | None = None) -> date:
    """Return the day on which something reached us, as somebody says: a letter, a fee, an answer.

    It may be dated back, because post lies about, but neither into the future (London) nor
    before `after`, the day of what it answers. What we do ourselves is dated by our clock.

    Raises:
        ValueError: it is.
    """
    if on > london_date(now):
        raise ValueError("is in the future")
    if after is not None and on < after:
        raise ValueError(f"is before {after}, the day of what it answers")
    return on


def working_days(holidays: Container[date]) -> IsWorkingDay:
    """Make the test for working days: Monday to Friday, and no holiday."""
    return lambda day: day.weekday() in MONDAY_TO_FRIDAY and day not in holidays


@dataclass(frozen=True, slots=True)
class Period:
    """Months and days of the calendar, as statutes count them."""

    months: int = 0
    days: int = 0

    def after(self, start: date) -> date:
        """Return the last day: the corresponding date, or else the last day of that month.

        The start itself is not counted: one month from 3 September ends with 3 October, thirty
        days from it too. So the ICO counts in its guidance on the right of access.
        """
        years, month = divmod(start.month - 1 + self.months, 12)
        year, month = start.year + years, month + 1
        day = min(start.day, monthrange(year, month)[1])
        return date(year, month, day) + timedelta(days=self.days)


def on_working_day(day: date, is_working_day: IsWorkingDay) -> date:
    """Return the day itself if it is a working day, else the next one."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def working_days_until(day: date, last: date, is_working_day: IsWorkingDay) -> int:
    """Count the working days after `day` up to `last`, which is counted; none if it is over."""
    later = (day + timedelta(days=number) for number in range(1, (last - day).days + 1))
    return sum(1 for each in later if is_working_day(each))


def working_days_from(day: date, count: int, is_working_day: IsWorkingDay) -> date:
    """Count so many working days on, or back if `count` is negative; `day` is not counted."""
    step = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day):
            day += step
    return day
