"""What calls to DynamoDB take in its units, by its rules on what is sent.

A write takes a unit for each started kilobyte, in a transaction two; a strongly consistent read
one for each started four. An index is written by itself, once, after the transaction: an entry that
comes takes its kilobytes, one that goes a unit, one whose keys change both. An index of keys alone
is not written where they stay as they are.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.catalogue import TABLES
from infra.declarations import Index, Table, title

_RETENTION = Index("retention", "retention_class", "retention_start")
_ROWS = {f"{title(row.name)}Table": row for row in TABLES}

# What is stored of an item, and of its entry in an index, beside what is in it.
ITEM_BYTES = 100

# Of an index's entry: the values of its keys, and its units.
Entry = tuple[list[Any], int]
Entries = dict[str, Entry]


class Capacity:
    """Reckons calls; of items that it saw being written it knows which indexes they are in."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._seen: dict[str, Entries] = {}
        self.of_indexes = 0  # of the write units of all calls, those that indexes took

    def of(self, operation: str, params: Mapping[str, Any]) -> tuple[float, float]:
        """Return the read and write units of a call that goes through."""
        if operation in ("Query", "GetItem"):
            return 1, 0
        if operation == "BatchGetItem":
            return sum(len(table["Keys"]) for table in params["RequestItems"].values()), 0
        times = 2 if operation == "TransactWriteItems" else 1
        return 0, sum(
            times * (math.ceil(size(write["Item"]) / 1024) if kind == "Put" else 1)
            + self._of_indexes(kind, write)
            for kind, write in writes(operation, params)
        )

    def _of_indexes(self, kind: str, write: Mapping[str, Any]) -> int:
        if kind == "ConditionCheck":
            return 0
        row = _ROWS[write["TableName"]]
        item: Mapping[str, Any] = write.get("Item") or write["Key"]
        name = json.dumps([row.name, item[row.partition], item.get(row.sort or "")])
        before, after = self._seen.get(name), Entries()
        if kind == "Put":
            after = _entries(row, item)
        if kind == "Update":
            after = {**(before or {}), **_moved(write)}
        if before is None and kind != "Put":  # what was there before is where it still is
            before = {_RETENTION.name: ([], 1)} if kind == "Delete" and row.retained else after
        self._seen[name] = after
        units = _changed(before or {}, after)
        self.of_indexes += units
        return units


def _entries(row: Table, item: Mapping[str, Any]) -> Entries:
    """Return an item's entries in the indexes of its table: whole, but in that of retention."""
    indexes = [*row.indexes, *([_RETENTION] if row.retained else [])]
    return {
        index.name: (
            [item[index.partition], item[index.sort]],
            1 if index is _RETENTION else math.ceil(size(item) / 1024),
        )
        for index in indexes
        if index.partition in item and index.sort in item
    }


def _moved(update: Mapping[str, Any]) -> Entries:
    """Return the entry of the retention index that an update leads to, if it names one."""
    sets = re.search(rf"{_RETENTION.sort} = (:\w+)", update["UpdateExpression"])
    values = update.get("ExpressionAttributeValues", {})
    return {_RETENTION.name: ([values.get(":class"), values[sets[1]]], 1)} if sets else {}


def _changed(before: Entries, after: Entries) -> int:
    """Return the units that bringing indexes from one state to the other takes."""
    total = 0
    for name in before.keys() | after.keys():
        was, becomes = before.get(name), after.get(name)
        if was is not None and (becomes is None or becomes[0] != was[0]):
            total += 1
        if becomes is not None and (name != _RETENTION.name or becomes != was):
            total += becomes[1]
    return total


def stored(table: str, item: Mapping[str, Any]) -> tuple[int, int]:
    """Return the bytes that are paid for of an item and of its entries in indexes."""
    row = _ROWS[table]
    own = size(item) + ITEM_BYTES
    keys = [row.partition, *([row.sort] if row.sort else [])]
    entry = {name: item[name] for name in (*keys, _RETENTION.partition, _RETENTION.sort)}
    others = [one for one in row.indexes if one.partition in item and one.sort in item]
    return own, size(entry) + ITEM_BYTES + len(others) * own


def writes(operation: str, params: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the writes of a call, each with its kind: Put, Update, Delete or ConditionCheck."""
    if operation == "TransactWriteItems":
        for member in params["TransactItems"]:
            yield from member.items()
    elif operation in ("PutItem", "UpdateItem", "DeleteItem"):
        yield operation.removesuffix("Item"), dict(params)


def size(attributes: Mapping[str, Any]) -> int:
    """Return an item's bytes as DynamoDB counts them: names, values, three for a list or map."""
    return sum(len(name.encode()) + _value(value) for name, value in attributes.items())


def _value(attribute: dict[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    if kind == "M":
        return 3 + sum(len(name.encode()) + 1 + _value(member) for name, member in value.items())
    if kind == "L":
        return 3 + sum(1 + _value(member) for member in value)
    return len(str(value).encode()) if kind in ("S", "N") else 1
