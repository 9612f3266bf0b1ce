"""Taking a request in, by whichever way it came: cleaned, named, with its first dates.

Every submission is a request of its own: what is stored, answered and read depends on it alone,
so that nobody learns from asking what somebody else has open, and nobody disturbs it.
"""

import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from shared.bank_holidays import england
from shared.domain import data_subject_request, identifiers
from shared.domain.calendar_dates import london_date
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import Conflict
from shared.domain.evidence import RequestContext
from shared.domain.idempotency import assert_same
from shared.domain.request_types import row
from shared.domain.timestamps import format_timestamp
from shared.services import request_effects
from shared.services.apply_action import terms
from shared.storage import policies, secrets
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What somebody asks for, by whichever way; `received_at` is when it reached us (S54).

    Its texts are clean as their types have it; `redacted` names those that lost a card number.
    `key` and `fingerprint` recognise the submission that is sent again.
    """

    type: str
    name: str
    channel: str
    received_at: datetime
    policy_version: str
    email: str | None = None
    postal_address: Mapping[str, Any] | None = None
    details: str | None = None
    corrections: Sequence[Mapping[str, str]] = ()
    agent: Mapping[str, str] | None = None
    language: str | None = None
    redacted: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    fingerprint: str | None = None


def person(asked: NewRequest) -> str:
    """Name the person that a request is about."""
    if asked.email is not None:
        return identifiers.person_id(secrets.identity(), asked.email)
    lines = (asked.postal_address or {}).get("lines", ())
    return identifiers.postal_person_id(secrets.identity(), asked.name, lines)


def take_in(asked: NewRequest, by: str, now: datetime, seen: RequestContext) -> DataSubjectRequest:
    """Open the request; one that was opened with the same key before is given as it was.

    `seen` tells on which property it arose (S1), which stands with it.

    Raises:
        IdempotencyConflict: the key came before with another request.
    """
    case = drafted(replace(asked, facts={**asked.facts, "property": seen["property"]}), now)
    answers_to = asked.facts.get("authority")
    details = {"channel": asked.channel, **(answers_to or {})}
    first = RequestAction("opened", by, now, status=case.status, details=details)
    try:
        if row(case.type).on_receipt:
            return request_effects.opened_with_objection(case, first, seen)
        return request_store.open_request(case, first)
    except request_store.AlreadyExists:
        return _opened_before(case, asked)


def receipt(case: DataSubjectRequest) -> dict[str, Any]:
    """Return what is answered to a submission: nothing that came of it later."""
    status = data_subject_request.first_status(case.type, {"fee_asked": terms(case.type).fee})
    return {
        "request_id": case.id,
        "status": status,
        "received_at": case.received_at,
        "redacted": list(case.facts.get("redacted", ())),
    }


def _opened_before(case: DataSubjectRequest, asked: NewRequest) -> DataSubjectRequest:
    found = request_store.get(case.id)
    if found is None:
        raise Conflict("The request was closed and removed; ask with another key.")
    assert_same(found.facts.get("fingerprint"), asked.fingerprint)
    return found


def drafted(asked: NewRequest, now: datetime) -> DataSubjectRequest:
    """Return the request as it will be opened, with its name and its first dates."""
    whose = person(asked)
    fee = terms(asked.type).fee
    received = london_date(asked.received_at).isoformat()
    facts: dict[str, Any] = {
        "received": received,
        "redacted": list(asked.redacted),
        "fingerprint": asked.fingerprint,
        **(_nominal_fee(received, now) if fee else {}),
        **asked.facts,
    }
    known = {name: value for name, value in facts.items() if value not in (None, [])}
    case = DataSubjectRequest(
        id=_name(whose, asked.key),
        person=whose,
        type=asked.type,
        status=data_subject_request.first_status(asked.type, known),
        name=asked.name,
        email=asked.email,
        details=asked.details,
        corrections=list(map(dict, asked.corrections)),
        consent_id=None,
        policy_version=asked.policy_version,
        channel=asked.channel,
        received_at=format_timestamp(asked.received_at),
        facts=known,
        agent=dict(asked.agent) if asked.agent else None,
        postal_address=asked.postal_address,
        language=asked.language,
    )
    case = data_subject_request.with_dates(case, terms(asked.type), england())
    return replace(case, type=str(case.type))


def _nominal_fee(received: str, now: datetime) -> dict[str, Any]:
    """Ask for the nominal fee of the regime that has one (S53), as the policy names it."""
    fee = policies.published().current(now).document["rights"]["fee"]
    told = {"fee_amount": fee["amount"], "fee_currency": fee["currency"]}
    return {"fee_asked": True, "fee_asked_on": received, **told}


def _name(whose: str, key: str | None) -> str:
    if key is None:
        return identifiers.request_id(randomness.token_bytes(16))
    return identifiers.repeatable_request_id(secrets.identity(), whose, key)
