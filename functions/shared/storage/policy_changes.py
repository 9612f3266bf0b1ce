"""How far the telling of a new policy version is, and the orders by which it goes on (S23, S57).

Who is to be told is found in the retention index, page by page: no list of people is written.
In the table `operations`: one entry for each version (`policy_change`), and one for each page
that the worker is to tell (`policy_change_order`), which is gone on the next day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared.domain.record_classes import RecordClass
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.retention import retention_index
from shared.storage.retention.retention_index import RetentionPartition

STATE, ORDERS = "policy_change", "policy_change_order"
# Whoever has one of these deals with us for longer than a question takes.
CLASSES = (RecordClass.SUBSCRIPTION, RecordClass.ACCOUNT)
# People of an order: the worker is handed up to 25 orders at once and has a minute for them.
PEOPLE = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: the place, the key behind which it goes on there, a number for each step."""

    version: str
    place: int = 0
    key: Mapping[str, Any] | None = None
    step: int = 0
    finished: bool = False


@dataclass(frozen=True, slots=True)
class AnnouncementOrder:
    """To tell a page of people on a day; `number` counts the day's orders."""

    version: str
    day: str
    number: int

    @property
    def id(self) -> str:
        """Name it: the same order is written once."""
        return f"{self.version}#{self.day}#{self.number:05}"


def read_order(attributes: Mapping[str, Any]) -> AnnouncementOrder | None:
    """Read an order from a stored item; None if the item is something else."""
    item = decode({name: attributes[name] for name in ("kind", "id")})
    if item["kind"] != ORDERS:
        return None
    version, day, number = item["id"].split("#")
    return AnnouncementOrder(version, day, int(number))


def get(version: str) -> Progress:
    """Return how far the telling of a version is; it may not have begun."""
    attributes = database.get("operations", kind=STATE, id=version)
    if not attributes:
        return Progress(version)
    item = decode(attributes)
    return Progress(version, item["place"], item.get("key"), item["step"], item["finished"])


def order(wanted: AnnouncementOrder) -> bool:
    """Write an order; tell whether it is new."""
    return _put({"kind": ORDERS, "id": wanted.id}, "attribute_not_exists(kind)")


def remove_orders(day: str) -> None:
    """Remove the orders of other days than this."""
    for found in map(read_order, database.partition("operations", kind=ORDERS)):
        if found is not None and found.day != day:
            key = encode({"kind": ORDERS, "id": found.id})
            database.call("delete_item", TableName=database.table("operations"), Key=key)


def page(progress: Progress) -> tuple[list[Mapping[str, Any]], Progress]:
    """Return the keys of the next records whose people are told, and how far it is behind them."""
    places = _places()
    found = retention_index.page(places[progress.place], PEOPLE, progress.key)
    after = replace(progress, key=found.next, step=progress.step + 1)
    if found.next is None:
        place = progress.place + 1
        after = replace(after, place=place, finished=place == len(places))
    return found.keys, after


def advance(before: Progress, after: Progress) -> None:
    """Write how far it is, unless somebody else has gone on since it was read."""
    item = {
        "kind": STATE,
        "id": after.version,
        "place": after.place,
        "step": after.step,
        "finished": after.finished,
        **({"key": dict(after.key)} if after.key else {}),
    }
    _put(item, "attribute_not_exists(kind) OR step = :step", {":step": before.step})


def _places() -> list[RetentionPartition]:
    return [place for place in retention_index.places(CLASSES) if place.table == "records"]


def _put(item: Mapping[str, Any], condition: str, values: Mapping[str, Any] | None = None) -> bool:
    try:
        database.call(
            "put_item",
            TableName=database.table("operations"),
            Item=encode(item),
            ConditionExpression=condition,
            **({"ExpressionAttributeValues": encode(values)} if values else {}),
        )
    except database.ConditionFailed:
        return False
    return True
