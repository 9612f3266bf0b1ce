"""Double opt-in: the mailed token turns a sign-up into what it asked for, once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from contact.schemas import Confirmation, ConfirmationPreview, ConfirmedPurpose, FormConfirmed
from shared.domain.confirmation import refused_since, reworded
from shared.domain.consent import Decision, SignUp
from shared.domain.errors import Conflict, TokenInvalid
from shared.domain.timestamps import format_timestamp
from shared.domain.token_scopes import ROWS, TokenScope
from shared.edge.http import Request
from shared.edge.request_context import evidence_of, from_request
from shared.services.link_browser import link_browser
from shared.storage import consent_states, policies, records, tokens
from shared.storage.dynamodb import database
from shared.storage.records import Record
from shared.storage.tokens import TokenClaims

# The box of the forms that are about something else; the newsletter's own form has none.
OPT_IN = "marketing_opt_in"
# A subscription that began with another form keeps of it only what sending needs.
SUBSCRIPTION_FIELDS = ("email", "name", "language")

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

    `void` says why it grants nothing any more.
    """

    claims: TokenClaims
    sign_up: Record
    grants: tuple[str, ...]
    void: str | None

    @property
    def nothing_left(self) -> bool:
        """Tell whether the link was for nothing but what is void; an account still opens."""
        return self.void is not None and self.claims.scope.row.confirms == "subscription"


def preview(body: Confirmation, request: Request) -> ConfirmationPreview:
    """Show what a mailed link would confirm: this submission and nothing else.

    Raises:
        TokenInvalid: wrong or over, or the sign-up is gone.
        Conflict: it is void; the message says why and what to do.
    """
    claims = _claims(body.token)
    pending = _pending(claims, request)
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
    claims = tokens.read(scope, body.token)
    answer = _again(claims) if claims.used_at is not None else _first(claims, body.token, request)
    # The mailed link was opened in this browser; again changes nothing.
    link_browser(claims.person, body.consent_id, from_request(request), request.now)
    return answer


def _first(claims: TokenClaims, token: str, request: Request) -> FormConfirmed:
    scope = claims.scope
    pending = _pending(claims, request)
    if pending.nothing_left:
        raise Conflict(pending.void)
    sign_up, granted = pending.sign_up, () if pending.void else pending.grants
    kept = _confirmed(sign_up, str(scope.row.confirms), request)
    result = {"granted": list(granted), "record": kept.key}
    writes = {"Update": tokens.use(claims, request.now, result)}, {"Put": records.put(kept)}
    try:
        if granted:
            decision = _grant(sign_up, granted, request)
            consent_states.change(decision, policies.published(), *writes)
        else:
            database.call("transact_write_items", TransactItems=list(writes))
    except database.TransactionFailed:  # used at this moment, perhaps by the same press
        claims = tokens.read(scope, token)
        if claims.used_at is None:
            raise TokenInvalid from None
        return _again(claims)
    return FormConfirmed(confirmed_at=format_timestamp(request.now), granted=list(granted))


def _claims(token: str) -> TokenClaims:
    for scope in (scope for scope, row in ROWS.items() if row.confirms):
        try:
            return tokens.read(scope, token)
        except TokenInvalid:
            continue
    raise TokenInvalid


def _pending(claims: TokenClaims, request: Request) -> Pending:
    sign_up = records.get(claims.person, claims.facts["record"])
    if sign_up is None or (claims.used_at is None and request.now >= claims.until):
        raise TokenInvalid
    grants = _asked(sign_up)
    known = policies.published()
    shown = known.versions[sign_up.provenance["policy_version"]]
    row, void = claims.scope.row, None
    if row.void_with_words and reworded(shown, known.current(request.now), grants):
        void = _REWORDED
    event = consent_states.get(claims.person).event
    if row.void_after_refusal and refused_since(event, grants, sign_up.received_at):
        void = _REFUSED
    return Pending(claims, sign_up, grants, void)


def _again(claims: TokenClaims) -> FormConfirmed:
    """Answer as the first time, if what it did still stands."""
    granted = list(claims.result.get("granted", ()))
    at = str(claims.used_at)
    # Granting lifted every no before it: one that is there came after.
    if refused_since(consent_states.get(claims.person).event, granted, ""):
        raise Conflict(_REFUSED)
    if records.get(claims.person, str(claims.result.get("record"))) is None:
        raise TokenInvalid
    return FormConfirmed(confirmed_at=at, granted=granted)


def _asked(sign_up: Record) -> tuple[str, ...]:
    """Name what the form asked for: its boxes that were ticked, or all that its words ask for."""
    if not sign_up.facts["opt_in"]:
        return ()
    seen = sign_up.provenance
    shown = policies.published().versions[seen["policy_version"]].notices[seen["form"]]
    if OPT_IN in shown.boxes:
        return (shown.boxes[OPT_IN],)
    return tuple(sorted(shown.asks))


def _kept(sign_up: Record, kind: str) -> dict[str, Any]:
    names = SUBSCRIPTION_FIELDS if kind == "subscription" else tuple(sign_up.fields)
    return {name: value for name, value in sign_up.fields.items() if name in names}


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


def _grant(sign_up: Record, purposes: tuple[str, ...], request: Request) -> Decision:
    """Grant what was asked for under the words that the form showed, with both moments (S51)."""
    seen = sign_up.provenance
    policy = policies.published().versions[seen["policy_version"]]
    evidence = evidence_of(
        request,
        "form",
        language=sign_up.fields.get("language"),
        sign_up=SignUp(at=sign_up.received_at, ip=seen["ip"]),
    )
    return Decision(
        subject=sign_up.person,
        kind="decision",
        choices=dict.fromkeys(purposes, True),
        evidence={**evidence, "page": seen["page"], "property": seen["property"]},
        policy=policy,
        notice=seen["notice"],
        at=request.now,
    )
