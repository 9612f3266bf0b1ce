"""A small shop on an origin of its own: how a website uses the API, to click through.

It is a website like any other: it loads privacy.js from the API's host and has no other way in.
What it holds back are stand-ins of Google's, Clarity's and Microsoft Advertising's tags that only
write down what they are told.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.wrappers import Request, Response

FOLDER = Path(__file__).parent / "shop"
PAGES = {
    "/": "home.html",
    "/contact": "contact.html",
    "/newsletter": "newsletter.html",
    "/account": "account.html",
    "/film": "film.html",
}
_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript"}


def shop(api: str) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """Return the shop as a WSGI application; `api` is the address that the API is served at."""
    templates = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined
    )
    assets = {f"/{path.name}": path for path in FOLDER.iterdir() if path.suffix in _MEDIA_TYPES}

    def answer(request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return Response("Only pages to read here.", 405, {"Allow": "GET, HEAD"})
        if path := assets.get(request.path):
            return Response(path.read_text("utf-8"), mimetype=_MEDIA_TYPES[path.suffix])
        if name := PAGES.get(request.path):
            page = templates.get_template(name).render(api=api, path=request.path)
            return Response(page, mimetype="text/html", headers={"Cache-Control": "no-cache"})
        page = templates.get_template("missing.html").render(api=api, path=request.path)
        return Response(page, 404, mimetype="text/html")

    return lambda environ, start: answer(Request(environ))(environ, start)
