"""How a case and its events are kept as items of the table `requests`.

Sort keys: `case` is the head, `event#00007` its timeline. Only the head carries the retention
index's attributes, from the day the case is closed: it goes with everything beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from shared.domain import retention_partitions
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.field_copies import from_item
from shared.domain.record_classes import RecordClass
from shared.domain.request_types import row
from shared.domain.timestamps import format_timestamp
from shared.storage import correlation
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import encode

HEAD = "case"
EVENT = "event#"
_NO_DATE = "9999-12-31"
_FIELDS = tuple(
    member.name for member in fields(DataSubjectRequest) if member.name not in ("id", "due")
)


@dataclass(frozen=True, slots=True)
class RequestAction:
    """What is done to a case: `status` is where it leads (none: it stays).

    `on` is the day that counts for the clock, if it is not that of `at`; `reason` is what the
    person or the file is told; `details` more of it; `changes` are fields of the case that it
    replaces. `key` and `fingerprint` recognise the call that asked for it, should it be repeated.
    """

    action: str
    by: str
    at: datetime
    status: str | None = None
    on: date | None = None
    reason: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One event of a case's timeline; `by` is person, system or a member of staff's id."""

    request: str
    sequence: int
    at: str
    by: str
    action: str
    status: str
    person: str
    type: str
    before: str | None = None
    reason: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    fingerprint: str | None = None


def event_of(
    after: DataSubjectRequest, before: DataSubjectRequest | None, step: RequestAction
) -> TimelineEvent:
    """Return the event that a step writes."""
    return TimelineEvent(
        request=after.id,
        sequence=after.version,
        at=format_timestamp(step.at),
        by=step.by,
        action=step.action,
        before=before.status if before else None,
        status=after.status,
        person=after.person,
        type=after.type,
        reason=step.reason,
        details=dict(step.details),
        key=step.key,
        fingerprint=step.fingerprint,
    )


def writes(
    after: DataSubjectRequest, before: DataSubjectRequest | None, step: RequestAction
) -> list[dict[str, Any]]:
    """Return the writes of a step: the head, if it is as it was read, and the event."""
    table = database.table("requests")
    head: dict[str, Any] = {"TableName": table, "Item": encode(_item(after))}
    if before is None:
        head["ConditionExpression"] = "attribute_not_exists(entry)"
    else:
        head["ConditionExpression"] = "#version = :version"
        head["ExpressionAttributeNames"] = {"#version": "version"}
        head["ExpressionAttributeValues"] = encode({":version": before.version})
    event = {
        "request": after.id,
        "entry": f"{EVENT}{after.version:05}",
        "at": format_timestamp(step.at),
        "by": step.by,
        "action": step.action,
        "before": before.status if before else None,
        "after": after.status,
        "about": after.person,
        "type": after.type,
        "on": step.on.isoformat() if step.on else None,
        "reason": step.reason,
        "details": dict(step.details) or None,
        "key": step.key,
        "fingerprint": step.fingerprint,
        correlation.ATTRIBUTE: correlation.current(),
    }
    put = {
        "TableName": table,
        "Item": encode(event),
        "ConditionExpression": "attribute_not_exists(entry)",
    }
    return [{"Put": head}, {"Put": put}]


def _item(case: DataSubjectRequest) -> dict[str, Any]:
    return {
        **{name: getattr(case, name) for name in _FIELDS},
        "facts": dict(case.facts),
        "sources": dict(case.sources) or None,
        "result": dict(case.result) or None,
        "request": case.id,
        "entry": HEAD,
        "due": sort_key(case),
        **register_attributes(case),
        **retention_attributes(case.id, RecordClass.CASE, case.closed_at),
    }


def sort_key(case: DataSubjectRequest) -> str:
    """Return what puts the first due first; what is not due yet comes last."""
    return f"{case.due or _NO_DATE}#{case.id}"


def register_attributes(case: DataSubjectRequest) -> dict[str, Any]:
    """Return what puts a request into its type's register, by the day it came; most have none."""
    if not row(case.type).outcomes:
        return {}
    return {"register": case.type, "received": register_place(case.facts["received"], case.id)}


def register_place(received: str, request: str) -> str:
    """Return where a request that came on a day stands in its register."""
    return f"{received}#{request}"


def retention_attributes(request: str, kind: str, start: str | None) -> dict[str, Any]:
    """Return the retention index's attributes: none while an answer is still owed."""
    if start is None:
        return {}
    return retention_partitions.attributes(kind, request, start)


def read_case(item: Mapping[str, Any]) -> DataSubjectRequest:
    """Read a case from its head item's plain values."""
    due = item["due"].partition("#")[0]
    known = {name: item.get(name) for name in _FIELDS}
    known |= {name: item.get(name) or {} for name in ("facts", "sources", "result")}
    known["corrections"] = item.get("corrections") or []
    return DataSubjectRequest(id=item["request"], due=None if due == _NO_DATE else due, **known)  # type: ignore[arg-type]


def read_event(item: Mapping[str, Any]) -> TimelineEvent:
    """Read an event from its item's plain values."""
    return from_item(
        TimelineEvent,
        item,
        sequence=int(item["entry"].partition("#")[2]),
        status=item["after"],
        person=item["about"],
    )
