"""Records about people: forms, subscriptions, accounts; one query gives all of somebody's.

Sort key `class#id`. `provenance` says of every record
where it came from (S1, S10); its class in the policy says how long it is kept (S13).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NotRequired

from typing_extensions import TypedDict

from shared.domain import idempotency, retention_partitions
from shared.domain.consent import NoticeReference
from shared.domain.errors import Busy
from shared.domain.evidence import RequestContext
from shared.storage import correlation
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode

# Others that note something on the same record may come first so often.
MOST_RACES = 20


class Provenance(RequestContext):
    """Where a record came from: the form and what it showed, page, property, network."""

    form: str
    notice: NoticeReference
    policy_version: str


class ShownForm(TypedDict):
    """Where a form was shown, and what could be chosen on it."""

    page: str | None
    property: str
    shown: NotRequired[str]


def as_shown(seen: Provenance) -> ShownForm:
    """Take from a record's provenance what a decision that rests on its form tells of it."""
    told = ShownForm(page=seen["page"], property=seen["property"])
    return {**told, "shown": seen["shown"]} if "shown" in seen else told


@dataclass(frozen=True, slots=True)
class Record:
    """One record about a person.

    `kind` is its record class in the policy; `fields` is what the person told us; `facts`
    what we add (reference, redacted, opt_in, …), none of it contact data. `kept_from` is when
    its period began, where that is not when it came.
    """

    person: str
    kind: str
    id: str
    received_at: str
    fields: Mapping[str, Any]
    provenance: Provenance
    consent_id: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str | None = None
    kept_from: str | None = None

    @property
    def key(self) -> str:
        """Return the sort key, `class#id`."""
        return f"{self.kind}#{self.id}"


class AlreadyExists(Exception):
    """A record of that id was written before: `record` is it."""

    def __init__(self, record: Record) -> None:
        """Hold the record that is there."""
        super().__init__()
        self.record = record


def add(record: Record) -> None:
    """Write a record that is not there yet.

    Raises:
        AlreadyExists: it is there; nothing was written.
    """
    try:
        database.call("put_item", **put(record))
    except database.ConditionFailed as failure:
        raise exists(failure.item) from None


def add_once(record: Record) -> Record:
    """Write a record; where the same request did before, return the one that it wrote.

    Raises:
        IdempotencyConflict: the request's key came before with something else.
    """
    try:
        add(record)
    except AlreadyExists as there:
        idempotency.assert_same(there.record.fingerprint, record.fingerprint)
        return there.record
    return record


def overwrite(record: Record) -> None:
    """Write a record of which only the latest counts, such as settings; last one wins."""
    write = put(record)
    database.call("put_item", TableName=write["TableName"], Item=write["Item"])


def put_over(record: Record, before: Record | None) -> dict[str, Any]:
    """Return the write of a record in place of `before`, if that still says what was read."""
    write = put(record)
    if before is None:
        return write
    return {
        **write,
        "ConditionExpression": "#fields = :before",
        "ExpressionAttributeNames": {"#fields": "fields"},
        "ExpressionAttributeValues": encode({":before": dict(before.fields)}),
    }


def put(record: Record) -> dict[str, Any]:
    """Return the write of a record, for `add` or for a member of a transaction."""
    item = {
        "person": record.person,
        "record": record.key,
        "received_at": record.received_at,
        "fields": dict(record.fields),
        "provenance": record.provenance,
        "consent_id": record.consent_id,
        "facts": dict(record.facts) or None,
        "fingerprint": record.fingerprint,
        correlation.ATTRIBUTE: correlation.current(),
        **retention_partitions.attributes(
            record.kind, record.person, record.kept_from or record.received_at
        ),
    }
    return {
        "TableName": database.table("records"),
        "Item": encode(item),
        "ConditionExpression": "attribute_not_exists(person)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def note_mail(record: Record, template: str, outcome: str) -> None:
    """Note on a record, for the staff, what became of a mail that it called for.

    What somebody else noted on it meanwhile stays; a record that is gone needs no note.

    Raises:
        Busy: others kept coming first.
    """
    found: Record | None = record
    for _ in range(MOST_RACES):
        if found is None:
            return
        mails = {**found.facts.get("mails", {}), template: outcome}
        values: dict[str, Any] = {":facts": {**found.facts, "mails": mails}}
        unchanged = unchanged_facts(found, values)
        with suppress(database.ConditionFailed):
            database.call(
                "update_item",
                TableName=database.table("records"),
                Key=encode({"person": record.person, "record": record.key}),
                UpdateExpression="SET #facts = :facts",
                ConditionExpression=f"attribute_exists(person) AND {unchanged}",
                ExpressionAttributeNames={"#facts": "facts"},
                ExpressionAttributeValues=encode(values),
            )
            return
        found = get(record.person, record.key)
    raise Busy


def unchanged_facts(record: Record, values: dict[str, Any]) -> str:
    """Return the condition that a record's `#facts` are as they were read; `values` takes them."""
    if not record.facts:
        return "attribute_not_exists(#facts)"
    values[":told"] = dict(record.facts)
    return "#facts = :told"


def ending(record: Record, start: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the write that has a record's period begin at `start`, and adds `facts` to it.

    A member of a transaction; it fails if the record is not as it was read.
    """
    values: dict[str, Any] = {":start": start, ":facts": {**record.facts, **facts}}
    names = {"#fields": "fields", "#facts": "facts"}
    unchanged = unchanged_facts(record, values)
    return {
        "Update": {
            "TableName": database.table("records"),
            "Key": encode({"person": record.person, "record": record.key}),
            "UpdateExpression": "SET retention_start = :start, #facts = :facts",
            "ConditionExpression": f"{unchanged} AND #fields = :fields",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": encode({**values, ":fields": dict(record.fields)}),
        }
    }


def renew(person: str, key: str, at: str) -> None:
    """Begin a record's period anew at `at` (RFC 3339, UTC).

    One that began later, was closed or is gone stays as it is.
    """
    with suppress(database.ConditionFailed):
        database.call(
            "update_item",
            TableName=database.table("records"),
            Key=encode({"person": person, "record": key}),
            UpdateExpression="SET retention_start = :at",
            ConditionExpression="attribute_exists(person) AND retention_start < :at"
            " AND attribute_not_exists(facts.closed_at)",
            ExpressionAttributeValues=encode({":at": at}),
        )


def delete(person: str, key: str) -> dict[str, Any]:
    """Return the removal of a record that must still be there."""
    return {
        "TableName": database.table("records"),
        "Key": encode({"person": person, "record": key}),
        "ConditionExpression": "attribute_exists(person)",
    }


def removing(record: Record) -> dict[str, Any]:
    """Return the removal of a record that is still as it was read."""
    values: dict[str, Any] = {":fields": dict(record.fields)}
    unchanged = unchanged_facts(record, values)
    return {
        **delete(record.person, record.key),
        "ConditionExpression": f"#fields = :fields AND {unchanged}",
        "ExpressionAttributeNames": {"#fields": "fields", "#facts": "facts"},
        "ExpressionAttributeValues": encode(values),
    }


def get(person: str, key: str) -> Record | None:
    """Read one record, strongly consistent."""
    item = database.get("records", person=person, record=key)
    return read(item) if item else None


def many(names: Sequence[tuple[str, str]]) -> Iterator[Record]:
    """Read up to a hundred records by person and key, those that are there, in no order."""
    keys = [encode({"person": person, "record": key}) for person, key in names]
    return map(read, database.batch_get(database.table("records"), keys)) if keys else iter(())


def for_person(person: str, kind: str | None = None) -> Iterator[Record]:
    """Yield all records of a person (or of one class of them), by class, page by page."""
    return (read(item) for item in database.pages("query", **query_of(person, kind)))


def query_of(person: str, kind: str | None = None) -> dict[str, Any]:
    """Return the strongly consistent query of a person's records, or of one class of them."""
    of_kind = " AND begins_with(#record, :kind)" if kind else ""
    values = {":person": person, **({":kind": f"{kind}#"} if kind else {})}
    return {
        "TableName": database.table("records"),
        "KeyConditionExpression": f"person = :person{of_kind}",
        "ExpressionAttributeValues": encode(values),
        "ConsistentRead": True,
        **({"ExpressionAttributeNames": {"#record": "record"}} if kind else {}),
    }


def exists(attributes: Mapping[str, Any] | None) -> AlreadyExists:
    """Turn the item that stood in the way of a write into the fault that shows it."""
    return AlreadyExists(read(attributes or {}))


def read(attributes: Mapping[str, Any]) -> Record:
    """Read a record from an item's attributes, as a query or a stream gives them."""
    item = decode(attributes)
    kind, _, name = item["record"].partition("#")
    start = item.get("retention_start")
    return Record(
        person=item["person"],
        kind=kind,
        id=name,
        received_at=item["received_at"],
        fields=item.get("fields", {}),
        provenance=item["provenance"],
        consent_id=item.get("consent_id"),
        facts=item.get("facts", {}),
        fingerprint=item.get("fingerprint"),
        kept_from=start if start != item["received_at"] else None,
    )
