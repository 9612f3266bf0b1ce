"""Newsletters and requests in a browser, through the mailbox to the end, on the server.

What a page shows is compared with what the API says in the same test.
"""

import json
import re
import zipfile
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import base_url as base_url  # noqa: PLC0414 - a fixture
from tests.pages.test_journeys import api as api  # noqa: PLC0414 - a fixture
from tests.pages.test_journeys import email as email  # noqa: PLC0414 - a fixture
from tests.pages.test_journeys import heading, link, mailed, permission, press

OFFICER = {"Authorization": "Bearer local-privacy_officer"}


def ask(page: Page, api: httpx.Client, email: str, what: str, /, **corrected: str) -> str:
    """Ask for something on the pages, as far as the mail; return the mailed link."""
    page.goto(f"{api.base_url}/requests/new")
    page.get_by_text(what, exact=True).click()
    press(page, "Continue")
    page.get_by_label("Your name", exact=True).fill("Sam Example")
    page.get_by_label("Your e-mail address").fill(email)
    press(page, "Continue")
    for field, value in corrected.items():
        page.locator("[data-rows] select").select_option(field)
        page.locator("[data-rows] input").fill(value)
    page.get_by_label("In your own words").fill("As I wrote to you.")
    press(page, "Continue")
    heading(page, "Check before you send it")
    press(page, "Send my request")
    heading(page, "Look into your mail")
    return link(api, email)


def confirm(page: Page, address: str, *, changes_address: bool = False) -> None:
    """Open a mailed link, look, and press; where it hands all over to an address, that is said."""
    page.goto(address)
    heading(page, "Confirm your request")
    assert "#" not in page.url, "the token does not stay in the address bar"
    page.reload()
    press(page, "Show what I am confirming")
    expect(page.locator("[data-facts]")).to_contain_text("Sam Example")
    expect(page.get_by_text("all that we hold about you goes to that address")).to_be_visible(
        visible=changes_address
    )
    press(page, "Yes, this is my request")
    heading(page, "What happened so far")


def known(page: Page, api: httpx.Client) -> dict[str, Any]:
    """What the API says of the request that the page shows, to whom the page's session belongs."""
    session = page.evaluate("sessionStorage[`session:${location.pathname}`]")
    path = "/v1" + page.url.removeprefix(str(api.base_url).rstrip("/"))
    found: dict[str, Any] = api.get(path, headers={"Authorization": f"Bearer {session}"}).json()
    return found


def done(page: Page, api: httpx.Client) -> dict[str, Any]:
    """Wait until the workers are done, then look again."""
    api.get("/_local/mail")
    page.reload()
    heading(page, "What happened so far")
    return known(page, api)


def test_a_newsletter_is_confirmed_and_stopped_by_one_press(
    page: Page, api: httpx.Client, email: str
) -> None:
    page.goto(f"{api.base_url}/newsletter")
    page.get_by_label("Your e-mail address").fill(email)
    press(page, "Sign up")
    heading(page, "We have it")
    address = link(api, email)
    page.goto(address)
    assert permission(api, email) == (False, "never_asked"), "opening a link does nothing"
    press(page, "Show what I am confirming")
    expect(page.locator("[data-facts]")).to_contain_text(email)
    page.get_by_role("button", name="Yes, send me the newsletter").dblclick()
    heading(page, "You are signed up")
    assert permission(api, email) == (True, "granted")
    welcome = mailed(api, email)
    assert welcome["subject"] == "You are subscribed"
    found = re.search(r"https?://[^/\s]+(?:/prod)?(/unsubscribe/\S+)", welcome["text"])
    assert found, "people are led to a page"
    page.goto(str(api.base_url).rstrip("/") + found[1])
    heading(page, "Stop these messages")
    assert permission(api, email)[0] is True, "opening a link does nothing"
    press(page, "Stop them")
    heading(page, "It is stopped")
    assert permission(api, email) == (False, "objected")
    page.goto(address)
    press(page, "Show what I am confirming")
    expect(page.get_by_role("heading", name=re.compile("no longer|Is this right"))).to_be_visible()


def test_a_copy_is_asked_for_downloaded_and_opened(
    page: Page, api: httpx.Client, email: str
) -> None:
    """And a link that was used before leads to a fresh one in one press."""
    form = {"policy_version": "2026-10", "email": email}
    api.post("/v1/newsletter", json=form)
    token = link(api, email).partition("#token=")[2]
    api.post("/v1/newsletter/confirmation", json={"token": token})
    used = ask(page, api, email, "Get a copy of my data")
    confirm(page, used)
    assert done(page, api)["status"] == "completed"
    page.goto("about:blank")
    page.goto(used)
    press(page, "Show what I am confirming")
    heading(page, "This link no longer works")
    press(page, "Send me a new link")
    heading(page, "Look into your mail")
    assert mailed(api, email)["subject"] == "Your new link to your request"
    page.goto(link(api, email))
    press(page, "Show what I am confirming")  # nothing is left to confirm
    heading(page, "Your copy is ready")
    with page.expect_download() as download:
        press(page, "Download everything")
    copy = zipfile.ZipFile(download.value.path())
    documents = [name for name in copy.namelist() if name.endswith(".json")]
    assert any(email in copy.read(name).decode() for name in documents)


def test_a_correction_is_asked_for_and_made(page: Page, api: httpx.Client, email: str) -> None:
    form = {"policy_version": "2026-10", "email": email, "name": "Sam", "message": "Hello"}
    api.post("/v1/contact", json=form)
    address = ask(page, api, email, "Have something corrected", job_title="Buyer")
    confirm(page, address)
    shown = known(page, api)
    assert shown["asked"]["corrections"] == [{"field": "job_title", "value": "Buyer"}]
    page.goto(address)
    press(page, "Show what I am confirming")
    heading(page, "This link no longer works")


def test_an_old_mailbox_takes_back_a_change_that_nobody_asked_for_there(
    page: Page, api: httpx.Client, email: str
) -> None:
    """S55: it is asked to confirm nothing, since to close the page would stop nothing."""
    asked: dict[str, Any] = {"type": "rectification", "email": email, "name": "Sam"}
    asked |= {"channel": "phone", "received_on": "2026-01-30"}
    asked |= {"identity_shown": True, "identity_method": "call_back"}
    wanted = [{"field": "email", "value": f"new-{email}"}]
    made = api.post("/v1/desk/requests", json=asked | {"corrections": wanted}, headers=OFFICER)
    assert made.status_code == 201, made.text
    page.goto(link(api, email))
    press(page, "Show what I am confirming")
    heading(page, "What happened so far")
    page.get_by_text("Take the request back").click()
    press(page, "Yes, take it back")
    expect(page.locator("[data-status]")).to_have_text("Taken back")
    assert known(page, api)["status"] == "cancelled"


def test_an_address_is_changed_by_a_press_in_both_mailboxes(
    page: Page, api: httpx.Client, email: str
) -> None:
    """S55: the old one is warned before it confirms, and told when it is done."""
    new = f"new-{email}"
    api.post(
        "/v1/contact",
        json={"policy_version": "2026-10", "email": email, "name": "Sam", "message": "Hello"},
    )
    confirm(
        page, ask(page, api, email, "Have something corrected", email=new), changes_address=True
    )
    page.goto(link(api, new))
    heading(page, "Is this your new address?")
    assert mailed(api, email)["subject"] == "We are working on your request", "nothing so far"
    press(page, "Yes, this is my new address")
    heading(page, "This address is yours")
    assert mailed(api, email)["subject"] == "Your e-mail address was changed"


def test_an_erasure_ends_with_a_certificate(page: Page, api: httpx.Client, email: str) -> None:
    form = {"policy_version": "2026-10", "email": email, "name": "Sam", "message": "Hello"}
    api.post("/v1/contact", json=form)
    confirm(page, ask(page, api, email, "Have my data erased"))
    shown = done(page, api)
    assert shown["status"] == "completed"
    heading(page, "Certificate of erasure")
    with page.expect_download() as download:
        press(page, "Keep the certificate")
    assert json.loads(download.value.path().read_text()) == shown["certificate"]


def test_who_writes_to_a_request_that_is_done_sees_that_it_is_done(
    page: Page, api: httpx.Client, email: str
) -> None:
    """A restriction is in force and closed while its page is still being read."""
    confirm(page, ask(page, api, email, "Have my data left alone"))
    page.get_by_label("Your message").fill("One thing more.")
    api.get("/_local/mail")
    press(page, "Send the message")
    expect(page.locator("[data-too-late]")).to_contain_text("It is closed")
    expect(page.locator("[data-too-late]")).to_be_focused()
    assert known(page, api)["status"] == "completed"
    expect(page.get_by_label("Your message")).to_be_hidden()


@pytest.mark.parametrize("what", ["Complain", "Object to a use"])
def test_what_staff_decide_says_when_and_can_be_taken_back(
    page: Page, api: httpx.Client, email: str, what: str
) -> None:
    confirm(page, ask(page, api, email, what))
    page.get_by_label("Your message").fill("One thing more.")
    press(page, "Send the message")
    heading(page, "Your message has reached us.")
    actions = [event["action"] for event in known(page, api)["timeline"]]
    assert "message" in actions
    expect(page.locator("[data-timeline] li")).to_have_count(len(actions))
