"""The languages that people are written to in: a folder each, `shared/languages/de/`.

Its `mails/` have the words of every mail to a person, its `words.toml` how dates and periods are
written and, by the English, what rows, documents and policies say. English stands in those
themselves.
"""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from shared.domain.policy import in_language, meant

FOLDER = Path(__file__).parent
ENGLISH = "en"

# Members of a policy's entries that people read; the others are names and numbers.
TOLD = frozenset({"data", "ground", "receives", "safeguard", "text", "title", "why"})

_PERIOD = re.compile(r"(\d+)([YMWD])")


@dataclass(frozen=True, slots=True)
class Language:
    """How one language writes dates and periods, and its words by the English ones.

    `date` has `{day}`, `{month}` and `{year}`; `periods` say one and many of each unit.
    """

    code: str
    date: str
    months: tuple[str, ...]
    periods: Mapping[str, tuple[str, str]]
    words: Mapping[str, str]

    def say(self, message: str) -> str:
        """Return the words for English ones; the English where there are none."""
        return self.words.get(message, message)

    def day(self, text: str | None) -> str | None:
        """Write an ISO date, or the date of a moment, as people say it: 2 March 2026."""
        if text is None:
            return None
        on = date.fromisoformat(text[:10])
        return self.date.format(day=on.day, month=self.months[on.month - 1], year=on.year)

    def period(self, text: str) -> str:
        """Write an ISO 8601 period as people say it: `P1Y6M` is 1 year, 6 months.

        Days that make whole years, 365 each, are years.
        """
        parts = (_in_years(int(number), unit) for number, unit in _PERIOD.findall(text))
        return ", ".join(f"{number} {self.periods[unit][number != 1]}" for number, unit in parts)

    def shown(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return a policy document in this language: with its own words, where it has them in it.

        What a version was published without is said in ours; the version's words stay the evidence.
        """
        return {name: self._told(name, part) for name, part in self._entry(document)}

    def _entry(self, item: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
        return in_language(item, self.code).items()

    def _told(self, name: str, part: Any) -> Any:
        if isinstance(part, list):
            return [self._told(name, member) for member in part]
        if isinstance(part, Mapping):
            return {each: self._told(each, member) for each, member in self._entry(part)}
        return self.say(part) if name in TOLD and isinstance(part, str) else part


def _in_years(number: int, unit: str) -> tuple[int, str]:
    years, rest = divmod(number, 365)
    return (years, "Y") if unit == "D" and years and not rest else (number, unit)


@cache
def codes() -> tuple[str, ...]:
    """Name the languages that there are words in."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/words.toml")))


@cache
def read(code: str) -> Language:
    """Read a language from its folder."""
    said = tomllib.loads((FOLDER / code / "words.toml").read_text(encoding="utf-8"))
    periods = {unit: (one, many) for unit, (one, many) in said["periods"].items()}
    months = tuple(said["months"])
    return Language(code, said["date"], months, periods, said.get("words", {}))


def offered() -> list[str]:
    """Name the deployment's languages that there are words in."""
    return [code for code in os.environ["LANGUAGES"].split() if code in codes()]


def chosen(named: str | None) -> Language:
    """Return the language to write in to whoever named one: of the deployment's, or English."""
    return read(meant(named, offered()) or ENGLISH)
