"""Items at the edges of their time, holds on them, and runs of retention that see them."""

import secrets as randomness
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import boto3

from infra.catalogue import TABLES
from local.cloud import ACCOUNT, REGION
from retention import handler
from shared.domain import identifiers, retention
from shared.domain.timestamps import format_timestamp
from shared.storage import holds, policies
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import encode
from shared.storage.hold_items import Hold
from shared.storage.retention import runs
from shared.storage.retention.runs import RunReport
from tests.support import NOW

KEPT = retention.periods(policies.load(policies.FOLDER), NOW)
SECOND = timedelta(seconds=1)
_ROWS = {table.name: table for table in TABLES}


@dataclass
class Context:
    """What Lambda tells of an invocation: plenty of time, or none after so many looks."""

    looks: int = 10**9
    memory_limit_in_mb: int = 512

    def get_remaining_time_in_millis(self) -> int:
        self.looks -= 1
        return 900_000 if self.looks >= 0 else 1_000


def person() -> str:
    return "p_" + identifiers._base32(randomness.token_bytes(16))


def browser() -> str:
    return identifiers.consent_id(randomness.token_bytes(16))


def request() -> str:
    return "r_" + identifiers._base32(randomness.token_bytes(16))


def edge(kind: str) -> datetime:
    """Return the latest start that is due."""
    return retention.cutoff(NOW, KEPT[kind])


def put(table: str, kind: str, start: datetime, owner: str | None = None, **more: Any) -> Any:
    """Store a bare item of a class, of `owner` or of somebody new; return its table and key."""
    row = _ROWS[table]
    whose = owner or person()
    key: dict[str, Any] = {row.partition: whose}
    if row.sort:
        key[row.sort] = 1 if row.sort_type == "N" else f"{kind}#{randomness.token_hex(6)}"
    if table == "operations":
        key = {"kind": "kept", "id": f"{whose}#{randomness.token_hex(6)}"}
    if table == "audit":
        key["day"], key["at"] = (
            format_timestamp(start)[:10],
            f"{format_timestamp(start)}#x#read_person#{whose}",
        )
    if table == "requests":
        key = {"request": request(), "entry": kind}
    key |= {name: more.pop(name) for name in key if name in more}
    item = {
        **key,
        "retention_class": f"{kind}#{randomness.randbelow(8)}",
        "retention_start": format_timestamp(start),
        **more,
    }
    boto3.client("dynamodb").put_item(TableName=database.table(table), Item=encode(item))
    return table, key


def there(place: tuple[str, dict[str, Any]]) -> bool:
    table, key = place
    found = boto3.client("dynamodb").get_item(TableName=database.table(table), Key=encode(key))
    return "Item" in found


def run(event: dict[str, Any] | None = None, context: Context | None = None) -> Any:
    """Invoke the function, by hand or as the schedule does."""
    return handler.handle(event or {}, context or Context())


def of(kind: str, **more: Any) -> Any:
    """Run one class alone; return its figures."""
    report = run({"class": kind, **more})
    none = dict.fromkeys(("found", "removed", "held", "failed", "overdue"), 0)
    return report["classes"].get(kind, none)


def hold(**more: Any) -> Hold:
    """Place a hold, e.g. on `person=` or `kind=`."""
    name = f"h_{randomness.token_hex(8)}"
    placed = Hold(id=name, reason="A claim.", by="staff-1", placed_at=format_timestamp(NOW), **more)
    holds.place(placed)
    return placed


def lift(one: Hold) -> None:
    holds.lift(one, "staff-1", NOW)


def inserted(table: str, key: dict[str, Any]) -> dict[str, Any]:
    """Return the stream's record of a stored item."""
    name = database.table(table)
    found = boto3.client("dynamodb").get_item(TableName=name, Key=encode(key))
    return {
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}/stream/x",
        "dynamodb": {"NewImage": found["Item"], "SequenceNumber": randomness.token_hex(8)},
    }


def parts(report: dict[str, Any]) -> list[RunReport]:
    """Return the stored reports of a run, the last part first."""
    return [one for one in runs.listed(1000) if one.run == report["run"]]
