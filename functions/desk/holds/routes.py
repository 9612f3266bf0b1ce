"""Legal holds at the desk: place one, see them all, lift one (S13, S22)."""

from datetime import UTC, date, datetime, time, timedelta

from desk import authorization, csv_export
from desk.authorization import OFFICER, READERS, AuditContext
from desk.holds.schemas import HoldDetail, HoldLifting, HoldPage, NewHold
from shared.domain import identifiers, readers, retention
from shared.domain.errors import FieldError, Invalid, NotFound
from shared.domain.idempotency import assert_same
from shared.domain.timestamps import format_timestamp
from shared.edge.http import Request, Response
from shared.edge.paging import cursor, read_cursor
from shared.edge.parameters import PageQuery
from shared.services.record_ids import record_id
from shared.storage import holds, inventory, policies, secrets
from shared.storage.hold_items import Hold

_DAY = len("2026-02-01")


@authorization.route("POST", "/v1/desk/holds", groups=OFFICER, status=201)
def place_hold(body: NewHold, request: Request, trail: AuditContext) -> HoldDetail:
    """Keep a person's data, with that of the browsers linked to them by now, or a whole class.

    From the answer on nothing that the hold covers is removed, whatever its period.
    """
    if sum(given is not None for given in (body.person, body.email, body.kind)) != 1:
        raise Invalid(FieldError("", "must hold exactly one of person, email and class"))
    until = _until(body.until, request.now)
    if body.kind is not None and body.kind not in _classes(request.now):
        raise Invalid.field("/class", "is not a record class of the policy")
    idempotency_key = request.key
    person = body.person
    if body.email is not None:
        person = identifiers.person_id(secrets.identity(), body.email)
    name = f"h_{record_id(idempotency_key, trail.actor, request.now)}"
    trail.record(person, hold=name, record_class=body.kind)
    hold = Hold(
        id=name,
        reason=body.reason,
        by=trail.actor,
        placed_at=format_timestamp(request.now),
        person=person,
        browsers=tuple(sorted(inventory.linked(person))) if person else (),
        kind=body.kind,
        until=until,
        fingerprint=idempotency_key.fingerprint,
    )
    try:
        holds.place(hold)
    except holds.AlreadyExists as before:
        assert_same(before.hold.fingerprint, idempotency_key.fingerprint)
        hold = before.hold
    return _shown(hold, request.now)


@authorization.listing("/v1/desk/holds", groups=READERS, query=PageQuery, answer=HoldPage)
def list_holds(request: Request, trail: AuditContext) -> Response:
    """List holds, the newest first, those that are over too; `limit` is 1 to 100.

    `Accept: text/csv` gives the page as CSV, its next one in the header `Link`.
    """
    limit = request.parameters.limit
    before = read_cursor(request.parameters.cursor)
    trail.record(None)
    found = sorted(holds.everything(), key=_place, reverse=True)
    rest = [hold for hold in found if before is None or _place(hold) < before]
    page = rest[:limit]
    told = HoldPage(
        items=[_shown(hold, request.now) for hold in page],
        next=cursor(_place(page[-1])) if len(rest) > limit else None,
    )
    return csv_export.page_of(request, "holds", tuple(HoldDetail.__annotations__), told)


@authorization.route("DELETE", "/v1/desk/holds/{hold_id}", groups=OFFICER)
def lift_hold(hold_id: str, body: HoldLifting, request: Request, trail: AuditContext) -> HoldDetail:
    """Lift a hold: what it kept is due again. Lifting it twice changes nothing."""
    hold = holds.get(hold_id)
    if hold is None:
        raise NotFound
    trail.record(hold.person, hold=hold.id, record_class=hold.kind)
    return _shown(holds.lift(hold, trail.actor, request.now, body.reason), request.now)


def _place(hold: Hold) -> str:
    return f"{hold.placed_at}#{hold.id}"


def _classes(now: datetime) -> frozenset[str]:
    return frozenset(retention.periods(policies.published(), now))


def _until(text: str | None, now: datetime) -> str | None:
    if text is None:
        return None
    try:
        moment = readers.moment(text) if len(text) > _DAY else _end(readers.day(text))
    except ValueError as fault:
        raise Invalid.field("/until", str(fault)) from None
    if moment <= now:
        raise Invalid.field("/until", "is not in the future")
    return format_timestamp(moment)


def _end(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def _shown(hold: Hold, now: datetime) -> HoldDetail:
    over = hold.until is not None and hold.until <= format_timestamp(now)
    return {
        "hold_id": hold.id,
        "person_id": hold.person,
        "class": hold.kind,
        "linked_browsers": len(hold.browsers),
        "reason": hold.reason,
        "placed_by": hold.by,
        "placed_at": hold.placed_at,
        "until": hold.until,
        "status": "lifted" if hold.lifted_at else "over" if over else "in_force",
        "lifted_at": hold.lifted_at,
        "lifted_by": hold.lifted_by,
        "lifted_reason": hold.lifted_reason,
    }
