"""What is to be done about a request later: a restriction ends, an erasure or a change goes on.

In the table `operations`, kind `follow_up`, so that what waits is found without going through all
requests. An entry is written with what makes it wait and removed with what ends it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode

KIND = "follow_up"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One thing that waits: `what` about `request` of `person`, not before `after` (RFC 3339)."""

    request: str
    what: str
    person: str
    after: str
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Return the entry's sort key."""
        return f"{self.request}#{self.what}"


def putting(waiting: FollowUp) -> dict[str, Any]:
    """Return the write that notes it, a member of a transaction; again, it changes nothing."""
    item = {
        "kind": KIND,
        "id": waiting.id,
        "request": waiting.request,
        "what": waiting.what,
        "about": waiting.person,
        "after": waiting.after,
        "details": dict(waiting.details) or None,
    }
    return {"Put": {"TableName": database.table("operations"), "Item": encode(item)}}


def put(waiting: FollowUp) -> None:
    """Note it, in place of an earlier one about the same."""
    database.call("put_item", **putting(waiting)["Put"])


def removing(waiting: FollowUp) -> dict[str, Any]:
    """Return the write that takes it off the list, a member of a transaction."""
    key = encode({"kind": KIND, "id": waiting.id})
    return {"Delete": {"TableName": database.table("operations"), "Key": key}}


def remove(waiting: FollowUp) -> None:
    """Take it off the list, where nothing comes of it."""
    database.call("delete_item", **removing(waiting)["Delete"])


def everything() -> Iterator[FollowUp]:
    """Yield all that waits, in no order."""
    for item in map(decode, database.partition("operations", kind=KIND)):
        yield FollowUp(
            item["request"], item["what"], item["about"], item["after"], item.get("details", {})
        )
