"""The log's state, and the one write by which it grows: whole or not at all, and in one order.

The state holds how large the log is, its frontier and how far each part of the ledger's index was
read. Each write demands the version that was read, so that of two workers one goes first and the
other looks again: nothing is in the log twice, nothing is left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shared.domain.log_entries import decode as raw
from shared.domain.log_entries import encode as text
from shared.domain.merkle_log import Frontier
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.merkle_log.log_tree import NODE_LEVEL, TABLE, node_key, page_key

_STATE = {"part": "state", "at": "state"}


class Moved(Exception):
    """Another worker went first: nothing was written."""


@dataclass(frozen=True, slots=True)
class LogState:
    """How far the log is.

    `cursors` has by shard the key of the last ledger item that was read in the index; `day` is the
    last that was ended; `head` is the newest signed head, `head_size` how much it covers.
    """

    origin: str
    version: int = 0
    size: int = 0
    hashes: tuple[bytes, ...] = ()
    cursors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    day: str = ""
    head: str | None = None
    head_size: int = 0

    @property
    def frontier(self) -> Frontier:
        """Return the frontier, to be grown."""
        return Frontier(self.size, list(self.hashes))


def get() -> LogState | None:
    """Read the state, strongly consistent; none before the first entry."""
    item = database.get(TABLE, **_STATE)
    if item is None:
        return None
    plain = decode(item)
    return LogState(
        origin=plain["origin"],
        version=plain["version"],
        size=plain["size"],
        hashes=tuple(map(raw, plain["hashes"])),
        cursors=plain["cursors"],
        day=plain["day"],
        head=plain.get("head"),
        head_size=plain["head_size"],
    )


def append(
    state: LogState,
    entries: Sequence[bytes],
    also: Iterable[dict[str, Any]] = (),
    **changes: Any,
) -> LogState:
    """Add entries; `also` is written with them, and `changes` are those of the state.

    Raises:
        Moved: another worker went first.
    """
    frontier = state.frontier
    nodes = frontier.extend(entries)
    grown = replace(
        state,
        version=state.version + 1,
        size=frontier.size,
        hashes=tuple(frontier.hashes),
        **changes,
    )
    puts: list[Mapping[str, Any]] = [
        node_key(level, index) | {"hash": text(found)}
        for level, index, found in nodes
        if level >= NODE_LEVEL
    ]
    if entries:
        puts.append(page_key(state.size) | {"entries": [text(entry) for entry in entries]})
    _write([_keep(state, grown), *map(put, puts), *also])
    return grown


def keep(state: LogState, **changes: Any) -> LogState:
    """Change the state alone.

    Raises:
        Moved: another worker went first.
    """
    return append(state, (), **changes)


def put(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the write of an item of the log, which is written once."""
    return {
        "Put": {
            "TableName": database.table(TABLE),
            "Item": encode(item),
            "ConditionExpression": "attribute_not_exists(part)",
        }
    }


def _keep(before: LogState, after: LogState) -> dict[str, Any]:
    item = {
        **_STATE,
        "origin": after.origin,
        "version": after.version,
        "size": after.size,
        "hashes": list(map(text, after.hashes)),
        "cursors": dict(after.cursors),
        "day": after.day,
        "head": after.head,
        "head_size": after.head_size,
    }
    condition = (
        {
            "ConditionExpression": "#version = :version",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": encode({":version": before.version}),
        }
        if before.version
        else {"ConditionExpression": "attribute_not_exists(part)"}
    )
    return {"Put": {"TableName": database.table(TABLE), "Item": encode(item), **condition}}


def _write(members: list[dict[str, Any]]) -> None:
    try:
        database.call("transact_write_items", TransactItems=members)
    except database.TransactionFailed:
        raise Moved from None
