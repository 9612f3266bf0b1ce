"""The desk's disclosures: recorded with a ground, refused without one (S31, S49)."""

import re
from dataclasses import dataclass

from desk import authorization, csv_export, staff_dates
from desk.authorization import EVERYBODY, WORKERS, AuditContext
from desk.disclosures.schemas import (
    Disclosure,
    DisclosureDetail,
    DisclosureGround,
    DisclosurePage,
    PersonReference,
)
from shared.domain import disclosure as disclosure_rules
from shared.domain import erasure, identifiers
from shared.domain.consent import NoticeReference
from shared.domain.disclosure import AUTHORITY, Basis, Recipient
from shared.domain.errors import (
    Denied,
    FieldError,
    Invalid,
    NotFound,
    pointer,
)
from shared.domain.evidence import DESK, unseen
from shared.domain.permission import decide
from shared.domain.policy import Policy, Purpose
from shared.domain.record_classes import RecordClass
from shared.domain.timestamps import format_timestamp
from shared.edge.http import Request, Response
from shared.edge.paging import cursor, read_cursor
from shared.edge.parameters import PageQuery
from shared.services.record_ids import record_id
from shared.storage import consent_states, disclosures, policies, record_pages, records, secrets
from shared.storage.records import Provenance, Record

PAGE = 200
COLUMNS = (
    "disclosure_id", "person_id", "disclosed_at", "recipient", "recipient_name", "location",
    "safeguard", "purpose", "data", "ground", "reference", "recorded_at", "recorded_by",
)  # fmt: skip
_PERSON = re.compile(identifiers.PERSON_ID)
_PLACE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#p_[a-z2-7]{26}#disclosure#[\x21-\x7e]{1,300}",
    re.ASCII,
)
_BASES: tuple[Basis, ...] = ("consent", "contract", "legitimate_interests", AUTHORITY)


@dataclass(frozen=True, slots=True)
class DisclosureQuery:
    """A disclosure that was checked against the register, before it is decided on."""

    person: str
    body: Disclosure
    receiving: Recipient
    purpose: Purpose
    basis: Basis
    disclosed_at: str
    policy: Policy


@authorization.route("POST", "/v1/desk/disclosures", groups=WORKERS, status=201)
def record_disclosure(body: Disclosure, request: Request, trail: AuditContext) -> DisclosureDetail:
    """Record what is passed on to a recipient, or be refused.

    The ground is the person's consent, the contract, our legitimate interests (each only if the
    purpose rests on it and is permitted at this moment), or a named legal authority; else the
    answer is 403 `disclosure-denied` with the reason. `data` are classes of data, never the data.
    """
    asked = _asked(body, request)
    permission = decide(
        asked.purpose, consent_states.get(asked.person), policies.published(), request.now
    )
    reason = disclosure_rules.refusal(asked.basis, asked.purpose, asked.receiving, permission)
    facts = {"recipient": body.recipient, "purpose": body.purpose, "ground": asked.basis}
    trail.record(asked.person, **facts, denied=reason)
    if reason is not None:
        raise Denied(disclosure_rules.explained(reason, asked.purpose))
    return _shown(records.add_once(_record(asked, trail.actor, request)))


@authorization.listing(
    "/v1/desk/disclosures", groups=EVERYBODY, query=PageQuery, answer=DisclosurePage
)
def list_disclosures(request: Request, trail: AuditContext) -> Response:
    """List what was passed on about anybody, the last recorded first; `limit` is 1 to 100.

    `Accept: text/csv` gives the page as CSV; its next one stands in the header `Link`.
    """
    after = read_cursor(request.parameters.cursor)
    if after is not None and not _PLACE.fullmatch(after):
        raise Invalid.field("/query/cursor", "is not the next of a page")
    trail.record(None)
    found, more = disclosures.page(after, request.parameters.limit)
    told = DisclosurePage(items=list(map(_shown, found)), next=cursor(more) if more else None)
    return csv_export.page_of(request, "disclosures", COLUMNS, told)


@authorization.route(
    "GET", "/v1/desk/people/{person_id}/disclosures/{disclosure_id}", groups=EVERYBODY
)
def read_disclosure(person_id: str, disclosure_id: str, trail: AuditContext) -> DisclosureDetail:
    """See one disclosure: to whom, what, why, and by which reference."""
    key = f"{RecordClass.DISCLOSURE}#{disclosure_id}"
    record = records.get(person_id, key) if _PERSON.fullmatch(person_id) else None
    if record is None:
        raise NotFound
    trail.record(record.person, disclosure=record.id)
    return _shown(record)


@authorization.listing(
    "/v1/desk/disclosures/search", groups=EVERYBODY, answer=DisclosurePage, method="POST"
)
def search_disclosures(body: PersonReference, request: Request, trail: AuditContext) -> Response:
    """List what was passed on about one person, with the e-mail address in no log.

    `Accept: text/csv` gives the page as CSV; its next one stands in the header `Link`.
    """
    return csv_export.page_of(request, "disclosures", COLUMNS, _listed(body, trail, ""))


def _listed(whose: PersonReference, trail: AuditContext, place: str) -> DisclosurePage:
    person = _person(whose, place)
    after = read_cursor(whose.cursor, f"{place}/cursor")
    if after is not None and not after.startswith(f"{RecordClass.DISCLOSURE}#"):
        raise Invalid.field(f"{place}/cursor", "is not the next of a page")
    trail.record(person)
    found, more = record_pages.page(person, after, PAGE, RecordClass.DISCLOSURE)
    return DisclosurePage(items=list(map(_shown, found)), next=cursor(more) if more else None)


def _asked(body: Disclosure, request: Request) -> DisclosureQuery:
    policy = policies.published().current(request.now)
    receiving = disclosure_rules.recipient(policy, body.recipient)
    purpose = policy.purposes.get(body.purpose)
    faults = _free_text(body)
    if receiving is None:
        faults.append(FieldError("/recipient", "is not in the policy's register of recipients"))
    if purpose is None:
        faults.append(FieldError("/purpose", "is not a purpose of the current policy"))
    if faults or receiving is None or purpose is None:
        raise Invalid(*faults)
    moment = (
        staff_dates.past(body.disclosed_at, "/disclosed_at", request.now)
        if body.disclosed_at
        else request.now
    )
    person, basis = _person(body, ""), _basis(body.ground)
    return DisclosureQuery(
        person, body, receiving, purpose, basis, format_timestamp(moment), policy
    )


def _basis(ground: DisclosureGround) -> Basis:
    named = [basis for basis in _BASES if getattr(ground, basis)]
    if len(named) != 1:
        raise Invalid.field("/ground", f"must name exactly one of {', '.join(_BASES)}")
    if named[0] == AUTHORITY and not ground.reference:
        raise Invalid.field("/ground/reference", "is required: how the demand can be found again")
    return named[0]


def _free_text(body: Disclosure) -> list[FieldError]:
    """Refuse addresses in what outlives an erasure of the person."""
    texts: dict[tuple[str | int, ...], str | None] = {
        ("ground", "authority"): body.ground.authority,
        ("ground", "reference"): body.ground.reference,
        ("reference",): body.reference,
        **{("data", index): text for index, text in enumerate(body.data)},
    }
    return [
        FieldError(pointer(*steps), "must not hold an e-mail address")
        for steps, text in texts.items()
        if erasure.contact_data(text)
    ]


def _person(body: Disclosure | PersonReference, place: str) -> str:
    if (body.email is None) == (body.person_id is None):
        raise Invalid(FieldError(f"{place}/email", "or person_id must be given, and not both"))
    if body.person_id is not None:
        return body.person_id
    return identifiers.person_id(secrets.identity(), str(body.email))


def _record(asked: DisclosureQuery, by: str, request: Request) -> Record:
    body, receiving = asked.body, asked.receiving
    facts = {
        "recipient_name": receiving.name,
        "location": receiving.location,
        "safeguard": receiving.safeguard,
        "recipient_email": body.recipient_email,
        "by": by,
    }
    return Record(
        person=asked.person,
        kind=RecordClass.DISCLOSURE,
        id=record_id(request.key, asked.person, request.now),
        received_at=format_timestamp(request.now),
        fields={
            "recipient": receiving.id,
            "purpose": body.purpose,
            "data": list(body.data),
            "ground": body.ground.model_dump(exclude_none=True),
            "disclosed_at": asked.disclosed_at,
            **({"reference": body.reference} if body.reference else {}),
        },
        provenance=Provenance(
            form="desk",
            notice=NoticeReference(
                id=body.purpose, sha256=asked.purpose.sha256, language=asked.policy.language
            ),
            policy_version=asked.policy.version,
            **unseen(DESK),
        ),
        facts={name: value for name, value in facts.items() if value is not None},
        fingerprint=request.key.fingerprint,
    )


def _shown(record: Record) -> DisclosureDetail:
    fields, facts = record.fields, record.facts
    return DisclosureDetail(
        disclosure_id=record.id,
        person_id=record.person,
        recipient=fields["recipient"],
        recipient_name=facts["recipient_name"],
        location=facts["location"],
        safeguard=facts.get("safeguard"),
        purpose=fields["purpose"],
        data=fields["data"],
        ground=fields["ground"],
        reference=fields.get("reference"),
        recipient_email=facts.get("recipient_email"),
        disclosed_at=fields["disclosed_at"],
        recorded_at=record.received_at,
        recorded_by=facts["by"],
    )
