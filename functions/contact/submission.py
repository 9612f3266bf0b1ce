"""A form's way into the records: limited, cleaned of card numbers, written once."""

import secrets as randomness
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contact.schemas import Form
from shared.domain import identifiers
from shared.domain.consent import Decision, NoticeReference
from shared.domain.errors import IdempotencyConflict, Invalid
from shared.domain.policy import Policy
from shared.domain.rate_limits import PER_SOURCE
from shared.domain.timestamps import format_timestamp
from shared.edge.field_types import redacted
from shared.edge.http import Request
from shared.edge.idempotency import IdempotencyKey, idempotency_key
from shared.edge.request_context import evidence_of, from_request
from shared.storage import consent_states, policies, rate_limit_counters, records, secrets
from shared.storage.dynamodb import database
from shared.storage.records import Provenance, Record

_ABOUT_THE_FORM = {
    "policy_version",
    "page",
    "consent_id",
    "marketing_opt_out",
    "marketing_opt_in",
    "website",
}


@dataclass(frozen=True, slots=True)
class FormType:
    """One of the forms: the class that its records get and the notice that it shows."""

    kind: str
    notice: str


CONTACT = FormType("enquiry", "contact_form")
NEWSLETTER = FormType("subscription_pending", "newsletter_form")
ACCOUNT = FormType("account_pending", "account_form")


def submit(intake: FormType, body: Form, request: Request, *, opt_in: bool) -> Record:
    """Store a form as a record, with the objection that its box may state.

    Keeping the details on file is acknowledged by sending the form and is no consent to
    marketing (S4); `opt_in` only asks for it, and the mailed confirmation decides.

    Raises:
        Invalid: an unknown policy version, or opt-in and opt-out together.
        Limited: too many forms from one source.
        IdempotencyConflict: the Idempotency-Key came before with another form.
    """
    if body.marketing_opt_out and opt_in:
        raise Invalid.field("/marketing_opt_out", "contradicts the opt-in")
    policy = policies.published().published(body.policy_version, request.now)
    if policy is None:
        raise Invalid.field("/policy_version", "is not a published policy version")
    rate_limit_counters.count(PER_SOURCE, request.source_ip, request.now)
    record = _record(intake, body, request, policy, opt_in=opt_in)
    try:
        if body.marketing_opt_out:
            _with_objection(record, request, policy)
        else:
            records.add(record)
    except records.AlreadyExists as there:
        if there.record.fingerprint != record.fingerprint:
            raise IdempotencyConflict from None
        return there.record
    return record


def _provenance(intake: FormType, body: Form, request: Request, policy: Policy) -> Provenance:
    """Tell where a form came from and which words it showed."""
    notice = policy.notices[intake.notice]
    return Provenance(
        form=notice.id,
        notice=NoticeReference(id=notice.id, sha256=notice.sha256),
        policy_version=policy.version,
        **from_request(request, body),
    )


def _record(
    intake: FormType, body: Form, request: Request, policy: Policy, *, opt_in: bool
) -> Record:
    given = body.model_dump(mode="json", exclude=_ABOUT_THE_FORM, exclude_none=True)
    trial = idempotency_key(request, intake.notice, body)
    person = identifiers.person_id(secrets.identity(), body.email)
    return Record(
        person=person,
        kind=intake.kind,
        id=_record_id(person, trial, request),
        received_at=format_timestamp(request.now),
        fields=given,
        provenance=_provenance(intake, body, request, policy),
        consent_id=body.consent_id,
        facts=_facts(redacted(body), opt_in=opt_in, opt_out=body.marketing_opt_out),
        fingerprint=trial.fingerprint,
    )


def _facts(without_cards: list[str], *, opt_in: bool, opt_out: bool) -> Mapping[str, Any]:
    return {
        "reference": identifiers.reference(randomness.token_bytes(5)),
        "redacted": without_cards,
        "opt_in": opt_in,
        "opt_out": opt_out,
    }


def _record_id(person: str, trial: IdempotencyKey, request: Request) -> str:
    """Name the record at random, or the same again where the caller tries again."""
    if trial.key is None:
        return identifiers.record_id(request.now, randomness.token_bytes(10))
    return identifiers.repeatable_record_id(secrets.identity(), person, trial.key)


def _with_objection(record: Record, request: Request, policy: Policy) -> None:
    """Write form and objection together, so that the box is never lost (S47)."""
    seen = record.provenance
    objection = Decision(
        subject=record.person,
        kind="objection",
        choices={},
        evidence={
            **evidence_of(request, "form", language=record.fields.get("language")),
            "page": seen["page"],
            "property": seen["property"],
        },
        policy=policy,
        notice=seen["notice"],
        at=request.now,
        objects=policy.marketing_purposes,
        unverified=True,
        unless_so=True,
    )
    try:
        consent_states.change(objection, policies.published(), {"Put": records.put(record)})
    except database.TransactionFailed as failure:
        raise records.exists(failure.items[2]) from None
