"""Requests and their timelines: one partition per request, the head beside its events.

Every step is one transaction: the head moves from the version that was read, and the event that
says who, when and why is written with it, so that two of the staff, or two tries, cannot both
act. An open request holds a place per person and type, so that asking twice is one request.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from shared.domain import data_subject_request as domain
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import Conflict
from shared.domain.timestamps import format_timestamp
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.requests.request_items import (
    EVENT,
    HEAD,
    RETENTION_CLASS,
    RequestAction,
    TimelineEvent,
    open_request_lock,
    read_case,
    read_event,
    retention_attributes,
    sort_key,
    writes,
)

__all__ = ["RequestAction", "TimelineEvent", "sort_key"]


class AlreadyOpen(Exception):
    """A request of that type by that person is open: `request` is its id."""

    def __init__(self, request: str) -> None:
        """Hold the open request's id."""
        super().__init__()
        self.request = request


def open_case(
    case: DataSubjectRequest, step: RequestAction, *members: Mapping[str, Any]
) -> DataSubjectRequest:
    """Write a new case, its first event and its place among the open ones.

    Raises:
        Open: the place is taken.
        Conflict: the case is there already, or one of `members` fails.
    """
    begun = replace(case, version=1)
    taken = {
        "TableName": database.table("requests"),
        "Item": encode({**open_request_lock(case), "is": case.id}),
        "ConditionExpression": "attribute_not_exists(entry)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    all_of_it = [{"Put": taken}, *writes(begun, None, step), *members]
    try:
        database.call("transact_write_items", TransactItems=all_of_it)
    except database.TransactionFailed as failure:
        if 0 in failure.items:
            raise AlreadyOpen(decode(failure.items[0] or {})["is"]) from None
        raise Conflict from None
    return begun


def advance(
    case: DataSubjectRequest, step: RequestAction, *members: Mapping[str, Any]
) -> DataSubjectRequest:
    """Move a case on from the version that was read, with `members` in one transaction.

    Raises:
        Conflict: somebody else acted first, or one of `members` fails; nothing was written.
    """
    after, own = advancing(case, step)
    try:
        database.call("transact_write_items", TransactItems=[*own, *members])
    except database.TransactionFailed:
        raise Conflict("Somebody acted on this request just now; read it again.") from None
    return after


def advancing(
    case: DataSubjectRequest, step: RequestAction
) -> tuple[DataSubjectRequest, list[dict[str, Any]]]:
    """Give the case after `step`, and the writes for a transaction of somebody else's."""
    status = step.status or case.status
    closed_at = case.closed_at
    if status in domain.CLOSED and case.open:
        closed_at = format_timestamp(step.at)
    after = replace(
        case, **{"status": status, "closed_at": closed_at, **step.changes}, version=case.version + 1
    )
    own = writes(after, case, step)
    if case.open and not after.open:
        gone = {"TableName": database.table("requests"), "Key": encode(open_request_lock(case))}
        own.append({"Delete": gone})
    return after, own


def get(request: str) -> DataSubjectRequest | None:
    """Read a case, strongly consistent."""
    item = entry(request, HEAD)
    return read_case(item) if item else None


def for_person(person: str) -> Iterator[DataSubjectRequest]:
    """Give a person's cases, oldest first, as the index has them: a moment may be missing."""
    query = {
        "TableName": database.table("requests"),
        "IndexName": "people",
        "KeyConditionExpression": "person = :person",
        "ExpressionAttributeValues": encode({":person": person}),
    }
    found = [decode(item) for item in database.pages("query", **query)]
    return (read_case(item) for item in found if item["entry"] == HEAD)


def timeline(request: str) -> Iterator[TimelineEvent]:
    """Give what happened to a case, oldest first."""
    query = {
        "TableName": database.table("requests"),
        "KeyConditionExpression": "#request = :request AND begins_with(entry, :event)",
        "ExpressionAttributeNames": {"#request": "request"},
        "ExpressionAttributeValues": encode({":request": request, ":event": EVENT}),
        "ConsistentRead": True,
    }
    return (read_event(decode(item)) for item in database.pages("query", **query))


def read_timeline_event(attributes: Mapping[str, Any]) -> TimelineEvent | None:
    """Read an event from an item's attributes, as a stream gives them; none if it is no event."""
    item = decode(attributes)
    return read_event(item) if str(item.get("entry", "")).startswith(EVENT) else None


def entry(request: str, name: str) -> dict[str, Any] | None:
    """Read something else that belongs to a case, strongly consistent."""
    answer = database.call(
        "get_item",
        TableName=database.table("requests"),
        Key=encode({"request": request, "entry": name}),
        ConsistentRead=True,
    )
    return decode(answer["Item"]) if "Item" in answer else None


def put_entry(
    request: str,
    name: str,
    content: Mapping[str, Any],
    kind: str = RETENTION_CLASS,
    start: str | None = None,
) -> None:
    """Keep something else with a case, in place of what was there.

    `kind` is its record class and `start` when its period begins; without one it goes with the
    case itself.
    """
    item = {
        **content,
        "request": request,
        "entry": name,
        **retention_attributes(request, kind, start),
    }
    database.call("put_item", TableName=database.table("requests"), Item=encode(item))


def with_status(status: str, limit: int, after: str | None = None) -> list[DataSubjectRequest]:
    """Give up to `limit` cases of a status, the first due first, that sort behind `after`.

    `after` is what `sort_key` gave for the last one that was read.
    """
    condition = "#status = :status AND due > :after" if after else "#status = :status"
    values = {":status": status, **({":after": after} if after else {})}
    answer = database.call(
        "query",
        TableName=database.table("requests"),
        IndexName="work",
        KeyConditionExpression=condition,
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues=encode(values),
        Limit=limit,
    )
    return [read_case(decode(item)) for item in answer["Items"]]
