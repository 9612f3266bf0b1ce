"""A person's requests as things that are kept: what of earlier ones stays, and what goes.

The case itself shows that the law was kept and stays for its class's period, without contact
data; what staff noted, and what was gathered to answer it, goes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.domain import erasure
from shared.domain.data_subject_request import DataSubjectRequest
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.requests import request_store
from shared.storage.requests.request_items import EVENT, HEAD, RETENTION_CLASS

# What is kept beside a case for as long as the case itself.
STAYS = (HEAD, "plan", "certificate")
NOTE = "note"


def of(person: str) -> Iterator[DataSubjectRequest]:
    """Give a person's requests as they stand; the index knows them, the table how they stand."""
    for known in request_store.for_person(person):
        case = request_store.get(known.id)
        if case is not None:
            yield case


def smaller(case: DataSubjectRequest) -> Mapping[str, Any] | None:
    """Give the write that leaves of a request what accountability needs; none if it is done."""
    less = erasure.reduced(case)
    if less == case:
        return None
    values = {
        ":name": less.name,
        ":email": less.email,
        ":corrections": less.corrections,
        ":facts": dict(less.facts),
        ":result": dict(less.result),
        ":version": case.version,
    }
    update = {
        "TableName": database.table("requests"),
        "Key": encode({"request": case.id, "entry": HEAD}),
        "UpdateExpression": "SET #name = :name, #email = :email, #corrections = :corrections, "
        "#facts = :facts, #result = :result REMOVE #details, #browser, #agent, #postal",
        "ConditionExpression": "#version = :version",
        "ExpressionAttributeNames": {
            "#name": "name",
            "#email": "email",
            "#corrections": "corrections",
            "#facts": "facts",
            "#result": "result",
            "#details": "details",
            "#browser": "consent_id",
            "#agent": "agent",
            "#postal": "postal_address",
            "#version": "version",
        },
        "ExpressionAttributeValues": encode(values),
    }
    return {"Update": update}


def extras(request: str) -> Iterator[tuple[str, Mapping[str, Any], int]]:
    """Give what goes of a request's other items: its record class, the write, about how big."""
    query = {
        "TableName": database.table("requests"),
        "KeyConditionExpression": "#request = :request",
        "ExpressionAttributeNames": {"#request": "request"},
        "ExpressionAttributeValues": encode({":request": request}),
        "ConsistentRead": True,
    }
    for attributes in database.pages("query", **query):
        item = decode(attributes)
        name, size = item["entry"], len(str(item).encode())
        key = {
            "TableName": database.table("requests"),
            "Key": encode({"request": request, "entry": name}),
        }
        if name.startswith(EVENT):
            if item["action"] == NOTE and item.get("reason"):
                yield RETENTION_CLASS, {"Update": {**key, **_without_reason()}}, size
        elif name.partition("#")[0] not in STAYS:
            kind, _, _ = item.get("retention_class", RETENTION_CLASS).partition("#")
            yield kind, {"Delete": key}, size


def _without_reason() -> dict[str, Any]:
    return {"UpdateExpression": "REMOVE #reason", "ExpressionAttributeNames": {"#reason": "reason"}}
