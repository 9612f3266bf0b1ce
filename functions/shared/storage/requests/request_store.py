"""Requests and their timelines: one partition per request, the head beside its events.

Every step is one transaction: the head moves from the version that was read, and the event that
says who, when and why is written with it, so that two of the staff, or two tries, cannot both
act. Every submission is a request of its own, whatever else its person has open.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from heapq import merge
from typing import Any

from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import Conflict
from shared.domain.idempotency import assert_same
from shared.domain.record_classes import RecordClass
from shared.domain.request_actions import CLOSED
from shared.domain.timestamps import format_timestamp, parse_timestamp
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.requests.request_items import (
    EVENT,
    HEAD,
    RequestAction,
    TimelineEvent,
    event_of,
    read_case,
    read_event,
    retention_attributes,
    sort_key,
    writes,
)

__all__ = ["RequestAction", "TimelineEvent", "event_of", "sort_key"]


# What one query reads where all of a list is wanted: about what DynamoDB gives at once (1 MB).
PAGE = 500


class AlreadyExists(Exception):
    """A request of that id was opened before."""


class Stale(Conflict):
    """Somebody acted on the request since it was read; nothing was written."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__("Somebody acted on this request just now; read it again.")


def opening(
    case: DataSubjectRequest, step: RequestAction
) -> tuple[DataSubjectRequest, list[dict[str, Any]]]:
    """Return a new request, and the writes that open it with its first event."""
    begun = replace(case, version=1)
    return begun, writes(begun, None, step)


def opening_completed(
    case: DataSubjectRequest, first: RequestAction, completion: RequestAction
) -> list[dict[str, Any]]:
    """Return the writes of a request that is answered in the moment in which it is opened."""
    begun = replace(case, status=first.status or case.status, version=1)
    (_, opened) = writes(begun, None, first)
    at = format_timestamp(completion.at)
    after = replace(begun, **{"closed_at": at, **completion.changes}, version=2)
    head, _ = writes(after, None, completion)
    _, answered = writes(after, begun, completion)
    return [head, opened, answered]


def open_request(case: DataSubjectRequest, step: RequestAction) -> DataSubjectRequest:
    """Write a new request and its first event.

    Raises:
        AlreadyExists: a request of that id is there; nothing was written.
    """
    begun, own = opening(case, step)
    try:
        database.call("transact_write_items", TransactItems=own)
    except database.TransactionFailed:
        raise AlreadyExists from None
    return begun


def advance(
    case: DataSubjectRequest, step: RequestAction, *members: Mapping[str, Any]
) -> DataSubjectRequest:
    """Move a request on from the version that was read, with `members` in one transaction.

    Raises:
        Stale: somebody else acted first; nothing was written.
        Conflict: one of `members` fails; nothing was written.
    """
    after, own = advancing(case, step)
    try:
        database.call("transact_write_items", TransactItems=[*own, *members])
    except database.TransactionFailed as failure:
        raise failed(failure, len(own)) from None
    return after


def failed(failure: database.TransactionFailed, own: int, first: int = 0) -> Conflict:
    """Tell a request that moved meanwhile from another member of the transaction that failed.

    The request's own writes are the `own` members from position `first` on.
    """
    if any(first <= place < first + own for place in failure.items):
        return Stale()
    return Conflict("What this depends on has changed just now; read it again.")


def advancing(
    case: DataSubjectRequest, step: RequestAction
) -> tuple[DataSubjectRequest, list[dict[str, Any]]]:
    """Return the request after `step`, and the writes for a transaction of somebody else's."""
    status = step.status or case.status
    closed_at = case.closed_at
    if status in CLOSED and case.open:
        closed_at = format_timestamp(step.at)
    after = replace(
        case, **{"status": status, "closed_at": closed_at, **step.changes}, version=case.version + 1
    )
    return after, writes(after, case, step)


def repeated(request: str, key: str, fingerprint: str | None) -> bool:
    """Tell whether a call with this key acted on a request before.

    Raises:
        IdempotencyConflict: it did, and asked for something else.
    """
    for event in timeline(request):
        if event.key == key:
            assert_same(event.fingerprint, fingerprint)
            return True
    return False


def get(request: str) -> DataSubjectRequest | None:
    """Read a case, strongly consistent."""
    item = entry(request, HEAD)
    return read_case(item) if item else None


def for_person(person: str) -> Iterator[DataSubjectRequest]:
    """Yield a person's cases, oldest first, as the index has them: a moment may be missing."""
    query = {
        "TableName": database.table("requests"),
        "IndexName": "people",
        "KeyConditionExpression": "person = :person",
        "ExpressionAttributeValues": encode({":person": person}),
    }
    found = [decode(item) for item in database.pages("query", **query)]
    return (read_case(item) for item in found if item["entry"] == HEAD)


def timeline(request: str) -> Iterator[TimelineEvent]:
    """Yield what happened to a case, oldest first."""
    return map(read_event, entries(request, EVENT))


def entries(request: str, prefix: str) -> Iterator[Mapping[str, Any]]:
    """Yield what belongs to a request, or is named so, by name, strongly consistent."""
    named = " AND begins_with(entry, :prefix)" if prefix else ""
    values = {":request": request, **({":prefix": prefix} if prefix else {})}
    query = {
        "TableName": database.table("requests"),
        "KeyConditionExpression": f"#request = :request{named}",
        "ExpressionAttributeNames": {"#request": "request"},
        "ExpressionAttributeValues": encode(values),
        "ConsistentRead": True,
    }
    return map(decode, database.pages("query", **query))


def read_timeline_event(attributes: Mapping[str, Any]) -> TimelineEvent | None:
    """Read an event from an item's attributes, as a stream gives them; None if it is no event."""
    item = decode(attributes)
    return read_event(item) if str(item.get("entry", "")).startswith(EVENT) else None


def entry(request: str, name: str) -> dict[str, Any] | None:
    """Read something else that belongs to a case, strongly consistent."""
    item = database.get("requests", request=request, entry=name)
    return decode(item) if item else None


def put_entry(
    request: str,
    name: str,
    content: Mapping[str, Any],
    kind: RecordClass = RecordClass.CASE,
    start: str | None = None,
) -> None:
    """Keep something else with a case, in place of what was there.

    `kind` is its record class and `start` when its period begins; without one it goes with the
    case itself.
    """
    attributes = retention_attributes(request, kind, start)
    write = putting_entry(request, name, {**content, **attributes})["Put"]
    database.call("put_item", **write)


def putting_entry(request: str, name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the write of an entry that goes with the case, a member of a transaction."""
    item = {**content, "request": request, "entry": name}
    return {"Put": {"TableName": database.table("requests"), "Item": encode(item)}}


def remove_entry(request: str, name: str) -> None:
    """Remove what `put_entry` kept; what is gone already is no fault."""
    key = encode({"request": request, "entry": name})
    database.call("delete_item", TableName=database.table("requests"), Key=key)


@dataclass(frozen=True, slots=True)
class FoundRequest:
    """One item of a list by status: where it sorts, its id, and the request if it can be read."""

    sort_key: str
    id: str
    request: DataSubjectRequest | None


def many(requests: Sequence[str]) -> Iterator[DataSubjectRequest]:
    """Read those requests that are there, strongly consistent, in no order."""
    for start in range(0, len(requests), database.MEMBERS):
        names = requests[start : start + database.MEMBERS]
        keys = [encode({"request": name, "entry": HEAD}) for name in names]
        for item in database.batch_get(database.table("requests"), keys):
            yield read_case(decode(item))


# Before every day, and behind every day and what has none.
_FIRST, _LAST = "0", "~"


def with_status(
    status: str, limit: int, after: str | None = None, before: str | None = None
) -> list[FoundRequest]:
    """Return up to `limit` requests of a status, the first due first, that sort behind `after`.

    `after` is the `sort_key` of the last one that was read; `before` is where it ends, such as a
    day. One that cannot be read does not stop the others: its request is none, and the caller
    says so.
    """
    values = {":status": status, ":after": f"{after or _FIRST}!", ":before": before or _LAST}
    if values[":after"] > values[":before"]:
        return []
    answer = database.call(
        "query",
        TableName=database.table("requests"),
        IndexName="work",
        KeyConditionExpression="#status = :status AND due BETWEEN :after AND :before",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues=encode(values),
        Limit=limit,
    )
    return [found(decode(item)) for item in answer["Items"]]


def in_order(
    statuses: Iterable[str],
    after: str | None = None,
    before: str | None = None,
    at_once: int = PAGE,
) -> Iterator[FoundRequest]:
    """Yield every request of some statuses, the first due first, from behind `after`.

    Each status is read `at_once` a call.
    """

    def one_by_one(status: str) -> Iterator[FoundRequest]:
        place = after
        while page := with_status(status, at_once, place, before):
            yield from page
            place = page[-1].sort_key

    return merge(*map(one_by_one, statuses), key=lambda found: found.sort_key)


def found(item: Mapping[str, Any]) -> FoundRequest:
    """Read an entry of the work list."""
    try:
        case = read_case(item)
        parse_timestamp(case.received_at)
        date.fromisoformat(case.facts["received"])
    except (KeyError, TypeError, ValueError, AttributeError):
        case = None
    return FoundRequest(item["due"], item["request"], case)
