"""What may be kept of the circumstances of a call (S6, S39): enough to prove, not to track."""

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from typing_extensions import TypedDict

from shared.domain.errors import Invalid

_NETWORKS = {4: 24, 6: 48}

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
_ADDRESS = re.compile(r"[^/]*(?:@|%40)[^/]*", re.IGNORECASE)


class RequestContext(TypedDict):
    """The page, the website or platform it belongs to, the network and the browser's family."""

    page: str | None
    property: str | None
    ip: str | None
    browser: str | None


def truncated_ip(address: str) -> str | None:
    """Keep an address's network only: /24 of IPv4, /48 of IPv6; null if it is no address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    ip = mapped or ip
    return str(ipaddress.ip_network((ip, _NETWORKS[ip.version]), strict=False))


def browser_family(user_agent: str | None) -> str | None:
    """Keep a browser's family of its user agent; `other` if it is none that we know."""
    if not user_agent:
        return None
    return next((family for token, family in _BROWSERS if token in user_agent), "other")


def gpc_signal(values: Sequence[str]) -> bool:
    """Tell whether Global Privacy Control is on: one value of the header is exactly `1`."""
    return any(part.strip() == "1" for value in values for part in value.split(","))


def page(url: str, pointer: str = "/page") -> str:
    """Keep a page's address without query, fragment, credentials or e-mail addresses in it.

    Raises:
        Invalid: it is neither an http(s) address nor a path.
    """
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        raise Invalid.field(pointer, "is not a URL") from None
    path = _ADDRESS.sub("[email]", parts.path)
    if parts.scheme in ("http", "https") and host:
        return f"{parts.scheme}://{host}{path}"
    if not parts.scheme and not host and path.startswith("/"):
        return path
    raise Invalid.field(pointer, "must be an http or https address or a path")


def property_name(origin: str | None, page_url: str | None) -> str | None:
    """Name the website or platform a record comes from (S1): its host, as the browser said."""
    for url in (origin, page_url):
        host = urlsplit(url).netloc if url else ""
        if host:
            return host
    return None
