"""Reading the log: pages of entries, and the tree's complete subtrees, for proofs.

Subtrees of 256 leaves and more are kept as nodes; smaller ones are made again from their entries.
"""

from collections.abc import Iterator
from typing import Any

from shared.domain import merkle_log
from shared.domain.log_entries import decode as raw
from shared.domain.merkle_log import Frontier
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode

TABLE = "merkle_log"
# A page has so many entries at most, and nodes begin with subtrees of so many leaves.
NODE_LEVEL = 8
PAGE = 1 << NODE_LEVEL


def page_key(first: int) -> dict[str, Any]:
    """Return the key of the page that begins with an entry."""
    return {"part": "page", "at": f"{first:020}"}


def node_key(level: int, index: int) -> dict[str, Any]:
    """Return the key of a complete subtree."""
    return {"part": "node", "at": f"{level:02}#{index:020}"}


def entries(first: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield the entries from `first` on and before `end`, with their places."""
    earliest = max(0, first - PAGE + 1)
    if first >= end:
        return
    for item in between("page", f"{earliest:020}", f"{end - 1:020}"):
        begins = int(item["at"])
        for place, entry in enumerate(item["entries"], begins):
            if first <= place < end:
                yield place, raw(entry)


def page_of(first: int) -> list[bytes]:
    """Return the entries of the page that begins with an entry; none if no page does."""
    item = database.get(TABLE, **page_key(first))
    return [raw(entry) for entry in decode(item)["entries"]] if item else []


def between(part: str, first: str, last: str) -> Iterator[dict[str, Any]]:
    """Yield the items of a part from `first` to `last`, strongly consistent."""
    query = {
        "TableName": database.table(TABLE),
        "KeyConditionExpression": "part = :part AND #at BETWEEN :first AND :last",
        "ExpressionAttributeNames": {"#at": "at"},
        "ExpressionAttributeValues": encode({":part": part, ":first": first, ":last": last}),
        "ConsistentRead": True,
    }
    return (decode(item) for item in database.pages("query", **query))


class Tree:
    """The tree, as far as it was looked at: what is complete never changes."""

    def __init__(self) -> None:
        """Begin with nothing; each part is read once."""
        self._known: dict[tuple[int, int], bytes] = {}

    def complete(self, level: int, index: int) -> bytes:
        """Return the root of a complete subtree."""
        place = level, index
        if place not in self._known:
            if level >= NODE_LEVEL:
                item = database.get(TABLE, **node_key(level, index))
                self._known[place] = raw(decode(item or {})["hash"])
            else:
                self._read((index << level) >> NODE_LEVEL)
        return self._known[place]

    def root(self, size: int) -> bytes:
        """Return the root of the tree as it was with `size` leaves."""
        return merkle_log.root(0, size, self.complete)

    def inclusion(self, leaf: int, size: int) -> list[bytes]:
        """Prove that a leaf is in the tree of `size` leaves."""
        return merkle_log.inclusion(leaf, size, self.complete)

    def consistency(self, earlier: int, size: int) -> list[bytes]:
        """Prove that the tree of `size` leaves begins with that of `earlier` leaves."""
        return merkle_log.consistency(earlier, size, self.complete)

    def _read(self, block: int) -> None:
        """Make the subtrees below one node, or of the unfinished end, from their entries."""
        grown = Frontier()
        for _, entry in entries(block * PAGE, (block + 1) * PAGE):
            for level, index, found in grown.append(entry):
                self._known[level, (block << (NODE_LEVEL - level)) + index] = found
