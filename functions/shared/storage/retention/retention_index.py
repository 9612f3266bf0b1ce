"""Finding what is due: class by class, table by table, shard by shard, in the retention index.

A query begins where a class's oldest items are and ends at its cut-off: what is not due is not
read, however much is stored. The index has keys only, and whoever a key names is whose it is.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain import retention
from shared.domain.record_classes import ROWS, RecordClass
from shared.domain.retention_partitions import SHARDS, partition
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.hold_items import class_marker, subject_marker

INDEX = "retention"
PAGE = 500
# Tables that have the index; what is in none of them ends by a time to live or elsewhere.
TABLES = ("ledger", "consent_states", "requests", "operations", "audit", "statistics", "records")
_SUBJECT = re.compile(r"(?<![a-z0-9])[cp]_[a-z2-7]{26}(?![a-z0-9])")


@dataclass(frozen=True, slots=True)
class RetentionPartition:
    """One partition of one table's retention index."""

    table: str
    kind: str
    shard: int

    @property
    def name(self) -> str:
        """Return the partition's key, `class#shard`."""
        return partition(self.kind, self.shard)

    def __str__(self) -> str:
        """Name it as reports do."""
        return f"{self.table}/{self.name}"


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is due: where it is, its key, and when its period began."""

    place: RetentionPartition
    key: Mapping[str, Any]
    start: str

    @property
    def mark(self) -> bytes:
        """Stand for it without telling whose it is."""
        return retention.mark(self.place.table, self.key)

    @property
    def subjects(self) -> frozenset[str]:
        """Name the person or browser whose it is, as its key tells."""
        return frozenset(found for part in self.key.values() for found in _named(part))

    @property
    def markers(self) -> frozenset[str]:
        """Name the markers of holds that would keep it, but for its class's."""
        return frozenset(map(subject_marker, self.subjects))

    @property
    def class_marker(self) -> str:
        """Name the marker of a hold on its class."""
        return class_marker(self.place.kind, self.place.shard)

    def held(self, markers: frozenset[str]) -> bool:
        """Tell whether one of these markers holds it."""
        return bool(markers) and (self.class_marker in markers or bool(self.markers & markers))

    def delete(self, cutoff: str) -> dict[str, Any]:
        """Return the removal, if it still is due: a new activity may have begun its period anew."""
        return {
            "Delete": {
                "TableName": database.table(self.place.table),
                "Key": encode(self.key),
                **still_due(self.place, cutoff),
            }
        }


def still_due(place: RetentionPartition, cutoff: str) -> dict[str, Any]:
    """Return the condition that an item is what the index said, and not younger by now."""
    return {
        "ConditionExpression": "retention_class = :class AND retention_start <= :cutoff",
        "ExpressionAttributeValues": encode({":class": place.name, ":cutoff": cutoff}),
    }


def places(kinds: Iterable[str]) -> list[RetentionPartition]:
    """Return every place in which something of these classes can be.

    What was kept under a class that is known no more is among the records, and still has to go.
    """
    wanted = sorted(set(kinds))
    return [
        RetentionPartition(table, kind, shard)
        for shard in range(SHARDS)
        for table in TABLES
        for kind in wanted
        if table in _stores(kind)
    ]


def _stores(kind: str) -> tuple[str, ...]:
    return ROWS[RecordClass(kind)].stores if kind in set(RecordClass) else ("records",)


def pages(place: RetentionPartition, cutoff: str) -> Iterator[list[Item]]:
    """Yield what is due in a place, oldest first, page by page."""
    query: dict[str, Any] = {
        "TableName": database.table(place.table),
        "IndexName": INDEX,
        "KeyConditionExpression": "retention_class = :class AND retention_start <= :cutoff",
        "ExpressionAttributeValues": encode({":class": place.name, ":cutoff": cutoff}),
        "Limit": PAGE,
    }
    while True:
        answer = database.call("query", **query)
        if answer["Items"]:
            yield [_item(place, decode(attributes)) for attributes in answer["Items"]]
        if "LastEvaluatedKey" not in answer:
            return
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def between(place: RetentionPartition, first: str, until: str) -> Iterator[Item]:
    """Yield what lies in a place and began its period from `first` on and before `until`."""
    values = {":class": place.name, ":first": first, ":last": until}
    found = database.pages(
        "query",
        TableName=database.table(place.table),
        IndexName=INDEX,
        KeyConditionExpression="retention_class = :class AND retention_start "
        "BETWEEN :first AND :last",
        ExpressionAttributeValues=encode(values),
    )
    for attributes in found:
        item = _item(place, decode(attributes))
        if item.start < until:
            yield item


@dataclass(frozen=True, slots=True)
class KeyPage:
    """Keys of what lies in a place, due or not, and the key to go on behind; none: that is all."""

    keys: list[Mapping[str, Any]]
    next: Mapping[str, Any] | None


def page(
    place: RetentionPartition,
    limit: int,
    after: Mapping[str, Any] | None,
    span: tuple[str, str] | None = None,
) -> KeyPage:
    """Return the keys of the next `limit` items of a place behind `after`, the oldest first.

    With a `span` only what began its period from its first moment to its last.
    """
    within = "" if span is None else " AND retention_start BETWEEN :first AND :last"
    values = {} if span is None else {":first": span[0], ":last": span[1]}
    answer = database.call(
        "query",
        TableName=database.table(place.table),
        IndexName=INDEX,
        KeyConditionExpression=f"retention_class = :class{within}",
        ExpressionAttributeValues=encode({":class": place.name, **values}),
        Limit=limit,
        **({"ExclusiveStartKey": encode(after)} if after else {}),
    )
    last = answer.get("LastEvaluatedKey")
    found = [decode(item) for item in answer["Items"]]
    return KeyPage([dict(item) for item in found], decode(last) if last else None)


def stored(
    place: RetentionPartition, should_continue: Callable[[], bool]
) -> tuple[int, str | None, bool]:
    """Count what lies in a place, due or not: how much, the oldest start, whether that is all."""
    oldest: str | None = None
    counted = 0
    after: Mapping[str, Any] | None = None
    while should_continue():
        found = page(place, PAGE, after)
        counted += len(found.keys)
        if found.keys:
            oldest = oldest or str(found.keys[0]["retention_start"])
        if found.next is None:
            return counted, oldest, True
        after = found.next
    return counted, oldest, False


def _item(place: RetentionPartition, plain: dict[str, Any]) -> Item:
    start = plain.pop("retention_start")
    del plain["retention_class"]
    return Item(place, plain, start)


def _named(part: object) -> list[str]:
    return _SUBJECT.findall(part) if isinstance(part, str) else []
