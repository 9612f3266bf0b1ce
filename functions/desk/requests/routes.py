"""The desk's requests: list them by what is due, take them in, act on them (S52 to S56)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from desk import authorization, staff_dates
from desk.authorization import EVERYBODY, OFFICER, WORKERS, AuditContext
from desk.paging import cursor, read_cursor
from desk.requests.schemas import (
    OfflineRequest,
    RequestDetail,
    RequestPage,
    RequestsQuery,
    SourceAnswer,
    StaffAction,
)
from desk.requests.view import entry, whole
from shared.domain import data_subject_request as domain
from shared.domain import identifiers, rectification
from shared.domain.calendar_dates import LONDON, london_date
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from shared.edge import open_request
from shared.edge.body import LARGEST_UPLOAD
from shared.edge.field_types import redacted
from shared.edge.http import Request
from shared.edge.idempotency import idempotency_key
from shared.services import apply_action
from shared.storage import objects, policies, rectifications, secrets
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction, sort_key

# Who may do what to a request: deciding is the privacy officer's.
ACTIONS = {
    "identity": WORKERS,
    "fee": OFFICER,
    "waiver": OFFICER,
    "clarification": WORKERS,
    "resumption": WORKERS,
    "extension": OFFICER,
    "refusal": OFFICER,
    "completion": OFFICER,
    "lifting": OFFICER,
    "retry": WORKERS,
    "note": WORKERS,
}


@authorization.route("GET", "/v1/desk/requests", who=EVERYBODY, query=RequestsQuery)
def list_requests(request: Request, trail: AuditContext) -> RequestPage:
    """List requests, the first due first: of one `status`, or all that are open.

    `limit` is 1 to 100 (50 by default), `cursor` the `next` of the page before.
    """
    wanted = _statuses(request.parameters.status)
    limit = request.parameters.limit
    after = read_cursor(request.parameters.cursor)
    trail.about(None, status=list(wanted))
    found = [
        case for status in wanted for case in request_store.with_status(status, limit + 1, after)
    ]
    found.sort(key=sort_key)
    page = found[:limit]
    return RequestPage(
        items=[entry(case, london_date(request.now)) for case in page],
        next=cursor(sort_key(page[-1])) if len(found) > limit else None,
    )


@authorization.route("POST", "/v1/desk/requests", who=WORKERS, status=201)
def take_in_request(body: OfflineRequest, request: Request, trail: AuditContext) -> RequestDetail:
    """Enter a request that came by post, phone or e-mail; its clock runs from the day it came."""
    trial = idempotency_key(request, "desk_request", body)
    asked = _asked(body, request)
    person = identifiers.person_id(secrets.identity(), body.email)
    trail.about(person, type=body.type, channel=body.channel)
    case, _ = open_request.take_in(asked, trail.actor, request, trial)
    if body.identity_shown and case.status == domain.AWAITING_IDENTITY:
        shown = RequestAction("identity", trail.actor, request.now, on=body.received_on)
        case = apply_action.act(case, shown)
    return whole(case, request.now)


@authorization.route("GET", "/v1/desk/requests/{request_id}", who=EVERYBODY)
def read_request(request_id: str, request: Request, trail: AuditContext) -> RequestDetail:
    """See one request with its facts, sources, result and timeline."""
    case = _case(request_id)
    trail.about(case.person, request=case.id)
    return whole(case, request.now)


@authorization.route("POST", "/v1/desk/requests/{request_id}/{action}", who=WORKERS)
def act_on_request(
    request_id: str, action: str, body: StaffAction, request: Request, trail: AuditContext
) -> RequestDetail:
    """Act on a request.

    `action` is identity, fee, waiver, clarification, resumption, extension, refusal, completion,
    lifting (of a restriction), retry (of work that stands still) or note. A fee is asked where
    none is owed (with the reason, Art. 12(5)), and noted as paid where one is. Completing what is
    completed changes nothing.
    """
    if action not in ACTIONS:
        raise NotFound(f"There is no such action; there are {', '.join(ACTIONS)}.")
    if not trail.groups & ACTIONS[action]:
        raise Forbidden
    case = _case(request_id)
    trail.about(case.person, request=case.id, action=action)
    if action == "completion" and case.status == domain.COMPLETED:
        return whole(case, request.now)
    return whole(_act(case, action, body, request, trail), request.now)


@authorization.route(
    "POST",
    "/v1/desk/requests/{request_id}/sources/{source}",
    who=WORKERS,
    largest=LARGEST_UPLOAD,
)
def answer_for_source(
    request_id: str, source: str, body: SourceAnswer, request: Request, trail: AuditContext
) -> RequestDetail:
    """Upload what one of the company's other systems holds, skip it, or have it asked again."""
    case = _case(request_id)
    if source not in case.sources:
        raise NotFound("The request has no such source.")
    given = [body.records is not None, body.skip is not None, body.retry]
    if sum(given) != 1:
        raise Invalid(FieldError("", "must hold exactly one of records, skip and retry"))
    trail.about(case.person, request=case.id, source=source)
    action, state = "retry", "pending"
    if body.records is not None:
        objects.put_json(f"uploads/{case.id}/{source}.json", {"records": body.records})
        action, state = "upload", "uploaded"
    elif body.skip is not None:
        action, state = "skip", "skipped"
    told = {"status": state, "at": request.now.isoformat(), "reason": body.skip}
    step = RequestAction(
        action,
        trail.actor,
        request.now,
        reason=body.skip,
        details={"source": source},
        changes={"sources": {**case.sources, source: told}},
    )
    return whole(apply_action.act(case, step), request.now)


def _act(
    case: DataSubjectRequest, action: str, body: StaffAction, request: Request, trail: AuditContext
) -> DataSubjectRequest:
    members: Sequence[Any] = ()
    details: dict[str, Any] = {"tell": True} if body.tell else {}
    changes: dict[str, Any] = {}
    if action == "lifting" and case.type != "restriction":
        raise Conflict("Only a restriction can be lifted.")
    if action == "completion":
        _may_complete(case)
        if case.type == "rectification":
            decisions = [item.model_dump(exclude_none=True) for item in body.decisions]
            members, corrected = rectifications.members(
                case.person, case, decisions, trail.actor, request.now
            )
            settled = rectification.settled(case.corrections, decisions)
            changes = {"result": {"corrections": corrected, "decisions": settled}}
    if action == "note" and not body.reason:
        raise Invalid.field("/reason", "is required: it is the note")
    if body.on is not None:
        _check_day(body.on, case, request)
    step = RequestAction(
        action,
        trail.actor,
        request.now,
        on=body.on,
        reason=body.reason,
        details=details,
        changes=changes,
    )
    return apply_action.act(case, step, *members)


def _check_day(day: date, case: DataSubjectRequest, request: Request) -> None:
    received = date.fromisoformat(case.facts["received"])
    staff_dates.reached_us(day, "/on", request.now, received)


def _may_complete(case: DataSubjectRequest) -> None:
    if case.type in ("access", "portability", "erasure") and case.status == domain.IN_PROGRESS:
        raise Conflict(
            "This request completes itself when its work is done: upload, skip or retry the "
            f"sources that did not answer ({', '.join(_unanswered(case)) or 'none so far'})."
        )


def _unanswered(case: DataSubjectRequest) -> list[str]:
    return [name for name, state in case.sources.items() if state.get("status") == "failed"]


def _case(request_id: str) -> DataSubjectRequest:
    case = request_store.get(request_id) if request_id.startswith("r_") else None
    if case is None:
        raise NotFound
    return case


def _asked(body: OfflineRequest, request: Request) -> open_request.NewRequest:
    current = policies.published().current(request.now)
    version = body.policy_version or current.version
    if policies.published().published(version, request.now) is None:
        raise Invalid.field("/policy_version", "is not a published policy version")
    staff_dates.reached_us(body.received_on, "/received_on", request.now)
    if body.type == "rectification" and not (body.corrections or body.details):
        raise Invalid.field("/corrections", "is required: which field, and what it should say")
    noon = datetime.combine(body.received_on, time(12), LONDON).astimezone(UTC)
    return open_request.NewRequest(
        type=body.type,
        email=body.email,
        name=body.name,
        channel=body.channel,
        received_at=min(noon, request.now),
        policy_version=version,
        details=body.details,
        corrections=[item.model_dump() for item in body.corrections or ()],
        consent_id=body.consent_id,
        redacted=redacted(body),
    )


def _statuses(text: str | None) -> Sequence[str]:
    if text is None:
        return domain.OPEN
    if text not in domain.STATUSES:
        raise Invalid.field("/query/status", f"must be one of {', '.join(domain.STATUSES)}")
    return (text,)
