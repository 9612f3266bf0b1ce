"""Counts that may be shown without pointing at anybody (docs/decisions/0009-visits.md).

A count is shown as the multiple of five below it, and under five not at all. Sums are made
of what is shown: whoever has them has nothing that the parts did not already tell.
"""

from collections.abc import Iterable

STEP = 5
EXPLAINED = (
    "Each day's counts are rounded down to a multiple of 5; null stands for fewer than 5, "
    "perhaps none. Sums add up the days' figures as shown. Days are of UTC."
)


def shown(count: int) -> int | None:
    """Return the figure that stands for a count, or None if it is too small to tell."""
    return count - count % STEP if count >= STEP else None


def added(figures: Iterable[int | None]) -> int | None:
    """Add up figures that `shown` gave; None if none of them is told."""
    told = [figure for figure in figures if figure is not None]
    return sum(told) if told else None
