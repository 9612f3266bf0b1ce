"""The register of security breaches: their 72 hours, decisions, telling those affected (S24)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from desk import authorization, csv_export, staff_dates
from desk.authorization import OFFICER, READERS, AuditContext
from desk.breaches import notification as breach_notification
from desk.breaches.schemas import (
    BreachClosing,
    BreachDecision,
    BreachDetail,
    BreachNotification,
    BreachRegister,
    BreachReport,
    NewBreach,
)
from desk.breaches.view import line, register, whole
from shared.domain import breach as breach_rules
from shared.domain import identifiers
from shared.domain.breach import AffectedRecords, Breach, Cause
from shared.domain.errors import Conflict, FieldError, IdempotencyConflict, Invalid, NotFound
from shared.domain.record_classes import NAMED_BY_BREACHES
from shared.domain.timestamps import format_timestamp, parse_timestamp
from shared.edge.content_negotiation import CSV
from shared.edge.http import Request, Response
from shared.storage import breaches, policies, secrets


@authorization.route("POST", "/v1/desk/breaches", groups=OFFICER, status=201)
def record_breach(body: NewBreach, request: Request, trail: AuditContext) -> BreachDetail:
    """Record a breach; its 72 hours run from `discovered_at`, and staff are mailed at once."""
    idempotency_key = request.key
    breach = _new(body, request, trail, idempotency_key.key)
    trail.record(None, breach=breach.id, severity=breach.severity)
    stored = breaches.add(breach)
    if _said(stored) != _said(breach):
        raise IdempotencyConflict
    return whole(stored, request.now)


@authorization.listing("/v1/desk/breaches", groups=READERS, answer=BreachRegister)
def list_breaches(request: Request, trail: AuditContext) -> Response:
    """See the register, oldest first; with `Accept: text/csv` as a file to hand over."""
    trail.record(None)
    entries = sorted(breaches.register(), key=lambda breach: breach.recorded_at)
    if request.accepted == CSV:
        headers = {"Content-Disposition": 'attachment; filename="breaches.csv"'}
        return Response(200, register(entries, request.now), headers, csv_export.MEDIA_TYPE)
    items = [line(breach, request.now) for breach in entries]
    return Response(200, BreachRegister(items=items, next=None))


@authorization.route("GET", "/v1/desk/breaches/{breach_id}", groups=READERS)
def read_breach(breach_id: str, request: Request, trail: AuditContext) -> BreachDetail:
    """See one breach: its clock, what was decided and done, and how far the telling is."""
    breach = _breach(breach_id)
    trail.record(None, breach=breach.id)
    return whole(breach, request.now)


@authorization.route("POST", "/v1/desk/breaches/{breach_id}/decision", groups=OFFICER)
def decide_breach(
    breach_id: str, body: BreachDecision, request: Request, trail: AuditContext
) -> BreachDetail:
    """Decide whether the authority and the people are told, and say why or why not.

    Raises:
        Invalid: the risk is high, the people are not told, and no ground of Art. 34(3) is named.
    """
    breach = _breach(breach_id)
    if breach.severity == "high" and not body.notify_people and body.ground is None:
        raise Invalid.field("/ground", "is required: why people are not told of a high risk")
    return _acted(breach_id, "decision", request, trail, **body.model_dump())


@authorization.route("POST", "/v1/desk/breaches/{breach_id}/authority", groups=OFFICER)
def report_breach(
    breach_id: str, body: BreachReport, request: Request, trail: AuditContext
) -> BreachDetail:
    """Note a report to the authority and what it says; the first one stops the clock.

    Raises:
        Invalid: it is dated before the discovery, or late without a reason.
    """
    at = staff_dates.past(body.reported_at, "/reported_at", request.now)
    breach = _breach(breach_id)
    discovered = parse_timestamp(breach.discovered_at)
    if at < discovered:
        raise Invalid.field("/reported_at", "is before the breach was discovered")
    first = breach.authority is None
    if first and at > discovered + breach_rules.TO_REPORT and not (body.late_reason or "").strip():
        raise Invalid.field("/late_reason", "is required: the 72 hours were over (Art. 33(1))")
    told = body.model_dump(exclude_none=True, exclude={"reported_at"})
    facts = breach_rules.reported(breach, {"reported_at": format_timestamp(at), **told})
    return _acted(breach_id, "authority", request, trail, **facts)


@authorization.route("POST", "/v1/desk/breaches/{breach_id}/notification", groups=OFFICER)
def notify_people(
    breach_id: str, body: BreachNotification, request: Request, trail: AuditContext
) -> BreachDetail:
    """Have everybody affected told by mail, each once, in batches.

    The same order again goes on where a search for people ended (`found_all`: false); when all
    are found it changes nothing.
    """
    breach = _breach(breach_id)
    trail.record(None, breach=breach.id, action="notification")
    order = breach.notification
    if order is None or _words(order) != body.model_dump():
        asked = breach_notification.begun(body.model_dump())
        breach = _done(breach, "notification", request, trail, **asked)
    if not (breach.notification or {})["found_all"]:
        breach = breach_notification.search(breach, request.now)
    return whole(breach, request.now)


@authorization.route("POST", "/v1/desk/breaches/{breach_id}/closure", groups=OFFICER)
def close_breach(
    breach_id: str, body: BreachClosing, request: Request, trail: AuditContext
) -> BreachDetail:
    """Close a breach when what was decided is done; it is kept for six years from then."""
    told = body.model_dump(exclude_none=True)
    return _acted(breach_id, "closure", request, trail, **told)


def _acted(
    breach_id: str, action: str, request: Request, trail: AuditContext, **facts: Any
) -> BreachDetail:
    breach = _breach(breach_id)
    trail.record(None, breach=breach.id, action=action)
    return whole(_done(breach, action, request, trail, **facts), request.now)


def _done(
    breach: Breach, action: str, request: Request, trail: AuditContext, **facts: Any
) -> Breach:
    """Do an action once for its request, whether it comes again later or at the same time.

    Raises:
        Conflict: it does not fit how the breach stands, or somebody else acted just now.
        IdempotencyConflict: the request's key came before with something else.
    """
    key = request.key.key or request.request_id
    name = identifiers.repeatable_record_id(secrets.identity(), trail.actor, key)
    cause = Cause(name, request.key.fingerprint)
    acted = breach_rules.happened(breach, action, trail.actor, request.now, cause, **facts)
    if acted is breach:
        return breach
    try:
        return breaches.change(acted)
    except Conflict:
        fresh = _breach(breach.id)
        if breach_rules.caused(fresh, cause):
            return fresh
        raise


def _breach(breach_id: str) -> Breach:
    breach = breaches.get(breach_id) if breach_id.startswith("b_") else None
    if breach is None:
        raise NotFound
    return breach


def _words(order: Any) -> dict[str, Any]:
    return {name: order.get(name) for name in BreachNotification.__annotations__}


def _said(breach: Breach) -> Breach:
    """Return what was said when the breach was recorded, to compare a repetition with."""
    return replace(
        breach,
        recorded_at="",
        decision=None,
        authority=None,
        notification=None,
        closed_at=None,
        events=(),
        version=0,
    )


def _new(body: NewBreach, request: Request, trail: AuditContext, key: str | None) -> Breach:
    """Check what is said of a breach.

    Raises:
        Invalid: a time that cannot be, a class or source that the policy does not know.
    """
    now = request.now
    discovered = staff_dates.past(body.discovered_at, "/discovered_at", now)
    happened = staff_dates.past(body.happened_at, "/happened_at", now) if body.happened_at else None
    start, end = staff_dates.read(body.start, "/from"), staff_dates.read(body.end, "/to")
    faults = list(_unknown(body, request))
    if happened and happened > discovered:
        faults.append(FieldError("/happened_at", "is after the breach was discovered"))
    if start > end:
        faults.append(FieldError("/from", "is after `to`"))
    if faults:
        raise Invalid(*faults)
    name = identifiers.repeatable_record_id(
        secrets.identity(), trail.actor, key or request.request_id
    )
    return Breach(
        id=f"b_{name}",
        title=body.title,
        facts=body.facts,
        severity=body.severity,
        affected=AffectedRecords(
            tuple(dict.fromkeys(body.classes)),
            format_timestamp(start),
            format_timestamp(end),
            tuple(dict.fromkeys(body.sources)),
        ),
        discovered_at=format_timestamp(discovered),
        recorded_at=format_timestamp(now),
        by=trail.actor,
        happened_at=format_timestamp(happened) if happened else None,
        events=({"at": format_timestamp(now), "by": trail.actor, "action": "recorded"},),
    )


def _unknown(body: NewBreach, request: Request) -> Sequence[FieldError]:
    document = policies.published().current(request.now).document
    kinds = [item["id"] for item in document["retention"] if item["id"] in NAMED_BY_BREACHES]
    sources = [item["id"] for item in document["sources"]]
    checks = (("classes", body.classes, kinds), ("sources", body.sources, sources))
    return [
        FieldError(f"/{field}/{number}", f"must be one of {', '.join(known)}")
        for field, names, known in checks
        for number, name in enumerate(names)
        if name not in known
    ]
