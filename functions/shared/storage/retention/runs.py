"""Reports of retention runs: what each found, removed and had to leave; they name nobody.

A run that ran out of time is several reports, one a part; each has what the whole run has come
to by then. A later part's name follows from the one before, so that there is one of each.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.domain import retention_partitions
from shared.domain.field_copies import from_item
from shared.domain.record_classes import RecordClass
from shared.domain.retention import Figures, comparable
from shared.domain.timestamps import format_timestamp
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.retention.retention_index import RetentionPartition

KIND, OPEN = "run", "open_run"
FINISHED, UNFINISHED, PARTIAL, STUCK = "finished", "unfinished", "partial", "stuck"
INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run has come to: `status` is finished, unfinished, partial, stuck or interrupted.

    An unfinished one goes on. A preview that ran out of time is partial and does not; a run that
    gets nowhere is stuck; of one that was broken off, interrupted, a later run tells. `attempt`
    names the invocation whose removals it adds. Times are RFC 3339 in UTC; `left` are the places
    that are not finished.
    """

    run: str
    part: int
    started_at: str
    at: str
    as_of: str
    dry_run: bool
    status: str
    by: str
    cutoffs: Mapping[str, str]
    classes: Mapping[str, Figures]
    left: tuple[RetentionPartition, ...] = ()
    lapsed: int = 0
    kind: str | None = field(default=None)
    attempt: str | None = None

    @property
    def id(self) -> str:
        """Name the report: later ones sort later."""
        return f"{self.run}.{self.part:05}"

    @property
    def digest(self) -> str:
        """Return what a preview and its run have in common if they came to the same."""
        return comparable(self.classes)


def name(started_at: str, randomness: bytes) -> str:
    """Name a run by when it started: later ones sort later."""
    return f"{started_at}-{randomness.hex()}"


def keep(report: RunReport) -> bool:
    """Write a report; tell whether it is the only one of its name."""
    item = {
        **_item(report, KIND),
        "left": [[place.table, place.kind, place.shard] for place in report.left],
        "digest": report.digest,
        **retention_partitions.attributes(RecordClass.RETENTION_REPORT, report.run, report.at),
    }
    return database.put_new("operations", item, "id") is None


def begin(report: RunReport, until: datetime) -> None:
    """Write which attempt is begun, and when it is over, should nobody say so."""
    item = {**_item(report, OPEN), "id": report.attempt, "until": format_timestamp(until)}
    database.call("put_item", TableName=database.table("operations"), Item=encode(item))


def end(attempt: str) -> None:
    """Take away that an attempt is begun."""
    key = encode({"kind": OPEN, "id": attempt})
    database.call("delete_item", TableName=database.table("operations"), Key=key)


def broken_off(now: datetime) -> list[RunReport]:
    """Return what attempts began with that are over without having said so."""
    opened = map(decode, database.partition("operations", kind=OPEN))
    return [read(plain) for plain in opened if plain["until"] < format_timestamp(now)]


def _item(report: RunReport, kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "id": report.id,
        "run": report.run,
        "part": report.part,
        "started_at": report.started_at,
        "at": report.at,
        "as_of": report.as_of,
        "dry_run": report.dry_run,
        "status": report.status,
        "by": report.by,
        "cutoffs": dict(report.cutoffs),
        "classes": {name: figures.plain() for name, figures in report.classes.items()},
        "lapsed": report.lapsed,
        "class": report.kind,
        "attempt": report.attempt,
    }


def listed(limit: int, before: str | None = None) -> list[RunReport]:
    """Return up to `limit` reports, the newest first, that are older than the one named."""
    older = " AND id < :before" if before else ""
    values = {":kind": KIND, **({":before": before} if before else {})}
    answer = database.call(
        "query",
        TableName=database.table("operations"),
        KeyConditionExpression=f"kind = :kind{older}",
        ExpressionAttributeValues=encode(values),
        ScanIndexForward=False,
        ConsistentRead=True,
        Limit=limit,
    )
    return [read(decode(item)) for item in answer["Items"]]


def get(report: str) -> RunReport | None:
    """Read one report, strongly consistent."""
    item = database.get("operations", kind=KIND, id=report)
    return read(decode(item)) if item else None


def of_stream(attributes: Mapping[str, Any]) -> RunReport | None:
    """Read a report from an item's attributes, as a stream gives them; None if it is no report."""
    plain = decode(attributes)
    return read(plain) if plain["kind"] == KIND else None


def read(plain: Mapping[str, Any]) -> RunReport:
    """Read a report from its item's plain values."""
    return from_item(
        RunReport,
        plain,
        cutoffs=plain.get("cutoffs", {}),
        classes={kind: Figures.read(figures) for kind, figures in plain.get("classes", {}).items()},
        left=tuple(RetentionPartition(*place) for place in plain.get("left", ())),
        kind=plain.get("class"),
    )
