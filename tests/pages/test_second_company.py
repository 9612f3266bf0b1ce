"""Another company's pages: nothing of the first is baked in."""

import copy
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

from infra.pages import colours
from infra.pages.build import Looks
from shared.domain.policy import Policies, read
from shared.storage import policies
from tests.pages.page_states import STATES, State
from tests.pages.serving import LANGUAGES, Served, serve

LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 3"><path d="M0 0h9v3H0z"/></svg>'
FIRST = re.compile(r"khoo|eureka|ashford", re.IGNORECASE)
YELLOW = "#ffd400"


def _second() -> dict[str, Any]:
    """The first company's policy, as the second one would write it."""
    first = policies.load(policies.FOLDER).versions["2023-06"].document
    text = json.dumps(copy.deepcopy(first))
    text = re.sub(r"(www\.)?khoocommerce\.example", "hof.example", text, flags=re.IGNORECASE)
    text = re.sub("KhooCommerce", "Hof & Söhne <Gärtnerei>", text)
    text = re.sub(r"160 Eureka Park, Ashford, Kent", "Hauptstraße 1, 1010 Wien", text)
    text = re.sub(r"Eureka Park|Ashford", "Wien", text)
    document: dict[str, Any] = json.loads(text)
    document["controller"]["country"] = "AT"
    # What some browsers' visitors may only object to.
    document["purposes"].append(
        {
            "id": "statistics",
            "title": "Counting visits",
            "text": "We count visits, without a name for your browser.",
            "lawful_basis": "exempt",
            "subject": "person",
            "browser_may_object": True,
            "cookie": True,
            "required": False,
            "objectable": True,
            "gpc": False,
            "marketing": False,
            "signals": {"google": [], "clarity": [], "uet": []},
            "law": None,
            "lifetime_days": None,
            "data": ["page"],
            "sha256": hashlib.sha256(b"statistics").hexdigest(),
        }
    )
    return document


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("second")
    logo = folder / "logo.svg"
    logo.write_text(LOGO, encoding="utf-8")
    known = read(_second())
    looks = Looks(YELLOW, logo, LANGUAGES)
    with serve(folder / "built", looks, Policies({known.version: known})) as served:
        yield served


def test_no_file_speaks_of_another_company(second: Served) -> None:
    for path in second.folder.rglob("*"):
        if path.is_file() and path.suffix in (".html", ".css", ".svg", ".json"):
            found = FIRST.search(path.read_text(encoding="utf-8"))
            assert found is None, f"{path.name}: {found}"


@pytest.mark.parametrize(
    "state", [each for each in STATES if not each.steps], ids=lambda state: state.name
)
def test_its_name_and_logo_are_everywhere(page: Page, second: Served, state: State) -> None:
    state.show(page, second.url)
    assert page.title().endswith(" Hof & Söhne <Gärtnerei>")
    logo = page.locator("header img")
    assert logo.get_attribute("alt") == "Hof & Söhne <Gärtnerei>"
    assert logo.evaluate("(image) => image.naturalWidth") > 0
    assert page.locator("footer address").inner_text().startswith("Hof & Söhne <Gärtnerei>\n")


def test_a_purpose_that_can_only_be_objected_to_is_objected_to(page: Page, second: Served) -> None:
    sent: list[tuple[str, Any]] = []

    def answer(route: Any) -> None:
        sent.append((route.request.url.rpartition("/v1/")[2], route.request.post_data_json))
        state = {
            "consent_id": "c_k3v7q2m5x4n6p2r7s5t3w4y6za",
            "decided_at": "2026-02-01T09:00:00.000Z",
            "expires_at": "2026-08-02T09:00:00.000Z",
            "choices": {"statistics": False},
            "gpc": {"signal": False, "turned_off": []},
            "renewal": {"needed": False, "reason": None},
            "events": [],
        }
        route.fulfill(status=201, content_type="application/json", body=json.dumps(state))

    page.route("**/v1/**", answer)
    page.goto(f"{second.url}/choices")
    with page.expect_response("**/history"):
        page.get_by_role("button", name="Reject all").click()
    page.get_by_role("heading", name="Your choice is kept").wait_for()
    (decided, objected, _history) = sent
    assert "statistics" not in decided[1]["choices"]
    shown = decided[1]["shown"].split()
    assert (shown[:2], shown[-1]) == (["accept_all", "reject_all"], "choose")
    assert "statistics+" in shown, "on before anybody touched it, and it is said so"
    assert objected[0] == "consents/c_k3v7q2m5x4n6p2r7s5t3w4y6za/objection"
    seen = {name: decided[1][name] for name in ("language", "page", "shown")}
    assert objected[1] == {"purposes": ["statistics"], **seen}


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_any_colour_of_a_company_can_be_read(colour: str) -> None:
    """Text on buttons, links on paper and on tints reach 4.5 to 1 in each scheme (WCAG 1.4.3).

    In high contrast they reach 7 to 1 (1.4.6).
    """
    *schemes, stark = colours.sheet(colour).strip().split("\n")
    for scheme, wanted in ((stark, 7), *((each, 4.5) for each in schemes)):
        named = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", scheme))
        assert colours.contrast(named["brand-solid"], named["on-brand"]) >= wanted
        assert colours.contrast(named["brand-text"], named["paper"]) >= wanted
        assert colours.contrast(named["brand-text"], named["tint"]) >= wanted
        assert colours.contrast(named["brand-text"], named["card"]) >= wanted
        assert colours.contrast(named["ink"], named["tint"]) >= wanted


def test_the_first_company_is_really_told_apart(served: Served) -> None:
    home = Path(served.folder / "2026-10" / "en" / "home.html").read_text(encoding="utf-8")
    assert FIRST.search(home)
