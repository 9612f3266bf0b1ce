"""How a case and its events are kept as items of the table `cases`.

Sort keys: `case` is the head, `event#00007` its timeline. Only the head carries the retention
index's attributes, from the day the case is closed: it goes with everything beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from shared.domain import subject
from shared.domain.case import Case
from shared.domain.clock import stamp
from shared.storage import correlation, dynamo
from shared.storage.items import encode

RETENTION_CLASS = "case"
HEAD = "case"
EVENT = "event#"
_NO_DATE = "9999-12-31"
_FIELDS = tuple(member.name for member in fields(Case) if member.name not in ("id", "due"))


@dataclass(frozen=True, slots=True)
class Step:
    """What is done to a case: `status` is where it leads (none: it stays).

    `on` is the day that counts for the clock, if it is not that of `at`; `reason` is what the
    person or the file is told; `details` more of it; `changes` are fields of the case that it
    replaces.
    """

    action: str
    by: str
    at: datetime
    status: str | None = None
    on: date | None = None
    reason: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of a case's timeline; `by` is person, system or a member of staff's id."""

    request: str
    sequence: int
    at: str
    by: str
    action: str
    before: str | None
    status: str
    person: str
    type: str
    reason: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def writes(after: Case, before: Case | None, step: Step) -> list[dict[str, Any]]:
    """Give the writes of a step: the head, if it is as it was read, and the event."""
    table = dynamo.table("cases")
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
        "at": stamp(step.at),
        "by": step.by,
        "action": step.action,
        "before": before.status if before else None,
        "after": after.status,
        "about": after.person,
        "type": after.type,
        "on": step.on.isoformat() if step.on else None,
        "reason": step.reason,
        "details": dict(step.details) or None,
        correlation.ATTRIBUTE: correlation.current(),
    }
    put = {
        "TableName": table,
        "Item": encode(event),
        "ConditionExpression": "attribute_not_exists(entry)",
    }
    return [{"Put": head}, {"Put": put}]


def _item(case: Case) -> dict[str, Any]:
    return {
        **{name: getattr(case, name) for name in _FIELDS},
        "facts": dict(case.facts),
        "sources": dict(case.sources) or None,
        "result": dict(case.result) or None,
        "request": case.id,
        "entry": HEAD,
        "due": sort_key(case),
        **clock(case.id, RETENTION_CLASS, case.closed_at),
    }


def sort_key(case: Case) -> str:
    """Give what puts the first due first; what is not due yet comes last."""
    return f"{case.due or _NO_DATE}#{case.id}"


def clock(request: str, kind: str, start: str | None) -> dict[str, Any]:
    """Give the retention index's attributes: none while an answer is still owed."""
    if start is None:
        return {}
    return {"retention_class": f"{kind}#{subject.shard(request)}", "retention_start": start}


def place(case: Case) -> dict[str, str]:
    """Give the key under which an open request holds its place."""
    return {"request": f"open#{case.person}#{case.type}", "entry": "place"}


def read_case(item: Mapping[str, Any]) -> Case:
    """Read a case from its head item's plain values."""
    due = item["due"].partition("#")[0]
    known = {name: item.get(name) for name in _FIELDS}
    known |= {name: item.get(name) or {} for name in ("facts", "sources", "result")}
    known["corrections"] = item.get("corrections") or []
    return Case(id=item["request"], due=None if due == _NO_DATE else due, **known)  # type: ignore[arg-type]


def read_event(item: Mapping[str, Any]) -> Happening:
    """Read an event from its item's plain values."""
    return Happening(
        request=item["request"],
        sequence=int(item["entry"].partition("#")[2]),
        at=item["at"],
        by=item["by"],
        action=item["action"],
        before=item.get("before"),
        status=item["after"],
        person=item["about"],
        type=item["type"],
        reason=item.get("reason"),
        details=item.get("details", {}),
    )
