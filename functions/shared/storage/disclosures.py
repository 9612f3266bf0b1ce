"""What was passed on about somebody, to whom, and what those recipients are told later (S31).

A disclosure is a record of the person it is about. Recipients are told of a correction, an
erasure or a restriction (UK GDPR Art. 19) by a record of its own, which notifications follows up:
it is a member of the transaction that makes the change, so that neither is without the other.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from heapq import merge
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from shared.domain.disclosure import Change
from shared.domain.record_classes import RecordClass
from shared.domain.retention_partitions import partitions
from shared.domain.timestamps import format_timestamp
from shared.storage import records
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.records import Record

# Keys that one query of a partition reads: a page is made of sixteen partitions.
AT_ONCE = 100


def page(after: str | None, limit: int) -> tuple[list[Record], str | None]:
    """Return up to `limit` disclosures about anybody, the newest first, and where the next begin.

    `after` is where a page before ended. A period of keeping begins when a disclosure is
    recorded, so that the retention index has them by time, in one list for each partition.
    """
    lists = [_newest_first(partition, after) for partition in partitions(RecordClass.DISCLOSURE)]
    found = list(islice(merge(*lists, key=_place, reverse=True), limit + 1))
    wanted = [(item["person"], item["record"]) for item in found[:limit]]
    read = {(each.person, each.key): each for each in records.many(wanted)}
    more = _place(found[limit - 1]) if len(found) > limit else None
    return [read[name] for name in wanted if name in read], more


def _newest_first(partition: str, after: str | None) -> Iterator[dict[str, Any]]:
    """Yield the keys of a partition's disclosures; the index does not order those of one moment."""
    query = {
        "TableName": database.table("records"),
        "IndexName": "retention",
        "KeyConditionExpression": "retention_class = :class AND retention_start <= :start",
        "ExpressionAttributeValues": encode(
            {":class": partition, ":start": (after or "~").partition("#")[0]}
        ),
        "ScanIndexForward": False,
        "Limit": AT_ONCE,
    }
    items = map(decode, database.pages("query", **query))
    for _, same in groupby(items, key=itemgetter("retention_start")):
        ordered = sorted(same, key=_place, reverse=True)
        yield from (item for item in ordered if after is None or _place(item) < after)


def _place(item: Mapping[str, Any]) -> str:
    return f"{item['retention_start']}#{item['person']}#{item['record']}"


def for_person(person: str) -> Iterator[Record]:
    """Yield what was passed on about a person, oldest first."""
    return records.for_person(person, RecordClass.DISCLOSURE)


def recipients(person: str) -> list[tuple[str, bool]]:
    """Name those to whom data of a person was passed on, and whether each can be mailed."""
    mailed: dict[str, bool] = {}
    for disclosed in for_person(person):
        name = disclosed.facts.get("recipient_name", disclosed.fields["recipient"])
        mailed[name] = mailed.get(name, False) or bool(disclosed.facts.get("recipient_email"))
    return sorted(mailed.items())


def notices(
    person: str,
    change: Change,
    fields: Sequence[str],
    now: datetime,
    cause: str,
    request: str | None = None,
) -> list[dict[str, Any]]:
    """Return the writes, for a transaction, that have each recipient told once of a change.

    `fields` are the names of what changed (`*`: all of it); `cause` names the change, and the same
    cause makes the same records again. One that shares neither recipient nor address with another
    is told apart. A recipient without a known address is written to: the letter is kept with the
    `request` that called for the change.
    """
    told: dict[tuple[str, str], list[Record]] = {}
    for disclosed in for_person(person):
        place = disclosed.fields["recipient"], disclosed.facts.get("recipient_email", "")
        told.setdefault(place, []).append(disclosed)
    made = (
        _notice(person, place, found, change, fields, now, cause) for place, found in told.items()
    )
    asked = {"request": request} if request else {}
    return [_put(replace(notice, facts={**notice.facts, **asked})) for notice in made]


def told_of(person: str, request: str) -> Iterator[Record]:
    """Yield the notices to recipients that a request of a person called for."""
    for notice in records.for_person(person, RecordClass.RECIPIENT_NOTICE):
        if notice.facts.get("request") == request:
            yield notice


def _notice(
    person: str,
    place: tuple[str, str],
    found: Sequence[Record],
    change: Change,
    fields: Sequence[str],
    now: datetime,
    cause: str,
) -> Record:
    recipient, email = place
    latest = found[-1]
    return Record(
        person=person,
        kind=RecordClass.RECIPIENT_NOTICE,
        id=_name(person, cause, recipient, email),
        received_at=format_timestamp(now),
        fields={"email": email} if email else {},
        provenance=latest.provenance,
        facts={
            "recipient": recipient,
            "recipient_name": latest.facts.get("recipient_name", recipient),
            "change": change,
            "fields": list(fields),
            "disclosures": [_named(disclosed) for disclosed in found],
        },
    )


def _named(disclosed: Record) -> dict[str, str]:
    """Name a disclosure to whom it was made: by their reference, if one is known, and its day."""
    return {
        "reference": disclosed.fields.get("reference") or disclosed.id,
        "on": disclosed.fields.get("disclosed_at", disclosed.received_at)[:10],
    }


def _name(*parts: str) -> str:
    raw = hashlib.sha256("\0".join(parts).encode()).digest()[:16]
    return base64.b32encode(raw).decode().rstrip("=").lower()


def _put(record: Record) -> dict[str, Any]:
    """Return the write of a notice; the same one again replaces itself and is not told again."""
    write = records.put(record)
    return {"Put": {"TableName": write["TableName"], "Item": write["Item"]}}
