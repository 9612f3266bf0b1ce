"""A person's requests as things that are kept: what of earlier ones stays, and what goes.

The case itself shows that the law was kept and stays for its class's period, without contact
data; what staff noted, and what was gathered to answer it, goes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.domain import erasure
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.record_classes import RecordClass
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import encode
from shared.storage.requests import request_store
from shared.storage.requests.request_items import EVENT, HEAD

# What is kept beside a case for as long as the case itself.
STAYS = (HEAD, "plan", "certificate")
NOTE = "note"


def of(person: str) -> Iterator[DataSubjectRequest]:
    """Yield a person's requests as they stand; the index knows them, the table how they stand."""
    for known in request_store.for_person(person):
        case = request_store.get(known.id)
        if case is not None:
            yield case


def smaller(case: DataSubjectRequest) -> Mapping[str, Any] | None:
    """Return the write that leaves of a request what accountability needs; None if it is done."""
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
        # Who read it before reads it again, and does not write back what was taken away.
        ":next": case.version + 1,
    }
    update = {
        "TableName": database.table("requests"),
        "Key": encode({"request": case.id, "entry": HEAD}),
        "UpdateExpression": "SET #name = :name, #email = :email, #corrections = :corrections, "
        "#facts = :facts, #result = :result, #version = :next "
        "REMOVE #details, #browser, #agent, #postal",
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


def beside(request: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what is kept beside a request and is no part of it: its record class, and the item."""
    for item in request_store.entries(request, ""):
        name = item["entry"]
        if name.startswith(EVENT):
            if item["action"] == NOTE and item.get("reason"):
                yield RecordClass.CASE, item
        elif name.partition("#")[0] not in STAYS:
            yield str(item.get("retention_class", RecordClass.CASE)).partition("#")[0], item


def removal(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the write that takes away what is kept beside a request: an event's words only."""
    key = {
        "TableName": database.table("requests"),
        "Key": encode({"request": item["request"], "entry": item["entry"]}),
    }
    if item["entry"].startswith(EVENT):
        names = {"#reason": "reason"}
        update = {"UpdateExpression": "REMOVE #reason", "ExpressionAttributeNames": names}
        return {"Update": {**key, **update}}
    return {"Delete": key}
