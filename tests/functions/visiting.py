"""Browsers that visit, and the stream worker that counts what they leave."""

import hashlib
import itertools
import secrets as randomness
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import boto3

from aggregation import handler
from infra.catalogue import TABLES
from local.cloud import ACCOUNT, REGION
from shared.domain.statistics import Statistic
from shared.domain.timestamps import format_timestamp
from shared.storage import statistics
from shared.storage.dynamodb import database
from tests.support import NOW, call

SITE = "https://www.khoocommerce.example"
COOKIE_BANNER = {
    "policy_version": "2023-06",
    "notice_id": "cookie_banner",
    "method": "choose",
}

_days = itertools.count(1)


def day() -> datetime:
    """Return the noon of a day that no other test counts on."""
    return NOW.replace(hour=12) + timedelta(days=10 * next(_days))


def browser(now: datetime, **more: Any) -> str:
    """Name a browser that allowed analytics."""
    told = COOKIE_BANNER | {"choices": {"analytics": True}} | more
    answer = call("consent", "POST", "/v1/consents", told, now=now)
    assert answer.status == 201, answer.text
    return str(answer.json["consent_id"])


def visit(consent_id: str, now: datetime, *paths: str, **more: Any) -> str:
    """Visit pages for ten seconds each; return the visit's name."""
    told = {
        "consent_id": consent_id,
        "visit_id": randomness.token_urlsafe(18),
        "device_type": "desktop",
        "entry": SITE + paths[0],
        "pages": [
            {"url": SITE + path, "at": format_timestamp(now), "engaged_ms": 10_000}
            for path in paths
        ],
    } | more
    answer = call("visits", "POST", "/v1/visits", told, now=now)
    assert answer.status == 202, answer.text
    return str(told["visit_id"])


def stored(name: str, table: str) -> list[dict[str, Any]]:
    """Return the stream records of all that a table holds about somebody."""
    partition = {"records": "person", "ledger": "subject"}[table]
    found = boto3.client("dynamodb").query(
        TableName=database.table(table),
        KeyConditionExpression=f"{partition} = :name",
        ExpressionAttributeValues={":name": {"S": name}},
    )
    return [inserted(item, table) for item in found["Items"]]


def inserted(item: dict[str, Any], table: str) -> dict[str, Any]:
    """Return an item's stream record: the same number each time, as it comes again."""
    row = next(row for row in TABLES if row.name == table)
    keys = repr([item.get(str(name)) for name in (row.partition, row.sort)])
    number = int.from_bytes(hashlib.sha256(keys.encode()).digest()[:8])
    where = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{database.table(table)}/stream/x"
    return {
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": where,
        "dynamodb": {"NewImage": item, "SequenceNumber": f"{number:021}"},
    }


def aggregate(*batch: dict[str, Any]) -> list[str]:
    """Hand the worker a batch; return the sequence numbers of what it could not count."""
    answer = handler.handle({"Records": list(batch)}, None)
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def rows(book: str, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield the items of a day's counts, shard by shard."""
    for shard in range(statistics.SHARDS):
        found = boto3.client("dynamodb").query(
            TableName=database.table("statistics"),
            KeyConditionExpression="#day = :day",
            ExpressionAttributeNames={"#day": "day"},
            ExpressionAttributeValues={":day": {"S": f"{book}#{now.date()}#{shard}"}},
        )
        yield from found["Items"]


def counted(book: Statistic, now: datetime) -> dict[str, dict[str, int]]:
    """Return a day's counts by name."""
    found = statistics.of_day(book, str(now.date()))
    return {row.what: dict(row.counts) for row in found}
