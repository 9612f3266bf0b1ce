"""Double opt-in: the mailed token turns a sign-up into what it asked for, once."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.domain.consent import Decision, Evidence, SignUp
from shared.domain.errors import TokenInvalid
from shared.domain.timestamps import format_timestamp
from shared.domain.token_scopes import TokenScope
from shared.edge.http import Request
from shared.edge.request_context import from_request
from shared.storage import consent_states, policies, records, tokens
from shared.storage.dynamodb import database
from shared.storage.records import Record

# The box of the forms that are about something else; the newsletter's own form has none.
OPT_IN = "marketing_opt_in"
# A subscription that began with another form keeps of it only what sending needs.
SUBSCRIPTION_FIELDS = ("email", "name", "language")


def confirm(scope: TokenScope, token: str, confirmed_kind: str, request: Request) -> None:
    """Use the token up and write what it confirms: all of it or nothing.

    The sign-up's record stays until its short period ends; the confirmed record, of class
    `confirmed_kind`, is what lasts. Only now is marketing granted, if the form asked (S26).

    Raises:
        TokenInvalid: wrong, used, replaced or over, or the sign-up has expired.
    """
    grant = tokens.verify(scope, token, request.now)
    sign_up = records.get(grant.person, grant.facts["record"])
    if sign_up is None:
        raise TokenInvalid
    used = {"Update": tokens.use(grant, request.now)}
    confirmed = {"Put": records.put(_confirmed(sign_up, confirmed_kind, request))}
    try:
        if sign_up.facts["opt_in"]:
            consent_states.change(_grant(sign_up, request), policies.published(), used, confirmed)
        else:
            database.call("transact_write_items", TransactItems=[used, confirmed])
    except database.TransactionFailed:
        raise TokenInvalid from None


def _confirmed(sign_up: Record, kind: str, request: Request) -> Record:
    facts: Mapping[str, Any] = {
        **sign_up.facts,
        "signed_up_at": sign_up.received_at,
        "confirmed_ip": from_request(request)["ip"],
    }
    kept = SUBSCRIPTION_FIELDS if kind == "subscription" else tuple(sign_up.fields)
    fields = {name: value for name, value in sign_up.fields.items() if name in kept}
    return replace(
        sign_up, kind=kind, received_at=format_timestamp(request.now), fields=fields, facts=facts
    )


def _grant(sign_up: Record, request: Request) -> Decision:
    """Grant what the form asked for under the words that it showed, with both moments (S51)."""
    seen, now = sign_up.provenance, from_request(request)
    shown = policies.published().versions[seen["policy_version"]].notices[seen["form"]]
    asked = [shown.boxes[OPT_IN]] if OPT_IN in shown.boxes else sorted(shown.asks)
    return Decision(
        subject=sign_up.person,
        kind="decision",
        choices=dict.fromkeys(asked, True),
        evidence=Evidence(
            method="form",
            gpc=False,
            gpc_override=False,
            sign_up=SignUp(at=sign_up.received_at, ip=seen["ip"]),
            language=sign_up.fields.get("language"),
            page=seen["page"],
            property=seen["property"],
            ip=now["ip"],
            browser=now["browser"],
        ),
        policy=policies.published().versions[seen["policy_version"]],
        notice=seen["notice"],
        at=request.now,
    )
