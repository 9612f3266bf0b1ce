"""The default banner in the demo shop: asked, answered, changed, with a keyboard, on any screen."""

from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.web.reading import granted

STATE = "async () => (await privacy()).state()"
RAN = "() => ({...document.documentElement.dataset})"


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def cookies(context: BrowserContext) -> set[str]:
    return {str(cookie["name"]) for cookie in context.cookies()}


def banner(page: Page) -> Any:
    return page.get_by_role("region", name="Your choices on this website")


def test_nothing_optional_happens_before_a_choice(page: Page, site: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site)
    expect(banner(page)).to_be_visible()
    assert cookies(page.context) == set()
    assert not [url for url in asked if url.endswith(("google.js", "clarity.js", "uet.js", "film"))]
    assert page.evaluate(RAN) == {}
    first = page.evaluate("() => [...dataLayer[0]]")
    assert first[:2] == ["consent", "default"]
    assert len([key for key, said in first[2].items() if said == "denied"]) == 7


def test_yes_then_no_is_what_the_api_holds_and_stops_what_ran(
    page: Page, site: str, base_url: str
) -> None:
    page.goto(site)
    press(page, "Accept all")
    expect(banner(page)).to_have_count(0)
    page.wait_for_function("document.documentElement.dataset.uet === 'ran'")
    assert page.evaluate(RAN) == {"google": "ran", "clarity": "ran", "uet": "ran"}
    assert {"_ga", "_ga_SHOP", "_clck", "_uetvid"} <= cookies(page.context)
    expect(page.locator("iframe").content_frame.get_by_text("This film came")).to_be_visible()

    page.get_by_role("link", name="Privacy choices").click()
    press(page, "Decline all")
    expect(page.get_by_role("status")).to_contain_text("What already ran")
    assert cookies(page.context) == set()
    expect(page.locator("iframe")).to_be_hidden()

    state = page.evaluate(STATE)
    stored = httpx.get(f"{base_url}/v1/consents/{state['consent_id']}").json()
    assert stored["choices"] == state["choices"]
    assert granted(stored["choices"]) == []
    first, second = httpx.get(f"{base_url}/v1/consents/{state['consent_id']}/history").json()[
        "events"
    ]
    assert first["shown"] == "accept_all reject_all choose", "S51: nothing was open, nothing preset"
    assert second["shown"] == (
        "analytics+ advertising+ personalisation+ accept_all reject_all choose"
    ), "the switches as they stood"
    assert {first["notice"]["language"], second["notice"]["language"]} == {"en-GB"}
    assert set(state["reload"]) == {"analytics", "advertising"}
    press(page, "Reload")
    page.wait_for_function("document.readyState === 'complete'")
    assert page.evaluate(STATE)["reload"] == []
    assert page.evaluate(RAN) == {}
    expect(banner(page)).to_have_count(0)


def test_one_purpose_with_the_keyboard_alone(page: Page, site: str, base_url: str) -> None:
    page.goto(site)
    expect(banner(page)).to_be_visible()
    order = []
    for _ in range(3):
        page.keyboard.press("Tab")
        order.append(page.evaluate(FOCUSED))
    assert order == ["Accept all", "Decline all", "Read more and choose"]
    page.keyboard.press("Enter")
    for _ in range(4):
        page.keyboard.press("Shift+Tab")
    while page.evaluate(FOCUSED) != "Understanding how the website is used":
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    while page.evaluate(FOCUSED) != "Save my choices":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(banner(page)).to_have_count(0)
    state = page.evaluate(STATE)
    assert granted(state["choices"]) == ["analytics"]
    history = httpx.get(f"{base_url}/v1/consents/{state['consent_id']}/history").json()
    assert [event["method"] for event in history["events"]] == ["choose"]


FOCUSED = """() => {
  const focused = document.activeElement.shadowRoot?.activeElement ?? document.activeElement;
  return (focused.labels?.[0] ?? focused).textContent;
}"""


def test_yes_and_no_look_alike(page: Page, site: str) -> None:
    page.goto(site)
    expect(banner(page)).to_be_visible()
    page.mouse.move(0, 0)
    looks = page.evaluate(
        """() => [...document.body.firstElementChild.shadowRoot.querySelectorAll("button")]
          .slice(0, 2).map((button) => {
            const { width, height } = button.getBoundingClientRect();
            const style = getComputedStyle(button);
            return [Math.round(width), height, ...["color", "backgroundColor", "fontSize",
              "fontWeight", "borderColor", "opacity", "padding"].map((name) => style[name])];
          })"""
    )
    assert looks[0] == looks[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
def test_it_is_accessible(chromium: Browser, site: str, scheme: Any, width: int) -> None:
    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 700})
    page = context.new_page()
    page.goto(site)
    expect(banner(page)).to_be_visible()
    found = [Axe().run(page)]
    press(page, "Read more and choose")
    found.append(Axe().run(page))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    press(page, "Decline all")
    found.append(Axe().run(page))
    for path in ("/contact", "/newsletter", "/account") if width == 320 else ():
        page.goto(site + path)
        found.append(Axe().run(page))
    context.close()
    assert [result.generate_report() for result in found if result.violations_count] == []


def test_it_keeps_out_of_who_opened_it_and_gives_the_focus_back(page: Page, site: str) -> None:
    page.goto(site)
    press(page, "Decline all")
    expect(banner(page)).to_have_count(0)
    link = page.get_by_role("link", name="Privacy choices")
    link.focus()
    page.keyboard.press("Enter")
    expect(banner(page)).to_be_visible()
    assert page.evaluate(FOCUSED) == "Your choices on this website"
    page.keyboard.press("Escape")
    expect(banner(page)).to_have_count(0)
    expect(link).to_be_focused()
