"""What is removed is counted in the transaction that removes it, so that nothing goes uncounted.

Each such transaction leaves an entry under the name of the attempt. Its report adds the entries up;
then they go. Of an attempt that was broken off they are what is known.
"""

import secrets as randomness
from collections.abc import Callable, Sequence
from typing import Any

from shared.domain.retention import Figures
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.retention.retention_index import Item

KIND = "removed"


def count(attempt: str, items: Sequence[Item]) -> dict[str, Any]:
    """Return the member of a transaction that counts the items of one place that it removes.

    It fails the transaction if that has happened before: then its answer was lost.
    """
    figures = Figures(found=len(items), removed=len(items))
    for item in items:
        figures.count(item.start, item.mark)
    entry = {
        "kind": KIND,
        "id": f"{attempt}#{randomness.token_hex(8)}",
        "class": items[0].place.kind,
        **figures.plain(),
    }
    return {
        "Put": {
            "TableName": database.table("operations"),
            "Item": encode(entry),
            "ConditionExpression": "attribute_not_exists(id)",
        }
    }


def happened(member: dict[str, Any]) -> bool:
    """Tell whether a count was written, and with it what it counts removed.

    Raises:
        Busy: the store is throttling.
    """
    named = decode(member["Put"]["Item"])
    return database.get("operations", kind=KIND, id=named["id"]) is not None


def of_attempt(attempt: str) -> dict[str, Figures]:
    """Add up, by class, what an attempt removed.

    Raises:
        Busy: the store is throttling.
    """
    classes: dict[str, Figures] = {}
    for entry in _entries(attempt):
        classes.setdefault(entry["class"], Figures()).add(Figures.read(entry))
    return classes


def clear(attempt: str, should_continue: Callable[[], bool]) -> bool:
    """Take away what was added up, for as long as `should_continue` says; tell whether all is gone.

    Raises:
        Busy: the store is throttling.
    """
    for entry in _entries(attempt):
        if not should_continue():
            return False
        key = encode({"kind": KIND, "id": entry["id"]})
        database.call("delete_item", TableName=database.table("operations"), Key=key)
    return True


def _entries(attempt: str) -> list[dict[str, Any]]:
    found = database.pages(
        "query",
        TableName=database.table("operations"),
        KeyConditionExpression="kind = :kind AND begins_with(id, :attempt)",
        ExpressionAttributeValues=encode({":kind": KIND, ":attempt": f"{attempt}#"}),
        ConsistentRead=True,
    )
    return [decode(item) for item in found]
