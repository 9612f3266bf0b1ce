"""What a browser itself shows of the promises about cookies: on our pages and in the demo shop."""

import re
import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.browser import PATIENCE
from tests.web.reading import until

# What scripts look at to tell one device from all others, each replaced by a note that it was.
WATCHED = """(() => {
  window.lookedAt = [];
  const note = (owner, name) => {
    const was = Object.getOwnPropertyDescriptor(owner, name);
    if (!was) return;
    const noted = (it) => function (...all) { lookedAt.push(name); return it.apply(this, all); };
    const now = was.get ? { ...was, get: noted(was.get) } : { ...was, value: noted(was.value) };
    Object.defineProperty(owner, name, now);
  };
  for (const name of ["toDataURL", "toBlob", "getContext"]) note(HTMLCanvasElement.prototype, name);
  const told = ["plugins", "mimeTypes", "hardwareConcurrency", "deviceMemory", "userAgentData"];
  for (const name of told) note(Navigator.prototype, name);
  for (const name of ["colorDepth", "pixelDepth"]) note(Screen.prototype, name);
  note(FontFaceSet.prototype, "check");
  for (const name of ["AudioContext", "OfflineAudioContext", "RTCPeerConnection"])
    window[name] = class { constructor() { lookedAt.push(name); } };
})();"""
# Names by which advertising knows a browser, and what stands in them here.
TAGS = ["_uetvid", "_uetsid", "_clck", "MUID", "_ga"]
IDENTIFIER = "advertising0identifier"
OURS = (
    "/",
    "/choices",
    "/newsletter",
    "/contact",
    "/account",
    "/requests/new",
    "/notice",
    "/cookies",
)


@pytest.fixture
def watched(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that notes what is looked at."""
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE)
    context.add_init_script(WATCHED)
    yield context
    context.close()


def hosts(page: Page, address: str) -> set[str]:
    """Open a page; return the hosts that it called."""
    called: set[str] = set()
    page.on("request", lambda request: called.add(urlsplit(request.url).netloc))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return called


def test_before_a_choice_nothing_optional_is_stored_or_called(
    watched: BrowserContext, site: str, base_url: str
) -> None:
    """S32, S37, S39: no cookie, no tag, no look at the device; a no leaves it so."""
    page = watched.new_page()
    own = {urlsplit(site).netloc, urlsplit(base_url).netloc}
    assert hosts(page, site) <= own
    assert watched.cookies() == []
    assert page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage))") == []
    assert page.evaluate("lookedAt") == []
    page.evaluate("async () => (await privacy()).rejectAll()")
    until(page, "!p.state().pending")
    assert hosts(page, site) <= own
    assert watched.cookies() == []
    assert page.evaluate("Object.keys(localStorage)") == ["privacy_choices"]
    assert page.evaluate("lookedAt") == []
    # What was held back runs once it is allowed, and the watch sees who looks.
    page.evaluate("async () => (await privacy()).acceptAll()")
    page.wait_for_function("document.documentElement.dataset.uet === 'ran'")
    assert "_uetvid" in {cookie["name"] for cookie in watched.cookies()}
    canvas = "document.createElement('canvas').getContext('2d') && lookedAt"
    assert page.evaluate(canvas) == ["getContext"]


def test_what_advertising_knows_a_browser_by_never_meets_a_person_s38(
    watched: BrowserContext, site: str, base_url: str
) -> None:
    """Everything is allowed, somebody signs up and opens their mail: no name goes either way.

    No call of the API has a tag's identifier, and nothing that is kept of the person does: where
    a page is loaded a browser sends its cookies along, and no store is there. The tags hear
    signals alone, never who it is (`identify` and addresses, which they would take).
    """
    email = f"{secrets.token_hex(6)}@example.com"
    page = watched.new_page()
    sent: list[Request] = []
    watched.on("request", lambda request: sent.append(request))  # noqa: PLW0108 - a builtin takes no mark
    page.goto(site)
    page.evaluate("async () => (await privacy()).acceptAll()")
    until(page, "!p.state().pending")
    page.wait_for_function("document.documentElement.dataset.uet === 'ran'")
    page.evaluate(f"for (const name of {TAGS}) document.cookie = `${{name}}={IDENTIFIER};path=/`")
    page.goto(f"{site}/newsletter")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    (mail,) = (m for m in httpx.get(f"{base_url}/_local/mail").json() if m["to"] == email)
    token = mail["text"].partition("#token=")[2].split()[0]
    page.goto(f"{base_url}/newsletter/confirmation#token={token}")
    page.get_by_role("button", name="Show what I am confirming").click()
    page.get_by_role("button", name="Yes, send me the newsletter").click()
    expect(page.get_by_role("heading", name="You are signed up")).to_be_visible()
    page.goto(site)
    page.wait_for_function("document.documentElement.dataset.uet === 'ran'")
    calls = [request for request in sent if request.url.startswith(f"{base_url}/v1/")]
    assert {urlsplit(each.url).path for each in calls} > {
        "/v1/newsletter",
        "/v1/confirmations/preview",
    }
    for each in calls:
        told = (each.url, each.post_data or "", str(each.all_headers()))
        assert IDENTIFIER not in "".join(told), each.url
    # What the tags were told: consent and nothing else, and no address of anybody.
    heard = page.evaluate(
        "[...dataLayer.map((each) => [...each]), ...clarity.q.map((each) => [...each]), [...uetq]]"
    )
    assert {call[0] for call in heard} == {"consent", "consentv2"}
    assert email not in str(heard)
    staff = {"Authorization": "Bearer local-privacy_officer"}
    body = {"email": email}
    kept = httpx.post(f"{base_url}/v1/desk/people/search", json=body, headers=staff).text
    assert email in kept
    assert IDENTIFIER not in kept


@pytest.mark.parametrize("path", OURS)
def test_our_pages_look_at_no_device_and_send_nobody_away_with_a_name(
    watched: BrowserContext, base_url: str, path: str
) -> None:
    """S32, S39, S41."""
    page = watched.new_page()
    assert hosts(page, base_url + path) == {urlsplit(base_url).netloc}
    assert page.evaluate("lookedAt") == []
    assert watched.cookies() == []
    assert page.evaluate("Object.keys(localStorage)") == []
    away = page.evaluate("[...document.links].map((link) => link.href)")
    for link in away:
        if not link.startswith((base_url, "mailto:", "tel:")):
            assert urlsplit(link).query == "", link
            assert not re.search(r"[cprb]_[a-z2-7]{26}", link), link
    policy = page.evaluate("fetch(location.href).then((a) => a.headers.get('Referrer-Policy'))")
    assert policy == "no-referrer"
