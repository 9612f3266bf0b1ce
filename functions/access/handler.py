"""Data subject requests over HTTP: ask, verify, follow, fetch, cancel (S52 to S56)."""

from access.schemas import (
    ExportQuery,
    NewRequest,
    RequestReceipt,
    RequestStatus,
    Verification,
    VerifiedRequest,
)
from access.view import shown
from shared.domain.data_subject_request import AWAITING_IDENTITY, DataSubjectRequest
from shared.domain.errors import Conflict, Invalid, NotFound, TokenInvalid
from shared.domain.rate_limits import RIGHTS_PER_SOURCE
from shared.domain.timestamps import format_timestamp
from shared.domain.token_scopes import TokenScope
from shared.edge import open_request
from shared.edge.field_types import redacted
from shared.edge.http import SUBJECT, Api, Request, Response
from shared.edge.idempotency import idempotency_key
from shared.edge.request_context import from_request
from shared.edge.session import opened
from shared.services import apply_action
from shared.storage import objects, policies, rate_limit_counters, tokens
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction

api = Api()

# A link to a copy is for the click that follows, not for keeping.
LINK_SECONDS = 300


@api.route("POST", "/v1/requests", status=202, mails=True)
def ask(body: NewRequest, request: Request) -> RequestReceipt:
    """Ask for access, portability, correction, erasure, restriction, object, or complain.

    The answer is the same whether or not anything is known about the address; the link that is
    mailed to it shows who asks. An open request of the same type is joined.
    """
    trial = idempotency_key(request, "request", body)
    case, new = open_request.take_in(_asked(body, request), "person", request, trial)
    return RequestReceipt(
        request_id=case.id,
        status=AWAITING_IDENTITY,
        received_at=case.received_at if new else format_timestamp(request.now),
        redacted=list(case.facts.get("redacted", ())) if new else [],
    )


@api.route("POST", "/v1/requests/{request_id}/verification")
def verify(request_id: str, body: Verification, request: Request) -> VerifiedRequest:
    """Show, with the mailed token, that the address is yours; begins a session of 30 minutes.

    The same call again with its Idempotency-Key gives the same session.
    """
    key = idempotency_key(request, "verify", body).key
    exchange = tokens.exchange(TokenScope.VERIFY_REQUEST, body.token, key, request.now)
    case = request_store.get(request_id) if exchange.claims.facts["request"] == request_id else None
    if case is None:
        raise TokenInvalid
    if case.status == AWAITING_IDENTITY and exchange.writes:
        case = _verified(case, body.token, request, exchange)
    elif exchange.writes:
        exchange = tokens.open_session(TokenScope.VERIFY_REQUEST, body.token, key, request.now)
    expires_at = format_timestamp(exchange.expires_at)
    return VerifiedRequest(**shown(case), session=exchange.session, expires_at=expires_at)


@api.route("GET", "/v1/requests/{request_id}", audience=SUBJECT)
def read(request_id: str, request: Request) -> RequestStatus:
    """See how a request stands: status, last day for the answer, what is awaited, timeline."""
    return shown(_own(request_id, request))


@api.route(
    "GET", "/v1/requests/{request_id}/export", audience=SUBJECT, status=303, query=ExportQuery
)
def export(request_id: str, request: Request) -> Response:
    """Fetch the copy: a redirect to a link that lives five minutes.

    `format` is zip (all of it, the default), json, html or csv.
    """
    case = _own(request_id, request)
    wanted = request.parameters.format
    kept = request_store.entry(case.id, "export")
    if kept is None and case.open:
        raise Conflict("The copy is not ready yet; a mail will say when it is.")
    if kept is None or wanted not in kept["files"]:
        raise NotFound("There is no copy, or its time is over; ask again for a new one.")
    step = RequestAction("download", "person", request.now, details={"format": wanted})
    request_store.advance(case, step)
    name = f"privacy-export-{case.id[2:10]}.{'zip' if wanted == 'csv' else wanted}"
    link = objects.link(kept["files"][wanted]["key"], LINK_SECONDS, name)
    return Response(303, None, {"Location": link, "Referrer-Policy": "no-referrer"})


@api.route("POST", "/v1/requests/{request_id}/cancellation", audience=SUBJECT)
def cancel(request_id: str, request: Request) -> RequestStatus:
    """Take a request back that is still open; a second time changes nothing."""
    case = _own(request_id, request)
    if case.status != "cancelled":
        case = apply_action.act(case, RequestAction("cancellation", "person", request.now))
    return shown(case)


def _asked(body: NewRequest, request: Request) -> open_request.NewRequest:
    current = policies.published().current(request.now)
    version = body.policy_version or current.version
    if policies.published().published(version, request.now) is None:
        raise Invalid.field("/policy_version", "is not a published policy version")
    if body.corrections is not None and body.type != "rectification":
        raise Invalid.field("/corrections", "belong to a request of type rectification")
    if body.type == "rectification" and not (body.corrections or body.details):
        raise Invalid.field("/corrections", "is required: which field, and what it should say")
    rate_limit_counters.count(RIGHTS_PER_SOURCE, request.source_ip, request.now)
    return open_request.NewRequest(
        type=body.type,
        email=body.email,
        name=body.name,
        channel="web",
        received_at=request.now,
        policy_version=version,
        details=body.details,
        corrections=[item.model_dump() for item in body.corrections or ()],
        consent_id=body.consent_id,
        redacted=redacted(body),
    )


def _verified(
    case: DataSubjectRequest, token: str, request: Request, exchange: tokens.Exchange
) -> DataSubjectRequest:
    try:
        step = RequestAction("verified", "person", request.now)
        return apply_action.act(case, step, *exchange.writes, seen=from_request(request))
    except Conflict:
        # If it was used meanwhile, say so.
        tokens.verify(TokenScope.VERIFY_REQUEST, token, request.now)
        raise


def _own(request_id: str, request: Request) -> DataSubjectRequest:
    """Give the request that the session is for; any other might as well not exist.

    Raises:
        Unauthenticated: no session, or one that is over.
        NotFound: it is another request's session.
    """
    grant = opened(TokenScope.REQUEST, request)
    case = request_store.get(request_id) if grant.facts["request"] == request_id else None
    if case is None:
        raise NotFound
    return case
