"""Legal holds: what somebody ordered to be kept for a dispute, whatever its period (S13, S22).

In the table `operations`: the register, kind `hold`, says who ordered what, why and until when.
A marker, kind `held`, has a set of the holds in force on one person, browser or record class;
what removes something demands, in the same transaction, that its markers have none. Who removes
much reads all markers first and demands that nothing was put in force since: that moves the
`hold_epoch`. A class has a marker per shard, and the epoch is there once per shard, so that
removals side by side do not get into each other's way.
"""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain import retention_partitions
from shared.domain.errors import Busy
from shared.domain.record_classes import RecordClass
from shared.domain.timestamps import format_timestamp
from shared.storage import hold_items
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.hold_items import EPOCH, KIND, MARKER, Hold, class_marker, subject_marker

_IN_FORCE = "holds"
# A transaction has a hundred members, one of them the register's, and the epochs.
_MARKERS_AT_ONCE = 99 - retention_partitions.SHARDS
# What it covers may be in the middle of a removal; that takes milliseconds.
TRIES = 12
_PAUSE_SECONDS = 0.05
_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class InForce:
    """All markers that hold something, and the epoch from before they were read."""

    markers: frozenset[str]
    epoch: int

    def still(self, shard: int) -> dict[str, Any]:
        """Return the member of a transaction that fails it if a hold was placed since."""
        unchanged: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(epoch)"}
        if self.epoch:
            unchanged = {
                "ConditionExpression": "epoch = :epoch",
                "ExpressionAttributeValues": encode({":epoch": self.epoch}),
            }
        return {"ConditionCheck": {**_key(EPOCH, str(shard)), **unchanged}}


class AlreadyExists(Exception):
    """A hold of that id was placed before: `hold` is it."""

    def __init__(self, hold: Hold) -> None:
        """Hold the hold that is there."""
        super().__init__()
        self.hold = hold


class Watch:
    """What is known of the holds in force, for workers side by side; it may be a while old.

    Whoever finds that a hold was placed since renews it for all.
    """

    def __init__(self) -> None:
        """Read the holds in force."""
        self.known = in_force()

    def renew(self) -> None:
        """Read them again."""
        self.known = in_force()


def on(name: str) -> frozenset[str]:
    """Return the ids of the holds in force on a person or browser, strongly consistent.

    One whose time is over counts until the next retention run lets it lapse.
    """
    return of_marker(subject_marker(name))


def on_class(kind: str) -> frozenset[str]:
    """Return the ids of the holds in force on a record class, strongly consistent."""
    return of_marker(class_marker(kind, 0))


def of_marker(marker: str) -> frozenset[str]:
    """Return the ids of the holds that a marker tells of, strongly consistent."""
    item = database.get("operations", kind=MARKER, id=marker)
    return frozenset(decode(item or {}).get(_IN_FORCE, ()))


def in_force() -> InForce:
    """Read all markers that hold something, after the epoch: what comes later moves it."""
    answer = database.call("get_item", **_key(EPOCH, "0"), ConsistentRead=True)
    epoch = decode(answer.get("Item", {})).get("epoch", 0)
    held = (item["id"] for item in _of_kind(MARKER) if _IN_FORCE in item)
    return InForce(frozenset(held), epoch)


def assert_not_held(name: str, kind: str) -> list[dict[str, Any]]:
    """Return the members of a transaction that fail it if somebody or their class is held."""
    markers = (subject_marker(name), class_marker(kind, retention_partitions.shard(name)))
    return [check(marker) for marker in markers]


def check(marker: str) -> dict[str, Any]:
    """Return the member of a transaction that fails it if the marker holds something."""
    condition = f"attribute_not_exists({_IN_FORCE})"
    return {"ConditionCheck": {**_key(MARKER, marker), "ConditionExpression": condition}}


def place(hold: Hold) -> None:
    """Put a hold in force: from the return on nothing that it covers is removed.

    The register has it with the first of its markers: should it break off, it can be lifted like
    any other, and the same hold placed again marks the rest.

    Raises:
        AlreadyExists: a hold of that id was placed before; all of that is marked now.
        Busy: what it covers was being removed, for longer than a few tries.
    """
    before = get(hold.id)
    if before is None:
        put = {
            "TableName": database.table("operations"),
            "Item": hold_items.item(hold),
            "ConditionExpression": "attribute_not_exists(id)",
        }
        try:
            _mark(hold, hold.markers[:_MARKERS_AT_ONCE], {"Put": put})
        except database.TransactionFailed:
            before = get(hold.id) or hold
    placed = before or hold
    if placed.lifted_at is None:
        _mark_all(placed, placed.markers[_MARKERS_AT_ONCE:])
    if before is not None:
        raise AlreadyExists(before)


def lift(hold: Hold, by: str, at: datetime, reason: str | None = None) -> Hold:
    """End a hold: what it covered is due again. One that is lifted stays as it is.

    Its markers go, too, also those that a lifting which broke off has left behind.

    Raises:
        Busy: what it covers was being removed, for longer than a few tries.
    """
    if hold.lifted_at is None:
        hold = _lifted(hold, by, at, reason)
    for marker in hold.markers:
        _tidy(marker)
    return hold


def _lifted(hold: Hold, by: str, at: datetime, reason: str | None) -> Hold:
    """Write that a hold is lifted, in the register and in its markers at once."""
    told = {
        "lifted_at": format_timestamp(at),
        "lifted_by": by,
        "lifted_reason": reason,
        **retention_partitions.attributes(RecordClass.HOLD, hold.id, format_timestamp(at)),
    }
    values = {f":{name}": value for name, value in told.items() if value is not None}
    update = {
        **_key(KIND, hold.id),
        "UpdateExpression": "SET " + ", ".join(f"{name[1:]} = {name}" for name in values),
        "ConditionExpression": "attribute_exists(id) AND attribute_not_exists(lifted_at)",
        "ExpressionAttributeValues": encode(values),
    }
    with suppress(database.TransactionFailed):  # somebody else lifted it just now
        _unmark(hold, {"Update": update})
    return get(hold.id) or hold


def lapse(now: datetime) -> int:
    """Lift every hold whose time is over, and tell how many; take away what holds nothing."""
    over = [hold for hold in everything() if hold.lifted_at is None and _over(hold, now)]
    for hold in over:
        lift(hold, "system", now, "Its time was over.")
    for item in _of_kind(MARKER):
        if _IN_FORCE not in item:
            _tidy(item["id"])
    return len(over)


def mark_again() -> int:
    """Set the markers of all holds in force anew, from the register; tell how many holds they are.

    For a register that was restored: its markers were not, for some were of holds lifted since.
    """
    held = [hold for hold in everything() if hold.lifted_at is None]
    for hold in held:
        _mark_all(hold, hold.markers)
    return len(held)


def get(name: str) -> Hold | None:
    """Read a hold, strongly consistent."""
    item = database.get("operations", kind=KIND, id=name)
    return hold_items.read(decode(item)) if item else None


def everything() -> Iterator[Hold]:
    """Yield the register, holds in force and those that were lifted, in no order."""
    return map(hold_items.read, _of_kind(KIND))


def of_person(person: str) -> Iterator[Hold]:
    """Yield the holds that were placed on a person, in force or lifted."""
    return (hold for hold in everything() if hold.person == person)


def _over(hold: Hold, now: datetime) -> bool:
    return hold.until is not None and hold.until <= format_timestamp(now)


def _mark_all(hold: Hold, markers: Sequence[str]) -> None:
    """Set markers of a hold, however many, for as long as nobody lifts it."""
    still = {
        **_key(KIND, hold.id),
        "ConditionExpression": "attribute_exists(id) AND attribute_not_exists(lifted_at)",
    }
    with suppress(database.TransactionFailed):
        for first in range(0, len(markers), _MARKERS_AT_ONCE):
            _mark(hold, markers[first : first + _MARKERS_AT_ONCE], {"ConditionCheck": still})


def _mark(hold: Hold, markers: Sequence[str], register: dict[str, Any]) -> None:
    """Set markers, with what the register says of it; every removal that began before looks anew.

    Raises:
        TransactionFailed: the register says otherwise.
    """
    members = [{"Update": _marking(marker, "ADD", hold.id)} for marker in markers]
    _transact([*members, *map(_next_epoch, range(retention_partitions.SHARDS)), register])


def _unmark(hold: Hold, register: dict[str, Any]) -> None:
    """Take the markers away, the last of them together with the register."""
    members = [{"Update": _marking(marker, "DELETE", hold.id)} for marker in hold.markers]
    while len(members) > _MARKERS_AT_ONCE:
        _transact(members[:_MARKERS_AT_ONCE])
        members = members[_MARKERS_AT_ONCE:]
    _transact([*members, register])


def _transact(members: Sequence[dict[str, Any]]) -> None:
    for attempt in range(1, TRIES + 1):
        try:
            database.call("transact_write_items", TransactItems=list(members))
        except Busy:
            if attempt == TRIES:
                raise
            time.sleep(_PAUSE_SECONDS * attempt * _chance.random())
        else:
            return


def _marking(marker: str, verb: str, name: str) -> dict[str, Any]:
    return {
        **_key(MARKER, marker),
        "UpdateExpression": f"{verb} {_IN_FORCE} :hold",
        "ExpressionAttributeValues": {":hold": {"SS": [name]}},
    }


def _next_epoch(shard: int) -> dict[str, Any]:
    return {
        "Update": {
            **_key(EPOCH, str(shard)),
            "UpdateExpression": "ADD epoch :one",
            "ExpressionAttributeValues": encode({":one": 1}),
        }
    }


def _tidy(marker: str) -> None:
    """Remove a marker that holds nothing any more: its name may be somebody's."""
    condition = f"attribute_not_exists({_IN_FORCE})"
    try:
        database.call("delete_item", **_key(MARKER, marker), ConditionExpression=condition)
    except database.ConditionFailed:
        return


def _of_kind(kind: str) -> Iterator[dict[str, Any]]:
    return map(decode, database.partition("operations", kind=kind))


def _key(kind: str, name: str) -> dict[str, Any]:
    return {"TableName": database.table("operations"), "Key": encode({"kind": kind, "id": name})}
