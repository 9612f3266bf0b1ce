"""What is promised of speed and cost, each beside the figure that tells whether it is so.

A goal reads what was measured, `bench/figures.json`, and the prices of `ops/prices.toml`.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.participants import COOKBOOK, FLOOR, KEYED, POWERTOOLS, USUAL
from ops.cost import estimate, million, standing

Figures = Mapping[str, Any]
DOCUMENTS = "documents"
CAPTURES = ("first capture", "later capture")
WITH_KEY = " with an Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure and its bound: the most that it may be, or with `at_least` the least."""

    what: str
    bound: float
    figure: Callable[[Figures], float]
    unit: str = ""
    at_least: bool = False

    def met(self, figures: Figures) -> bool:
        """Tell whether it is kept."""
        value = self.figure(figures)
        return value >= self.bound if self.at_least else value <= self.bound

    def line(self, figures: Figures) -> str:
        """Return a line of the table."""
        word = "at least" if self.at_least else "at most"
        said = "met" if self.met(figures) else "not met"
        value, bound = (f"{one:,.4g}{self.unit}" for one in (self.figure(figures), self.bound))
        return f"| {self.what} | {value} | {word} {bound} | {said} |"


def _ratio(counted: str, one: str, other: str, name: str) -> Callable[[Figures], float]:
    def ratio(figures: Figures) -> float:
        rows = figures[counted]
        return float(rows[one][name] / rows[other][name])

    return ratio


def _captures(counted: str, where: str) -> Iterator[Goal]:
    """Yield what is promised of a capture with a key, cold and warm, as `counted`."""
    for name, most in (("cold", 0.30), ("warm", 0.50)):
        of_floor = _ratio(counted, KEYED, FLOOR, name)
        yield Goal(f"capture with a key, {name}, of the floor, {where}", most, of_floor, "x")
    for usual, least in ((USUAL, 3), (COOKBOOK, 3), (POWERTOOLS, 2)):
        for name in ("cold", "warm"):
            of_ours = _ratio(counted, usual, KEYED, name)
            yield Goal(f"{usual}, {name}, of ours, {where}", least, of_ours, "x", at_least=True)


def _slowest_start(figures: Figures) -> float:
    starts = figures["cold_starts"]
    ours = [count for title, count in starts.items() if title != FLOOR]
    plain = [count for count in ours if count != _documents(starts)]
    return float(max(plain) / starts[FLOOR])


def _documents(starts: Mapping[str, int]) -> int:
    (count,) = (count for title, count in starts.items() if title.endswith(DOCUMENTS))
    return count


def _operation(name: str, what: str) -> Callable[[Figures], float]:
    def read(figures: Figures) -> float:
        (row,) = (row for row in figures["operations"] if row["operation"] == name)
        return float(row[what])

    return read


def _counted_faster(figures: Figures) -> float:
    counted = figures["counting_at_rate"]
    return float(counted["per_processor"] / counted["alone_per_processor"])


def _erasing(figures: Figures) -> float:
    (row,) = (row for row in figures["erasure"] if row["records"] == 5000)  # noqa: PLR2004
    return float(row["calls"])


def _removing(figures: Figures) -> float:
    return max(float(row["writes"]) for row in figures["sweep"])


def _of_capture(figures: Figures) -> float:
    """Return dollars for a million of the dearest capture, the day it is made."""
    names = [f"{name}{key}" for name in CAPTURES for key in ("", WITH_KEY)]
    rows = [row for row in figures["operations"] if row["operation"] in names]
    return max(sum(million.of_million(row, figures, _prices()).values()) for row in rows)


def _standing(_figures: Figures) -> float:
    prices = _prices()
    return max(standing.standing(estimate.stack(prices), prices)[standing.TOGETHER])


def _prices() -> Mapping[str, Any]:
    return tomllib.loads(estimate.PRICES.read_text("utf-8"))


# The units of an operation: first and later captures, forms, checks.
_UNITS = (
    (f"first capture{WITH_KEY}", "calls", 1),
    (f"first capture{WITH_KEY}", "writes", 2),
    (f"later capture{WITH_KEY}", "reads", 1),
    (f"later capture{WITH_KEY}", "writes", 2),
    ("permission check, 1,000 addresses", "calls", 10),
    ("permission check, 1,000 addresses", "reads", 1000),
)

GOALS = (
    *_captures("instructions", "instructions"),
    *_captures("runtime", "as Lambda runs it"),
    Goal("slowest start of a function, documents apart, of the floor", 1.0, _slowest_start, "x"),
    *(Goal(f"{name}: {what}", most, _operation(name, what)) for name, what, most in _UNITS),
    Goal(
        "decisions that a processor counts, of one by one", 10, _counted_faster, "x", at_least=True
    ),
    Goal("write units to remove an item that is due", 3, _removing),
    Goal("calls to erase 5,000 records of one person", 85, _erasing),
    Goal("a million captures and all that follows, keeping apart", 7.20, _of_capture, " USD"),
    Goal("a month of doing nothing", 14.50, _standing, " USD"),
)


def table(figures: Figures) -> Iterator[str]:
    """Yield the table of all goals."""
    yield "| what | measured | goal | |"
    yield "|---|---|---|---|"
    for goal in GOALS:
        yield goal.line(figures)
