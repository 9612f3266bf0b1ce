"""Daily counts, added to exactly once for each stored item that they count.

The item's mark and what it adds are one transaction: a worker that crashed or is handed the
same item again finds the mark, and adds nothing.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain import retention_partitions
from shared.domain.errors import Busy
from shared.domain.hash_chain import base64url
from shared.domain.record_classes import RecordClass
from shared.domain.statistics import Book, Increment
from shared.storage.deduplication import REMEMBERED
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode

_CLASSES: Mapping[Book, RecordClass] = {
    "visits": RecordClass.VISIT_STATISTICS,
    "consents": RecordClass.CONSENT_STATISTICS,
}

# Two workers that add to one count at the same moment: one of them has to try again.
TRIES = 5


class AlreadyCounted(Exception):
    """Nothing was added: `causes` were counted before."""

    def __init__(self, causes: Collection[str]) -> None:
        """Hold the causes that were marked."""
        super().__init__()
        self.causes = causes


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted under one name on one day."""

    what: str
    counts: Mapping[str, int]


def add(tallies: Collection[Increment], causes: Sequence[str], now: datetime) -> None:
    """Add `tallies` and mark every one of `causes` as counted, or do nothing.

    Raises:
        AlreadyCounted: a cause was counted before.
        Busy: the store is throttling, or others keep adding to the same counts.
    """
    members = [
        *({"Put": _mark(cause, now)} for cause in causes),
        *({"Update": _addition(tally)} for tally in tallies),
    ]
    for attempt in range(1, TRIES + 1):
        try:
            database.call("transact_write_items", TransactItems=members)
        except database.TransactionFailed as failure:
            raise AlreadyCounted({causes[index] for index in failure.items}) from None
        except Busy:
            if attempt == TRIES:
                raise
        else:
            return


def of_day(book: Book, day: str) -> Iterator[Counts]:
    """Give all counts of a book's day, by name, page by page."""
    query = {
        "TableName": database.table("statistics"),
        "KeyConditionExpression": "#day = :day",
        "ExpressionAttributeNames": {"#day": "day"},
        "ExpressionAttributeValues": encode({":day": f"{book}#{day}"}),
    }
    return map(_read, database.pages("query", **query))


def _read(attributes: Mapping[str, Any]) -> Counts:
    item = decode(attributes)
    return Counts(
        what=item["what"],
        counts={name: value for name, value in item.items() if isinstance(value, int)},
    )


def _mark(cause: str, now: datetime) -> dict[str, Any]:
    """Give the write of a mark; only a hash stays, so that it outlives an erasure harmlessly."""
    name = base64url(hashlib.sha256(cause.encode()).digest()[:16])
    item = {"token": f"counted#{name}", "expires": int((now + REMEMBERED).timestamp())}
    return {
        "TableName": database.table("tokens"),
        "Item": encode(item),
        "ConditionExpression": "attribute_not_exists(#token)",
        "ExpressionAttributeNames": {"#token": "token"},
    }


def _addition(tally: Increment) -> dict[str, Any]:
    day = f"{tally.book}#{tally.day}"
    place = retention_partitions.attributes(
        _CLASSES[tally.book], f"{day} {tally.what}", f"{tally.day}T00:00:00.000Z"
    )
    named = list(enumerate(tally.counts.items()))
    added = ", ".join(f"#{number} :{number}" for number, _ in named)
    return {
        "TableName": database.table("statistics"),
        "Key": encode({"day": day, "what": tally.what}),
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
