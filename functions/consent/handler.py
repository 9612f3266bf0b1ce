"""Consent over HTTP: the policy as published, decisions with their evidence, receipts."""

import hashlib
import json
import os
import secrets as randomness
from functools import cache
from typing import Any

from consent import receipt_signature
from consent.record_decision import record
from consent.schemas import (
    BrowserState,
    Capture,
    ConsentHistory,
    HistoryQuery,
    RecordedDecision,
    Withdrawal,
    recorded,
)
from shared.domain import choice_validation, consent, evidence, identifiers
from shared.domain.consent import Decision, Event, Evidence, NoticeReference
from shared.domain.errors import Invalid, NotFound
from shared.domain.policy import Notice, Policy
from shared.domain.receipt import receipt as consent_receipt
from shared.edge.body import JSON
from shared.edge.http import Api, Request, Response
from shared.edge.idempotency import idempotency_key
from shared.edge.request_context import from_request
from shared.storage import ledger, policies, secrets

api = Api()

PUBLIC_CACHE = "public, max-age=300"
HISTORY_PAGE = 500


@api.route("GET", "/v1/policy", cache=PUBLIC_CACHE, headers=("If-None-Match",))
def current_policy(request: Request) -> Response:
    """Get the policy now in force: purposes, notices with their hashes, rights, retention."""
    return _document(policies.published().current(request.now), request)


@api.route("GET", "/v1/policy/{version}", cache=PUBLIC_CACHE, headers=("If-None-Match",))
def policy_version(version: str, request: Request) -> Response:
    """Get one published version; it never changes and never goes away (S57)."""
    policy = policies.published().published(version, request.now)
    if policy is None:
        raise NotFound("There is no published policy version of that name.")
    return _document(policy, request)


@api.route("GET", "/.well-known/gpc.json", cache=PUBLIC_CACHE)
def gpc_support(request: Request) -> dict[str, Any]:
    """Tell browsers that Global Privacy Control is honoured here."""
    policy = policies.published().current(request.now)
    return {"gpc": True, "lastUpdate": policy.document["gpc"]["last_update"]}


@api.route("GET", "/.well-known/jwks.json", cache=PUBLIC_CACHE)
def signing_keys() -> dict[str, Any]:
    """Get the public keys that verify signed receipts (RFC 7517)."""
    return {"keys": receipt_signature.public_keys()}


@api.route("POST", "/v1/consents", status=201, headers=("Sec-GPC",))
def capture(body: Capture, request: Request) -> RecordedDecision:
    """Record a decision with its evidence, for a browser known by consent_id or a new one.

    A browser that sends `Sec-GPC: 1` has advertising, third_party_sharing and
    third_party_promotions refused, unless `gpc_override` says that the visitor, shown that,
    chose otherwise. Keep the answered consent_id: it is the key to this browser's choices.
    """
    policy, notice = _shown(body, request)
    circumstances = _evidence(request, body.method, body)
    choice_validation.check(policy, notice, body.choices, circumstances)
    trial = idempotency_key(request, "capture", body)
    if body.consent_id is None:
        name, head = _new_name(trial.key), None
    else:
        name = identifiers.checked_consent_id(body.consent_id)
        head = _known(name)
    made = Decision(
        subject=name,
        kind="decision",
        choices=choice_validation.with_gpc(body.choices, circumstances),
        evidence=circumstances,
        policy=policy,
        notice=NoticeReference(id=notice.id, sha256=notice.sha256),
        at=request.now,
    )
    known = policies.published()
    return recorded(record(head, trial, name, lambda last: consent.next_event(last, made, known)))


@api.route("GET", "/v1/consents/{consent_id}")
def read(consent_id: str, request: Request) -> BrowserState:
    """Get what a browser has granted now, and whether to ask it again."""
    event = _known(identifiers.checked_consent_id(consent_id)).event
    known = policies.published()
    now_granted: RecordedDecision = {
        **recorded(event),
        "choices": consent.effective(event, known, request.now),
    }
    return BrowserState(**now_granted, renewal=consent.renewal(event, known, request.now))


@api.route("GET", "/v1/consents/{consent_id}/history", query=HistoryQuery)
def history(consent_id: str, request: Request) -> ConsentHistory:
    """Get all of a browser's events, oldest first, with their hash chain."""
    name = identifiers.checked_consent_id(consent_id)
    cursor = request.parameters.cursor
    events = ledger.after(name, cursor, HISTORY_PAGE)
    if not events and cursor == 0:
        raise NotFound("There is no consent record under that consent_id.")
    full = len(events) == HISTORY_PAGE
    return ConsentHistory(
        consent_id=name, events=events, next=str(events[-1]["sequence"]) if full else None
    )


@api.route(
    "GET",
    "/v1/consents/{consent_id}/receipt",
    produces=(JSON, receipt_signature.MEDIA_TYPE),
)
def receipt(consent_id: str, request: Request) -> Response:
    """Get the last decision as a consent record after ISO/IEC TS 27560.

    With `Accept: application/jose` it comes as a compact JWS (ES256) that the keys under
    `/.well-known/jwks.json` verify.
    """
    media_type = request.accepted
    event = _known(identifiers.checked_consent_id(consent_id)).event
    known = policies.published()
    policy = known.versions[event["policy_version"]]
    document = consent_receipt(event, policy, os.environ["AWS_REGION"], request.now)
    if media_type == receipt_signature.MEDIA_TYPE:
        return Response(200, receipt_signature.sign(document), media_type=media_type)
    return Response(200, document)


@api.route("POST", "/v1/consents/{consent_id}/withdrawal", status=201, headers=("Sec-GPC",))
def withdraw(consent_id: str, body: Withdrawal, request: Request) -> RecordedDecision:
    """Take back permissions, all of them or those named: as easy as giving them (S40, S48)."""
    name = identifiers.checked_consent_id(consent_id)
    head = _known(name)
    known = policies.published()
    trial = idempotency_key(request, "withdrawal", body)
    method = "reject_all" if body.purposes is None else "choose"
    circumstances = _evidence(request, method)

    def write(before: Event | None) -> Event:
        last = before or head.event
        made = Decision(
            subject=name,
            kind="withdrawal",
            choices=choice_validation.withdrawn(last, known, body.purposes, request.now),
            evidence=circumstances,
            policy=known.versions[last["policy_version"]],
            notice=last["notice"],
            at=request.now,
        )
        return consent.next_event(last, made, known)

    return recorded(record(head, trial, name, write))


def _shown(body: Capture, request: Request) -> tuple[Policy, Notice]:
    """Find the words that the visitor was shown."""
    policy = policies.published().published(body.policy_version, request.now)
    if policy is None:
        raise Invalid.field("/policy_version", "is not a published policy version")
    notice = policy.notices.get(body.notice_id)
    if notice is None:
        raise Invalid.field("/notice_id", f"is not a notice of policy {policy.version}")
    return policy, notice


def _known(consent_id: str) -> ledger.Entry:
    entry = ledger.head(consent_id)
    if entry is None:
        raise NotFound("There is no consent record under that consent_id.")
    return entry


def _new_name(key: str | None) -> str:
    """Name a new browser: at random, or repeatably where the caller says it may try again."""
    if key is None:
        return identifiers.consent_id(randomness.token_bytes(16))
    return identifiers.repeatable_consent_id(secrets.identity(), key)


def _evidence(request: Request, method: str, body: Capture | None = None) -> Evidence:
    gpc = evidence.gpc_signal(request.headers.get("sec-gpc", ()))
    return Evidence(
        method=method,
        gpc=gpc,
        gpc_override=gpc and body is not None and body.gpc_override,
        sign_up=None,
        language=body.language if body else None,
        **from_request(request, body),
    )


def _document(policy: Policy, request: Request) -> Response:
    text, etag = _served(policy.version)
    headers = {"ETag": etag}
    matches = ",".join(request.headers.get("if-none-match", ()))
    if matches.strip() == "*" or etag in (
        match.strip().removeprefix("W/") for match in matches.split(",")
    ):
        return Response(304, headers=headers)
    return Response(200, text, headers)


@cache
def _served(version: str) -> tuple[str, str]:
    document = policies.published().versions[version].document
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text, f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
