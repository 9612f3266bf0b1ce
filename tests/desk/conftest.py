"""The console in a browser, on the whole product behind a socket."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser import PATIENCE
from tests.desk.officer import Officer
from tests.journeys.conftest import base_url as base_url  # noqa: PLC0414 - a fixture


@pytest.fixture
def api(base_url: str) -> Iterator[httpx.Client]:
    """The API as a privacy officer's programs call it; the clock stands, then runs on."""
    headers = {"Authorization": "Bearer local-privacy_officer"}
    with httpx.Client(base_url=base_url, timeout=30, headers=headers) as client:
        client.put("/_local/clock", json={"now": "2026-02-02T09:00:00Z"})
        yield client
        client.put("/_local/clock", json={"now": None})


@pytest.fixture
def browser_context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


@pytest.fixture
def officer(browser_context: BrowserContext, base_url: str) -> Iterator[Officer]:
    """A privacy officer at the console, signed in; whatever goes wrong in its scripts fails."""
    one = Officer(browser_context.new_page(), base_url)
    one.sign_in()
    yield one
    assert one.faults == []
