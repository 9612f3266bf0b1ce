"""Where things are in the log: a decision by its time, a removal by its entry or by its digest.

Neither tells whose they are. A page of decisions is found by its part of the ledger's index and
the time of its last one; in it, who has event and salt knows which entry is theirs.
"""

from collections.abc import Iterator
from typing import Any

from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode
from shared.storage.merkle_log.log_state import put
from shared.storage.merkle_log.log_tree import TABLE, between, page_of

_END = "~"


def page(shard: int, first: int, begins: str, ends: str) -> dict[str, Any]:
    """Return the write that lets a page of decisions be found: of which shard and times it is."""
    item = {
        "part": f"shard#{shard:02}",
        "at": f"{ends}#{first:020}",
        "first": first,
        "begins": begins,
    }
    return put(item)


def removal(leaf: int | None, stood: str, place: int) -> list[dict[str, Any]]:
    """Return the writes that let a removal be found: it stands at `place`."""
    found = [put({"part": f"was#{stood}", "at": "removal", "place": place})]
    if leaf is not None:
        found.append(put({"part": "removal", "at": f"{leaf:020}", "place": place}))
    return found


def pages(shard: int, start: str) -> Iterator[int]:
    """Yield the pages, by their first entry, that may hold a decision of that time."""
    for item in between(f"shard#{shard:02}", start, _END):
        if item["begins"] > start:
            return
        yield item["first"]


def pages_between(shard: int, first: int, end: int) -> Iterator[tuple[str, str]]:
    """Yield the times, first and last, of a shard's pages that begin at these entries."""
    for item in between(f"shard#{shard:02}", "0", _END):
        if first <= item["first"] < end:
            yield item["begins"], item["at"].partition("#")[0]


def of_decision(shard: int, start: str, entry: bytes) -> int | None:
    """Find a decision's entry; None if it is in the log not yet."""
    for first in pages(shard, start):
        found = page_of(first)
        if entry in found:
            return first + found.index(entry)
    return None


def of_removals(first: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield which entries from `first` on and before `end` were removed, and where it says so."""
    for item in between("removal", f"{first:020}", f"{end - 1:020}") if first < end else ():
        yield int(item["at"]), item["place"]


def of_removed(stood: str) -> int | None:
    """Find the removal of an event by what stands for it."""
    item = database.get(TABLE, part=f"was#{stood}", at="removal")
    return decode(item)["place"] if item else None
