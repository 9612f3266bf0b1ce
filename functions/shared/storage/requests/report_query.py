"""Requests by when they ended: for a month's report, and for what staff should look at again."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.record_classes import RecordClass
from shared.domain.request_actions import STATUSES
from shared.domain.retention_partitions import partitions
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.requests import request_store
from shared.storage.requests.request_items import HEAD

# Behind every moment.
_LAST = "~"


def of_span(first: str, start: str, end: str) -> Iterator[DataSubjectRequest]:
    """Yield every request whose last day is `first` (ISO) or later, or not known, once each.

    And those that were closed from `start` to before `end` (RFC 3339, UTC), however late. What
    came on `first` or later has no earlier last day. The indexes follow the table within moments;
    a request that is closed in between is found once, as it was read first.
    """
    return _once(chain(_due_since(first), closed_since(start, end)))


def closed_since(start: str, end: str = _LAST) -> Iterator[DataSubjectRequest]:
    """Yield every request that was closed from `start` (RFC 3339, UTC) on, up to `end`."""
    found = (
        each
        for partition in partitions(RecordClass.CASE)
        for each in _closed(partition, start, end)
    )
    names = (item["request"] for item in found if item["entry"] == HEAD)
    while some := list(islice(names, database.MEMBERS)):
        yield from request_store.many(some)


def of_type(kind: str, since: str) -> Iterator[DataSubjectRequest]:
    """Yield every request of a type whose last day is `since` (ISO) or later, or not known, once.

    The heads are read where they are sorted by their last day, so that older ones cost nothing.
    One that cannot be read is left out.
    """
    return _once(_due_since(since, kind))


def _once(found: Iterable[DataSubjectRequest]) -> Iterator[DataSubjectRequest]:
    seen: set[str] = set()
    for case in found:
        if case.id not in seen:
            seen.add(case.id)
            yield case


def _due_since(since: str, kind: str | None = None) -> Iterator[DataSubjectRequest]:
    for status in STATUSES:
        for item in _heads(status, since, kind):
            case = request_store.found(item).request
            if case is not None:
                yield case


def _heads(status: str, since: str, kind: str | None) -> Iterator[dict[str, Any]]:
    names = {"#status": "status"}
    values = {":status": status, ":since": since}
    query: dict[str, Any] = {
        "TableName": database.table("requests"),
        "IndexName": "work",
        "KeyConditionExpression": "#status = :status AND due >= :since",
    }
    if kind is not None:
        query["FilterExpression"] = "#type = :type"
        names["#type"], values[":type"] = "type", kind
    query |= {"ExpressionAttributeNames": names, "ExpressionAttributeValues": encode(values)}
    return map(decode, database.pages("query", **query))


def _closed(partition: str, start: str, end: str) -> Iterator[dict[str, Any]]:
    query = {
        "TableName": database.table("requests"),
        "IndexName": "retention",
        "KeyConditionExpression": "retention_class = :class"
        " AND retention_start BETWEEN :start AND :end",
        "ExpressionAttributeValues": encode({":class": partition, ":start": start, ":end": end}),
    }
    return map(decode, database.pages("query", **query))
