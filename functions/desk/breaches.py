"""The register of security breaches: their 72 hours, decisions, telling those affected (S24)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from desk import accepting, door, moments, table, telling
from desk.bodies_breaches import Closing, Decision, Found, Order, Register, Reported, Whole
from desk.breach_view import line, register, whole
from desk.door import OFFICER, READERS, Trail
from shared.domain import breach as domain
from shared.domain import subject
from shared.domain.breach import Affected, Breach
from shared.domain.clock import moment, stamp
from shared.domain.errors import FieldError, IdempotencyConflict, Invalid, NotFound
from shared.edge.http import Request, Response
from shared.edge.idempotency import attempt
from shared.storage import breaches, policies, secrets


@door.route("POST", "/v1/desk/breaches", who=OFFICER, status=201)
def record_breach(body: Found, request: Request, trail: Trail) -> Whole:
    """Record a breach; its 72 hours run from `discovered_at`, and staff are mailed at once."""
    trial = attempt(request, "breach", body)
    breach = _new(body, request, trail, trial.key)
    trail.about(None, breach=breach.id, severity=breach.severity)
    stored = breaches.add(breach)
    if _said(stored) != _said(breach):
        raise IdempotencyConflict
    return whole(stored, request.now)


@door.route("GET", "/v1/desk/breaches", who=READERS)
def list_breaches(request: Request, trail: Trail) -> Response:
    """See the register, oldest first; with `Accept: text/csv` as a file to hand over."""
    trail.about(None)
    entries = sorted(breaches.register(), key=lambda breach: breach.recorded_at)
    if accepting.csv(request):
        headers = {"Content-Disposition": 'attachment; filename="breaches.csv"'}
        return Response(200, register(entries, request.now), headers, table.MEDIA_TYPE)
    items = [line(breach, request.now) for breach in entries]
    return Response(200, Register(items=items, next=None))


@door.route("GET", "/v1/desk/breaches/{breach_id}", who=READERS)
def read_breach(breach_id: str, request: Request, trail: Trail) -> Whole:
    """See one breach: its clock, what was decided and done, and how far the telling is."""
    breach = _breach(breach_id)
    trail.about(None, breach=breach.id)
    return whole(breach, request.now)


@door.route("POST", "/v1/desk/breaches/{breach_id}/decision", who=OFFICER)
def decide_breach(breach_id: str, body: Decision, request: Request, trail: Trail) -> Whole:
    """Decide whether the authority and the people are told, and say why or why not."""
    return _acted(breach_id, "decision", request, trail, **body.model_dump())


@door.route("POST", "/v1/desk/breaches/{breach_id}/authority", who=OFFICER)
def report_breach(breach_id: str, body: Reported, request: Request, trail: Trail) -> Whole:
    """Note when the authority was told and how it calls the report: that stops the clock."""
    at = moments.past(body.reported_at, "/reported_at", request.now)
    if at < moment(_breach(breach_id).discovered_at):
        raise Invalid.field("/reported_at", "is before the breach was discovered")
    facts = {"reported_at": stamp(at), "reference": body.reference}
    return _acted(breach_id, "authority", request, trail, **facts)


@door.route("POST", "/v1/desk/breaches/{breach_id}/notification", who=OFFICER)
def notify_people(breach_id: str, body: Order, request: Request, trail: Trail) -> Whole:
    """Have everybody affected told by mail, each once, in batches.

    The same order again goes on where a search for people ended (`found_all`: false); when all
    are found it changes nothing.
    """
    breach = _breach(breach_id)
    trail.about(None, breach=breach.id, action="notification")
    order = breach.notification
    if order is None or _words(order) != body.model_dump():
        asked = telling.begun(body.model_dump())
        acted = domain.happened(breach, "notification", trail.actor, request.now, **asked)
        breach = breaches.change(acted)
    if not (breach.notification or {})["found_all"]:
        breach = telling.search(breach, request.now)
    return whole(breach, request.now)


@door.route("POST", "/v1/desk/breaches/{breach_id}/closure", who=OFFICER)
def close_breach(breach_id: str, body: Closing, request: Request, trail: Trail) -> Whole:
    """Close a breach when what was decided is done; it is kept for six years from then."""
    return _acted(breach_id, "closure", request, trail, reason=body.reason)


def _acted(breach_id: str, action: str, request: Request, trail: Trail, **facts: Any) -> Whole:
    breach = _breach(breach_id)
    trail.about(None, breach=breach.id, action=action)
    acted = domain.happened(breach, action, trail.actor, request.now, **facts)
    return whole(breaches.change(acted), request.now)


def _breach(breach_id: str) -> Breach:
    breach = breaches.get(breach_id) if breach_id.startswith("b_") else None
    if breach is None:
        raise NotFound
    return breach


def _words(order: Any) -> dict[str, Any]:
    return {"subject": order.get("subject"), "message": order["message"]}


def _said(breach: Breach) -> Breach:
    """Give what was said when the breach was recorded, to compare a repetition with."""
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


def _new(body: Found, request: Request, trail: Trail, key: str | None) -> Breach:
    """Check what is said of a breach.

    Raises:
        Invalid: a time that cannot be, a class or source that the policy does not know.
    """
    now = request.now
    discovered = moments.past(body.discovered_at, "/discovered_at", now)
    happened = moments.past(body.happened_at, "/happened_at", now) if body.happened_at else None
    start, end = moments.read(body.start, "/from"), moments.read(body.end, "/to")
    faults = list(_unknown(body, request))
    if happened and happened > discovered:
        faults.append(FieldError("/happened_at", "is after the breach was discovered"))
    if start > end:
        faults.append(FieldError("/from", "is after `to`"))
    if faults:
        raise Invalid(*faults)
    name = subject.repeatable_record_id(
        secrets.identity(), "breach", key or request.request_id, "", ""
    )
    return Breach(
        id=f"b_{name}",
        title=body.title,
        facts=body.facts,
        severity=body.severity,
        affected=Affected(
            tuple(dict.fromkeys(body.classes)),
            stamp(start),
            stamp(end),
            tuple(dict.fromkeys(body.sources)),
        ),
        discovered_at=stamp(discovered),
        recorded_at=stamp(now),
        by=trail.actor,
        happened_at=stamp(happened) if happened else None,
        events=({"at": stamp(now), "by": trail.actor, "action": "recorded"},),
    )


def _unknown(body: Found, request: Request) -> Sequence[FieldError]:
    document = policies.published().current(request.now).document
    kinds = [item["id"] for item in document["retention"] if item["id"] not in domain.NOBODYS]
    sources = [item["id"] for item in document["sources"]]
    checks = (("classes", body.classes, kinds), ("sources", body.sources, sources))
    return [
        FieldError(f"/{field}/{number}", f"must be one of {', '.join(known)}")
        for field, names, known in checks
        for number, name in enumerate(names)
        if name not in known
    ]
