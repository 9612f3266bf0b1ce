"""The policy's words on pages: in the reader's language, as words, and all that they point to."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from infra.pages import build, languages
from shared.storage import policies
from tests.pages.serving import Served
from tests.support import NOW

# Signs of Markdown that a reader would see as such.
_MARKS = re.compile(r"\*\*|\]\(|^\s*#+ |\|\s*-{3}|^\s*\|", re.MULTILINE)
_SHOWING = ("home", "choices", "notice", "notice_changes", "cookies", "contact", "newsletter")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return dict(policies.load(policies.FOLDER).current(NOW.replace(year=2027)).document)


class _Text(HTMLParser):
    """What a page says, with the languages that its parts say they are in."""

    def __init__(self) -> None:
        super().__init__()
        self.languages: set[str] = set()
        self.said: list[str] = []
        self._unseen = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._unseen = tag
        if tag != "html":
            self.languages |= {value for name, value in attrs if name == "lang" and value}

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = ""

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.said.append(data)


def shown(served: Served, version: str, code: str, page: str) -> tuple[str, set[str]]:
    """Read a page as it was built: its text, and the languages it is marked with."""
    reader = _Text()
    reader.feed((served.folder / version / code / f"{page}.html").read_text(encoding="utf-8"))
    return "".join(reader.said), reader.languages


@pytest.mark.parametrize("page", [*_SHOWING, "notice_version"])
@pytest.mark.parametrize("code", ["en", "de"])
def test_a_reader_never_sees_how_words_are_marked_up(served: Served, code: str, page: str) -> None:
    for version in policies.load(policies.FOLDER).versions:
        text, _ = shown(served, version, code, page)
        assert not _MARKS.search(text), _MARKS.search(text)


@pytest.mark.parametrize("page", _SHOWING)
def test_nothing_of_the_words_in_force_is_left_in_another_language(
    served: Served, document: dict[str, Any], page: str
) -> None:
    _, marked = shown(served, document["version"], "de", page)
    assert document["language"] not in marked, "words that the version's de/words.toml lacks"
    assert marked <= {"de", "en"}, "the choice of languages names English in English"


@pytest.mark.parametrize("code", ["en", "de"])
def test_the_notice_page_has_what_the_notice_says_stands_beside_it(
    served: Served, document: dict[str, Any], code: str
) -> None:
    text, _ = shown(served, document["version"], code, "notice")
    language = languages.read(code, build.LOCALES)
    for part, key in (("recipients", "name"), ("purposes", "title")):
        for item in document[part]:
            assert item.get("languages", {}).get(code, item)[key] in text
    for item in document["recipients"]:
        assert language.country(item["location"]) in text
