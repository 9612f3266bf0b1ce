"""The register of breaches, and the batches of people told (docs/decisions/0010-breaches.md).

An entry (`breach`) is one item with all that was done about it. Who is to be told stands in
batches (`breach_batch#<id>`), each written once together with how far the search is, so that a
search which is broken off goes on behind the last batch; what became of a batch is noted on it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from shared.domain import retention_partitions
from shared.domain.breach import AffectedRecords, Breach
from shared.domain.errors import Conflict
from shared.domain.record_classes import RecordClass
from shared.domain.timestamps import format_timestamp
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode

REGISTER = "breach"
BATCHES = "breach_batch#"
WARNINGS = "breach_warning#"
# People in a batch: the worker is handed up to 25 batches at once and has a minute for them.
PEOPLE = 10
# Batches in a transaction, which has at most a hundred members, one of them the entry.
AT_ONCE = 99


def add(breach: Breach) -> Breach:
    """Write a new entry; return the one that is there if its id was written before."""
    begun = replace(breach, version=1)
    there = database.put_new("operations", _item(begun), "kind")
    return begun if there is None else read(there)


def change(breach: Breach, *members: Mapping[str, Any]) -> Breach:
    """Write an entry as it is now, with `members` in one transaction.

    Raises:
        Conflict: it is not as it was read any more; nothing was written.
    """
    after = replace(breach, version=breach.version + 1)
    put = {
        "TableName": database.table("operations"),
        "Item": encode(_item(after)),
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": encode({":version": breach.version}),
    }
    try:
        database.call("transact_write_items", TransactItems=[{"Put": put}, *members])
    except database.TransactionFailed:
        raise Conflict("Somebody acted on this breach just now; read it again.") from None
    return after


def get(name: str) -> Breach | None:
    """Read one entry, strongly consistent."""
    item = database.get("operations", kind=REGISTER, id=name)
    return read(item) if item else None


def register() -> Iterator[Breach]:
    """Yield all entries, oldest first."""
    return (read(item) for item in _of_kind(REGISTER))


def batch(breach: str, number: int, people: Sequence[Mapping[str, str]], now: datetime) -> Any:
    """Return the write of a batch of people, for `change`; the names go when its own class says."""
    item = {
        "kind": f"{BATCHES}{breach}",
        "id": f"{number:07}",
        "people": [dict(person) for person in people],
        **_clock(breach, format_timestamp(now)),
    }
    put = {
        "TableName": database.table("operations"),
        "Item": encode(item),
        "ConditionExpression": "attribute_not_exists(kind)",
    }
    return {"Put": put}


def batches(breach: str) -> Iterator[dict[str, Any]]:
    """Yield a breach's batches, first ones first: `people`, and `done` once they were mailed to."""
    return (decode(item) for item in _of_kind(f"{BATCHES}{breach}"))


def note_done(kind: str, number: str, done: Mapping[str, int]) -> None:
    """Note on a batch what became of its people; the same again changes nothing."""
    database.call(
        "update_item",
        TableName=database.table("operations"),
        Key=encode({"kind": kind, "id": number}),
        UpdateExpression="SET done = :done",
        ConditionExpression="attribute_exists(kind)",
        ExpressionAttributeValues=encode({":done": dict(done)}),
    )


def warn(breach: Breach, hours: int, now: datetime) -> bool:
    """Have staff warned once that so many of the 72 hours are over; tell whether it is new."""
    item = {
        "kind": f"{WARNINGS}{breach.id}",
        "id": f"{hours:02}",
        "at": format_timestamp(now),
        **_clock(breach.id, format_timestamp(now)),
    }
    return database.put_new("operations", item, "kind") is None


def read(attributes: Mapping[str, Any]) -> Breach:
    """Read an entry from an item's attributes, as a query or a stream gives them."""
    item = decode(attributes)
    affected = item["affected"]
    known = {name: item.get(name) for name in _FIELDS}
    known["events"] = tuple(item.get("events", ()))
    known["affected"] = AffectedRecords(
        classes=tuple(affected.get("classes", ())),
        start=affected["start"],
        end=affected["end"],
        sources=tuple(affected.get("sources", ())),
    )
    return Breach(**known)  # type: ignore[arg-type]


def _of_kind(kind: str) -> Iterator[dict[str, Any]]:
    return database.partition("operations", kind=kind)


def _item(breach: Breach) -> dict[str, Any]:
    item: dict[str, Any] = {"kind": REGISTER}
    item |= {name: getattr(breach, name) for name in _FIELDS}
    item |= {"affected": asdict(breach.affected), "events": list(breach.events)}
    if breach.closed_at is not None:
        item |= _clock(breach.id, breach.closed_at)
    return item


def _clock(breach: str, start: str) -> dict[str, str]:
    return retention_partitions.attributes(RecordClass.BREACH, breach, start)


_FIELDS = tuple(Breach.__dataclass_fields__)
