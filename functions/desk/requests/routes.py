"""The desk's requests: list them by what is due, take them in, act on them (S52 to S56)."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from desk import authorization, csv_export, staff_dates
from desk.authorization import EVERYBODY, WORKERS, AuditContext
from desk.requests import staff_actions
from desk.requests.named_request import request_named
from desk.requests.schemas import (
    OfflineRequest,
    RequestDetail,
    RequestPage,
    RequestsQuery,
    SourceAnswer,
    StaffAction,
)
from desk.requests.view import entry, whole
from shared.domain import data_subject_request, identifiers
from shared.domain.calendar_dates import LONDON, london_date
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import FieldError, Invalid, NotFound, Outdated
from shared.domain.evidence import unseen
from shared.domain.request_actions import OPEN, STAFF_ACTIONS, STATUSES, WAITING_FOR
from shared.domain.request_types import row
from shared.domain.timestamps import format_timestamp
from shared.edge.body import MAX_UPLOAD
from shared.edge.http import Request, Response
from shared.edge.idempotency import IdempotencyKey
from shared.edge.paging import cursor, read_cursor
from shared.services import apply_action, open_request
from shared.storage import objects
from shared.storage.requests import request_store
from shared.storage.requests.request_store import FoundRequest, RequestAction

# What a list has as CSV: no name, for a file lies about longer than a page is looked at.
COLUMNS = (
    "request_id", "type", "status", "channel", "received_at", "due_on", "working_days_left",
    "overdue", "identified", "person_id",
)  # fmt: skip
# What is looked at for one page, however seldom what is wanted comes.
MAX_READ = 2000
# No claim about data is older: an earlier day is a slip of the pen.
BACKDATED_AT_MOST = timedelta(days=6 * 366)


@authorization.listing(
    "/v1/desk/requests", groups=EVERYBODY, query=RequestsQuery, answer=RequestPage
)
def list_requests(request: Request, trail: AuditContext) -> Response:
    """List requests, the first due first: of one `status`, or all that are open.

    `limit` is 1 to 100 (50 by default), `cursor` the `next` of the page before; with `type` or
    `overdue` a page may be short, even empty, and still have a next one. `Accept: text/csv` gives
    the page as CSV, its next one in the header `Link`.
    """
    asked = request.parameters
    wanted = _statuses(asked)
    trail.record(None, status=list(wanted))
    today = london_date(request.now)
    page: list[FoundRequest] = []
    last: FoundRequest | None = None
    more = False
    # The first due come first: what is overdue ends with today.
    end = today.isoformat() if asked.overdue else None
    at_once = request_store.PAGE if asked.type else asked.limit + 1
    found = request_store.in_order(wanted, read_cursor(asked.cursor), end, at_once)
    for read, each in enumerate(found):
        more = len(page) == asked.limit or read == MAX_READ
        if more:
            break
        last = each
        if _fits(each.request, asked, today):
            page.append(each)
    told = RequestPage(
        items=[entry(each.request, today) for each in page if each.request is not None],
        unreadable=[each.id for each in page if each.request is None],
        next=cursor(last.sort_key) if more and last is not None else None,
    )
    return csv_export.page_of(request, "requests", COLUMNS, told)


def _fits(case: DataSubjectRequest | None, asked: RequestsQuery, today: date) -> bool:
    """Tell whether a request is wanted; one that cannot be read always is: somebody has to see."""
    if case is None:
        return True
    return asked.type in (None, case.type) and (
        not asked.overdue or data_subject_request.overdue(case, today)
    )


@authorization.route("POST", "/v1/desk/requests", groups=WORKERS, status=201)
def take_in_request(body: OfflineRequest, request: Request, trail: AuditContext) -> RequestDetail:
    """Enter a request that came by post, phone or e-mail; its clock runs from the day it came."""
    idempotency_key = request.key
    asked = _asked(body, request, idempotency_key)
    trail.record(open_request.person(asked), type=asked.type, channel=body.channel)
    case = open_request.take_in(asked, trail.actor, request.now, unseen(body.channel))
    if body.identity_shown and not case.identified:
        method = {"method": body.identity_method or "undoubted"}
        shown = RequestAction(
            "identity", trail.actor, request.now, on=body.received_on, details=method
        )
        case = apply_action.act(case, shown)
    return whole(case, request.now)


def _who_may_act(request: Request) -> frozenset[str]:
    """Name the groups that an action is for; one that there is not is for all, and not found."""
    return STAFF_ACTIONS.get(request.path["action"], WORKERS)


@authorization.route("GET", "/v1/desk/requests/{request_id}", groups=EVERYBODY)
def read_request(request_id: str, request: Request, trail: AuditContext) -> RequestDetail:
    """See one request with its facts, sources, result and timeline."""
    case = request_named(request_id)
    trail.record(case.person, request=case.id)
    return whole(case, request.now)


@authorization.route(
    "POST",
    "/v1/desk/requests/{request_id}/{action}",
    groups=WORKERS,
    narrowed=_who_may_act,
    headers=("If-Match",),
)
def act_on_request(
    request_id: str, action: str, body: StaffAction, request: Request, trail: AuditContext
) -> RequestDetail:
    """Act on a request, and with `also` on others of the same person and type.

    `action` is identity, authority (of an agent), acknowledgement (of a complaint), fee, payment,
    waiver, clarification, resumption, extension, refusal, completion, lifting (of a restriction),
    permitted_use (of restricted data), retry (of work that stands still) or note; `actions` of
    the request name those that fit. Completing what is completed changes nothing; nor does any
    action that comes again with its Idempotency-Key.
    """
    if action not in STAFF_ACTIONS:
        raise NotFound(f"There is no such action; there are {', '.join(STAFF_ACTIONS)}.")
    case = request_named(request_id)
    # The audit has names of ours alone, never what somebody typed where a name belongs.
    ground = {"ground": body.ground} if body.ground in row(case.type).staff_grounds else {}
    also = [name for name in body.also if re.fullmatch(identifiers.REQUEST_ID, name)]
    trail.record(case.person, request=case.id, action=action, also=also, **ground)
    idempotency_key = request.key
    _refuse_outdated(case, idempotency_key, request)
    together = [case, *_others(case, body.also)]
    plan = partial(
        staff_actions.planned,
        together=together,
        action=action,
        body=body,
        by=trail.actor,
        request=request,
    )
    for other in together[1:]:
        # What one of them refuses is known before anything is done to another; what is done to it
        # is planned once more in its turn, by what stands then.
        plan(other)
    done = [plan(each)() for each in together]
    return whole(done[0], request.now)


@authorization.route(
    "POST",
    "/v1/desk/requests/{request_id}/sources/{source}",
    groups=WORKERS,
    max_bytes=MAX_UPLOAD,
)
def answer_for_source(
    request_id: str, source: str, body: SourceAnswer, request: Request, trail: AuditContext
) -> RequestDetail:
    """Upload what one of the company's other systems holds, skip it, or have it asked again."""
    case = request_named(request_id)
    if source not in case.sources:
        raise NotFound("The request has no such source.")
    given = [body.records is not None, body.skip is not None, body.retry]
    if sum(given) != 1:
        raise Invalid(FieldError("", "must hold exactly one of records, skip and retry"))
    trail.record(case.person, request=case.id, source=source)
    action, state = "retry", "pending"
    if body.records is not None:
        action, state = "upload", "uploaded"
    elif body.skip is not None:
        action, state = "skip", "skipped"
    idempotency_key = request.key
    key = idempotency_key.mark(case.id)
    if key is None or not request_store.repeated(case.id, key, idempotency_key.fingerprint):
        data_subject_request.refuse_unfitting(case, action)
        if body.records is not None:
            objects.put_json(f"uploads/{case.id}/{source}.json", {"records": body.records})
    told = {"status": state, "at": format_timestamp(request.now), "reason": body.skip}
    step = RequestAction(
        action,
        trail.actor,
        request.now,
        reason=body.skip,
        details={"source": source},
        changes={"sources": {source: told}},
        key=key,
        fingerprint=idempotency_key.fingerprint,
    )
    return whole(apply_action.act(case, step), request.now)


def _refuse_outdated(
    case: DataSubjectRequest, idempotency_key: IdempotencyKey, request: Request
) -> None:
    """Check that nobody acted since the version that staff decided on; a repetition is none.

    Raises:
        Outdated: somebody did; the message says what.
    """
    seen = (request.header("if-match") or "").strip().removeprefix("W/").strip('"')
    if seen in ("", "*", str(case.version)):
        return
    key = idempotency_key.mark(case.id)
    if key is not None and request_store.repeated(case.id, key, idempotency_key.fingerprint):
        return
    since = [
        f"{event.action.replace('_', ' ')} by {event.by}"
        for event in request_store.timeline(case.id)
        if seen.isascii() and seen.isdigit() and event.sequence > int(seen[:9])
    ]
    told = f" Since you read it: {', '.join(since)}." if since else ""
    stands = case.status.replace("_", " ")
    raise Outdated(f"The request is now {stands}.{told} Read it again, then decide.")


def _others(case: DataSubjectRequest, also: Sequence[str]) -> list[DataSubjectRequest]:
    """Return the other requests that are answered together with `case`.

    Raises:
        Invalid: one is none, or of another person or type.
    """
    others = []
    for number, name in enumerate(dict.fromkeys(also)):
        other = request_store.get(name) if name.startswith("r_") else None
        if other is None or (other.person, other.type) != (case.person, case.type):
            raise Invalid.field(f"/also/{number}", "is no request of this person and type")
        if other.id != case.id:
            others.append(other)
    return others


def _asked(
    body: OfflineRequest, request: Request, idempotency_key: IdempotencyKey
) -> open_request.NewRequest:
    staff_dates.reached_us(body.received_on, "/received_on", request.now)
    if body.received_on < london_date(request.now) - BACKDATED_AT_MOST:
        raise Invalid.field("/received_on", "is more than six years ago")
    noon = datetime.combine(body.received_on, time(12), LONDON).astimezone(UTC)
    asked = body.asked(request.now, idempotency_key, body.channel, min(noon, request.now))
    agent, authority = _agent(body)
    address = body.postal_address.model_dump() if body.postal_address else None
    facts = {**asked.facts, "authority": authority}
    return replace(asked, postal_address=address, agent=agent, facts=facts)


def _agent(body: OfflineRequest) -> tuple[dict[str, str] | None, dict[str, str] | None]:
    """Return who asks for the person, and what was seen of their authority.

    Raises:
        Invalid: our answers go to an agent who has no address that we could answer to.
    """
    if body.agent is None:
        return None, None
    told = body.agent.model_dump(exclude_none=True)
    answers_to = told.pop("answers_to", None)
    if answers_to == "agent" and "email" not in told:
        raise Invalid.field("/agent/answers_to", "must be person: the agent has no e-mail address")
    shown = {"shown": body.received_on.isoformat(), "answers_to": answers_to}
    return told, shown if answers_to else None


def _statuses(asked: RequestsQuery) -> Sequence[str]:
    wanted = WAITING_FOR[asked.waiting] if asked.waiting else OPEN
    if asked.status is None:
        return wanted
    if asked.status not in STATUSES:
        raise Invalid.field("/query/status", f"must be one of {', '.join(STATUSES)}")
    return (asked.status,) if asked.waiting is None or asked.status in wanted else ()
