"""Debian's chromium, one for a whole session; without it the tests that need it are skipped."""

import shutil
import warnings
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

# Milliseconds: a machine may be busy with other tests, and a page that works is never waited for.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
# The headless shell is the same engine without a browser's own windows, at a quarter of the cost.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium") or ""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("!!! No chromium here: everything that websites load is untested !!!")
    with sync_playwright() as playwright, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that has never been here."""
    made = chromium.new_context()
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page of it; whatever goes wrong in its scripts fails the test."""
    faults: list[str] = []
    made = context.new_page()
    made.on("pageerror", lambda fault: faults.append(str(fault)))
    yield made
    assert faults == []
