"""Looking for what is past its period, in another way than the sweep does (S13).

Every item of every table is read, and its period counted on from its own start: neither the
retention index nor the sweep's list of places is asked, so what they miss shows here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from infra.catalogue import TABLES
from shared.domain import retention
from shared.domain.record_classes import RecordClass
from shared.domain.retention import Period
from shared.domain.timestamps import parse_timestamp
from shared.storage import breaches, hold_items, holds, objects, policy_changes
from shared.storage.aws_clients import client
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode
from shared.storage.hold_items import subject_marker
from shared.storage.requests import follow_ups, request_store
from shared.storage.requests.request_items import HEAD

KEYS = {
    table.name: tuple(name for name in (table.partition, table.sort) if name)
    for table in TABLES
    if table.retained
}
EXPIRING = "tokens"
# DynamoDB removes what has expired within a few days.
GRACE = timedelta(days=3)
# Kept without a clock as long as they are in force, open or waiting; the last three name nobody.
UNDATED = (
    *(hold_items.KIND, hold_items.MARKER, breaches.REGISTER, follow_ups.KIND),
    *(hold_items.EPOCH, policy_changes.STATE, policy_changes.ORDERS),
)
OVERDUE, NO_CLASS, UNKNOWN, ALONE = "overdue", "without class", "unknown class", "without request"
EXPORT, EVIDENCE = RecordClass.EXPORT, RecordClass.CONSENT_EVIDENCE


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that should not be there: `mark` stands for its key."""

    table: str
    kind: str
    what: str
    mark: str


@dataclass(slots=True)
class Audit:
    """What to go by, and how much was seen."""

    periods: Mapping[str, Period]
    as_of: datetime
    held: frozenset[str]
    seen: int = 0
    kept: int = field(default=0)

    def everything(self) -> Iterator[Finding]:
        """Look at all tables, and at the bucket."""
        for table in KEYS:
            yield from self.table(table)
        yield from self.tokens()
        yield from self.bucket()

    def table(self, name: str) -> Iterator[Finding]:
        """Look at every item of a table; the items of a partition come together."""
        items = map(decode, database.pages("scan", TableName=database.table(name)))
        if name != "requests":
            for item in items:
                self.seen += 1
                yield from self._judged(name, item, ())
                if "event" in item:
                    yield from self._copied(name, item)
            return
        for _, partition in groupby(items, key=lambda item: item["request"]):
            yield from self._request(list(partition))

    def tokens(self) -> Iterator[Finding]:
        """Look for what DynamoDB itself should have removed by its time to live."""
        limit = (self.as_of - GRACE).timestamp()
        for item in map(decode, database.pages("scan", TableName=database.table(EXPIRING))):
            self.seen += 1
            if item["expires"] <= limit:
                yield _finding(EXPIRING, RecordClass.TOKEN, OVERDUE, {"token": item["token"]})

    def bucket(self) -> Iterator[Finding]:
        """Look at every copy and upload: past its period, or of a request that is gone."""
        pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=objects.bucket())
        for found in (item for page in pages for item in page.get("Contents", ())):
            self.seen += 1
            folder, request = found["Key"].split("/")[:2]
            head = request_store.entry(request, HEAD)
            old = retention.due_at(found["LastModified"], self.periods[EXPORT]) <= self.as_of
            if head is not None and self._holds(EXPORT, _owners([head])):
                self.kept += 1
            elif old and folder == "exports":
                yield _finding("exports", EXPORT, OVERDUE, {"key": found["Key"]})
            elif head is None and found["LastModified"] <= self.as_of:
                yield _finding("exports", EXPORT, ALONE, {"key": found["Key"]})

    def _request(self, partition: list[dict[str, Any]]) -> Iterator[Finding]:
        whole = any(item["entry"] in (HEAD, "place") for item in partition)
        owners = _owners(partition)
        for item in partition:
            self.seen += 1
            if "retention_class" in item:
                yield from self._judged("requests", item, owners)
            elif not whole:
                yield _finding("requests", RecordClass.CASE, ALONE, _key("requests", item))

    def _judged(
        self, table: str, item: Mapping[str, Any], owners: Iterable[str]
    ) -> Iterator[Finding]:
        kind, _, shard = item.get("retention_class", "").partition("#")
        key = _key(table, item)
        if not kind:
            if table != "operations" or item["kind"] not in UNDATED:
                yield _finding(table, "-", NO_CLASS, key)
        elif kind not in self.periods:
            yield _finding(table, kind, UNKNOWN, key)
        elif (
            retention.due_at(parse_timestamp(item["retention_start"]), self.periods[kind])
            <= self.as_of
        ):
            names = {*owners, *(name for part in key.values() for name in _names(part))}
            if self._holds(kind, names) or f"class#{kind}#{shard}" in self.held:
                self.kept += 1
            else:
                yield _finding(table, kind, OVERDUE, key)

    def _copied(self, table: str, standing: Mapping[str, Any]) -> Iterator[Finding]:
        """Look at the copy of an event, which is kept no longer than the event."""
        decided = parse_timestamp(standing["event"]["decided_at"])
        due = retention.due_at(decided, self.periods[EVIDENCE]) <= self.as_of
        if due and not self._holds(EVIDENCE, [standing["person"]]):
            yield _finding(table, EVIDENCE, OVERDUE, _key(table, standing))

    def _holds(self, kind: str, owners: Iterable[str]) -> bool:
        return f"class#{kind}#0" in self.held or any(
            subject_marker(name) in self.held for name in owners
        )


def start(periods: Mapping[str, Period], as_of: datetime) -> Audit:
    """Begin a look as of a moment; holds in force now keep what they keep."""
    return Audit(periods, as_of, holds.in_force().markers)


def _owners(partition: Iterable[Mapping[str, Any]]) -> list[str]:
    heads = [item for item in partition if item["entry"] == HEAD]
    return [item[name] for item in heads for name in ("person", "consent_id") if name in item]


def _key(table: str, item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in KEYS[table]}


def _names(part: object) -> list[str]:
    """Split a key's part where names of people and browsers may stand in it."""
    return [word for word in str(part).split("#") if word.startswith(("p_", "c_"))]


def _finding(table: str, kind: str, what: str, key: Mapping[str, Any]) -> Finding:
    return Finding(table, kind, what, retention.mark(table, key).hex()[:16])
