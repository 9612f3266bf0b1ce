"""Taking a request in, by whichever way it came: cleaned, named, with its first dates."""

import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.bank_holidays import england
from shared.domain import data_subject_request as domain
from shared.domain import identifiers
from shared.domain.calendar_dates import london_date
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import Conflict, IdempotencyConflict
from shared.domain.timestamps import format_timestamp
from shared.edge.http import Request
from shared.edge.idempotency import IdempotencyKey
from shared.services.apply_action import terms
from shared.storage import secrets
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction


@dataclass(frozen=True, slots=True)
class NewRequest:
    """What somebody asks for, by whichever way; `received_at` is when it reached us (S54)."""

    type: str
    email: str
    name: str
    channel: str
    received_at: datetime
    policy_version: str
    details: str | None = None
    corrections: Sequence[Mapping[str, str]] = ()
    consent_id: str | None = None
    redacted: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


def take_in(
    asked: NewRequest, by: str, request: Request, trial: IdempotencyKey
) -> tuple[DataSubjectRequest, bool]:
    """Open a case, or join the open one of the same type and person; tell whether it is new.

    Raises:
        IdempotencyConflict: the Idempotency-Key came before with another request.
    """
    case = _new(asked, request, trial)
    first = RequestAction(
        "opened", by, request.now, status=case.status, details={"channel": asked.channel}
    )
    try:
        return request_store.open_case(case, first), True
    except request_store.AlreadyOpen as there:
        found = request_store.get(there.request)
    except Conflict:
        found = request_store.get(case.id)
    if found is None:
        raise Conflict("The request was closed at this moment; ask again.")
    if trial.key is not None and found.facts.get("key") == trial.mark(found.person):
        if found.facts.get("fingerprint") != trial.fingerprint:
            raise IdempotencyConflict
        return found, True
    joined = RequestAction("joined", by, request.now, details={"channel": asked.channel})
    return request_store.advance(found, joined), False


def _new(asked: NewRequest, request: Request, trial: IdempotencyKey) -> DataSubjectRequest:
    person = identifiers.person_id(secrets.identity(), asked.email)
    received = london_date(asked.received_at).isoformat()
    facts: dict[str, Any] = {
        "received": received,
        "fee_asked": terms(asked.type).fee,
        "redacted": list(asked.redacted),
        "key": trial.mark(person),
        "fingerprint": trial.fingerprint,
        **asked.facts,
    }
    case = DataSubjectRequest(
        id="r_" + _name(person, request, trial),
        person=person,
        type=asked.type,
        status=domain.first_status(facts),
        name=asked.name,
        email=asked.email,
        details=asked.details,
        corrections=list(map(dict, asked.corrections)),
        consent_id=asked.consent_id,
        policy_version=asked.policy_version,
        channel=asked.channel,
        received_at=format_timestamp(asked.received_at),
        facts={name: value for name, value in facts.items() if value not in (None, [])},
    )
    return domain.with_dates(case, terms(asked.type), england())


def _name(person: str, request: Request, trial: IdempotencyKey) -> str:
    if trial.key is None:
        return identifiers.record_id(request.now, randomness.token_bytes(10))
    return identifiers.repeatable_record_id(secrets.identity(), person, trial.key)
