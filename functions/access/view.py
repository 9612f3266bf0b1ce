"""A request as the person who made it may see it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from access.schemas import (
    Export,
    PublicTimelineEvent,
    RelatedRequest,
    RequestContent,
    RequestPreview,
    RequestStatus,
)
from shared.domain import retention
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.field_copies import to_view
from shared.domain.record_classes import RecordClass
from shared.domain.request_actions import (
    AWAITING_CLARIFICATION,
    AWAITING_FEE,
    AWAITING_IDENTITY,
    AWAITING_REVIEW,
    COMPLETED,
    shown_to_person,
)
from shared.domain.request_types import row
from shared.domain.timestamps import format_timestamp, parse_timestamp
from shared.services.shown_timeline import shown_timeline
from shared.storage import policies
from shared.storage.requests import request_store
from shared.storage.requests.request_store import TimelineEvent
from shared.storage.tokens import TokenClaims

FORMATS = ("zip", "json", "html", "csv")
AWAITED: Mapping[str, str] = {
    AWAITING_IDENTITY: "Your opening of the link that we mailed to you.",
    AWAITING_FEE: "The fee that we asked for.",
    AWAITING_CLARIFICATION: "Your answer to our question.",
    AWAITING_REVIEW: "Our own look at what others wrote in your copy.",
}
AGENT = "agent"
_BESIDE = ("request", "entry", "retention_class", "retention_start")


@dataclass(frozen=True, slots=True)
class RequestReadings:
    """All that is read to show a request, before anything is changed.

    So that what was done is answered even if the store fails right after.
    """

    timeline: tuple[TimelineEvent, ...]
    related: tuple[RelatedRequest, ...]
    export: Mapping[str, Any] | None
    certificate: Mapping[str, Any] | None


def actor(claims: TokenClaims) -> str:
    """Tell who shows a link or a session: the person, or an agent whose link it is."""
    return AGENT if claims.facts.get("agent") else "person"


def readings(case: DataSubjectRequest, claims: TokenClaims) -> RequestReadings:
    """Read what belongs to a request and is shown with it; an agent sees no other request."""
    done = case.status == COMPLETED
    copies = done and row(case.type).copy
    certified = done and case.type == "erasure"
    return RequestReadings(
        timeline=tuple(request_store.timeline(case.id)),
        related=tuple(_related(case)) if actor(claims) != AGENT else (),
        export=request_store.entry(case.id, RecordClass.EXPORT) if copies else None,
        certificate=request_store.entry(case.id, "certificate") if certified else None,
    )


def shown(case: DataSubjectRequest, read: RequestReadings, *more: TimelineEvent) -> RequestStatus:
    """Return a request with its timeline, `more` behind it, and what came of it."""
    events = shown_timeline((*read.timeline, *more))
    return to_view(
        RequestStatus,
        case,
        request_id=case.id,
        what=row(case.type).words,
        due_on=case.due,
        target_on=case.target,
        awaited=AWAITED.get(case.status),
        asked=asked(case),
        timeline=[_told(event) for event in events if _public(event)],
        export=_export(read.export),
        certificate=_certificate(read.certificate),
        related=list(read.related),
    )


def preview(case: DataSubjectRequest) -> RequestPreview:
    """Return what the mailed link confirms."""
    return to_view(
        RequestPreview,
        case,
        request_id=case.id,
        what=row(case.type).words,
        confirmed=case.identified,
        asked=asked(case),
    )


def asked(case: DataSubjectRequest) -> RequestContent:
    """Return what a request says."""
    return to_view(RequestContent, case, ground=case.facts.get("ground"))


def _related(case: DataSubjectRequest) -> Iterator[RelatedRequest]:
    """Yield the person's other requests; what somebody only claimed to ask for them stays out."""
    for other in request_store.for_person(case.person):
        if other.id != case.id and other.identified and case.identified:
            yield to_view(RelatedRequest, other, request_id=other.id)


def _public(event: TimelineEvent) -> bool:
    return shown_to_person(event.action, event.details)


def _told(event: TimelineEvent) -> PublicTimelineEvent:
    by = {"person": "you", AGENT: AGENT, "system": "system"}.get(event.by, "staff")
    return PublicTimelineEvent(
        at=event.at, action=event.action, by=by, status=event.status, reason=event.reason
    )


def _export(kept: Mapping[str, Any] | None) -> Export | None:
    if kept is None:
        return None
    prepared = parse_timestamp(kept["prepared_at"])
    period = retention.periods(policies.published(), prepared)[RecordClass.EXPORT]
    until = retention.due_at(prepared, period)
    return Export(
        prepared_at=kept["prepared_at"],
        available_until=format_timestamp(until),
        formats=[name for name in FORMATS if name in kept["files"]],
    )


def _certificate(kept: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {name: it for name, it in (kept or {}).items() if name not in _BESIDE} or None
