"""Daily counts: sums that workers add to, in several shards a day, and readers add up.

A day's counts are in partitions of their own, and whoever adds takes one by chance: no partition
and no item is what all writers of a day wait for.
"""

import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain import retention_partitions
from shared.domain.record_classes import RecordClass
from shared.domain.statistics import Increment, Statistic, together
from shared.storage import threads
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode

_CLASSES: Mapping[Statistic, RecordClass] = {
    "visits": RecordClass.VISIT_STATISTICS,
    "consents": RecordClass.CONSENT_STATISTICS,
}

# Raised when a day's partitions are written to more than a thousand times a second each
# (docs/operations/scale.md); never lowered, for what was counted in a shard stays there.
SHARDS = 8
_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted under one name on one day."""

    what: str
    counts: Mapping[str, int]


def add(increments: Collection[Increment]) -> None:
    """Add `increments`, all or nothing, to a shard of their days.

    Raises:
        Busy: the store is throttling, or others keep adding to the same counts.
    """
    database.call("transact_write_items", TransactItems=additions(increments))


def additions(increments: Collection[Increment]) -> list[dict[str, Any]]:
    """Return the members of a transaction that add `increments`; at each call to another shard."""
    shard = _chance.randrange(SHARDS)
    return [{"Update": _addition(one, shard)} for one in increments]


def of_day(book: Statistic, day: str) -> list[Counts]:
    """Return all counts of a book's day, by name: the sums of its shards."""
    found = threads.mapped(lambda shard: [*_of_shard(book, day, shard)], range(SHARDS), SHARDS)
    summed = together(increment for shard in found for increment in shard)
    return sorted((Counts(one.what, one.counts) for one in summed), key=lambda one: one.what)


def _of_shard(book: Statistic, day: str, shard: int) -> Iterator[Increment]:
    query = {
        "TableName": database.table("statistics"),
        "KeyConditionExpression": "#day = :day",
        "ExpressionAttributeNames": {"#day": "day"},
        "ExpressionAttributeValues": encode({":day": _partition(book, day, shard)}),
    }
    for attributes in database.pages("query", **query):
        item = decode(attributes)
        counts = {name: value for name, value in item.items() if isinstance(value, int)}
        yield Increment(book, day, item["what"], counts)


def _partition(book: Statistic, day: str, shard: int) -> str:
    return f"{book}#{day}#{shard}"


def _addition(one: Increment, shard: int) -> dict[str, Any]:
    partition = _partition(one.book, one.day, shard)
    place = retention_partitions.attributes(
        _CLASSES[one.book], f"{partition} {one.what}", f"{one.day}T00:00:00.000Z"
    )
    named = list(enumerate(one.counts.items()))
    added = ", ".join(f"#{number} :{number}" for number, _ in named)
    return {
        "TableName": database.table("statistics"),
        "Key": encode({"day": partition, "what": one.what}),
        "UpdateExpression": f"ADD {added} SET retention_class = :class, retention_start = :start",
        "ExpressionAttributeNames": {f"#{number}": name for number, (name, _) in named},
        "ExpressionAttributeValues": encode(
            {
                **{f":{number}": count for number, (_, count) in named},
                ":class": place["retention_class"],
                ":start": place["retention_start"],
            }
        ),
    }
