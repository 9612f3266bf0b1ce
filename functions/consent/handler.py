"""Consent over HTTP: the policy as published, decisions with their evidence, receipts."""

import os
import secrets as randomness
from dataclasses import replace
from typing import Any

from consent import policy_views, view
from consent.schemas import (
    Capture,
    ConsentHistory,
    ConsentProofs,
    HistoryQuery,
    NoticeQuery,
    NoticeText,
    Objection,
    PolicyChanges,
    PolicyChangesQuery,
    RecordedDecision,
    Withdrawal,
)
from shared.domain import choice_validation, consent, identifiers
from shared.domain.consent import Decision
from shared.domain.errors import Invalid, NotFound
from shared.domain.policy import Notice, Policy
from shared.domain.receipt import receipt as consent_receipt
from shared.edge.body import JSON
from shared.edge.http import Api, Request, Response
from shared.edge.idempotency import IdempotencyKey
from shared.edge.request_context import evidence_of, signal
from shared.services import browser_state
from shared.services.prove_decisions import Prover
from shared.services.record_decision import MarkedRequest, earlier, record_decision
from shared.services.sign_document import MEDIA_TYPE, sign_document
from shared.storage import ledger, policies, secrets
from shared.storage.ledger import LedgerEntry
from shared.storage.signing_keys import public_keys

api = Api()

PUBLIC_CACHE = "public, max-age=300"
HISTORY_PAGE = 500
PROOFS_PAGE = 25
UNKNOWN = "There is no consent record under that consent_id."


@api.route("GET", "/v1/policy", cache=PUBLIC_CACHE, headers=("If-None-Match",))
def current_policy(request: Request) -> Response:
    """Get the policy now in force: purposes, notices with their hashes, rights, retention."""
    version = policies.published().current(request.now).version
    return policy_views.cached(policy_views.document(version, request.now), request)


@api.route("GET", "/v1/policy/changes", cache=PUBLIC_CACHE, query=PolicyChangesQuery)
def policy_changes(request: Request) -> PolicyChanges:
    """Tell what changed after a version that somebody knows, version by version (S57).

    `since` names the version; purposes under `asks_again` have new words, so that consent to
    them is asked anew.
    """
    known = policies.published()
    since = known.published(request.parameters.since, request.now)
    if since is None:
        raise Invalid.field("/query/since", "must name a published policy version")
    return policy_views.changes(known, since, known.current(request.now))


@api.route("GET", "/v1/policy/{version}", cache=PUBLIC_CACHE, headers=("If-None-Match",))
def policy_version(version: str, request: Request) -> Response:
    """Get one published version; it never changes and never goes away (S57)."""
    policy = policies.published().published(version, request.now)
    if policy is None:
        raise NotFound("There is no published policy version of that name.")
    return policy_views.cached(policy_views.document(policy.version, request.now), request)


@api.route(
    "GET",
    "/v1/notices/{notice_id}",
    cache=PUBLIC_CACHE,
    query=NoticeQuery,
    headers=("If-None-Match",),
    produces=policy_views.REPRESENTATIONS,
    answer=NoticeText,
)
def notice(notice_id: str, request: Request) -> Response:
    """Get one notice of the policy in force: all that a banner or a form has to show.

    `Accept` chooses between JSON, HTML and the Markdown that the hash covers; `language` (BCP
    47) the language, where the notice has it.
    """
    policy = policies.published().current(request.now)
    if notice_id not in policy.notices:
        raise NotFound("There is no notice of that name in the policy in force.")
    shown = policy_views.notice(policy, notice_id, request.parameters.language)
    return policy_views.represented(shown, request)


@api.route("GET", "/.well-known/gpc.json", cache=PUBLIC_CACHE)
def gpc_support(request: Request) -> dict[str, Any]:
    """Tell browsers that Global Privacy Control is honoured here."""
    policy = policies.published().current(request.now)
    return {"gpc": True, "lastUpdate": policy.document["gpc"]["last_update"]}


@api.route("GET", "/.well-known/jwks.json", cache=PUBLIC_CACHE)
def signing_keys() -> dict[str, Any]:
    """Get the public keys that verify signed receipts (RFC 7517)."""
    return {"keys": public_keys()}


@api.route(
    "POST",
    "/v1/consents",
    status=201,
    headers=("Sec-GPC",),
    answers={404: "No browser is known by this `consent_id`."},
)
def capture(body: Capture, request: Request) -> RecordedDecision:
    """Record a decision with its evidence, for a browser known by consent_id or a new one.

    Only a browser's purposes are decided here; a person's are a 422 that says where. What is
    not named stays as it was. A use that needs no consent goes on, once it is allowed, in a
    browser that objected to it. A browser that sends `Sec-GPC: 1` has the purposes refused that
    the policy flags `gpc`, unless `gpc_override` says that the visitor, shown that, chose
    otherwise. The answer is what is effective. Keep its consent_id: it is the key to this
    browser's choices.
    """
    policy, shown = _shown(body, request)
    language = body.language if shown.shown_in(body.language) else None
    evidence = evidence_of(
        request, body.method, body, language=language, override=body.gpc_override
    )
    if body.consent_id is None:
        name, head = _new_name(request.key.key), None
    else:
        name = identifiers.checked_consent_id(body.consent_id)
        head = _known(name)
    choice_validation.check(name, policy, shown, body.choices, evidence)
    before = head.event if head else None
    heard = choice_validation.heard(name, policy, body.choices, evidence, before)
    made = Decision(
        subject=name,
        kind="decision",
        choices=heard.choices,
        evidence=evidence,
        policy=policy,
        notice=consent.words(shown, language),
        at=request.now,
        turned_off=heard.turned_off,
    )
    return _recorded(record_decision(made, head, _marked(request.key, name)))


@api.route("GET", "/v1/consents/{consent_id}", headers=("Sec-GPC",))
def read(consent_id: str, request: Request) -> RecordedDecision:
    """Get what is effective for a browser now, and whether to ask it again.

    What its people decided counts; with `Sec-GPC: 1` so does that signal, and the answer names
    what it turns off.
    """
    found = browser_state.get(identifiers.checked_consent_id(consent_id))
    if found is None:
        raise NotFound(UNKNOWN)
    return view.state(found.entry.event, found.people, request.now, signal=signal(request))


@api.route("GET", "/v1/consents/{consent_id}/history", query=HistoryQuery)
def history(consent_id: str, request: Request) -> ConsentHistory:
    """Get all of a browser's events, oldest first, with their hash chain."""
    name = identifiers.checked_consent_id(consent_id)
    cursor = request.parameters.cursor
    events = ledger.after(name, cursor, HISTORY_PAGE)
    if not events and cursor == 0:
        raise NotFound(UNKNOWN)
    full = len(events) == HISTORY_PAGE
    return ConsentHistory(
        consent_id=name, events=events, next=str(events[-1]["sequence"]) if full else None
    )


@api.route(
    "GET",
    "/v1/consents/{consent_id}/receipt",
    produces=(JSON, MEDIA_TYPE),
)
def receipt(consent_id: str, request: Request) -> Response:
    """Get the last decision as a consent record after ISO/IEC TS 27560.

    With `Accept: application/jose` it comes as a compact JWS (ES256) that the keys under
    `/.well-known/jwks.json` verify.
    """
    media_type = request.accepted
    entry = _known(identifiers.checked_consent_id(consent_id))
    people, known = browser_state.people_of(entry), policies.published()
    region = os.environ["AWS_REGION"]
    document = consent_receipt(entry.event, people, known, region, request.now)
    if media_type == MEDIA_TYPE:
        return Response(200, sign_document(document), media_type=media_type)
    return Response(200, document)


@api.route("GET", "/v1/consents/{consent_id}/proofs", query=HistoryQuery)
def proofs(consent_id: str, request: Request) -> ConsentProofs:
    """Prove that a browser's decisions are in the log over all ledgers (RFC 9162).

    `head` is the log's newest signed head (C2SP tlog-checkpoint), which anybody can compare with
    the one that they kept. What is newer than it has no place and no path yet.
    """
    name = identifiers.checked_consent_id(consent_id)
    entries = ledger.entries_after(name, request.parameters.cursor, PROOFS_PAGE)
    if not entries and request.parameters.cursor == 0:
        raise NotFound(UNKNOWN)
    prover = Prover()
    before = prover.before(entries[0]) if entries else None
    full = len(entries) == PROOFS_PAGE
    return ConsentProofs(
        consent_id=name,
        head=prover.head,
        decisions=[prover.decision(entry) for entry in entries],
        removed_before=before,
        next=str(entries[-1].event["sequence"]) if full else None,
    )


@api.route("POST", "/v1/consents/{consent_id}/withdrawal", status=201, headers=("Sec-GPC",))
def withdraw(consent_id: str, body: Withdrawal, request: Request) -> RecordedDecision:
    """Take back permissions, all of them or those named: as easy as giving them (S40, S48)."""
    name = identifiers.checked_consent_id(consent_id)
    head = _known(name)
    marked = _marked(request.key, name)
    policy = policies.published().current(request.now)
    # A repetition finds its first answer, whatever the policy has become since.
    if (repeated := earlier(head, marked, request.now)) is not None:
        return _recorded(repeated)
    made = _saying_no(head, body, request)
    choices = choice_validation.withdrawn(head.event, policy, body.purposes)
    made = replace(made, choices=choices, unless_so=True)
    return _recorded(record_decision(made, head, marked))


@api.route("POST", "/v1/consents/{consent_id}/objection", status=201, headers=("Sec-GPC",))
def object_to(consent_id: str, body: Objection, request: Request) -> RecordedDecision:
    """Object to uses that need no consent, all that a browser can object to or those named.

    Simple and free of charge (PECR Sch. A1); it is in force with the answer.
    """
    name = identifiers.checked_consent_id(consent_id)
    head = _known(name)
    marked = _marked(request.key, name)
    if (repeated := earlier(head, marked, request.now)) is not None:
        return _recorded(repeated)
    policy = policies.published().current(request.now)
    objects = choice_validation.objected(policy, body.purposes)
    made = _saying_no(head, body, request)
    made = replace(made, kind="objection", objects=objects, unless_so=True)
    return _recorded(record_decision(made, head, marked))


def _saying_no(head: LedgerEntry, body: Withdrawal | Objection, request: Request) -> Decision:
    """Begin a withdrawal or an objection: it is made under the words that were last shown."""
    last = head.event
    method = "reject_all" if body.purposes is None else "choose"
    return Decision(
        subject=last["subject"],
        kind="withdrawal",
        choices={},
        evidence=evidence_of(request, method, body, language=body.language),
        policy=policies.published().versions[last["policy_version"]],
        notice=last["notice"],
        at=request.now,
    )


def _shown(body: Capture, request: Request) -> tuple[Policy, Notice]:
    """Find the words that the visitor was shown."""
    policy = policies.published().published(body.policy_version, request.now)
    if policy is None:
        raise Invalid.field("/policy_version", "is not a published policy version")
    notice = policy.notices.get(body.notice_id)
    if notice is None:
        raise Invalid.field("/notice_id", f"is not a notice of policy {policy.version}")
    return policy, notice


def _known(consent_id: str) -> LedgerEntry:
    entry = ledger.head(consent_id)
    if entry is None:
        raise NotFound(UNKNOWN)
    return entry


def _marked(key: IdempotencyKey, name: str) -> MarkedRequest:
    return MarkedRequest(key.mark(name), key.fingerprint)


def _recorded(entry: LedgerEntry) -> RecordedDecision:
    return view.recorded(entry.event, browser_state.people_of(entry))


def _new_name(key: str | None) -> str:
    """Name a new browser: at random, or repeatably where the caller says it may try again."""
    if key is None:
        return identifiers.consent_id(randomness.token_bytes(16))
    return identifiers.repeatable_consent_id(secrets.identity(), key)
