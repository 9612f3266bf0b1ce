"""The demo shop and the API behind it, for pages in a browser."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from werkzeug.wrappers import Response

from local import server
from local.serving import serving
from local.shop import shop
from tests.journeys.conftest import base_url as base_url  # noqa: PLC0414 - a fixture

PAGES: dict[str, str] = {}


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
    with serving(listening):
        yield f"http://{server.HOST}:{listening.server_port}"
    PAGES.clear()


@pytest.fixture
def write(site: str, base_url: str) -> Callable[[str], str]:
    """Puts a website of one's own at the shop's origin, with API for the API's address in it."""

    def put(html: str, path: str = "/own") -> str:
        PAGES[path] = html.replace("API/", f"{base_url}/")
        return site + path

    return put
