"""A form's way into the records: limited, cleaned of card numbers, written once."""

import secrets as randomness
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from contact.schemas import Form, Offers
from shared.domain import choice_validation, consent, identifiers, person_fields
from shared.domain.consent import Decision
from shared.domain.errors import FieldError, Invalid
from shared.domain.idempotency import assert_same
from shared.domain.policy import Policy
from shared.domain.rate_limits import PER_SOURCE
from shared.domain.record_classes import RecordClass
from shared.domain.timestamps import format_timestamp
from shared.edge.field_types import redacted
from shared.edge.http import Request
from shared.edge.request_context import evidence_of, from_request, heard, signal
from shared.services.record_ids import record_id
from shared.storage import consent_states, policies, rate_limit_counters, records, secrets
from shared.storage.dynamodb import database
from shared.storage.records import Provenance, Record, as_shown


@dataclass(frozen=True, slots=True)
class FormType:
    """One of the forms: the class that its records get and the notice that it shows.

    `signs_up`: sending it asks for what its words ask for, without a box.
    """

    kind: str
    notice: str
    signs_up: bool = False


@dataclass(frozen=True, slots=True)
class BoxChoices:
    """What a form asks for, and what the browser's signal keeps out of it.

    `objects` is what its opt-out box ends: marketing by anybody, without what the form is for.
    """

    asks: tuple[str, ...]
    turned_off: tuple[str, ...]
    objects: tuple[str, ...]


CONTACT = FormType(RecordClass.ENQUIRY, "contact_form")
NEWSLETTER = FormType(RecordClass.SUBSCRIPTION_PENDING, "newsletter_form", signs_up=True)
ACCOUNT = FormType(RecordClass.ACCOUNT_PENDING, "account_form")


def submit(form_type: FormType, body: Form, request: Request) -> Record:
    """Store a form as a record, with the objection that its box may state.

    Keeping the details on file is acknowledged by sending the form and is no consent to
    marketing (S4); a ticked box only asks for it, and the mailed confirmation decides.

    Raises:
        Invalid: an unknown policy version, a box that its words do not offer, or boxes that ask
            and object together.
        Limited: too many forms from one source.
        IdempotencyConflict: the Idempotency-Key came before with another form.
    """
    policy = policies.published().published(body.policy_version, request.now)
    if policy is None:
        raise Invalid.field("/policy_version", "is not a published policy version")
    boxes = _box_choices(form_type, body, request, policy)
    rate_limit_counters.count(PER_SOURCE, request.source_ip, request.now)
    record = _record(form_type, body, request, policy, boxes)
    if not boxes.objects:
        return records.add_once(record)
    try:
        _with_objection(record, request, policy, boxes.objects)
    except records.AlreadyExists as there:
        assert_same(there.record.fingerprint, record.fingerprint)
        return there.record
    return record


def _box_choices(form_type: FormType, body: Form, request: Request, policy: Policy) -> BoxChoices:
    """Read what the boxes ask for, as it counts with the browser's signal (S47, S50)."""
    boxes, notice = _ticked(body), policy.notices[form_type.notice]
    if strange := [box for box in boxes if box not in notice.boxes]:
        raise Invalid(
            *(FieldError(f"/{box}", "is not a box that these words offer") for box in strange)
        )
    if body.marketing_opt_out and boxes:
        raise Invalid.field("/marketing_opt_out", "contradicts the opt-in")
    asked = notice.asks if form_type.signs_up else [notice.boxes[box] for box in boxes]
    evidence = evidence_of(request, "form", override=body.gpc_override)
    person = identifiers.person_id(secrets.identity(), body.email)
    left = choice_validation.heard(person, policy, dict.fromkeys(asked, True), evidence, None)
    ended = policy.marketing_purposes if body.marketing_opt_out else ()
    return BoxChoices(
        asks=tuple(sorted(name for name, on in left.choices.items() if on)),
        turned_off=left.turned_off,
        objects=tuple(name for name in ended if name not in asked),
    )


def _ticked(body: Form) -> list[str]:
    return [box for box in Offers.__annotations__ if getattr(body, box, False)]


def _provenance(form_type: FormType, body: Form, request: Request, policy: Policy) -> Provenance:
    """Tell where a form came from and which words it showed."""
    notice = policy.notices[form_type.notice]
    return Provenance(
        form=notice.id,
        notice=consent.words(notice, body.language),
        policy_version=policy.version,
        **from_request(request, body),
    )


def _record(
    form_type: FormType, body: Form, request: Request, policy: Policy, boxes: BoxChoices
) -> Record:
    given = body.model_dump(mode="json", include=set(person_fields.ROWS), exclude_none=True)
    person = identifiers.person_id(secrets.identity(), body.email)
    return Record(
        person=person,
        kind=form_type.kind,
        id=record_id(request.key, person, request.now),
        received_at=format_timestamp(request.now),
        fields=given,
        provenance=_provenance(form_type, body, request, policy),
        consent_id=body.consent_id,
        facts=_facts(body, boxes, request),
        fingerprint=request.key.fingerprint,
    )


def _facts(body: Form, boxes: BoxChoices, request: Request) -> Mapping[str, Any]:
    facts = {
        "reference": identifiers.reference(randomness.token_bytes(5)),
        "redacted": redacted(body),
        "asks": list(boxes.asks),
        "opt_out": body.marketing_opt_out,
    }
    return {**facts, "gpc": heard(request, boxes.turned_off)} if signal(request) else facts


def _with_objection(
    record: Record, request: Request, policy: Policy, purposes: Collection[str]
) -> None:
    """Write form and objection together, so that the box is never lost (S47)."""
    seen = record.provenance
    objection = Decision(
        subject=record.person,
        kind="objection",
        choices={},
        evidence={
            **evidence_of(request, "form", language=record.fields.get("language")),
            **as_shown(seen),
        },
        policy=policy,
        notice=seen["notice"],
        at=request.now,
        objects=purposes,
        unverified=True,
        unless_so=True,
    )
    try:
        consent_states.change(objection, policies.published(), {"Put": records.put(record)})
    except database.TransactionFailed as failure:
        raise records.exists(failure.items[2]) from None
