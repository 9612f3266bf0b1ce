"""A page visit as it may be kept: where and how long, and nothing that names anybody.

Of a page's address its path stays, and those query parameters that the company says tell
pages apart; what looks like an e-mail address or a card number goes (S6, S7, S30, S39).
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from shared.domain import evidence
from shared.domain.errors import ConsentRequired, FieldError, Invalid
from shared.domain.permission import NO, ConsentState, Permission, decide
from shared.domain.policy import Policies
from shared.domain.redaction import redact_cards
from shared.domain.timestamps import format_timestamp, parse_timestamp

RECORD_CLASS = "visit"
STATISTICS_CLASS = "visit_statistics"
MOST_PAGES = 50
LONGEST_STAY = 86_400_000  # milliseconds: a day

# A browser's clock may be a little fast; a page that a browser held back longer is not told.
_AHEAD = timedelta(minutes=5)
_OLDEST = timedelta(days=1)

_EMAIL = "[email]"
_ADDRESS = re.compile(r"\S*@\S*")
_HOST = re.compile(r"[\w.-]+(:[0-9]{1,5})?")
_MOST_ENCODINGS = 3


def permission(
    states: Sequence[ConsentState], policies: Policies, now: datetime, *, signal: bool
) -> Permission:
    """Tell whether a browser's visits may be kept: by the purpose that ends their class (S32, S34).

    `states` are the browser's own and those of the people whose browser it is.
    """
    policy = policies.current(now)
    purpose = policy.purposes.get(policy.classes[RECORD_CLASS].ends_with or "")
    if purpose is None or not states:
        return Permission(allowed=False, reason="never_asked", since=None)
    return decide(purpose, states, policies, now, signal=signal)


def check_consent(
    states: Sequence[ConsentState], policies: Policies, now: datetime, *, signal: bool = False
) -> None:
    """Let a browser's visits be kept only if that is allowed.

    Raises:
        ConsentRequired: it is not: nobody learns why.
    """
    if not permission(states, policies, now, signal=signal).allowed:
        raise ConsentRequired


def check_counting(
    states: Sequence[ConsentState], policies: Policies, now: datetime, *, objected: bool
) -> None:
    """Let a visit be counted without a name: where the policy exempts that, nobody objected.

    PECR Sch. A1 para. 5: statistics alone, with a simple and free way to object.

    Raises:
        ConsentRequired: the policy has no such purpose, or it is objected to.
    """
    policy = policies.current(now)
    purpose = policy.purposes.get(policy.classes[STATISTICS_CLASS].rests_on or "")
    if purpose is None or objected or not decide(purpose, states, policies, now).allowed:
        raise ConsentRequired


def ended(states: Sequence[ConsentState], policies: Policies, now: datetime) -> bool:
    """Tell whether visits are off because somebody said no, and not because time passed."""
    return permission(states, policies, now, signal=False).reason in NO


def kept(told: Mapping[str, Any], parameters: Collection[str], now: datetime) -> dict[str, Any]:
    """Give what is kept of a visit as the browser told it; absent is what it left out.

    `parameters` are the names of query parameters that stay in pages' addresses.

    Raises:
        Invalid: names every address that is none and every moment out of range.
    """
    faults: list[FieldError] = []

    def clean(pointer: str, read: Callable[[str], str]) -> str:
        try:
            return read(pointer)
        except Invalid as fault:
            faults.extend(fault.errors)
            return ""

    def page(place: str, url: str) -> str:
        return clean(place, lambda pointer: address(url, parameters, pointer))

    def opened(place: str, at: str) -> str:
        return clean(place, lambda pointer: _recent(at, now, pointer))

    fields: dict[str, Any] = {"device_type": told["device_type"]}
    fields |= {
        name: page(f"/{name}", told[name]) for name in ("entry", "exit") if told[name] is not None
    }
    fields["pages"] = [
        {
            "url": page(f"/pages/{index}/url", seen["url"]),
            "at": opened(f"/pages/{index}/at", seen["at"]),
            "engaged_ms": seen["engaged_ms"],
            **({"content": label(seen["content"])} if seen.get("content") else {}),
        }
        for index, seen in enumerate(told["pages"])
    ]
    if faults:
        raise Invalid(*faults)
    return fields


def address(url: str, parameters: Collection[str], pointer: str) -> str:
    """Give a page's address without credentials, fragment, and all but `parameters`.

    Raises:
        Invalid: it is neither an http(s) address nor a path.
    """
    bare = urlsplit(evidence.page(url, pointer))
    if bare.netloc and (not _HOST.fullmatch(bare.netloc) or label(bare.netloc) != bare.netloc):
        raise Invalid.field(pointer, "must be on a website's host")
    origin = f"{bare.scheme}://{bare.netloc}" if bare.netloc else ""
    found = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    query = urlencode([(name, label(value)) for name, value in found if name in parameters])
    return f"{origin}{_path(bare.path)}{'?' if query else ''}{query}"


def label(text: str) -> str:
    """Give a short text without the e-mail addresses and card numbers that were in it."""
    return redact_cards(_ADDRESS.sub(_EMAIL, text))


def path(kept_address: str) -> str:
    """Give the path of an address that `address` gave: what visits are counted by."""
    without_query = kept_address.partition("?")[0]
    return re.sub("^https?://[^/]*", "", without_query) or "/"


def _path(raw: str) -> str:
    """Clean a path; its parameters (`;session=…`, RFC 3986, 3.3) go as a query does."""
    segments = [segment.partition(";")[0] for segment in raw.split("/")]
    named = (_EMAIL if "@" in _decoded(segment) else segment for segment in segments)
    joined = re.sub("/{2,}", "/", "/".join(named))
    plain = _decoded(joined)
    clean = redact_cards(plain)
    return joined if clean == plain else quote(clean)


def _decoded(text: str) -> str:
    """Undo percent-encoding, also of what was encoded more than once on its way here."""
    for _ in range(_MOST_ENCODINGS):
        text = unquote(text)
    return text


def _recent(at: str, now: datetime, pointer: str) -> str:
    seen = parse_timestamp(at)
    if seen > now + _AHEAD:
        raise Invalid.field(pointer, "is in the future")
    if seen < now - _OLDEST:
        raise Invalid.field(pointer, "is more than a day ago")
    return format_timestamp(seen)
