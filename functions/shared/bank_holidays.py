"""England's working days, with bank holidays from a maintained library.

Statutory days and their substitutes are computed; those proclaimed once (a coronation, a state
funeral) are in the library's table, so a newly proclaimed one needs a newer library in the lock.
"""

from functools import cache

from shared.domain.calendar_dates import IsWorkingDay, working_days


@cache
def england() -> IsWorkingDay:
    """Return the test for England's working days; the library loads at the first call."""
    from holidays import country_holidays  # noqa: PLC0415 - 0.2 s, for deadlines only

    return working_days(country_holidays("GB", subdiv="ENG"))
