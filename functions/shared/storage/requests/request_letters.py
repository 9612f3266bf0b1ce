"""Letters to print: entries beside the request that they answer, gone with it."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.storage.requests import request_store

_PREFIX = "letter#"


def of(request: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield a request's letters with their ids, oldest first."""
    for item in request_store.entries(request, _PREFIX):
        yield item["entry"].removeprefix(_PREFIX), item


def get(request: str, letter: str) -> Mapping[str, Any] | None:
    """Read one letter."""
    return request_store.entry(request, _PREFIX + letter)


def putting(request: str, letter: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the write that keeps a letter: subject, html, written_at, posted_on."""
    return request_store.putting_entry(request, _PREFIX + letter, content)
