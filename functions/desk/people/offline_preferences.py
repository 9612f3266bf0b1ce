"""What somebody wishes by letter, call or mail, entered by staff as evidence (S48).

A refusal counts at once by any channel. A permission in writing counts when it is noted; one by
phone is as good as what anybody typed into a form, and waits for the mailed link like that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from desk import staff_dates
from desk.people import view as person_view
from desk.people.schemas import PreferenceChanges, StaffPreferenceEntry
from shared.domain import consent, identifiers, preference_changes
from shared.domain.calendar_dates import LONDON, london_date
from shared.domain.consent import Decision, Evidence, SignUp
from shared.domain.errors import Conflict, Invalid, NotFound
from shared.domain.idempotency import assert_same
from shared.domain.point_in_time import State
from shared.domain.policy import Policy
from shared.domain.record_classes import RecordClass
from shared.domain.timestamps import format_timestamp, parse_timestamp
from shared.edge.field_types import redacted
from shared.edge.http import Request
from shared.edge.idempotency import IdempotencyKey
from shared.services import person_state
from shared.services.record_ids import record_id
from shared.storage import consent_states, policies, record_pages, records, secrets
from shared.storage.dynamodb import database
from shared.storage.records import Provenance, Record

# What staff read out, or send, before they note a permission; it explains every one of them.
NOTICE = "phone_script"
POSITION = 2
UNWRITTEN = "phone"


@dataclass(frozen=True, slots=True)
class OfflineChange:
    """What was checked: what is decided at once, if anything, and what the person confirms."""

    person: str
    policy: Policy
    decision: Decision | None
    choices: Mapping[str, bool]
    asks: tuple[str, ...]
    address: str | None


def checked(person: str, body: StaffPreferenceEntry, request: Request) -> OfflineChange:
    """Check a letter before anything is written; return what it comes to.

    Raises:
        Invalid: a wish that cannot be, a day in the future, somebody else's e-mail address, a
            permission without a note of how it was given, or by phone without an address to
            confirm it to.
        NotFound: the person is not known, and no address says that the id is right.
        Conflict: the person decided otherwise after the letter came.
    """
    staff_dates.reached_us(body.received_on, "/received_on", request.now)
    if body.email is None and not _known(person):
        raise NotFound("Nothing is kept about that person; name the e-mail address, too.")
    if body.email is not None and identifiers.person_id(secrets.identity(), body.email) != person:
        raise Invalid.field("/email", "is not the address of this person")
    if body.note is None and any(body.choices.values()):
        raise Invalid.field("/note", "is required: how the permission was given, in which words")
    known = policies.published()
    policy = known.current(request.now)
    evidence = Evidence(
        method="staff",
        gpc=False,
        gpc_override=False,
        sign_up=SignUp(at=_came(body, request), ip=None),
        language=None,
        page=None,
        property=body.channel,
        ip=None,
        browser=None,
    )
    words = (policy, policy.notices[NOTICE])
    decision = preference_changes.decision(person, body.choices, evidence, words, request.now)
    overtaken = sorted(_overtaken(person_view.current(person), body))
    if overtaken and not _entered(person, request):
        raise Conflict(
            f"The person decided about {', '.join(overtaken)} after this came; "
            "an older grant cannot undo that."
        )
    asks = _unwritten(decision, body)
    address = body.email or _address(person)
    if asks and address is None:
        raise Invalid.field("/email", "is required: a permission by phone is confirmed by mail")
    made = {name: on for name, on in decision.choices.items() if name not in asks}
    so = person_state.get(person).is_so(made, known, request.now)
    said = {name: on for name, on in body.choices.items() if name not in asks}
    at_once = replace(decision, choices=made, unless_so=so) if said else None
    return OfflineChange(person, policy, at_once, said, asks, address)


def enter(
    change: OfflineChange,
    body: StaffPreferenceEntry,
    by: str,
    request: Request,
    idempotency_key: IdempotencyKey,
) -> PreferenceChanges:
    """Write the ledger event and the letter in one transaction.

    A permission is then told to the person by mail, where an address is known, or asked to be
    confirmed: the record has both, and the worker acts on the record.

    Raises:
        IdempotencyConflict: the Idempotency-Key came before with another letter.
    """
    record = _written(change, _record(change, body, by, request, idempotency_key))
    return PreferenceChanges(
        person_id=change.person,
        record_id=person_view.record_id(record),
        decided_at=record.received_at,
        permissions=person_view.permissions(
            person_view.current(change.person), change.policy, request.now
        ),
        awaits_confirmation=list(change.asks),
    )


def _written(change: OfflineChange, record: Record) -> Record:
    if change.decision is None:
        return records.add_once(record)
    try:
        consent_states.change(change.decision, policies.published(), {"Put": records.put(record)})
    except database.TransactionFailed as failure:
        record_before = records.exists(failure.items[POSITION]).record
        assert_same(record_before.fingerprint, record.fingerprint)
        return record_before
    return record


def _unwritten(decision: Decision, body: StaffPreferenceEntry) -> tuple[str, ...]:
    """Name the permissions that were only spoken: who spoke, nobody can show afterwards."""
    if body.channel != UNWRITTEN:
        return ()
    purposes = decision.policy.purposes
    granted = (name for name, on in body.choices.items() if on)
    return tuple(sorted(name for name in granted if purposes[name].asks_consent))


def _overtaken(state: State, body: StaffPreferenceEntry) -> Iterator[str]:
    """Name what is granted though the person decided about it on a later day than it came."""
    for name, granted in body.choices.items():
        if granted and (origin := state.origins.get(name)):
            decided = london_date(parse_timestamp(origin["decided_at"]))
            if decided > body.received_on:
                yield name


def _entered(person: str, request: Request) -> bool:
    """Tell whether this very letter was entered before: its own decision does not overtake it."""
    name = record_id(request.key, person, request.now)
    return records.get(person, f"{RecordClass.SUPPORT_RECORD}#{name}") is not None


def _record(
    change: OfflineChange,
    body: StaffPreferenceEntry,
    by: str,
    request: Request,
    idempotency_key: IdempotencyKey,
) -> Record:
    notice = change.policy.notices[NOTICE]
    return Record(
        person=change.person,
        kind=RecordClass.SUPPORT_RECORD,
        id=record_id(idempotency_key, change.person, request.now),
        received_at=format_timestamp(request.now),
        fields={
            "channel": body.channel,
            "received_on": body.received_on.isoformat(),
            **({"email": change.address} if change.address else {}),
            **({"note": body.note} if body.note else {}),
            **({"language": body.language} if body.language else {}),
        },
        provenance=Provenance(
            form="desk",
            notice=consent.words(notice),
            policy_version=change.policy.version,
            page=None,
            property=body.channel,
            ip=None,
            browser=None,
        ),
        facts={
            "by": by,
            "choices": dict(change.choices),
            "asks": list(change.asks),
            "redacted": redacted(body),
        },
        fingerprint=idempotency_key.fingerprint,
    )


def _address(person: str) -> str | None:
    """Find the person's address in what they sent; their name here is derived from it."""
    return next(
        (
            record.fields["email"]
            for record in records.for_person(person)
            if "email" in record.fields
        ),
        None,
    )


def _came(body: StaffPreferenceEntry, request: Request) -> str:
    noon = datetime.combine(body.received_on, time(12), LONDON).astimezone(UTC)
    return format_timestamp(min(noon, request.now))


def _known(person: str) -> bool:
    consent_state = consent_states.get(person)
    kept = consent_state.event or consent_state.suppressed_since
    return bool(kept) or bool(record_pages.page(person, None, 1)[0])
