"""What the privacy staff looked at and did: written before they get an answer, never changed.

Partition is the day, sort key the moment and the request's id; indexes find what concerned one
person and what one member of staff did.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain import retention_partitions
from shared.domain.record_classes import RecordClass
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One thing that one member of staff did.

    `at` is RFC 3339 in UTC; `actor` the sign-in's id; `action` the operation's name; `person`
    whose data it was about, if one person's; `facts` what helps to understand it, such as the
    names of changed fields: no contact data.
    """

    at: str
    actor: str
    action: str
    request_id: str
    person: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return the sort key, which begins with the moment."""
        return f"{self.at}#{self.request_id}#{self.action}#{self.person or '-'}"


def add(entry: AuditRecord) -> None:
    """Write an entry for good."""
    database.call(
        "put_item",
        TableName=database.table("audit"),
        Item=encode(
            {
                "day": entry.at[:10],
                "at": entry.key,
                "actor": entry.actor,
                "action": entry.action,
                "request_id": entry.request_id,
                "person": entry.person,
                "facts": dict(entry.facts) or None,
                **retention_partitions.attributes(
                    RecordClass.DESK_AUDIT, entry.request_id, entry.at
                ),
            }
        ),
    )


def of_person(person: str) -> Iterator[AuditRecord]:
    """Yield what staff did with one person's data, oldest first."""
    return _found("people", "person", person)


def of_day(day: str) -> Iterator[AuditRecord]:
    """Yield what was done on one day (UTC), oldest first."""
    return map(read, database.partition("audit", day=day))


def newest_first(attribute: str, value: str, since: str, before: str) -> Iterator[AuditRecord]:
    """Yield entries whose `day`, `person` or `actor` is `value`, the newest first, page by page.

    `since` and `before` are sort keys or moments; the one that is `before` itself is left out.
    """
    index = {"person": "people", "actor": "actors"}.get(attribute)
    query = {
        "TableName": database.table("audit"),
        **({"IndexName": index} if index else {"ConsistentRead": True}),
        "KeyConditionExpression": "#of = :of AND #at BETWEEN :since AND :before",
        "ExpressionAttributeNames": {"#of": attribute, "#at": "at"},
        "ExpressionAttributeValues": encode({":of": value, ":since": since, ":before": before}),
        "ScanIndexForward": False,
        "Limit": AT_ONCE,
    }
    found = map(read, database.pages("query", **query))
    return (entry for entry in found if entry.key != before)


def read(attributes: Mapping[str, Any]) -> AuditRecord:
    """Read an entry from an item's attributes."""
    item = decode(attributes)
    return AuditRecord(
        at=item["at"].partition("#")[0],
        actor=item["actor"],
        action=item["action"],
        request_id=item["request_id"],
        person=item.get("person"),
        facts=item.get("facts", {}),
    )


def _found(index: str, attribute: str, value: str) -> Iterator[AuditRecord]:
    query = {
        "IndexName": index,
        "KeyConditionExpression": "#of = :of",
        "ExpressionAttributeNames": {"#of": attribute},
        "ExpressionAttributeValues": encode({":of": value}),
    }
    return map(read, database.pages("query", TableName=database.table("audit"), **query))
