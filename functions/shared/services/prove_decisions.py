"""Proofs that decisions, and their removals, are in the log that the newest head covers."""

from collections.abc import Iterator, Sequence

from typing_extensions import TypedDict

from shared.domain import log_entries
from shared.domain.retention_partitions import shard
from shared.storage.ledger import LedgerEntry
from shared.storage.merkle_log import log_places, log_state, log_tree
from shared.storage.merkle_log.log_tree import Tree


class DecisionProof(TypedDict):
    """Where a decision stands in the log and the proof of it; none while no head covers it.

    The entry is SHA-256 over salt, dot and the event's digest.
    """

    sequence: int
    salt: str
    leaf: int | None
    path: list[str]


class RemovalProof(TypedDict):
    """An entry that tells of a removal, where it stands, and the proof of it."""

    entry: str
    leaf: int
    path: list[str]


class Prover:
    """Proves against one head: the newest when it is made."""

    def __init__(self) -> None:
        """Read the state; without a head nothing is proven yet."""
        state = log_state.get()
        self.head = state.head if state else None
        self.size = state.head_size if state else 0
        self.tree = Tree()

    def decision(self, entry: LedgerEntry) -> DecisionProof:
        """Prove that a decision is in the log, if the head covers it."""
        event = entry.event
        committed = log_entries.decision(entry.salt, event["digest"])
        place = shard(event["subject"])
        leaf = log_places.of_decision(place, event["decided_at"], committed) if self.size else None
        covered = leaf is not None and leaf < self.size
        return DecisionProof(
            sequence=event["sequence"],
            salt=entry.salt,
            leaf=leaf if covered else None,
            path=self._path(leaf) if leaf is not None and covered else [],
        )

    def before(self, entry: LedgerEntry) -> RemovalProof | None:
        """Prove that the event before this one was removed; None if no head says so."""
        digest = entry.event["previous_digest"]
        place = log_places.of_removed(log_entries.was(digest)) if digest else None
        return None if place is None else self.removal(place)

    def removals(self, first: int, end: int) -> Iterator[RemovalProof]:
        """Prove which of these entries were emptied by a removal that stands behind them."""
        for _, place in log_places.of_removals(first, end):
            if place >= end and (found := self.removal(place)) is not None:
                yield found

    def removal(self, place: int) -> RemovalProof | None:
        """Prove an entry that tells of a removal, if the head covers it."""
        if place >= self.size:
            return None
        ((_, entry),) = log_tree.entries(place, place + 1)
        return RemovalProof(entry=log_entries.encode(entry), leaf=place, path=self._path(place))

    def consistency(self, earlier: int) -> list[str]:
        """Prove that the head continues an earlier one."""
        return _texts(self.tree.consistency(earlier, self.size))

    def _path(self, leaf: int) -> list[str]:
        return _texts(self.tree.inclusion(leaf, self.size))


def _texts(hashes: Sequence[bytes]) -> list[str]:
    return [log_entries.encode(found) for found in hashes]
