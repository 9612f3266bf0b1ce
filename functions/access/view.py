"""A request as the person who made it may see it."""

from typing import Any

from access.schemas import Export, PublicTimelineEvent, RequestStatus
from shared.domain import retention
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.timestamps import format_timestamp, parse_timestamp
from shared.storage import policies
from shared.storage.requests import request_store
from shared.storage.requests.request_store import TimelineEvent

FORMATS = ("zip", "json", "html", "csv")
_AWAITING = {
    "awaiting_identity": "Your opening of the link that we mailed to you.",
    "awaiting_fee": "The fee that we asked for.",
    "awaiting_clarification": "Your answer to our question.",
}
# The staff's own notes and the machine's workings are not for the timeline of the person.
_INTERNAL = frozenset({"reminder", "source_failed", "upload", "skip", "retry", "applied"})


def shown(case: DataSubjectRequest) -> RequestStatus:
    """Give the request with its timeline and what came of it."""
    return RequestStatus(
        request_id=case.id,
        type=case.type,
        status=case.status,
        received_at=case.received_at,
        due_on=case.due,
        target_on=case.target,
        awaiting=_AWAITING.get(case.status),
        closed_at=case.closed_at,
        timeline=[_told(event) for event in request_store.timeline(case.id) if _public(event)],
        export=_export(case),
        certificate=_certificate(case),
    )


def _public(event: TimelineEvent) -> bool:
    if event.action == "note":
        return bool(event.details.get("tell"))
    return event.action not in _INTERNAL


def _told(event: TimelineEvent) -> PublicTimelineEvent:
    by = {"person": "you", "system": "system"}.get(event.by, "staff")
    return PublicTimelineEvent(
        at=event.at, action=event.action, by=by, status=event.status, reason=event.reason
    )


def _export(case: DataSubjectRequest) -> Export | None:
    if case.type not in ("access", "portability") or case.status != "completed":
        return None
    kept = request_store.entry(case.id, "export")
    if kept is None:
        return None
    prepared = parse_timestamp(kept["prepared_at"])
    period = retention.periods(policies.published(), prepared)["export"]
    until = retention.due_at(prepared, period)
    return Export(
        prepared_at=kept["prepared_at"],
        available_until=format_timestamp(until),
        formats=[name for name in FORMATS if name in kept["files"]],
    )


def _certificate(case: DataSubjectRequest) -> dict[str, Any] | None:
    if case.type != "erasure" or case.status != "completed":
        return None
    kept = request_store.entry(case.id, "certificate") or {}
    hidden = ("request", "entry", "retention_class", "retention_start")
    return {name: value for name, value in kept.items() if name not in hidden} or None
