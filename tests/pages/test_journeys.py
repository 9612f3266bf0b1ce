"""Whole journeys in a browser, from the demo shop through the mailbox to the end, on the server.

What a page shows is compared with what the API says in the same test.
"""

import re
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.journeys.conftest import base_url as base_url  # noqa: PLC0414 - a fixture
from tests.web.conftest import site as site  # noqa: PLC0414 - a fixture

SERVICE = {"Authorization": "Bearer local-service"}


@pytest.fixture
def email() -> str:
    return f"{secrets.token_hex(6)}@example.com"


@pytest.fixture
def api(base_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base_url, timeout=30) as client:
        yield client


def mailed(api: httpx.Client, email: str) -> dict[str, Any]:
    """The newest mail to an address."""
    newest: dict[str, Any] = [m for m in api.get("/_local/mail").json() if m["to"] == email][-1]
    return newest


def link(api: httpx.Client, email: str) -> str:
    """The newest mailed link, on the server of this test instead of the template's host."""
    found = re.search(
        r"https?://[^/\s]+(?:/prod)?(/\S+?#token=[\w.-]+)", mailed(api, email)["text"]
    )
    assert found
    return str(api.base_url).rstrip("/") + found[1]


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True).first).to_be_visible()


def permission(api: httpx.Client, email: str) -> tuple[bool, str]:
    asked = {"purpose": "direct_marketing", "emails": [email]}
    (result,) = api.post("/v1/permissions", json=asked, headers=SERVICE).json()["results"]
    return result["allowed"], result["reason"]


def own_name(page: Page) -> str:
    """The name under which this browser's choices are kept."""
    name: str = page.evaluate("JSON.parse(localStorage.privacy_choices).id")
    return name


def test_choices_of_the_shop_are_seen_and_changed_on_the_page(
    page: Page, site: str, api: httpx.Client
) -> None:
    page.goto(site)
    press(page, "Accept all")
    page.wait_for_function("document.documentElement.dataset.google === 'ran'")
    page.get_by_role("link", name="Your preferences").click()
    heading(page, "Your preferences")
    assert "#" not in page.url, "the browser's name does not stay in the address bar"
    page.get_by_role("link", name="Choices for this browser").click()
    heading(page, "Choices for this browser")
    analytics = page.get_by_role("switch", name="Understanding how the website is used")
    expect(analytics).to_be_checked()
    press(page, "Reject all")
    heading(page, "Your choice is kept")
    stored = api.get(f"/v1/consents/{own_name(page)}").json()
    assert not any(stored["choices"].values())
    expect(analytics).not_to_be_checked()
    page.reload()
    expect(page.locator("[data-now]")).to_contain_text("Nothing optional is on")
    # Accepted, withdrawn, and objected to what needs no permission: each an event of its own.
    expect(page.locator("[data-events] li")).to_have_count(3)
    with page.expect_download() as download:
        press(page, "Keep a receipt of the last decision")
    assert download.value.suggested_filename == "privacy-receipt.json"


def test_what_was_objected_to_is_switched_on_again_where_it_was_switched_off(
    page: Page, api: httpx.Client
) -> None:
    page.goto(f"{api.base_url}/choices")
    counting = page.get_by_role("switch", name="Counting visits without knowing whose they are")
    for wanted in (False, True):
        counting.set_checked(wanted)
        press(page, "Keep these choices")
        heading(page, "Your choice is kept")
        expect(page.locator("[data-now]")).to_contain_text("On: " if wanted else "You decided")
        expect(counting).to_be_checked(checked=wanted)
        stored = api.get(f"/v1/consents/{own_name(page)}").json()["choices"]
        assert stored["statistics"] is wanted
    expect(page.locator("[data-events] li").first).to_contain_text("Counting visits")
    press(page, "Reject all")
    expect(counting).not_to_be_checked()
    press(page, "Accept all")
    expect(counting).to_be_checked()


def test_a_signal_is_heard_shown_and_can_be_overridden_by_hand(
    chromium: Browser, api: httpx.Client
) -> None:
    context = chromium.new_context(extra_http_headers={"Sec-GPC": "1"})
    context.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
    )
    page = context.new_page()
    page.goto(f"{api.base_url}/choices")
    heading(page, "Your browser says: do not sell or share my data")
    press(page, "Accept all")
    heading(page, "Your choice is kept")
    expect(page.locator("[data-gpc-off]")).to_contain_text("Showing advertisements that suit you")
    advertising = page.get_by_role("switch", name="Showing advertisements that suit you")
    expect(advertising).not_to_be_checked()
    signal = {"Sec-GPC": "1"}
    stored = api.get(f"/v1/consents/{own_name(page)}", headers=signal).json()
    assert stored["gpc"] == {"signal": True, "turned_off": ["advertising"]}
    advertising.check()
    press(page, "Keep these choices")
    heading(page, "Your choice is kept")
    expect(advertising).to_be_checked()
    stored = api.get(f"/v1/consents/{own_name(page)}", headers=signal).json()
    assert stored["choices"]["advertising"] is True
    context.close()


def subscribed(api: httpx.Client, email: str) -> None:
    """Sign an address up and confirm it."""
    api.post("/v1/newsletter", json={"policy_version": "2026-10", "email": email})
    token = link(api, email).partition("#token=")[2]
    assert api.post("/v1/newsletter/confirmation", json={"token": token}).status_code == 200


def test_a_message_is_sent_once_however_often_it_is_pressed(
    page: Page, api: httpx.Client, email: str
) -> None:
    """The first answer is lost on the way; the second press asks for it under the same key."""
    lost: list[str] = []

    def lose(route: Any) -> None:
        if len(lost) < 3:
            route.fetch()
            lost.append(route.request.headers["idempotency-key"])
            route.abort()
        else:
            lost.append(route.request.headers["idempotency-key"])
            route.continue_()

    page.route("**/v1/contact", lose)
    page.goto(f"{api.base_url}/contact")
    page.get_by_label("Your name", exact=True).fill("Sam <b>Example</b>")
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_label("Your message").fill("My card is 4111 1111 1111 1111.")
    page.get_by_role("button", name="Send the message").dblclick()
    heading(page, "That did not reach us")
    press(page, "Try again")
    heading(page, "We have it")
    assert len(set(lost)) == 1
    expect(page.get_by_text("There was a card number in what you sent.")).to_be_visible()
    mine = [m for m in api.get("/_local/mail").json() if m["to"] == email]
    assert len(mine) == 1
    assert page.locator("[data-value]").inner_text() in mine[0]["subject"]


def test_what_was_entered_goes_along_when_the_language_changes(
    page: Page, api: httpx.Client
) -> None:
    """And stands in the tab's storage no longer than that."""
    page.goto(f"{api.base_url}/contact")
    page.get_by_label("Your message").fill("A long letter")
    page.get_by_label("Nobody may use my details").check()
    page.get_by_role("link", name="Deutsch").click()
    page.wait_for_function("document.documentElement.lang === 'de'")
    expect(page.locator("[name=message]")).to_have_value("A long letter")
    expect(page.locator("[name=marketing_opt_out]")).to_be_checked()
    expect(page.locator("[name=marketing_opt_in]")).not_to_be_checked()
    assert "letter" not in page.evaluate("JSON.stringify(sessionStorage)")

    page.goto(f"{api.base_url}/requests/new?lang=en")
    page.locator("#type-rectification").check(force=True)
    press(page, "Continue")
    page.locator("[name=name]").fill("Zoë")
    page.locator("[name=email]").fill("zoe@example.com")
    press(page, "Continue")
    heading(page, "What should be corrected?")
    page.locator("[data-correction] select").select_option("job_title")
    page.locator("[data-correction] input").fill("Buyer")
    page.get_by_role("link", name="Deutsch").click()
    page.wait_for_function("document.documentElement.lang === 'de'")
    heading(page, "Was soll berichtigt werden?")
    expect(page.locator("[data-correction]")).to_have_count(1)
    expect(page.locator("[data-correction] select")).to_have_value("job_title")
    expect(page.locator("[data-correction] input")).to_have_value("Buyer")
    page.go_back()
    expect(page.locator("[name=name]")).to_have_value("Zoë")
    assert "Zoë" not in page.evaluate("JSON.stringify(sessionStorage)")


def test_a_form_without_scripts_comes_back_to_a_page(
    chromium: Browser, api: httpx.Client, email: str
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{api.base_url}/contact")
    page.get_by_label("Your name", exact=True).fill("Sam")
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_label("Your message").fill("Hello")
    page.get_by_label("Nobody may use my details").check()
    press(page, "Send the message")
    heading(page, "We have it")
    assert page.url == f"{api.base_url}/contact?sent&lang=en"
    assert mailed(api, email)["to"] == email
    assert permission(api, email) == (False, "objected")
    context.close()


def test_without_scripts_an_unsubscribe_link_is_answered_by_pages_that_fit_a_phone(
    chromium: Browser, api: httpx.Client
) -> None:
    """Also the one that a mail program opens itself, at the API's own address."""
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 320, "height": 640}
    )
    page = context.new_page()
    for path, name in (
        ("unsubscribe", "Stop them"),
        ("v1/unsubscribe", "Stop all marketing to me"),
    ):
        page.goto(f"{api.base_url}/{path}/{'A' * 20}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        press(page, name)
        heading(page, "This link is not complete")
        page.get_by_role("main").get_by_role("link", name="Your preferences").click()
        assert page.url == f"{api.base_url}/preferences?lang=en"
    context.close()


def led_to_preferences(page: Page, api: httpx.Client, email: str) -> None:
    """Ask for the link to one's preferences, and open the one that is mailed."""
    page.goto(f"{api.base_url}/preferences")
    page.get_by_label("Your e-mail address").fill(email)
    press(page, "Send me the link")
    heading(page, "Look into your mail")
    page.goto(link(api, email))


def opened(context: BrowserContext, api: httpx.Client, email: str) -> Page:
    """A browser that has decided something, and in which the person opens their preferences."""
    page = context.new_page()
    page.goto(f"{api.base_url}/choices")
    press(page, "Accept all")
    heading(page, "Your choice is kept")
    led_to_preferences(page, api, email)
    heading(page, "Open your preferences")
    expect(page.get_by_label("Count this browser as mine")).to_be_checked()
    press(page, "Open my preferences")
    heading(page, "What may be done with your details")
    return page


def test_a_no_in_one_place_holds_in_both_browsers(
    chromium: Browser, api: httpx.Client, email: str
) -> None:
    subscribed(api, email)
    first = opened(chromium.new_context(), api, email)
    second = opened(chromium.new_context(), api, email)
    expect(second.locator("[data-browsers]")).to_contain_text("2 browsers")
    press(second, "Stop everything")
    heading(second, "Your choice is kept")
    for switch in second.get_by_role("switch").all():
        expect(switch).not_to_be_checked()
    assert permission(api, email)[0] is False
    for browser in (first, second):
        stored = api.get(f"/v1/consents/{own_name(browser)}").json()
        assert not any(stored["choices"].values())
        browser.context.close()


def test_a_switch_counts_at_once_and_a_session_ends(
    page: Page, api: httpx.Client, email: str
) -> None:
    subscribed(api, email)
    led_to_preferences(page, api, email)
    press(page, "Open my preferences")
    news = page.get_by_role("switch", name="Sending you our news and offers by e-mail")
    expect(news).to_be_checked()
    page.get_by_role("button", name="Stop it").click()
    expect(page.locator("[data-stands=direct_marketing]")).to_contain_text("you said no")
    expect(news).not_to_be_checked()
    page.get_by_text("Show what I decided").click()
    decided = page.locator("[data-decided] > li")
    expect(decided).to_have_count(2)
    refused, confirmed = decided.all()
    expect(refused).to_contain_text("You said no to: Sending you our news and offers by e-mail.")
    expect(confirmed).to_contain_text("by a form")
    confirmed.locator("summary").click()
    words = page.request.get(f"{api.base_url}/v1/notices/newsletter_form").json()["text"]
    expect(confirmed).to_contain_text(words.split("\n")[0].replace("**", ""))
    assert permission(api, email)[0] is False
    page.reload()
    expect(news).not_to_be_checked()
    page.evaluate("sessionStorage['session:/preferences'] = 'AAAAAAAAAAAAAAAAAAAAAA.AAAA'")
    page.reload()
    heading(page, "You were signed out")


def test_an_account_is_seen_put_right_and_closed(page: Page, api: httpx.Client, email: str) -> None:
    form = {"policy_version": "2026-10", "email": email, "name": "Sam", "organisation": "Old Ltd"}
    assert api.post("/v1/accounts", json=form).status_code == 202
    token = {"token": link(api, email).partition("#token=")[2]}
    assert api.post("/v1/accounts/confirmation", json=token).status_code == 200
    led_to_preferences(page, api, email)
    press(page, "Open my preferences")
    account = page.locator("[data-account-facts]")
    expect(account).to_contain_text("Old Ltd")
    page.get_by_text("Change what it says").click()
    page.get_by_label("Organisation", exact=True).fill("New Ltd")
    page.get_by_label("Phone number").fill("call me")
    press(page, "Keep the changes")
    expect(page.get_by_role("alert")).to_contain_text("Phone number")
    page.get_by_label("Phone number").fill("01233 555555")
    press(page, "Keep the changes")
    heading(page, "That is done")
    expect(account).to_contain_text("New Ltd")
    expect(account).to_contain_text("+441233555555")
    page.get_by_text("Close the account", exact=True).click()
    press(page, "Yes, close my account")
    expect(page.locator("[data-account-words]")).to_contain_text("Your account is closed.")
    expect(account).to_be_hidden()
    # Each comes from a worker of its own, in either order.
    subjects = [mail["subject"] for mail in api.get("/_local/mail").json() if mail["to"] == email]
    assert [subjects.count(f"Your account is {what}") for what in ("changed", "closed")] == [1, 1]
    page.reload()
    heading(page, "What may be done with your details")
    expect(account).to_be_hidden()


FIRST_SEEN = """new MutationObserver((_, watching) => {
  if (!document.body) return;
  window.firstSeen = { ...document.documentElement.dataset };
  watching.disconnect();
}).observe(document, { childList: true, subtree: true });"""


def test_nothing_can_be_switched_before_it_is_known_how_it_stands(
    context: BrowserContext, api: httpx.Client
) -> None:
    """An answer that came later undid what somebody on a slow line had switched."""
    page, waiting = context.new_page(), list[Route]()

    def hold(route: Route) -> None:
        waiting.append(route)

    page.goto(f"{api.base_url}/choices")
    press(page, "Accept all")
    heading(page, "Your choice is kept")
    page.route("**/v1/consents/*", hold)
    with page.expect_request("**/v1/consents/*"):
        page.reload()
    switch = page.get_by_role("switch", name="Understanding how the website is used")
    expect(switch).to_be_hidden()
    waiting.pop().continue_()
    expect(switch).to_be_checked()


def test_pages_look_as_their_reader_set_them_until_that_is_objected_to_s33(
    context: BrowserContext, api: httpx.Client, email: str
) -> None:
    """Before anything is drawn, in every page of this browser, and kept by the listed cookies."""
    subscribed(api, email)
    context.add_init_script(FIRST_SEEN)
    page = opened(context, api, email)
    assert context.cookies() == [], "nobody set anything yet"
    page.get_by_label("Colours").select_option("high-contrast")
    page.get_by_label("Size of text").select_option("x-large")
    page.locator("[name=language]").select_option("de")
    press(page, "Keep how it looks")
    heading(page, "Your choice is kept")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "24px"
    page.goto(f"{api.base_url}/cookies")
    assert page.evaluate("firstSeen") == {"theme": "high-contrast", "font_size": "x-large"}
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.evaluate("document.documentElement.lang") == "de"
    page.goto(f"{api.base_url}/cookies?lang=en")
    assert page.evaluate("document.documentElement.lang") == "en"
    listed = {row["name"]: row for row in api.get("/v1/policy").json()["cookies"]}
    for cookie in context.cookies():
        days = int(listed[cookie["name"]]["lifetime"].strip("PD"))
        assert cookie["expires"] - page.evaluate("Date.now() / 1000") == pytest.approx(
            days * 86_400, abs=600
        )
    assert len(context.cookies()) == 3
    # Another reader's device may prefer otherwise; what was set goes before it.
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    page.goto(f"{api.base_url}/choices?lang=en")
    page.get_by_role("switch", name="Showing pages the way you set them").uncheck()
    press(page, "Keep these choices")
    heading(page, "Your choice is kept")
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "16px"
    assert context.cookies() == []
