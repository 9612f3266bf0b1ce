"""Each journey with the keyboard alone: Tab, Space, Enter and what is typed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page, Request, expect

from shared.storage import policies
from tests.pages import answers as api
from tests.pages.answers import answering
from tests.pages.serving import Served

FOCUSED = """() => {
  const at = document.activeElement;
  return at.labels?.[0]?.firstChild?.textContent?.trim() || at.getAttribute("aria-labelledby")
    || at.textContent.trim();
}"""


def noting(sent: list[Any]) -> Callable[[Request], None]:
    """Keep the bodies of requests as they leave."""

    def note(request: Request) -> None:
        if request.post_data:
            sent.append(request.post_data_json)

    return note


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of that name has the focus; it is seen to have it."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none" or page.evaluate(
                "getComputedStyle(document.activeElement, '::after').outlineStyle !== 'none'"
            )
            return
    raise AssertionError(f"Tab never came to {name}")


def press_at(page: Page, name: str) -> None:
    """Go to what has that name and press Enter."""
    tab_to(page, name)
    page.keyboard.press("Enter")


def type_at(page: Page, name: str, text: str) -> None:
    """Go to the field of that name and type."""
    tab_to(page, name)
    page.keyboard.type(text)


def led_to(page: Page, heading: str) -> None:
    """Expect the focus to have come to a heading."""
    expect(page.get_by_role("heading", name=heading)).to_be_focused()


def test_the_first_tab_leads_past_the_head(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/choices")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_yes_and_no_are_next_to_each_other_and_a_switch_is_a_space(
    page: Page, served: Served
) -> None:
    sent: list[dict[str, object]] = []
    answering(page, {"POST v1/consents": (201, api.STATE)})
    page.on("request", noting(sent))
    page.goto(f"{served.url}/choices")
    tab_to(page, "Accept all")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Reject all"
    tab_to(page, "analytics-title")
    page.keyboard.press("Space")
    press_at(page, "Keep these choices")
    led_to(page, "Your choice is kept")
    assert sent[0]["choices"] == {
        "analytics": True,
        "advertising": False,
        "personalisation": False,
    }
    assert sent[0]["method"] == "choose"


def test_a_form_says_what_is_wrong_and_leads_there(page: Page, served: Served) -> None:
    answering(page, {"POST v1/contact": (202, {"received_at": "", "reference": "K7WQ-3MDP"})})
    page.goto(f"{served.url}/contact")
    press_at(page, "Send the message")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(3)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#name")).to_be_focused()
    described = page.locator("#name").get_attribute("aria-describedby") or ""
    expect(page.locator(f"#{described.split()[-1]}")).to_have_text(
        "Your name: please fill this in."
    )
    page.keyboard.type("Sam")
    type_at(page, "Your e-mail address", "sam@example.com")
    type_at(page, "Your message", "Hello")
    press_at(page, "Send the message")
    led_to(page, "We have it")
    expect(page.locator("[data-reference]")).to_contain_text("K7WQ-3MDP")


def test_a_request_is_made_with_the_keyboard(page: Page, served: Served) -> None:
    sent: list[dict[str, object]] = []
    answering(page, {"POST v1/requests": (202, {"redacted": []})})
    page.on("request", noting(sent))
    page.goto(f"{served.url}/requests/new")
    tab_to(page, "Get a copy of my data")
    page.keyboard.press("ArrowDown")
    press_at(page, "Continue")
    led_to(page, "Who are you?")
    type_at(page, "Your name", "Sam Example")
    type_at(page, "Your e-mail address", "sam@example.com")
    page.keyboard.press("Enter")
    led_to(page, "What should be corrected?")
    tab_to(page, "What is wrong")
    page.keyboard.press("p")
    type_at(page, "What it should say", "01632 960123")
    press_at(page, "Continue")
    led_to(page, "Check before you send it")
    page.go_back()
    led_to(page, "What should be corrected?")
    press_at(page, "Continue")
    press_at(page, "Send my request")
    led_to(page, "Look into your mail")
    assert sent == [
        {
            "type": "rectification",
            "name": "Sam Example",
            "email": "sam@example.com",
            "corrections": [{"field": "phone", "value": "01632 960123"}],
            "policy_version": policies.published().current(datetime.now(UTC)).version,
            "language": "en",
        }
    ]


def test_preferences_are_opened_and_changed_with_the_keyboard(page: Page, served: Served) -> None:
    sent: list[dict[str, Any]] = []
    answering(
        page,
        {
            "POST v1/preferences/session": (200, {"session": api.SESSION, "expires_at": ""}),
            "GET v1/preferences": (200, api.PREFERENCES),
            "PATCH v1/preferences": (200, api.STOPPED),
            "PATCH v1/preferences/account": (200, api.PREFERENCES),
        },
    )
    page.on("request", noting(sent))
    page.goto(f"{served.url}/preferences#token={api.TOKEN}")
    press_at(page, "Open my preferences")
    led_to(page, "Your preferences")
    tab_to(page, "direct_marketing-title")
    page.keyboard.press("Space")
    expect(page.locator("#said")).to_contain_text("Switched off")
    press_at(page, "Change what it says")
    tab_to(page, "Phone number")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("01233 555555")
    press_at(page, "Keep the changes")
    led_to(page, "That is done")
    where = {"language": "en", "page": f"{served.url}/preferences"}
    switches = page.locator("[role=switch]:visible")
    names = switches.evaluate_all("all => all.map((each) => each.name)")
    shown = sent[1].pop("shown").split()
    assert [name.rstrip("+") for name in shown if name != "reject_all"] == names, "in their order"
    assert "direct_marketing+" in shown, "it was on before"
    assert sent[1] == {"choices": {"direct_marketing": False}, **where}
    assert sent[2]["phone"] == "01233 555555"


def test_a_request_is_confirmed_and_answered_with_the_keyboard(page: Page, served: Served) -> None:
    sent: list[dict[str, Any]] = []
    request = f"v1/requests/{api.REQUEST_ID}"
    verified = {"session": api.SESSION, "expires_at": "", "request": api.ASKED}
    answering(
        page,
        {
            f"POST {request}/preview": (200, api.PREVIEW),
            f"POST {request}/verification": (200, verified),
            f"POST {request}/message": (200, api.IN_PROGRESS),
        },
    )
    page.on("request", noting(sent))
    page.goto(f"{served.url}/requests/{api.REQUEST_ID}#token={api.TOKEN}")
    press_at(page, "Show what I am confirming")
    led_to(page, "Is this your request?")
    press_at(page, "Yes, this is my request")
    led_to(page, "Get a copy of my data")
    type_at(page, "Your message", "The first one.")
    press_at(page, "Send the message")
    led_to(page, "Your message has reached us.")
    assert sent[-1] == {"message": "The first one."}
