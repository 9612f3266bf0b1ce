"""The pages over HTTP. This function reads its own files and has access to nothing else.

A page is the same for everybody: what is personal comes from the API, to the reader's own
browser, after a press. So no address, token or answer of anybody passes through here; a mailed
token stands in the fragment, which browsers do not send.
"""

import html
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from pages import files
from shared.domain.errors import NotFound
from shared.domain.policy import meant
from shared.edge import page_language, problems
from shared.edge.body import JSON
from shared.edge.content_negotiation import HTML, preferred
from shared.edge.http import PREFIXES, Api, Request, Response
from shared.storage import policies

api = Api()

# Ours alone, nothing inline, in nobody's frame; a string never becomes code or markup.
_CONTENT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_UNUSED = (
    "accelerometer", "autoplay", "bluetooth", "browsing-topics", "camera", "display-capture",
    "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection",
    "interest-cohort", "local-fonts", "magnetometer", "microphone", "midi", "payment",
    "picture-in-picture", "publickey-credentials-get", "screen-wake-lock", "serial", "usb",
    "web-share", "xr-spatial-tracking",
)  # fmt: skip
_HEADERS = {
    "Content-Security-Policy": _CONTENT,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in _UNUSED),
    "Vary": "Accept-Language, Cookie, Origin",
}
_FOR_PAGES = {"Cross-Origin-Resource-Policy": "same-origin"}
_FOR_WEBSITES = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_HTML = "text/html; charset=utf-8"
_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
CHECKED = "no-cache"  # kept, but asked after each time: an ETag answers
PRIVATE = "no-store"  # where a reader's data comes to stand in the page
BRIEFLY = "public, max-age=300"
FOR_EVER = "public, max-age=31536000, immutable"
_TOKEN = re.compile(r"[A-Za-z0-9_.-]{1,2048}")


@api.route("GET", "/", cache=CHECKED)
def home(request: Request) -> Response:
    """Show what somebody can do here."""
    return _page("home", request)


@api.route("GET", "/choices", cache=PRIVATE)
def choices(request: Request) -> Response:
    """Show a browser's own choices, to see and change."""
    return _page("choices", request)


@api.route("GET", "/preferences", cache=PRIVATE)
def preferences(request: Request) -> Response:
    """Show a person's preferences, behind a mailed link."""
    return _page("preferences", request)


@api.route("GET", "/newsletter", cache=CHECKED)
def newsletter(request: Request) -> Response:
    """Show the newsletter's form; with `?sent`, that it was taken."""
    return _form("newsletter", request)


@api.route("GET", "/newsletter/confirmation", cache=PRIVATE)
def newsletter_confirmation(request: Request) -> Response:
    """Show where a mailed link confirms a subscription; nothing happens before a press."""
    return _page("newsletter_confirmation", request)


@api.route("GET", "/contact", cache=CHECKED)
def contact(request: Request) -> Response:
    """Show the contact form; with `?sent`, that it was taken."""
    return _form("contact", request)


@api.route("GET", "/account", cache=CHECKED)
def account(request: Request) -> Response:
    """Show the application for an account; with `?sent`, that it was taken."""
    return _form("account", request)


@api.route("GET", "/account/confirmation", cache=PRIVATE)
def account_confirmation(request: Request) -> Response:
    """Show where a mailed link confirms an account's address; nothing happens before a press."""
    return _page("account_confirmation", request)


@api.route("GET", "/address/confirmation", cache=PRIVATE)
def address_confirmation(request: Request) -> Response:
    """Show where a mailed link proves a new address; nothing happens before a press."""
    return _page("address_confirmation", request)


@api.route("GET", "/requests/new", cache=PRIVATE)
def new_request(request: Request) -> Response:
    """Show the questions that make a request about one's own data."""
    return _page("new_request", request)


@api.route("GET", "/requests/{request_id}", cache=PRIVATE)
def request_page(request_id: str, request: Request) -> Response:  # noqa: ARG001 - the script reads it from the address
    """Show how a request stands, behind a mailed link: the same page for every request."""
    return _page("request", request)


@api.route("GET", "/unsubscribe/{token}", cache=PRIVATE)
def unsubscribe(token: str, request: Request) -> Response:
    """Show one button that stops advertising; opening the page changes nothing."""
    form = token if _TOKEN.fullmatch(token) else "-"
    return _page("unsubscribe", request, fills={"~token~": form})


@api.route("GET", "/notice", cache=CHECKED)
def notice(request: Request) -> Response:
    """Show the privacy notice in force."""
    return _page("notice", request)


@api.route("GET", "/notice/changes", cache=CHECKED)
def notice_changes(request: Request) -> Response:
    """Show what changed from version to version."""
    return _page("notice_changes", request)


@api.route("GET", "/notice/{version}", cache=CHECKED)
def notice_version(version: str, request: Request) -> Response:
    """Show the notice of a published version, in force or earlier (S57)."""
    known = policies.published()
    if known.published(version, request.now) is None:
        return _missing(request)
    current = known.current(request.now).version == version
    return _page("notice" if current else "notice_version", request, version=version)


@api.route("GET", "/cookies", cache=CHECKED)
def cookies(request: Request) -> Response:
    """Show every cookie: what it does, whose it is, how long it stays (S43)."""
    return _page("cookies", request)


@api.route("GET", "/desk", cache=PRIVATE)
def desk(request: Request) -> Response:
    """Show the staff's console, which begins with what is due."""
    return _desk(request)


@api.route("GET", "/desk/{view}", cache=PRIVATE)
def desk_view(view: str, request: Request) -> Response:  # noqa: ARG001 - the script reads it from the address
    """Show a view of the console: the same page for each, which asks the API after sign-in."""
    return _desk(request)


@api.route("GET", "/desk/{view}/{item}", cache=PRIVATE)
def desk_item(view: str, item: str, request: Request) -> Response:  # noqa: ARG001 - as above
    """Show one thing in the console, such as a request."""
    return _desk(request)


@api.route("GET", "/privacy.js", cache=BRIEFLY)
def privacy_js() -> Response:
    """Serve the script for websites, as it is now; under /assets/ it has a name to pin."""
    return _asset("privacy.js", files.privacy_js())


@api.route("GET", "/assets/{name}", cache=FOR_EVER)
def asset(name: str, request: Request) -> Response:
    """Serve a sheet, script or picture; the name says its content, so it never changes."""
    found = files.asset(name)
    return _missing(request) if found is None else _asset(name, found)


@api.route("GET", "/{proxy+}", status=404, cache=PRIVATE)
def unknown(proxy: str, request: Request) -> Response:
    """Say that nothing is at this address: the gateway brings here what no other route takes."""
    if f"/{proxy}/".startswith(PREFIXES):
        raise NotFound
    return _missing(request)


def _form(name: str, request: Request) -> Response:
    """Show a form, or what follows it where a browser without scripts was sent back here."""
    return _page(f"{name}.sent" if "sent" in request.query else name, request)


def _desk(request: Request) -> Response:
    """Return the console, told where staff sign in; nobody else may be called from it.

    Its addresses are of different depths, so its links begin at the API's own address.
    """
    url = request.told.get("sign_in_url", "")
    told = {"url": url, "client": request.told.get("sign_in_client", "")}
    answer = _page("desk", request, fills={**_root(request), "~sign_in~": json.dumps(told)})
    if url:
        policy = _CONTENT.replace("connect-src 'self'", f"connect-src 'self' {url}")
        answer.headers["Content-Security-Policy"] = policy
    return answer


def _page(
    name: str,
    request: Request,
    *,
    version: str | None = None,
    fills: Mapping[str, str] = MappingProxyType({}),
    status: int = HTTPStatus.OK,
) -> Response:
    """Return a page in the reader's language, with the words of `version` or of now."""
    asked = request.query.get("lang")
    language = page_language.chosen(asked, request.headers, files.languages())
    words = version or policies.published().current(request.now).version
    text = files.page(words, language, name)
    chosen = meant(asked, files.languages())
    text = text.replace("~lang~", f"?lang={language}" if chosen else "")
    text = text.replace("~and~", f"&amp;lang={language}" if chosen else "")
    for place, value in fills.items():
        text = text.replace(place, html.escape(value))
    headers = {**_HEADERS, "Content-Language": language}
    if status != HTTPStatus.OK:
        return Response(status, text, headers, _HTML)
    headers["ETag"] = files.etag(text)
    if headers["ETag"] in ",".join(request.headers.get("if-none-match", ())):
        return Response(304, None, headers)
    return Response(HTTPStatus.OK, text, headers, _HTML)


def _root(request: Request) -> Mapping[str, str]:
    """Say where links begin on a page that stands at addresses of several depths."""
    return {"~root~": f"{request.api_url}/"}


def _missing(request: Request) -> Response:
    """Say that there is nothing here: a page to a browser, a problem to a program."""
    accept = request.headers.get("accept", ())
    if preferred(accept, (problems.MEDIA_TYPE, JSON, HTML)) != HTML:
        raise NotFound
    answer = _page("not_found", request, fills=_root(request), status=404)
    answer.headers["Cache-Control"] = PRIVATE
    return answer


def _asset(name: str, text: str) -> Response:
    """Return an asset; the script for websites may be loaded by any of them."""
    headers = _FOR_WEBSITES if name.startswith("privacy.") else _FOR_PAGES
    return Response(200, text, dict(headers), _MEDIA_TYPES[name.rpartition(".")[2]])
