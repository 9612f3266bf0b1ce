"""A page visit as it may be kept: where and how long, and nothing that names anybody.

Of a page's address its path stays, and those query parameters that the company says tell
pages apart; what looks like an e-mail address or a card number goes (S6, S7, S30, S39).
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from shared.domain import evidence
from shared.domain.errors import ConsentRequired, FieldError, Invalid
from shared.domain.permission import NO, ConsentState, Permission, decide
from shared.domain.policy import Policies
from shared.domain.record_classes import RecordClass
from shared.domain.redaction import redact_cards
from shared.domain.timestamps import format_timestamp, parse_timestamp

MAX_PAGES = 50
MAX_STAY = 86_400_000  # milliseconds: a day

# A page that a browser held back longer is one of a wrong clock.
_OLDEST = timedelta(days=1)
_LONGEST = 8192  # characters of an address that are looked at
_MOST_PARAMETERS = 100
_WORD = re.compile(r"\S+")


def permission(
    states: Sequence[ConsentState], policies: Policies, now: datetime, *, signal: bool
) -> Permission:
    """Tell whether a browser's visits may be kept: by the purpose that ends their class (S32, S34).

    `states` are the browser's own and those of the people whose browser it is.
    """
    policy = policies.current(now)
    purpose = policy.purposes.get(policy.classes[RecordClass.VISIT].ends_with or "")
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
    purpose = policy.purposes.get(policy.classes[RecordClass.VISIT_STATISTICS].rests_on or "")
    if purpose is None or objected or not decide(purpose, states, policies, now).allowed:
        raise ConsentRequired


def ended(states: Sequence[ConsentState], policies: Policies, now: datetime) -> bool:
    """Tell whether visits are off because somebody said no, and not because time passed."""
    return permission(states, policies, now, signal=False).reason in NO


def kept(told: Mapping[str, Any], parameters: Collection[str]) -> dict[str, Any]:
    """Return what is kept of a visit as the browser told it; absent is what it left out.

    `parameters` are the names of query parameters that stay in pages' addresses. What can be
    taken is taken: pages whose address cannot be read are left out, and an entry that cannot is
    the first page. Times are as told; `by_server_clock` puts them right.

    Raises:
        Invalid: no page's address can be read; names each.
    """
    pages = [
        {
            "url": url,
            "at": seen["at"],
            "engaged_ms": seen["engaged_ms"],
            **({"content": label(seen["content"])} if seen.get("content") else {}),
        }
        for seen in told["pages"]
        if (url := address(seen["url"], parameters)) is not None
    ]
    if not pages:
        fault = "is neither an http or https address nor a path"
        numbers = range(len(told["pages"]))
        raise Invalid(*(FieldError(f"/pages/{number}/url", fault) for number in numbers))
    leaves = address(told["exit"], parameters) if told["exit"] is not None else None
    return {
        "device_type": told["device_type"],
        "entry": address(told["entry"], parameters) or pages[0]["url"],
        **({"exit": leaves} if leaves else {}),
        "pages": pages,
    }


def by_server_clock(fields: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return a visit with its pages' times by our clock, in their order and at their distances.

    A browser's clock may be wrong by any time. Where its newest page would lie in the future, or
    more than a day ago, that page is taken for opened just now, and the others move with it.
    """
    told = [_moment(page["at"], now) for page in fields["pages"]]
    newest = max(told)
    wrong = newest > now or newest < now - _OLDEST
    times = [max(at + (now - newest) if wrong else at, now - 2 * _OLDEST) for at in told]
    pages = [
        {**page, "at": format_timestamp(at)}
        for page, at in zip(fields["pages"], times, strict=True)
    ]
    return {**fields, "pages": pages}


def address(url: str, parameters: Collection[str]) -> str | None:
    """Return a page's address without credentials, fragment, and all but `parameters`.

    Nothing, where it is neither an http(s) address nor a path.
    """
    bare = evidence.page(url)
    if bare is None:
        return None
    asked = url[:_LONGEST].partition("#")[0].partition("?")[2]
    named = [(name, value) for name, value in _parameters(asked) if name in parameters]
    query = urlencode([(name, label(value)) for name, value in named])
    return f"{bare}{'?' if query else ''}{query}"


def label(text: str) -> str:
    """Return a short text without the e-mail addresses and card numbers that were in it."""
    return redact_cards(_WORD.sub(lambda word: _without_address(word[0]), text))


def path(kept_address: str) -> str:
    """Return the path of an address that `address` gave: what visits are counted by."""
    without_query = kept_address.partition("?")[0]
    return re.sub("^https?://[^/]*", "", without_query) or "/"


def _without_address(word: str) -> str:
    return evidence.EMAIL if "@" in evidence.decoded(word) else word


def _parameters(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        return []


def _moment(text: str, now: datetime) -> datetime:
    """Read a time that the model let pass; at the very ends of the calendar it is now."""
    try:
        return parse_timestamp(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return now
