"""Languages: complete catalogues, and a made-up one that finds what stands in none."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from playwright.sync_api import Page

from infra.pages import languages
from infra.pages.build import LOCALES, Looks
from tests.pages.page_states import STATES, State, Tab
from tests.pages.serving import COLOUR, LANGUAGES, Served, serve

PLACES = re.compile(r"%\(\w+\)s|\{\w+\}")
# Written from the right, so that this is seen to work too.
PSEUDO = "ar"
# Words that come from no catalogue: not data (dates, names, addresses, the policy's own words),
# which are marked, but sentences of these pages.
UNTRANSLATED = """() => {
  const data = "[data-own], [translate=no], address, code, time, dd, .mark, title"
    + ", script, noscript";
  const bare = (text) => {
    const inner = text.replace(/⟦[^⟦⟧]*⟧/g, "");
    return inner === text ? text.trim() : bare(inner);
  };
  const said = [document.title.split(" \u2013 ")[0]];
  const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    if (!walk.currentNode.parentElement.closest(data)) said.push(walk.currentNode.textContent);
  }
  for (const name of ["aria-label", "placeholder", "data-label"]) {
    const having = document.querySelectorAll(`[${name}]`);
    said.push(...[...having].map((each) => each.getAttribute(name)));
  }
  return said.map(bare).filter((text) => /\\p{L}/u.test(text));
}"""


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The pages in a language that puts every message into brackets."""
    folder = tmp_path_factory.mktemp("pseudo")
    catalogue = Catalog(locale=PSEUDO, fuzzy=False)
    for message in languages.messages():
        catalogue.add(message, f"⟦{message}⟧")
    with (folder / f"{PSEUDO}.po").open("wb") as file:
        write_po(file, catalogue, omit_header=True)
    looks = Looks(COLOUR, None, (PSEUDO,))
    with serve(folder / "built", looks, catalogues=folder) as served:
        yield served


@pytest.mark.parametrize("state", STATES, ids=[state.name for state in STATES])
def test_every_sentence_stands_in_the_catalogue(tab: Tab, pseudo: Served, state: State) -> None:
    page = tab.show(state, pseudo.url)
    assert page.evaluate(UNTRANSLATED) == []
    assert page.evaluate("getComputedStyle(document.body).direction") == "rtl"


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != languages.SOURCE])
def test_a_catalogue_is_complete_and_says_nothing_that_nobody_asks(code: str) -> None:
    said = languages.read(code, LOCALES).words
    wanted = languages.messages()
    assert sorted(set(wanted) - set(said)) == [], "run python -m infra.pages and fill in the words"
    assert sorted(set(said) - set(wanted)) == []
    for message, words in said.items():
        assert sorted(set(PLACES.findall(words))) == sorted(set(PLACES.findall(message))), words


def test_german_is_offered_and_complete(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/requests/new")
    page.get_by_role("link", name="Deutsch").click()
    assert page.title().startswith("Fragen zu Ihren Daten")
    page.get_by_text("Etwas berichtigen lassen").click()
    page.get_by_role("button", name="Weiter").click()
    assert page.locator("h1:visible").text_content() == "Wer sind Sie?"
    page.get_by_role("link", name="Datenschutzerklärung").first.click()
    assert page.locator("html").get_attribute("lang") == "de"
    assert page.locator("article").get_attribute("lang") == "de"


def test_periods_and_dates_are_written_as_the_language_does() -> None:
    english, german = (languages.read(code, LOCALES) for code in ("en", "de"))
    periods = ["P13M", "PT30M", "P1Y", "session"]
    assert [*map(english.period, periods)] == [
        "13 months", "30 minutes", "1 year", "until you close the browser",
    ]  # fmt: skip
    assert [*map(german.period, periods)] == [
        "13 Monate", "30 Minuten", "1 Jahr", "bis Sie den Browser schließen",
    ]  # fmt: skip
    assert english.day("2023-06-01") == "1 June 2023"
    assert german.day("2023-06-01") == "1. Juni 2023"


def test_a_period_of_two_units_is_refused() -> None:
    with pytest.raises(ValueError, match="one unit"):
        languages.read("en", LOCALES).period("P1Y2M")


def test_a_language_without_a_catalogue_is_no_language(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        languages.read("tlh", tmp_path)
