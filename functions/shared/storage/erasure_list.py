"""The list of erasures: who was erased and when, so that it can be done again after a restore.

An entry names a person and the browsers linked to it, by their random-looking ids: no contact
data. It is written before anything is erased, so that no restored backup can fall in between.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.domain import retention_partitions
from shared.domain.record_classes import RecordClass
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode

KIND = "erasure"


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure: of whom, by which request, at which moment (RFC 3339, UTC)."""

    person: str
    request: str
    at: str
    browsers: frozenset[str]

    @property
    def id(self) -> str:
        """Return the entry's sort key."""
        return f"{self.person}#{self.request}"


def note(erasure: Erasure) -> None:
    """Put an erasure on the list; the same one again changes nothing."""
    item = {
        "kind": KIND,
        "id": erasure.id,
        "person": erasure.person,
        "request": erasure.request,
        "at": erasure.at,
        "browsers": sorted(erasure.browsers),
        **retention_partitions.attributes(RecordClass.ERASURE_LIST, erasure.person, erasure.at),
    }
    database.call("put_item", TableName=database.table("operations"), Item=encode(item))


def everything(since: str = "") -> Iterator[Erasure]:
    """Yield the list from the moment `since` on (an RFC 3339 prefix such as a date), by person."""
    return (erasure for erasure in _found("") if erasure.at >= since)


def of(person: str) -> Iterator[Erasure]:
    """Yield one person's erasures."""
    return _found(f"{person}#")


def _found(prefix: str) -> Iterator[Erasure]:
    narrower = " AND begins_with(id, :prefix)" if prefix else ""
    values = {":kind": KIND, **({":prefix": prefix} if prefix else {})}
    query = {
        "TableName": database.table("operations"),
        "KeyConditionExpression": f"kind = :kind{narrower}",
        "ExpressionAttributeValues": encode(values),
        "ConsistentRead": True,
    }
    for attributes in database.pages("query", **query):
        item = decode(attributes)
        yield Erasure(item["person"], item["request"], item["at"], frozenset(item["browsers"]))
