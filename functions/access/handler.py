"""Data subject requests over HTTP: ask, verify, follow, fetch, cancel (S52 to S56)."""

import secrets as randomness

from access.bodies import Accepted, NewRequest, Shown, Verification, Verified
from access.view import FORMATS, shown
from shared.domain import subject
from shared.domain.case import AWAITING_IDENTITY, Case
from shared.domain.clock import stamp
from shared.domain.errors import Conflict, Invalid, NotFound, TokenInvalid
from shared.domain.limits import PER_SOURCE
from shared.edge import casework, intake
from shared.edge.circumstances import observed
from shared.edge.http import SUBJECT, Api, Request, Response
from shared.edge.idempotency import attempt
from shared.edge.session import opened
from shared.storage import cases, counters, objects, policies, tokens
from shared.storage.cases import Step
from shared.storage.tokens import REQUEST, VERIFY_REQUEST

api = Api()

# A link to a copy is for the click that follows, not for keeping.
LINK_SECONDS = 300


@api.route("POST", "/v1/requests", status=202)
def ask(body: NewRequest, request: Request) -> Accepted:
    """Ask for access, portability, correction, erasure, restriction, object, or complain.

    The answer is the same whether or not anything is known about the address; the link that is
    mailed to it shows who asks. An open request of the same type is joined.
    """
    trial = attempt(request, "request", body)
    case, new = intake.take_in(_asked(body, request), "person", request, trial)
    return Accepted(
        request_id=case.id,
        status=AWAITING_IDENTITY,
        received_at=case.received_at if new else stamp(request.now),
        redacted=list(case.facts.get("redacted", ())) if new else [],
    )


@api.route("POST", "/v1/requests/{request_id}/verification")
def verify(request_id: str, body: Verification, request: Request) -> Verified:
    """Show, with the mailed token, that the address is yours; begins a session of 30 minutes."""
    cause = randomness.token_hex(16)
    grant = tokens.show(VERIFY_REQUEST, body.token, request.now)
    case = cases.get(request_id) if grant.facts["request"] == request_id else None
    if case is None:
        raise TokenInvalid
    session, members = tokens.exchanging(VERIFY_REQUEST, body.token, REQUEST, cause, request.now)
    if case.status == AWAITING_IDENTITY:
        case = _verified(case, body.token, request, members)
    else:
        tokens.exchange(VERIFY_REQUEST, body.token, REQUEST, cause, request.now)
    expires_at = stamp(request.now + REQUEST.lifetime)
    return Verified(**shown(case), session=session, expires_at=expires_at)


@api.route("GET", "/v1/requests/{request_id}", audience=SUBJECT)
def read(request_id: str, request: Request) -> Shown:
    """See how a request stands: status, last day for the answer, what is awaited, timeline."""
    return shown(_own(request_id, request))


@api.route("GET", "/v1/requests/{request_id}/export", audience=SUBJECT, status=303)
def export(request_id: str, request: Request) -> Response:
    """Fetch the copy: a redirect to a link that lives five minutes.

    `format` is zip (all of it, the default), json, html or csv.
    """
    case = _own(request_id, request)
    wanted = request.query.get("format", FORMATS[0])
    if wanted not in FORMATS:
        raise Invalid.field("/query/format", f"must be one of {', '.join(FORMATS)}")
    kept = cases.entry(case.id, "export")
    if kept is None and case.open:
        raise Conflict("The copy is not ready yet; a mail will say when it is.")
    if kept is None or wanted not in kept["files"]:
        raise NotFound("There is no copy, or its time is over; ask again for a new one.")
    step = Step("download", "person", request.now, details={"format": wanted})
    cases.advance(case, step)
    name = f"privacy-export-{case.id[2:10]}.{'zip' if wanted == 'csv' else wanted}"
    link = objects.link(kept["files"][wanted]["key"], LINK_SECONDS, name)
    return Response(303, None, {"Location": link, "Referrer-Policy": "no-referrer"})


@api.route("POST", "/v1/requests/{request_id}/cancellation", audience=SUBJECT)
def cancel(request_id: str, request: Request) -> Shown:
    """Take a request back that is still open; a second time changes nothing."""
    case = _own(request_id, request)
    if case.status != "cancelled":
        case = casework.act(case, Step("cancellation", "person", request.now))
    return shown(case)


def _asked(body: NewRequest, request: Request) -> intake.Asked:
    current = policies.published().current(request.now)
    version = body.policy_version or current.version
    if policies.published().published(version, request.now) is None:
        raise Invalid.field("/policy_version", "is not a published policy version")
    if body.corrections is not None and body.type != "rectification":
        raise Invalid.field("/corrections", "belong to a request of type rectification")
    if body.type == "rectification" and not (body.corrections or body.details):
        raise Invalid.field("/corrections", "is required: which field, and what it should say")
    counters.count(PER_SOURCE, request.source_ip, request.now)
    return intake.Asked(
        type=body.type,
        email=body.email,
        name=body.name,
        channel="web",
        received_at=request.now,
        policy_version=version,
        details=body.details,
        corrections=[item.model_dump() for item in body.corrections or ()],
        consent_id=body.consent_id and subject.checked_consent_id(body.consent_id),
    )


def _verified(case: Case, token: str, request: Request, members: list[dict[str, object]]) -> Case:
    try:
        step = Step("verified", "person", request.now)
        return casework.act(case, step, *members, seen=observed(request))
    except Conflict:
        tokens.show(VERIFY_REQUEST, token, request.now)  # if it was used meanwhile, say so
        raise


def _own(request_id: str, request: Request) -> Case:
    """Give the request that the session is for; any other might as well not exist.

    Raises:
        Unauthenticated: no session, or one that is over.
        NotFound: it is another request's session.
    """
    grant = opened(REQUEST, request)
    case = cases.get(request_id) if grant.facts["request"] == request_id else None
    if case is None:
        raise NotFound
    return case
