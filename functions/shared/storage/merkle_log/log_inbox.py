"""Removals that the log has not taken in yet: written with the removal, gone with the entry."""

import secrets as randomness
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from typing_extensions import TypedDict

from shared.domain import log_entries
from shared.domain.retention_partitions import shard
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.ledger import LedgerEntry
from shared.storage.merkle_log.log_state import put
from shared.storage.merkle_log.log_tree import TABLE

PART = "inbox"
# Each removal is two items more in the transaction that takes a note in.
MAX_REMOVED = 30


class Removed(TypedDict):
    """A removed event: its entry and where to look for that, and what stands for its digest."""

    entry: str
    was: str
    shard: int
    start: str


@dataclass(frozen=True, slots=True)
class Note:
    """What one transaction removed."""

    at: str
    day: str
    removed: Sequence[Removed]

    def taken(self) -> dict[str, Any]:
        """Return the write that takes the note in: who comes second has nothing to do."""
        return {
            "Delete": {
                "TableName": database.table(TABLE),
                "Key": encode({"part": PART, "at": self.at}),
                "ConditionExpression": "attribute_exists(part)",
            }
        }


def noting(entries: Iterable[LedgerEntry], now: str) -> list[dict[str, Any]]:
    """Return the writes that note removals, members of the transaction that removes."""
    found = [_removed(entry) for entry in entries]
    return [
        put(
            {
                "part": PART,
                "at": f"{now}#{randomness.token_hex(8)}",
                "day": now[:10],
                "removed": found[first : first + MAX_REMOVED],
            }
        )
        for first in range(0, len(found), MAX_REMOVED)
    ]


def waiting() -> Iterator[Note]:
    """Yield the notes that wait, oldest first."""
    for item in database.partition(TABLE, part=PART):
        plain = decode(item)
        yield Note(plain["at"], plain["day"], plain["removed"])


def _removed(entry: LedgerEntry) -> Removed:
    event = entry.event
    return Removed(
        entry=log_entries.encode(log_entries.decision(entry.salt, event["digest"])),
        was=log_entries.was(event["digest"]),
        shard=shard(event["subject"]),
        start=event["decided_at"],
    )
