"""Double opt-in: the mailed token turns a sign-up into what it asked for, once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from contact.schemas import Confirmation, ConfirmationPreview, ConfirmedPurpose, FormConfirmed
from shared.domain import choice_validation
from shared.domain.confirmation import refused_since, reworded
from shared.domain.consent import Decision, Evidence, SignUp
from shared.domain.errors import Conflict, TokenInvalid
from shared.domain.person_fields import FOR_MAILING
from shared.domain.record_classes import RecordClass
from shared.domain.timestamps import format_timestamp
from shared.domain.token_scopes import ROWS, TokenScope
from shared.edge.http import Request
from shared.edge.request_context import Gpc, evidence_of, from_request, heard
from shared.services.link_browser import link_browser
from shared.storage import consent_states, policies, records, tokens
from shared.storage.dynamodb import database
from shared.storage.records import Record, as_shown
from shared.storage.tokens import TokenClaims

_REFUSED = (
    "After this was asked for, marketing was objected to or refused, and what was said last"
    " counts. Sign up again if you want it."
)
_REWORDED = (
    "The words that this agrees to are no longer in force. Sign up again to see and agree to those"
    " that are."
)


@dataclass(frozen=True, slots=True)
class Pending:
    """A confirmation that is still to be made: its token, the sign-up, and what it would grant.

    `turned_off` is what the browser's signal keeps out of that; `void` says why it grants
    nothing any more.
    """

    claims: TokenClaims
    sign_up: Record
    grants: tuple[str, ...]
    turned_off: tuple[str, ...]
    void: str | None

    @property
    def nothing_left(self) -> bool:
        """Tell whether the link was for nothing but what is void; an account still opens."""
        return self.void is not None and self.claims.scope.row.confirms == RecordClass.SUBSCRIPTION


def preview(body: Confirmation, request: Request) -> ConfirmationPreview:
    """Show what a mailed link would confirm: this submission and nothing else.

    Raises:
        TokenInvalid: wrong or over, or the sign-up is gone.
        Conflict: it is void; the message says why and what to do.
    """
    claims = _claims(body.token)
    pending = _pending(claims, body, request)
    if claims.used_at is None and pending.nothing_left:
        raise Conflict(pending.void)
    sign_up, policy = pending.sign_up, policies.published().current(request.now)
    kept = _kept(sign_up, str(claims.scope.row.confirms))
    shown = {
        **kept,
        "confirms": str(claims.scope.row.confirms),
        "received_at": sign_up.received_at,
        "expires_at": format_timestamp(claims.until),
        "confirmed_at": claims.used_at,
        "policy_version": sign_up.provenance["policy_version"],
        "notice": sign_up.provenance["notice"]["id"],
        "grants": [
            ConfirmedPurpose(id=name, title=policy.purposes[name].title)
            for name in (() if pending.void else pending.grants)
        ],
        "gpc": heard(request, pending.turned_off),
    }
    return cast("ConfirmationPreview", shown)


def confirm(scope: TokenScope, body: Confirmation, request: Request) -> FormConfirmed:
    """Use the token up and write what it confirms: all of it or nothing.

    The sign-up's record stays until its short period ends; the confirmed record, of the class
    that the scope's row names, is what lasts. Only now is marketing granted, if the form asked
    (S26). The same link again gets the same answer for as long as what it did stands.

    Raises:
        TokenInvalid: wrong or over, or the sign-up has expired.
        Conflict: void, because of a later no or because other words are in force.
    """
    claims = tokens.get(scope, body.token)
    used = claims.used_at is not None
    answer = _again(claims, request) if used else _first(claims, body, request)
    # The mailed link was opened in this browser; again changes nothing.
    link_browser(claims.person, body.consent_id, from_request(request), request.now)
    return answer


def _first(claims: TokenClaims, body: Confirmation, request: Request) -> FormConfirmed:
    scope = claims.scope
    pending = _pending(claims, body, request)
    if pending.nothing_left:
        raise Conflict(pending.void)
    sign_up, granted = pending.sign_up, () if pending.void else pending.grants
    kept = _kept_record(sign_up, scope, granted, request)
    result = {
        "granted": list(granted),
        "gpc": heard(request, pending.turned_off),
        "record": kept.key if kept else None,
    }
    by = tokens.used_by(claims, request.key)
    writes: list[dict[str, Any]] = [{"Update": tokens.use(claims, request.now, result, by)}]
    if kept is not None:
        writes.append({"Put": records.put(kept)})
    try:
        if granted or pending.turned_off:
            decision = _decision(pending, granted, body, request)
            consent_states.change(decision, policies.published(), *writes)
        else:
            database.call("transact_write_items", TransactItems=list(writes))
    except database.TransactionFailed:  # used at this moment, perhaps by the same press
        claims = tokens.get(scope, body.token)
        if claims.used_at is None:
            raise TokenInvalid from None
        return _again(claims, request)
    return _answer(format_timestamp(request.now), result)


def _claims(token: str) -> TokenClaims:
    for scope in (scope for scope, row in ROWS.items() if row.confirms):
        try:
            return tokens.get(scope, token)
        except TokenInvalid:
            continue
    raise TokenInvalid


def _pending(claims: TokenClaims, body: Confirmation, request: Request) -> Pending:
    sign_up = records.get(claims.person, claims.facts["record"])
    if sign_up is None or (claims.used_at is None and request.now >= claims.until):
        raise TokenInvalid
    asks = tuple(sign_up.facts["asks"])
    known = policies.published()
    shown = known.versions[sign_up.provenance["policy_version"]]
    void = None
    if reworded(shown, known.current(request.now), asks):
        void = _REWORDED
    event = consent_states.get(claims.person).event
    if refused_since(event, asks, sign_up.received_at):
        void = _REFUSED
    left = choice_validation.heard(
        claims.person, shown, dict.fromkeys(asks, True), _evidence(sign_up, body, request), None
    )
    grants = tuple(name for name in asks if left.choices[name])
    return Pending(claims, sign_up, grants, left.turned_off, void)


def _again(claims: TokenClaims, request: Request) -> FormConfirmed:
    """Answer as the first time, if what it did still stands."""
    tokens.repeats(claims, request.key)
    granted = claims.result.get("granted", ())
    # Granting lifted every no before it: one that is there came after.
    if refused_since(consent_states.get(claims.person).event, granted, ""):
        raise Conflict(_REFUSED)
    # A newer confirmation of the same list may stand in the place of this one.
    kind = str(claims.scope.row.confirms)
    if claims.result.get("record") and not any(records.for_person(claims.person, kind)):
        raise TokenInvalid
    return _answer(str(claims.used_at), claims.result)


def _answer(at: str, result: Mapping[str, Any]) -> FormConfirmed:
    # What was stored comes back in any order.
    gpc = Gpc(signal=result["gpc"]["signal"], turned_off=result["gpc"]["turned_off"])
    return FormConfirmed(confirmed_at=at, granted=list(result["granted"]), gpc=gpc)


def _kept(sign_up: Record, kind: str) -> dict[str, Any]:
    names = FOR_MAILING if kind == RecordClass.SUBSCRIPTION else tuple(sign_up.fields)
    return {name: value for name, value in sign_up.fields.items() if name in names}


def _kept_record(
    sign_up: Record, scope: TokenScope, granted: Collection[str], request: Request
) -> Record | None:
    """Make the record that lasts; one that goes with a purpose needs that purpose granted."""
    kind = str(scope.row.confirms)
    needed = policies.published().current(request.now).classes[kind].ends_with
    return _confirmed(sign_up, kind, request) if needed in (None, *granted) else None


def _confirmed(sign_up: Record, kind: str, request: Request) -> Record:
    facts: Mapping[str, Any] = {
        **sign_up.facts,
        "signed_up_at": sign_up.received_at,
        "confirmed_ip": from_request(request)["ip"],
    }
    return replace(
        sign_up,
        kind=kind,
        received_at=format_timestamp(request.now),
        fields=_kept(sign_up, kind),
        facts=facts,
    )


def _decision(
    pending: Pending, granted: tuple[str, ...], body: Confirmation, request: Request
) -> Decision:
    """Grant what was asked for under the words that the form showed, with both moments (S51)."""
    sign_up = pending.sign_up
    seen = sign_up.provenance
    return Decision(
        subject=sign_up.person,
        kind="decision",
        choices={**dict.fromkeys(granted, True), **dict.fromkeys(pending.turned_off, False)},
        evidence=_evidence(sign_up, body, request),
        policy=policies.published().versions[seen["policy_version"]],
        notice=seen["notice"],
        at=request.now,
        turned_off=pending.turned_off,
    )


def _evidence(sign_up: Record, body: Confirmation, request: Request) -> Evidence:
    """Tell of both: of the form where its words were shown, of the press what it came with."""
    seen = sign_up.provenance
    made = evidence_of(
        request,
        "staff" if seen["form"] == "desk" else "form",
        language=sign_up.fields.get("language"),
        override=body.gpc_override,
        sign_up=SignUp(at=sign_up.received_at, ip=seen["ip"]),
    )
    return {**made, **as_shown(seen)}
