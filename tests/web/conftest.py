"""The demo shop, the API behind it, and Debian's chromium; without it these tests are skipped."""

import shutil
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.wrappers import Response

from local import server
from local.shop import shop
from tests.journeys.conftest import base_url as base_url  # noqa: PLC0414 - a fixture

PAGES: dict[str, str] = {}
# Milliseconds: a machine may be busy with other tests, and a page that works is never waited for.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not shutil.which(CHROMIUM):
        pytest.skip("!!! No chromium here: everything that websites load is untested !!!")
    with sync_playwright() as playwright, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(base_url: str) -> Iterator[str]:
    """The demo shop's address, another origin than the API's, with room for pages of one's own."""
    demo = shop(base_url)

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        own = PAGES.get(environ["PATH_INFO"])
        if own is None:
            return demo(environ, start)
        return Response(own, mimetype="text/html")(environ, start)

    listening = server.listen(application, 0)
    serving = threading.Thread(target=listening.serve_forever, daemon=True)
    serving.start()
    yield f"http://{server.HOST}:{listening.server_port}"
    listening.shutdown()
    serving.join(timeout=5)
    listening.server_close()
    PAGES.clear()


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


@pytest.fixture
def write(site: str, base_url: str) -> Callable[[str], str]:
    """Puts a website of one's own at the shop's origin, with API for the API's address in it."""

    def put(html: str, path: str = "/own") -> str:
        PAGES[path] = html.replace("API/", f"{base_url}/")
        return site + path

    return put
