"""Whose records a breach concerns: found through the retention index, place by place.

A place is one partition of an index. The index has what begins the retention period, and keys
alone, so that looking costs little; open requests, which have no period yet, are found by their
status.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.domain import retention_partitions
from shared.domain.breach import AffectedRecords
from shared.domain.record_classes import ROWS, RecordClass
from shared.domain.request_actions import OPEN
from shared.storage import records
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.requests import request_store
from shared.storage.requests.request_items import HEAD

PAGE = 500
# Where data came from if a record does not say: whoever it is about.
_ITSELF = {"p": "person", "c": "browser"}

IndexPartition = tuple[str, str, str]  # class, index, partition
Person = Mapping[str, str]  # `person`; and `request` if a request is how to reach them


def places(affected: AffectedRecords) -> list[IndexPartition]:
    """Name where to look, always in the same order."""
    found: list[IndexPartition] = []
    for kind in affected.classes:
        found += [(kind, "retention", name) for name in retention_partitions.partitions(kind)]
        if kind == RecordClass.CASE:
            found += [(kind, "work", status) for status in OPEN]
    return found


def page(
    affected: AffectedRecords, place: IndexPartition, start: Mapping[str, Any] | None
) -> tuple[list[Person], Mapping[str, Any] | None]:
    """Return the people of one page of a place, and the key to go on with (none: it is through)."""
    kind, index, partition = place
    names, values, condition = _range(affected, kind, index, partition)
    query: dict[str, Any] = {
        "TableName": database.table(ROWS[RecordClass(kind)].stores[0]),
        "IndexName": index,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": encode(values),
        "Limit": PAGE,
        **({"ExpressionAttributeNames": names} if names else {}),
        **({"ExclusiveStartKey": encode(start)} if start else {}),
    }
    answer = database.call("query", **query)
    people = [each for item in answer["Items"] for each in _people(affected, kind, decode(item))]
    last = answer.get("LastEvaluatedKey")
    return people, decode(last) if last else None


def _range(
    affected: AffectedRecords, kind: str, index: str, partition: str
) -> tuple[dict[str, str], dict[str, str], str]:
    if index == "work":
        return {"#status": "status"}, {":partition": partition}, "#status = :partition"
    values = {":partition": partition, ":start": affected.start}
    if kind == RecordClass.CASE:  # its period begins when it is closed
        return {}, values, "retention_class = :partition AND retention_start >= :start"
    values[":end"] = affected.end
    return {}, values, "retention_class = :partition AND retention_start BETWEEN :start AND :end"


def _people(affected: AffectedRecords, kind: str, item: Mapping[str, Any]) -> Iterator[Person]:
    if kind == RecordClass.CASE:
        case = request_store.get(item["request"]) if item["entry"] == HEAD else None
        if case and case.received_at <= affected.end and _from("person", affected):
            yield {"person": case.person, "request": case.id}
        return
    person = item.get("person") or item["subject"]
    if not affected.sources or _from(_source(person, item), affected):
        yield {"person": person}


def _from(source: str, affected: AffectedRecords) -> bool:
    return not affected.sources or source in affected.sources


def _source(person: str, item: Mapping[str, Any]) -> str:
    record = records.get(person, item["record"]) if "record" in item else None
    told = record.facts.get("source") if record else None
    return str(told or _ITSELF[person[0]])
