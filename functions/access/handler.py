"""Data subject requests over HTTP: ask, confirm, follow, fetch, write, cancel (S52 to S56)."""

import secrets as randomness
from datetime import timedelta
from typing import cast

from access.schemas import (
    AddressConfirmed,
    ExportLink,
    ExportQuery,
    NewMessage,
    NewRequest,
    RequestLinkReceipt,
    RequestPreview,
    RequestReceipt,
    RequestStatus,
    RequestToken,
    Verification,
    VerifiedRequest,
)
from access.view import AGENT, actor, preview, readings, shown
from shared.domain import address_change
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import Conflict, NotFound, TokenInvalid
from shared.domain.rate_limits import LINKS_OF_REQUEST, RIGHTS_PER_SOURCE
from shared.domain.record_classes import RecordClass
from shared.domain.request_actions import COMPLETED
from shared.domain.request_types import row
from shared.domain.timestamps import format_timestamp
from shared.domain.token_scopes import TokenScope
from shared.edge.http import SUBJECT, Api, Request, Response
from shared.edge.request_context import from_request
from shared.edge.session import opened
from shared.services import apply_action, open_request
from shared.services.link_browser import link_browser
from shared.storage import objects, rate_limit_counters, tokens
from shared.storage.requests import link_asks, request_store
from shared.storage.requests.link_asks import LinkAsk
from shared.storage.requests.request_store import RequestAction, event_of
from shared.storage.tokens import TokenClaims

api = Api()

# A link to a copy is for the click that follows, not for keeping.
LINK_SECONDS = 300


@api.route("POST", "/v1/requests", status=202, mails=True)
def ask(body: NewRequest, request: Request) -> RequestReceipt:
    """Ask for access, portability, correction, erasure, restriction, object, or complain.

    Every submission is a request of its own. The answer is the same whether or not anything is
    known about the address, or open; the link that is mailed to it shows who asks.
    """
    idempotency_key = request.key
    asked = body.asked(request.now, idempotency_key, "web", request.now)
    rate_limit_counters.count(RIGHTS_PER_SOURCE, request.source_ip, request.now)
    case = open_request.take_in(asked, "person", request.now, from_request(request))
    return cast("RequestReceipt", open_request.receipt(case))


@api.route("POST", "/v1/requests/{request_id}/preview")
def preview_request(request_id: str, body: RequestToken, request: Request) -> RequestPreview:
    """See what opening the mailed link confirms; nothing is confirmed by that."""
    return preview(_linked(request_id, body.token, request))


@api.route("POST", "/v1/requests/{request_id}/verification")
def verify(request_id: str, body: Verification, request: Request) -> VerifiedRequest:
    """Show, with the mailed token, that the address is yours; begins a session of 30 minutes.

    `consent_id` is the browser in which the link was opened: from then on it is known to be
    yours. Repeated with its Idempotency-Key, the answer is the same session.
    """
    key = request.key
    exchange = tokens.exchange(TokenScope.VERIFY_REQUEST, body.token, key, request.now)
    case = _meant(exchange.claims, request_id)
    if case is None:
        raise TokenInvalid
    # All that the answer needs is read before anything is changed.
    read = readings(case, exchange.claims)
    if not exchange.writes:
        return _session(exchange, shown(case, read))
    if actor(exchange.claims) == AGENT:
        # An agent's link shows the request; it proves nothing of the person and their browser.
        made = tokens.open_session(TokenScope.VERIFY_REQUEST, body.token, key, request.now)
        return _session(made, shown(case, read))
    seen = from_request(request)
    linked = link_browser(case.person, body.consent_id, seen, request.now)
    if case.identified or not case.open:
        # Shown before, or lapsed meanwhile: there is nothing to confirm, but something to look at.
        made = tokens.open_session(TokenScope.VERIFY_REQUEST, body.token, key, request.now)
        return _session(made, shown(case, read))
    changes = {"consent_id": body.consent_id} if linked else {}
    step = RequestAction("verified", "person", request.now, changes=changes)
    try:
        after = apply_action.act(case, step, *exchange.writes, seen=seen)
    except Conflict:
        # Used meanwhile, perhaps by this very call; by another one is said here.
        exchange = tokens.exchange(TokenScope.VERIFY_REQUEST, body.token, key, request.now)
        now_is = request_store.get(request_id)
        if exchange.writes or now_is is None:
            raise
        return _session(exchange, shown(now_is, readings(now_is, exchange.claims)))
    return _session(exchange, shown(after, read, event_of(after, case, step)))


@api.route("POST", "/v1/address/confirmation")
def confirm_address(body: RequestToken, request: Request) -> AddressConfirmed:
    """Show, with the token that was mailed to a new address, that it is yours, too (S55).

    What is held under the old address goes over to the new one. The same link again gets the same
    answer. Who asked, and what is held, no answer says.
    """
    claims = tokens.get(TokenScope.CONFIRM_ADDRESS, body.token)
    case = request_store.get(claims.facts["request"])
    if case is None:
        raise TokenInvalid
    if address_change.proved(case) != claims.person:
        case = _proved(case, claims, request)
    return AddressConfirmed(confirmed_at=case.facts["address_proved"])


def _proved(case: DataSubjectRequest, claims: TokenClaims, request: Request) -> DataSubjectRequest:
    """Note with a request that its new address was shown to be theirs.

    Raises:
        TokenInvalid: the link is over.
        Conflict: the request was answered meanwhile.
    """
    if request.now >= claims.until:
        raise TokenInvalid
    details = {"new_person": claims.person}
    step = RequestAction("address_proved", "person", request.now, details=details)
    try:
        return apply_action.act(case, step, seen=from_request(request))
    except Conflict:  # at this moment, perhaps by the same press
        fresh = request_store.get(case.id)
        if fresh is None or address_change.proved(fresh) != claims.person:
            raise
        return fresh


@api.route("POST", "/v1/requests/{request_id}/link", status=202, mails=True)
def ask_for_link(request_id: str, request: Request) -> RequestLinkReceipt:
    """Ask for a fresh link to a request; it goes to the address that the request has.

    The answer is the same whether or not there is such a request, and takes the same work: what
    follows from it is found out later.
    """
    rate_limit_counters.count(RIGHTS_PER_SOURCE, request.source_ip, request.now)
    repeated = request.key.key is not None
    name = request.key.digest(request_id) if repeated else randomness.token_urlsafe(16)
    ask = LinkAsk(request_id, name, format_timestamp(request.now))
    if rate_limit_counters.count_once(LINKS_OF_REQUEST, request_id, name, request.now):
        ask = link_asks.note(ask)
    return RequestLinkReceipt(received_at=ask.at)


@api.route("GET", "/v1/requests/{request_id}", audience=SUBJECT)
def read(request_id: str, request: Request) -> RequestStatus:
    """Return how a request stands: status, last day for the answer, what is awaited, timeline."""
    case, grant = _own(request_id, request)
    return shown(case, readings(case, grant))


@api.route(
    "GET",
    "/v1/requests/{request_id}/export",
    audience=SUBJECT,
    query=ExportQuery,
    answer=ExportLink,
    answers={303: "The copy is at Location."},
)
def export(request_id: str, request: Request) -> Response:
    """Fetch the copy by a link that lives five minutes.

    With `Accept: application/json` the answer is the link, for a page to go to; else a redirect
    to it. `format` is zip (all of it, the default), json, html or csv.
    """
    case, grant = _own(request_id, request)
    wanted = request.parameters.format
    if row(case.type).copy and case.open:
        raise Conflict("The copy is not ready yet; a mail will say when it is.")
    done = row(case.type).copy and case.status == COMPLETED
    kept = request_store.entry(case.id, RecordClass.EXPORT) if done else None
    if kept is None or wanted not in kept["files"]:
        raise NotFound("There is no copy, or its time is over; ask again for a new one.")
    step = RequestAction("download", actor(grant), request.now, details={"format": wanted})
    apply_action.act(case, step)
    name = f"privacy-export-{case.id[2:10]}.{'zip' if wanted == 'csv' else wanted}"
    link = objects.link(kept["files"][wanted]["key"], LINK_SECONDS, name)
    headers = {"Referrer-Policy": "no-referrer", "Vary": "Origin, Accept"}
    if _json_accepted(request):
        expires = format_timestamp(request.now + timedelta(seconds=LINK_SECONDS))
        return Response(200, ExportLink(url=link, expires_at=expires), headers)
    return Response(303, None, {"Location": link, **headers})


@api.route("POST", "/v1/requests/{request_id}/message", audience=SUBJECT)
def send_message(request_id: str, body: NewMessage, request: Request) -> RequestStatus:
    """Write about a request that is open; where we asked a question, this is the answer."""
    case, grant = _own(request_id, request)
    idempotency_key = request.key
    text = body.message
    step = RequestAction(
        "message",
        actor(grant),
        request.now,
        reason=text,
        key=idempotency_key.mark(case.id),
        fingerprint=idempotency_key.fingerprint,
    )
    after = apply_action.act(case, step, seen=from_request(request))
    return shown(after, readings(after, grant))


@api.route("POST", "/v1/requests/{request_id}/cancellation", audience=SUBJECT)
def cancel(request_id: str, request: Request) -> RequestStatus:
    """Take a request back that is still open; a second time changes nothing."""
    case, grant = _own(request_id, request)
    if case.status != "cancelled":
        case = apply_action.act(case, RequestAction("cancellation", actor(grant), request.now))
    return shown(case, readings(case, grant))


def _linked(request_id: str, token: str, request: Request) -> DataSubjectRequest:
    """Return the request that a mailed token stands for.

    Raises:
        TokenInvalid: it is none, is over, or stands for another request.
    """
    claims = tokens.verify(TokenScope.VERIFY_REQUEST, token, request.now)
    case = _meant(claims, request_id)
    if case is None:
        raise TokenInvalid
    return case


def _meant(claims: TokenClaims, request_id: str) -> DataSubjectRequest | None:
    """Return the request that a token stands for; an agent's, while their authority stands."""
    case = request_store.get(request_id) if claims.facts["request"] == request_id else None
    over = case is not None and actor(claims) == AGENT and case.agent_answered is None
    return None if over else case


def _session(made: tokens.Exchange, seen: RequestStatus) -> VerifiedRequest:
    expires_at = format_timestamp(made.expires_at)
    return VerifiedRequest(session=made.session, expires_at=expires_at, request=seen)


def _json_accepted(request: Request) -> bool:
    accepted = ",".join(request.headers.get("accept", []))
    return any(part.partition(";")[0].strip() == "application/json" for part in accepted.split(","))


def _own(request_id: str, request: Request) -> tuple[DataSubjectRequest, TokenClaims]:
    """Return the request that the session is for, and whose; any other might as well not exist.

    Raises:
        Unauthenticated: no session, or one that is over.
        NotFound: it is another request's session.
    """
    grant = opened(TokenScope.REQUEST, request)
    case = _meant(grant, request_id)
    if case is None:
        raise NotFound
    return case, grant
