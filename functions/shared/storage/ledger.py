"""The consent ledger: append-only, one partition per subject, events in sequence (S51).

An item is the event itself plus what its digest does not cover: `keys`, the marks of recent
Idempotency-Keys with the sequence they led to; `fingerprint`, the hash of the request; `people`,
whose browser it is, which no answer shows: a page could tell by it that two browsers belong to
one person; `salt`, with which the event stands in the Merkle log, and which goes with it; and the
two attributes of the retention index.
"""

import secrets as randomness
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from shared.domain import retention_partitions
from shared.domain.consent import Event
from shared.domain.record_classes import RecordClass
from shared.storage import correlation
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode

AT_ONCE = 500
_SALT = 16  # bytes
_OPERATIONAL = (
    "keys",
    "fingerprint",
    "people",
    "salt",
    correlation.ATTRIBUTE,
    "retention_class",
    "retention_start",
)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """An event with what is known of the requests that led to it and to those before.

    `people` are those whose mailed link was opened in this browser.
    """

    event: Event
    keys: Mapping[str, int]
    fingerprint: str | None
    people: tuple[str, ...] = ()
    salt: str = ""


class AlreadyAppended(Exception):
    """Another writer came first: `entry` has the sequence that was to be written."""

    def __init__(self, entry: LedgerEntry) -> None:
        """Hold the entry that is there."""
        super().__init__()
        self.entry = entry


def head(subject: str) -> LedgerEntry | None:
    """Read the newest entry of a subject: one item, strongly consistent."""
    answer = database.call("query", **_newest_first(subject), Limit=1)
    return _entry(answer["Items"][0]) if answer["Items"] else None


def at(subject: str, sequence: int) -> LedgerEntry | None:
    """Read one entry."""
    item = database.get("ledger", subject=subject, sequence=sequence)
    return _entry(item) if item else None


def many(keys: Sequence[tuple[str, int]]) -> Iterator[LedgerEntry]:
    """Read the entries of these subjects and sequences, those that exist, in that order."""
    for start in range(0, len(keys), database.MEMBERS):
        asked = keys[start : start + database.MEMBERS]
        wanted = [encode({"subject": subject, "sequence": number}) for subject, number in asked]
        items = database.batch_get(database.table("ledger"), wanted)
        found = {(e.event["subject"], e.event["sequence"]): e for e in map(_entry, items)}
        yield from (found[key] for key in asked if key in found)


def after(subject: str, sequence: int, limit: int) -> list[Event]:
    """Read up to `limit` events that follow `sequence`, oldest first."""
    return [entry.event for entry in entries_after(subject, sequence, limit)]


def entries_after(subject: str, sequence: int, limit: int) -> list[LedgerEntry]:
    """Read up to `limit` entries that follow `sequence`, oldest first."""
    found: list[LedgerEntry] = []
    query = {
        "TableName": database.table("ledger"),
        "KeyConditionExpression": "subject = :subject AND #sequence > :sequence",
        "ExpressionAttributeNames": {"#sequence": "sequence"},
        "ExpressionAttributeValues": encode({":subject": subject, ":sequence": sequence}),
        "ConsistentRead": True,
        "Limit": limit,
    }
    for item in database.pages("query", **query):
        found.append(_entry(item))
        if len(found) == limit:
            break
    return found


def of_subject(subject: str) -> Iterator[Event]:
    """Yield all of somebody's events, oldest first, without holding all of them."""
    return (entry.event for entry in entries_of(subject))


def entries_of(subject: str) -> Iterator[LedgerEntry]:
    """Yield all of somebody's entries, oldest first, without holding all of them."""
    sequence = 0
    while page := entries_after(subject, sequence, AT_ONCE):
        yield from page
        sequence = page[-1].event["sequence"]


def newest_first(subject: str) -> Iterator[Event]:
    """Yield all of somebody's events, newest first, reading on only as far as they are taken."""
    for item in database.pages("query", **_newest_first(subject), Limit=AT_ONCE):
        yield _entry(item).event


def everything() -> Iterator[Event]:
    """Scan the whole table: for verification by hand, never on a request path."""
    for item in database.pages("scan", TableName=database.table("ledger"), ConsistentRead=True):
        yield _entry(item).event


def append(entry: LedgerEntry) -> None:
    """Write an entry where none is yet. What is there may be this very write, its answer lost.

    Raises:
        AlreadyAppended: another writer was there first; nothing was written.
    """
    write = put(entry)
    try:
        database.call("put_item", **write)
    except database.ConditionFailed as failure:
        if failure.item != write["Item"]:
            raise taken(failure.item) from None


def put(entry: LedgerEntry) -> dict[str, Any]:
    """Return the write of an entry: only where none is yet, else showing the one that is."""
    event = entry.event
    item = {
        **event,
        "carried": event["carried"] or None,  # streams may lose an empty map; absent is shorter
        "keys": dict(entry.keys) or None,
        "fingerprint": entry.fingerprint,
        "people": list(entry.people) or None,
        "salt": randomness.token_urlsafe(_SALT),
        correlation.ATTRIBUTE: correlation.current(),
        **retention_partitions.attributes(
            RecordClass.CONSENT_EVIDENCE, event["subject"], event["decided_at"]
        ),
    }
    return {
        "TableName": database.table("ledger"),
        "Item": encode(item),
        "ConditionExpression": "attribute_not_exists(subject)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def taken(attributes: Mapping[str, Any] | None) -> AlreadyAppended:
    """Turn the item that stood in the way of a write into the fault that shows it."""
    return AlreadyAppended(_entry(cast("Mapping[str, Any]", attributes)))


def read(attributes: Mapping[str, Any]) -> Event:
    """Read an event from an item's attributes, as a stream gives them."""
    return _entry(attributes).event


def read_entry(attributes: Mapping[str, Any]) -> LedgerEntry:
    """Read an event with what lies beside it from an item's attributes."""
    return _entry(attributes)


def _newest_first(subject: str) -> dict[str, Any]:
    return {
        "TableName": database.table("ledger"),
        "KeyConditionExpression": "subject = :subject",
        "ExpressionAttributeValues": {":subject": {"S": subject}},
        "ScanIndexForward": False,
        "ConsistentRead": True,
    }


# What may be empty, and then comes from a stream as if it were not there.
_EMPTY: dict[str, Any] = {"carried": {}, "choices": {}, "decided": []}


def _entry(attributes: Mapping[str, Any]) -> LedgerEntry:
    item = decode(attributes)
    keys, fingerprint, people, salt, *_ = (item.pop(name, None) for name in _OPERATIONAL)
    event: dict[str, Any] = {**dict.fromkeys(Event.__required_keys__), **_EMPTY, **item}
    return LedgerEntry(
        cast("Event", event), keys or {}, fingerprint, tuple(people or ()), salt or ""
    )
