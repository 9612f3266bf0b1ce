"""Requests by when they came or ended: for registers, reports, and what staff look at again."""

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


def register(
    kind: str, first: str, last: str, after: str | None = None, at_once: int = request_store.PAGE
) -> Iterator[DataSubjectRequest]:
    """Yield the requests of a type that came from `first` to `last` (ISO days), the oldest first.

    `after` is the `register_place` of the last one that was read. The index has nothing else; it
    is read `at_once` a call, and one that cannot be read is left out.
    """
    start, end = max(first, f"{after or ''}!"), f"{last}{_LAST}"
    if start > end:
        return
    query = {
        "TableName": database.table("requests"),
        "IndexName": "registers",
        "KeyConditionExpression": "register = :kind AND received BETWEEN :start AND :end",
        "ExpressionAttributeValues": encode({":kind": kind, ":start": start, ":end": end}),
        "Limit": at_once,
    }
    for item in map(decode, database.pages("query", **query)):
        case = request_store.found(item).request
        if case is not None:
            yield case


def _once(found: Iterable[DataSubjectRequest]) -> Iterator[DataSubjectRequest]:
    seen: set[str] = set()
    for case in found:
        if case.id not in seen:
            seen.add(case.id)
            yield case


def _due_since(since: str) -> Iterator[DataSubjectRequest]:
    for status in STATUSES:
        for item in _heads(status, since):
            case = request_store.found(item).request
            if case is not None:
                yield case


def _heads(status: str, since: str) -> Iterator[dict[str, Any]]:
    query = {
        "TableName": database.table("requests"),
        "IndexName": "work",
        "KeyConditionExpression": "#status = :status AND due >= :since",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": encode({":status": status, ":since": since}),
    }
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
