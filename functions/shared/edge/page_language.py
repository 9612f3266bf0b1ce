"""Which language a page is in: chosen on it, kept in the browser, or what the browser accepts."""

import re
from collections.abc import Iterator, Mapping, Sequence

from shared.domain.policy import meant
from shared.edge.content_negotiation import ranges

_KEPT = re.compile(r"(?:^|;\s*)language=([A-Za-z0-9-]{2,35})(?:;|$)")


def chosen(named: str | None, headers: Mapping[str, list[str]], offered: Sequence[str]) -> str:
    """Choose among the languages offered; the first is for who asks for none of them (S33).

    `named` is what the page itself says: its link or its form.
    """
    told = (named, *_kept(headers), *_accepted(headers))
    return next(filter(None, (meant(tag, offered) for tag in told)), offered[0])


def _kept(headers: Mapping[str, list[str]]) -> list[str]:
    """Return the language that the reader set for these pages in this browser, if any."""
    return _KEPT.findall("; ".join(headers.get("cookie", ())))


def _accepted(headers: Mapping[str, list[str]]) -> Iterator[str]:
    """Return the tags of an Accept-Language, the best first (RFC 9110, 12.5.4)."""
    ranked = sorted(ranges(headers.get("accept-language", ())), key=lambda each: -each[1])
    return (tag for tag, quality in ranked if quality > 0)
