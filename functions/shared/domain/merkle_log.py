"""The Merkle tree over a log (RFC 9162, 2.1): its hashes, how it grows, and proofs about it.

A tree is only ever extended. The complete subtrees that it consists of are its frontier, so that
growing costs what is new; a proof asks for the roots of complete subtrees, `complete(level,
index)`: the one over the `2**level` leaves from `index * 2**level` on.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

Complete = Callable[[int, int], bytes]
Node = tuple[int, int, bytes]

_EMPTY = hashlib.sha256().digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry of the log."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into one."""
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """A tree of `size` leaves by its complete subtrees, the largest first."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def append(self, entry: bytes) -> Iterator[Node]:
        """Add an entry; return every subtree that it makes complete: level, index and root."""
        found, level = leaf_hash(entry), 0
        yield level, self.size, found
        while self.size >> level & 1:
            found = node_hash(self.hashes.pop(), found)
            level += 1
            yield level, self.size >> level, found
        self.hashes.append(found)
        self.size += 1

    def extend(self, entries: Iterable[bytes]) -> list[Node]:
        """Add entries, in order."""
        return [node for entry in entries for node in self.append(entry)]

    @property
    def root(self) -> bytes:
        """Return the root of the tree."""
        if not self.hashes:
            return _EMPTY
        *others, found = self.hashes
        for left in reversed(others):
            found = node_hash(left, found)
        return found


def root(first: int, end: int, complete: Complete) -> bytes:
    """Return the root over the leaves from `first` on and before `end`."""
    size = end - first
    if size == 0:
        return _EMPTY
    if size & (size - 1) == 0:
        return complete(size.bit_length() - 1, first // size)
    middle = first + _split(size)
    return node_hash(root(first, middle, complete), root(middle, end, complete))


def inclusion(leaf: int, size: int, complete: Complete) -> list[bytes]:
    """Prove that a leaf is in the tree of `size` leaves."""
    return _path(leaf, 0, size, complete)


def consistency(earlier: int, size: int, complete: Complete) -> list[bytes]:
    """Prove that the tree of `size` leaves begins with that of `earlier` leaves, at least one."""
    return _subproof(earlier, 0, size, complete, whole=True)


def _split(size: int) -> int:
    """Return the largest power of two that is smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _path(leaf: int, first: int, end: int, complete: Complete) -> list[bytes]:
    if end - first == 1:
        return []
    middle = first + _split(end - first)
    if leaf < middle:
        return [*_path(leaf, first, middle, complete), root(middle, end, complete)]
    return [*_path(leaf, middle, end, complete), root(first, middle, complete)]


def _subproof(
    earlier: int, first: int, end: int, complete: Complete, *, whole: bool
) -> list[bytes]:
    """Prove the tree over `first` to `earlier` within that over `first` to `end`."""
    if earlier == end:
        return [] if whole else [root(first, end, complete)]
    middle = first + _split(end - first)
    if earlier <= middle:
        left = _subproof(earlier, first, middle, complete, whole=whole)
        return [*left, root(middle, end, complete)]
    right = _subproof(earlier, middle, end, complete, whole=False)
    return [*right, root(first, middle, complete)]
