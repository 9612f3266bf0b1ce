"""What may be kept of the circumstances of a call (S6, S39): enough to prove, not to track."""

import re
import socket
from collections.abc import Collection, Sequence
from functools import lru_cache
from html import unescape
from typing import NotRequired
from urllib.parse import quote, unquote

from typing_extensions import TypedDict

from shared.domain.errors import Invalid
from shared.domain.identifiers import checked_consent_id
from shared.domain.redaction import redact_cards
from shared.domain.text import one_line

# Of an address this many bytes are kept.
_NETWORKS = {socket.AF_INET: 3, socket.AF_INET6: 6}
# How an address of IPv6 begins that is one of IPv4.
_MAPPED = bytes(10) + b"\xff\xff"

# The first that matches wins: later families also claim the names of earlier ones.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS", "Firefox"),
    ("Firefox", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)

LONGEST_SHOWN = 1000
EMAIL, CREDENTIAL = "[email]", "[credential]"
_LONGEST, _LONGEST_HOST, _LONGEST_TAG = 4096, 253, 35  # characters
_LONGEST_PATH = 1024  # bytes, as it is stored
_ORIGIN = re.compile(r"(?i:https?)://(?P<host>[^/?#\\]*)")
_PAGE = re.compile(r"(?:(?P<scheme>(?i:https?))://(?P<host>[^/?#\\]*)|(?=/(?!/)))(?P<path>[^?#]*)")
_HOST = re.compile(r"(?:[\w-]+(?:\.[\w-]+)*\.?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_LANGUAGE = re.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_SHOWN = re.compile(r"[a-z][a-z_]*\+?( [a-z][a-z_]*\+?)*")
_MOST_ENCODINGS = 3
_WORD = re.compile(r"[A-Za-z0-9_+=~.]{20,}")
_DIGIT = re.compile("[0-9]")
_FEW_DIGITS = 3


# Where a record or decision arises, besides the websites and platforms of the deployment (S1): our
# own privacy pages; a website that is none of them; a program that named no page; the desk; the
# system by itself; a source of imported data. A letter or a call has its channel's name.
PAGES, ELSEWHERE, PROGRAM = "privacy_pages", "another_website", "program"
DESK, SYSTEM, SOURCE = "desk", "system", "source"


class RequestContext(TypedDict):
    """The page, the property it belongs to, the network and the browser's family.

    `property` is one of a fixed set (S1). `shown` says what could be chosen there, as `shown()` has
    it. `left_out` names what came and could not be kept.
    """

    page: str | None
    property: str
    ip: str | None
    browser: str | None
    shown: NotRequired[str]
    left_out: NotRequired[list[str]]


def truncated_ip(address: str) -> str | None:
    """Keep an address's network only: /24 of IPv4, /48 of IPv6; null if it is no address."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        ip = socket.inet_pton(family, address)
    except (OSError, ValueError):
        return None
    if ip.startswith(_MAPPED):
        family, ip = socket.AF_INET, ip.removeprefix(_MAPPED)
    kept = _NETWORKS[family]
    network = ip[:kept].ljust(len(ip), b"\0")
    return f"{socket.inet_ntop(family, network)}/{8 * kept}"


def browser_family(user_agent: str | None) -> str | None:
    """Keep a browser's family of its user agent; `other` if it is none that we know."""
    if not user_agent:
        return None
    return next((family for token, family in _BROWSERS if token in user_agent), "other")


def gpc_signal(values: Sequence[str]) -> bool:
    """Tell whether Global Privacy Control is on: one value of the header is exactly `1`."""
    return any(part.strip() == "1" for value in values for part in value.split(","))


def page(url: str) -> str | None:
    """Return a page's address as it may be kept, or nothing where it cannot be read.

    Without query, fragment, credentials, path parameters (`;session=`, RFC 3986, 3.3) and with
    marks in place of e-mail addresses, card numbers and what looks like a credential (S30, S39).
    Optional evidence is taken, never demanded: no text makes this raise, and none takes long.
    """
    found = _PAGE.match(one_line(url[:_LONGEST]))
    if found is None or len(found["path"]) > _LONGEST_PATH:
        return None
    path = _path(found["path"])
    if len(path.encode()) > _LONGEST_PATH:
        return None
    if found["scheme"] is None:
        return path if path.startswith("/") else None
    site = host(found["host"])
    return f"{found['scheme'].lower()}://{site}{path}" if site else None


@lru_cache(maxsize=32)  # a deployment's websites and its own address, again and again
def host(text: str) -> str | None:
    """Return the host, with its port, that `text` names, or nothing if it is none."""
    name = text.rpartition("@")[2].lower()
    if len(name) > _LONGEST_HOST or not _HOST.fullmatch(name):
        return None
    return name if redact_cards(name) == name else None


def unseen(where: str) -> RequestContext:
    """Return the context of what came from no page and no browser."""
    return RequestContext(page=None, property=where, ip=None, browser=None)


def host_of(url: str | None) -> str | None:
    """Return the host of a website's address, or nothing if it is none."""
    found = _ORIGIN.match(url[:_LONGEST]) if url else None
    return host(found["host"]) if found else None


def property_name(
    origin: str | None, page_url: str | None, properties: Collection[str], own: str
) -> str:
    """Name where a record arose (S1): one of the deployment's hosts, or which other kind it is.

    The browser says it by its Origin or its page; `properties` are the hosts of the company's
    websites and platforms, `own` is that of the privacy pages.
    """
    site = host_of(origin) or host_of(page_url)
    if site is None:
        return PROGRAM
    if site in properties:
        return site
    return PAGES if site == own else ELSEWHERE


def language(tag: str) -> str | None:
    """Return a language tag (BCP 47) in its usual form, or nothing if it is none."""
    if len(tag) > _LONGEST_TAG or not _LANGUAGE.fullmatch(tag) or redact_cards(tag) != tag:
        return None
    return tag


def shown(controls: str) -> str | None:
    """Return what could be chosen as it was shown (S51), or nothing if it is not said so.

    It names boxes, switches and buttons in their order on the page, with a space between; what
    was on before anybody touched it has a plus: `analytics advertising+ accept_all reject_all`.
    """
    return controls if len(controls) <= LONGEST_SHOWN and _SHOWN.fullmatch(controls) else None


def claimed_browser(consent_id: str) -> str | None:
    """Return the browser that a form says it comes from, or nothing if it is no name of one."""
    try:
        return checked_consent_id(consent_id)
    except Invalid:
        return None


def decoded(text: str) -> str:
    """Undo percent and HTML escapes, also of what was escaped more than once on its way here."""
    for _ in range(_MOST_ENCODINGS):
        if "%" not in text and "&" not in text:
            break
        text = unescape(unquote(text))
    return text


def _path(raw: str) -> str:
    """Clean a path, segment by segment, then as a whole: numbers may be parted by slashes."""
    segments = [_segment(each.partition(";")[0]) for each in raw.split("/")]
    joined = "/".join(segments)
    if "//" in joined:
        joined = re.sub("/{2,}", "/", joined)
    plain = decoded(joined)
    clean = redact_cards(plain)
    return joined if clean == plain else quote(clean)


def _segment(text: str) -> str:
    plain = decoded(text)
    if "@" in plain:
        return EMAIL
    return CREDENTIAL if any(map(_looks_random, _WORD.findall(plain))) else text


def _looks_random(word: str) -> bool:
    """Tell a token, key or session's id from a word: long, of letters and several digits."""
    return len(_DIGIT.findall(word)) >= _FEW_DIGITS and not word.isdecimal()
