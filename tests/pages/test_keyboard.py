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
    tab_to(page, "Keep these choices")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your choice is kept")).to_be_focused()
    assert sent[0]["choices"] == {
        "analytics": True,
        "advertising": False,
        "personalisation": False,
    }
    assert sent[0]["method"] == "choose"


def test_a_form_says_what_is_wrong_and_leads_there(page: Page, served: Served) -> None:
    answering(page, {"POST v1/contact": (202, {"received_at": "", "reference": "K7WQ-3MDP"})})
    page.goto(f"{served.url}/contact")
    tab_to(page, "Send the message")
    page.keyboard.press("Enter")
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
    tab_to(page, "Your e-mail address")
    page.keyboard.type("sam@example.com")
    tab_to(page, "Your message")
    page.keyboard.type("Hello")
    tab_to(page, "Send the message")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="We have it")).to_be_focused()
    expect(page.locator("[data-reference]")).to_contain_text("K7WQ-3MDP")


def test_a_request_is_made_with_the_keyboard(page: Page, served: Served) -> None:
    sent: list[dict[str, object]] = []
    answering(page, {"POST v1/requests": (202, {"redacted": []})})
    page.on("request", noting(sent))
    page.goto(f"{served.url}/requests/new")
    tab_to(page, "Get a copy of my data")
    page.keyboard.press("ArrowDown")
    tab_to(page, "Continue")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Who are you?")).to_be_focused()
    tab_to(page, "Your name")
    page.keyboard.type("Sam Example")
    tab_to(page, "Your e-mail address")
    page.keyboard.type("sam@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What should be corrected?")).to_be_focused()
    tab_to(page, "What is wrong")
    page.keyboard.press("p")
    tab_to(page, "What it should say")
    page.keyboard.type("01632 960123")
    tab_to(page, "Continue")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Check before you send it")).to_be_focused()
    page.go_back()
    expect(page.get_by_role("heading", name="What should be corrected?")).to_be_focused()
    tab_to(page, "Continue")
    page.keyboard.press("Enter")
    tab_to(page, "Send my request")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_focused()
    assert sent == [
        {
            "type": "rectification",
            "name": "Sam Example",
            "email": "sam@example.com",
            "corrections": [{"field": "phone", "value": "01632 960123"}],
            "policy_version": policies.published().current(datetime.now(UTC)).version,
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
    tab_to(page, "Open my preferences")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your preferences")).to_be_focused()
    tab_to(page, "direct_marketing-title")
    page.keyboard.press("Space")
    expect(page.locator("#said")).to_contain_text("Switched off")
    tab_to(page, "Change what it says")
    page.keyboard.press("Enter")
    tab_to(page, "Phone number")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("01233 555555")
    tab_to(page, "Keep the changes")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="That is done")).to_be_focused()
    where = {"language": "en", "page": f"{served.url}/preferences"}
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
    tab_to(page, "Show what I am confirming")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Is this your request?")).to_be_focused()
    tab_to(page, "Yes, this is my request")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Get a copy of my data")).to_be_focused()
    tab_to(page, "Your message")
    page.keyboard.type("The first one.")
    tab_to(page, "Send the message")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your message has reached us.")).to_be_focused()
    assert sent[-1] == {"message": "The first one."}
