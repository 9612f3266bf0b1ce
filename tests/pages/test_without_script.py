"""Without JavaScript: no page is empty, each says what to do, forms post by themselves."""

from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.pages.answers import TOKEN
from tests.pages.page_states import STATES
from tests.pages.serving import Served

ADDRESSES = sorted({state.path.partition("#")[0] for state in STATES})


@pytest.fixture
def plain(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", ADDRESSES)
def test_no_page_is_empty_or_a_dead_end(plain: Page, served: Served, path: str) -> None:
    plain.goto(f"{served.url}/{path}")
    expect(plain.locator("main address, main h1").first).to_be_visible()
    expect(plain.locator("footer address")).to_be_visible()
    # Only what works without a script can be pressed.
    for button in plain.locator("main button:visible").all():
        assert button.evaluate("(each) => each.form?.getAttribute('action') ?? ''"), path


@pytest.mark.parametrize(
    ("name", "resource", "fields"),
    [
        ("contact", "contact", {"name": "Sam", "email": "sam@example.com", "message": "Hello"}),
        ("newsletter", "newsletter", {"email": "sam@example.com"}),
        (
            "account",
            "accounts",
            {"name": "Sam", "email": "sam@example.com", "organisation": "Example"},
        ),
    ],
)
def test_forms_post_by_themselves(
    plain: Page, served: Served, name: str, resource: str, fields: dict[str, str]
) -> None:
    sent: list[str] = []

    def answer(route: Route) -> None:
        sent.append(route.request.post_data or "")
        assert route.request.headers["content-type"] == "application/x-www-form-urlencoded"
        route.fulfill(status=303, headers={"Location": f"../{name}?sent"})

    plain.route(f"**/v1/{resource}", answer)
    plain.goto(f"{served.url}/{name}")
    for field, value in fields.items():
        plain.locator(f"#{field}").fill(value)
    seen = [box for box in plain.locator("[type=checkbox]").all() if box.is_visible()]
    boxes = [str(box.get_attribute("name")) for box in seen if not box.is_checked()]
    plain.locator("#marketing_opt_out").check()
    plain.locator("[type=submit]").click()
    expect(plain.get_by_role("heading", name="We have it")).to_be_visible()
    posted = parse_qs(sent[0])
    assert posted["shown"] == [" ".join(boxes)]
    assert posted["marketing_opt_out"] == ["true"]
    assert posted["policy_version"] == ["2026-10"]
    assert {field: posted[field] for field in fields} == {k: [v] for k, v in fields.items()}


def test_the_press_that_stops_advertising_names_the_language_of_its_words(
    plain: Page, served: Served
) -> None:
    sent: list[str] = []

    def answer(route: Route) -> None:
        sent.append(route.request.url.rpartition("/")[2])
        route.fulfill(body="stopped")

    plain.route("**/v1/unsubscribe/*", answer)
    plain.goto(f"{served.url}/unsubscribe/{TOKEN}?lang=de")
    plain.locator("[type=submit]").click()
    expect(plain.get_by_text("stopped")).to_be_visible()
    assert sent == [f"{TOKEN}?lang=de"]
