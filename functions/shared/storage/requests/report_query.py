"""Requests by when they ended: for a month's report, and for what staff should look at again."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.record_classes import RecordClass
from shared.domain.request_actions import OPEN, STATUSES
from shared.domain.retention_partitions import partitions
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.requests import request_store
from shared.storage.requests.request_items import HEAD


def open_or_closed_since(start: str) -> Iterator[DataSubjectRequest]:
    """Give every request that is open or was closed from `start` (RFC 3339, UTC) on, once each.

    The indexes follow the table within moments; a request that is closed in between is found
    once, as it was read first.
    """
    seen: set[str] = set()
    for case in _found(start):
        if case.id not in seen:
            seen.add(case.id)
            yield case


def _found(start: str) -> Iterator[DataSubjectRequest]:
    for found in request_store.in_order(OPEN):
        if found.request is not None:
            yield found.request
    yield from closed_since(start)


def closed_since(start: str) -> Iterator[DataSubjectRequest]:
    """Give every request that was closed from `start` (RFC 3339, UTC) on."""
    found = (
        each for partition in partitions(RecordClass.CASE) for each in _closed(partition, start)
    )
    names = (item["request"] for item in found if item["entry"] == HEAD)
    while some := list(islice(names, database.MEMBERS)):
        yield from request_store.many(some)


def of_type(kind: str, since: str) -> Iterator[DataSubjectRequest]:
    """Give every request of a type whose last day is `since` (ISO) or later, or not known, once.

    The heads are read where they are sorted by their last day, so that older ones cost nothing.
    One that cannot be read is left out.
    """
    seen: set[str] = set()
    for status in STATUSES:
        for item in _typed(kind, status, since):
            case = request_store.found(item).request
            if case is not None and case.id not in seen:
                seen.add(case.id)
                yield case


def _typed(kind: str, status: str, since: str) -> Iterator[dict[str, Any]]:
    query = {
        "TableName": database.table("requests"),
        "IndexName": "work",
        "KeyConditionExpression": "#status = :status AND due >= :since",
        "FilterExpression": "#type = :type",
        "ExpressionAttributeNames": {"#status": "status", "#type": "type"},
        "ExpressionAttributeValues": encode({":status": status, ":since": since, ":type": kind}),
    }
    return map(decode, database.pages("query", **query))


def _closed(partition: str, start: str) -> Iterator[dict[str, Any]]:
    query = {
        "TableName": database.table("requests"),
        "IndexName": "retention",
        "KeyConditionExpression": "retention_class = :class AND retention_start >= :start",
        "ExpressionAttributeValues": encode({":class": partition, ":start": start}),
    }
    return map(decode, database.pages("query", **query))
