"""The languages of the pages: a gettext catalogue each, `web/pages/locales/de.po`.

What only the staff's console says stands in one beside it, `web/pages/locales/desk/de.po`.

English stands in the sources themselves; every other language is one file beside the others.
Babel reads the catalogues and knows each language's name, direction and dates.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from babel.units import format_unit

SOURCE = "en"
SOURCES = Path(__file__).parent.parent.parent / "web" / "pages"
DESK = SOURCES.parent / "desk"
# The folder of the catalogues of what only the console says.
CONSOLE = "desk"
# Where words stand, and how Babel finds them there.
_EXTRACTED = (
    (SOURCES / "templates", "*.html", "jinja2.ext:babel_extract"),
    (SOURCES / "js", "*.js", "javascript"),
    (DESK, "*.html", "jinja2.ext:babel_extract"),
    (DESK, "*.js", "javascript"),
)
_PERIOD = re.compile(r"P(?P<time>T?)(?P<number>\d+)(?P<unit>[YMWDHS])")
_UNITS = {
    "Y": "year",
    "M": "month",
    "W": "week",
    "D": "day",
    "TH": "hour",
    "TM": "minute",
    "TS": "second",
}
# Said by the code here, so that no template shows it to the extraction.
OWN_MESSAGES = ("until you close the browser",)
_KEYWORDS = {"_": None, "gettext": None, "t": None}
# In a script `_` is no word for translation, and in a template `t` is none.
_OPTIONS = {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}


@dataclass(frozen=True)
class Language:
    """One language: what to call it, how it runs, and its words by the English ones."""

    code: str
    words: Mapping[str, str]

    @property
    def locale(self) -> Locale:
        """Return what Babel knows of the language."""
        return Locale.parse(self.code, sep="-")

    @property
    def name(self) -> str:
        """Return the language's name in the language itself."""
        named = self.locale.get_language_name(self.code) or self.code
        return named[:1].upper() + named[1:]

    @property
    def direction(self) -> str:
        """Tell whether it is written from the left (`ltr`) or from the right (`rtl`)."""
        return self.locale.text_direction

    def translate(self, message: str) -> str:
        """Return the words for an English message; the English where there are none."""
        return self.words.get(message) or message

    def day(self, text: str) -> str:
        """Write an ISO date as the language does: 1 June 2023."""
        pattern = "d MMMM y" if self.code == SOURCE else "long"
        return format_date(date.fromisoformat(text[:10]), pattern, locale=self.locale)

    def country(self, code: str) -> str:
        """Name a country by its ISO 3166 code as the language does."""
        return str(self.locale.territories.get(code, code))

    def period(self, text: str) -> str:
        """Write an ISO 8601 period of one unit as the language does: `P13M` is 13 months.

        Raises:
            ValueError: it has several units, which no cookie's life needs.
        """
        if text == "session":
            return self.translate("until you close the browser")
        found = _PERIOD.fullmatch(text)
        if found is None:
            raise ValueError(f"{text} is no period of one unit")
        unit = _UNITS[("T" if found["time"] else "") + found["unit"]]
        return format_unit(int(found["number"]), f"duration-{unit}", locale=self.locale)


def read(code: str, folder: Path) -> Language:
    """Read a language from its catalogue in `folder`; English needs none.

    Raises:
        FileNotFoundError: there is no catalogue of that language.
    """
    if code == SOURCE:
        return Language(code, {})
    words: dict[str, str] = {}
    for path in (folder / f"{code}.po", folder / CONSOLE / f"{code}.po"):
        if path.parent.name != CONSOLE or path.exists():
            with path.open("rb") as file:
                words.update(_translated(read_po(file, locale=None)))
    return Language(code, words)


def messages() -> dict[str, list[str]]:
    """Find every message of templates and scripts, with the files that say it."""
    found: dict[str, list[str]] = {message: ["languages.py"] for message in OWN_MESSAGES}
    for folder, pattern, method in _EXTRACTED:
        for path in sorted(folder.glob(pattern)):
            for message in messages_of(path, method):
                found.setdefault(message, []).append(f"{folder.name}/{path.name}")
    return found


def messages_of(path: Path, method: str = "javascript") -> tuple[str, ...]:
    """Return the messages of one file, a script's or a template's."""
    return _messages_in(path.read_bytes(), method)


@cache
def _messages_in(source: bytes, method: str) -> tuple[str, ...]:
    """Read a source once, however many pages and languages use it."""
    keywords = {name: None for name in _KEYWORDS if (name == "t") == (method == "javascript")}
    found = extract(method, BytesIO(source), keywords=keywords, options=dict(_OPTIONS))
    return tuple(
        message if isinstance(message, str) else message[0]
        for _line, message, _comments, _context in found
    )


def _translated(catalogue: Catalog) -> Iterator[tuple[str, str]]:
    for message in catalogue:
        said, meant = message.string, message.id
        if (
            isinstance(said, str)
            and isinstance(meant, str)
            and said
            and meant
            and not message.fuzzy
        ):
            yield meant, said
