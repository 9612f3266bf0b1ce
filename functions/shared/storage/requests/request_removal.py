"""Removing a request that is due with all that lies beside it, or one entry of it by itself.

The retention index knows the request only; whose it is, what else its partition has and which
objects it named in the bucket is read first. The objects go before the item that names them, so
that none is left that nothing names; the head goes last, so that a removal that was broken off
is found again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.domain.record_classes import RecordClass
from shared.storage import objects
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import encode
from shared.storage.dynamodb.database import MEMBERS
from shared.storage.hold_items import class_marker, subject_marker
from shared.storage.holds import Watch
from shared.storage.requests import request_store
from shared.storage.requests.request_items import HEAD
from shared.storage.retention import removal_counts
from shared.storage.retention.removal import DeletionResult, attempt
from shared.storage.retention.retention_index import Item, still_due


@dataclass(frozen=True, slots=True)
class Bundle:
    """What goes with an item: other entries of its request, and objects of the bucket.

    `markers` are those of every hold that would keep it.
    """

    entries: tuple[str, ...]
    objects: tuple[str, ...]
    markers: tuple[str, ...]


def bundle(item: Item) -> Bundle:
    """Read what goes with a request, its copy or another entry of it, strongly consistent."""
    request, entry = str(item.key["request"]), item.key["entry"]
    found = {plain["entry"]: plain for plain in request_store.entries(request, "")}
    head = found.get(HEAD, {})
    export = found.get(RecordClass.EXPORT, {})
    whole = entry == HEAD
    copied = entry in (HEAD, RecordClass.EXPORT)
    files = [file["key"] for file in export.get("files", {}).values() if copied]
    uploads = [f"uploads/{request}/{name}.json" for name in head.get("sources", {}) if copied]
    others = tuple(name for name in found if name != entry)
    kinds = {item.place.kind, *((RecordClass.EXPORT,) if whole and export else ())}
    subjects = [name for name in (head.get("person"), head.get("consent_id")) if name]
    return Bundle(
        entries=others if whole else (),
        objects=(*files, *uploads),
        markers=(
            *(class_marker(kind, item.place.shard) for kind in sorted(kinds)),
            *map(subject_marker, subjects),
        ),
    )


# Beside the item itself, the check of holds and the count.
MOST = MEMBERS - 3


def remove(item: Item, cutoff: str, watch: Watch, counted_as: str) -> DeletionResult:
    """Remove an item of the table `requests`, unless it is among what is held, or gets held.

    It is counted in the name `counted_as` in the transaction with which it itself goes. What is
    refused as too much together goes in smaller transactions.
    """
    most = MOST
    while most:
        try:
            return _remove(item, cutoff, watch, counted_as, most)
        except database.TransactionRefused:
            most //= 2
    return DeletionResult(failed=[item])


def _remove(item: Item, cutoff: str, watch: Watch, counted_as: str, most: int) -> DeletionResult:
    bundled = bundle(item)
    if bundled.objects:  # the transaction cannot undo their removal: look once more, just before it
        watch.renew()
    known = watch.known
    if known.markers.intersection(bundled.markers):
        return DeletionResult(held=[item])
    for name in bundled.objects:
        objects.remove(name)
    *before, last = _transactions(item, cutoff, bundled, most)
    count = removal_counts.count(counted_as, [item])
    for members, counted in (*((each, None) for each in before), (last, count)):
        failures = attempt([*members, known.still(item.place.shard)], counted)
        if failures is None:
            return DeletionResult(failed=[item])
        if len(members) in failures:  # a hold was placed, on whomever: it is looked at again
            watch.renew()
            return _remove(item, cutoff, watch, counted_as, most)
        if failures:
            return DeletionResult()
    return DeletionResult(removed=[item])


def _transactions(
    item: Item, cutoff: str, bundled: Bundle, most: int
) -> Iterator[list[dict[str, Any]]]:
    """Yield removals of all entries; each batch fails if the item itself is no longer due."""
    table = database.table(item.place.table)
    due = {"TableName": table, "Key": encode(item.key), **still_due(item.place, cutoff)}
    others = [
        {"Delete": {"TableName": table, "Key": encode({**item.key, "entry": name})}}
        for name in bundled.entries
    ]
    while len(others) > most:
        yield [{"ConditionCheck": due}, *others[:most]]
        others = others[most:]
    yield [item.delete(cutoff), *others]
