"""A request as the person who made it may see it."""

from typing import Any

from access.bodies import Export, Happened, Shown
from shared.domain import retention
from shared.domain.case import Case
from shared.domain.clock import moment, stamp
from shared.storage import cases, policies
from shared.storage.cases import Happening

FORMATS = ("zip", "json", "html", "csv")
_AWAITING = {
    "awaiting_identity": "Your opening of the link that we mailed to you.",
    "awaiting_fee": "The fee that we asked for.",
    "awaiting_clarification": "Your answer to our question.",
}
# The staff's own notes and the machine's workings are not for the timeline of the person.
_INTERNAL = frozenset({"reminder", "source_failed", "upload", "skip", "retry", "applied"})


def shown(case: Case) -> Shown:
    """Give the request with its timeline and what came of it."""
    return Shown(
        request_id=case.id,
        type=case.type,
        status=case.status,
        received_at=case.received_at,
        due_on=case.due,
        target_on=case.target,
        awaiting=_AWAITING.get(case.status),
        closed_at=case.closed_at,
        timeline=[_told(event) for event in cases.timeline(case.id) if _public(event)],
        export=_export(case),
        certificate=_certificate(case),
    )


def _public(event: Happening) -> bool:
    if event.action == "note":
        return bool(event.details.get("tell"))
    return event.action not in _INTERNAL


def _told(event: Happening) -> Happened:
    by = {"person": "you", "system": "system"}.get(event.by, "staff")
    return Happened(
        at=event.at, action=event.action, by=by, status=event.status, reason=event.reason
    )


def _export(case: Case) -> Export | None:
    if case.type not in ("access", "portability") or case.status != "completed":
        return None
    kept = cases.entry(case.id, "export")
    if kept is None:
        return None
    prepared = moment(kept["prepared_at"])
    period = retention.periods(policies.published(), prepared)["export"]
    until = retention.due_at(prepared, period)
    return Export(
        prepared_at=kept["prepared_at"],
        available_until=stamp(until),
        formats=[name for name in FORMATS if name in kept["files"]],
    )


def _certificate(case: Case) -> dict[str, Any] | None:
    if case.type != "erasure" or case.status != "completed":
        return None
    kept = cases.entry(case.id, "certificate") or {}
    hidden = ("request", "entry", "retention_class", "retention_start")
    return {name: value for name, value in kept.items() if name not in hidden} or None
