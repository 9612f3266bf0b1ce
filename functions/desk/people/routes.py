"""The desk's people: find one by e-mail, see all that is held, put it right, act on a letter."""

import re
from datetime import datetime

from desk import authorization, staff_dates
from desk.authorization import EVERYBODY, WORKERS, AuditContext
from desk.people import corrections, offline_preferences
from desk.people import view as person_view
from desk.people.schemas import (
    CorrectedRecord,
    DecisionPage,
    HeldRecordPage,
    Person,
    PersonSearch,
    PreferenceChanges,
    RecordCorrection,
    StaffPreferenceEntry,
)
from desk.requests.view import entry
from shared.domain import identifiers
from shared.domain.calendar_dates import london_date
from shared.domain.errors import Invalid, NotFound
from shared.domain.policy import Policy
from shared.edge.http import Request
from shared.edge.idempotency import once
from shared.edge.paging import cursor, number_cursor, read_cursor
from shared.edge.parameters import CursorQuery
from shared.storage import ledger, policies, record_pages, secrets, undeliverable
from shared.storage.requests import request_store

_RECORD = re.compile(r"[a-z_]+#[\x21-\x7e]+")
_PERSON = re.compile(identifiers.PERSON_ID)


@authorization.route("POST", "/v1/desk/people/search", groups=EVERYBODY)
def search_person(body: PersonSearch, request: Request, trail: AuditContext) -> Person:
    """See all that is held about a person, with the e-mail address in the body and in no log.

    Browsers are those in which the person opened a link that we mailed, never those that a form
    claimed.
    """
    at = _moment(body.at, "/at", request.now)
    person = identifiers.person_id(secrets.identity(), body.email)
    trail.record(person, **({"at": body.at} if body.at else {}))
    policy = policies.published().current(request.now)
    state = person_view.current(person)
    event = state.consent_state.event
    records, decisions = _records(person, None, policy), _decisions(person, 0)
    asked = list(request_store.for_person(person))
    return Person(
        person_id=person,
        undeliverable=undeliverable.why_not(person),
        permissions=person_view.permissions(state, policy, request.now),
        suppressed_since=state.consent_state.suppressed_since,
        restricted_since=event["restricted_since"] if event else None,
        records=records["items"],
        next=records["next"],
        requests=[entry(case, london_date(request.now)) for case in asked],
        permitted_uses=person_view.permitted_uses(asked),
        browsers=person_view.browsers(person, at),
        history=decisions["items"],
        history_next=decisions["next"],
        then=person_view.then(person, at) if at else None,
    )


@authorization.route(
    "GET", "/v1/desk/people/{person_id}/records", groups=EVERYBODY, query=CursorQuery
)
def list_records(person_id: str, request: Request, trail: AuditContext) -> HeldRecordPage:
    """Read on in what is held about a person, from the `next` of a search or of a page before."""
    person, after = _checked(person_id), _key(request.parameters.cursor)
    trail.record(person)
    return _records(person, after, policies.published().current(request.now))


@authorization.route(
    "GET", "/v1/desk/people/{person_id}/decisions", groups=EVERYBODY, query=CursorQuery
)
def list_decisions(person_id: str, request: Request, trail: AuditContext) -> DecisionPage:
    """Read on in what a person decided, from the `history_next` of a search or a page's `next`."""
    person, after = _checked(person_id), number_cursor(request.parameters.cursor)
    trail.record(person)
    return _decisions(person, after)


@authorization.route("PATCH", "/v1/desk/people/{person_id}/records/{record_id}", groups=WORKERS)
def correct_record(
    person_id: str, record_id: str, body: RecordCorrection, request: Request, trail: AuditContext
) -> CorrectedRecord:
    """Put right what one record says; null takes a field away (S55, S56).

    `record_id` is as the desk shows it, `class.id`. Only what that class of record has can be
    corrected, by the rules of the forms; before and after stay with the record, and those to
    whom the data had been passed on are told (S31). An e-mail address is not
    changed in a record: a request for its correction is, by a link that is mailed to the new one.
    What the record says already is no change.
    """
    record = corrections.found(_checked(person_id), record_id)
    trail.record(record.person, record=record_id, fields=sorted(body.fields))
    with once(trail.actor, request) as effect:
        if not effect.done:
            corrections.make(record, body, trail.actor, request, effect)
    return corrections.answer(record, effect.result, request)


@authorization.route("POST", "/v1/desk/people/{person_id}/preferences", groups=WORKERS, status=201)
def change_preferences(
    person_id: str, body: StaffPreferenceEntry, request: Request, trail: AuditContext
) -> PreferenceChanges:
    """Enter what somebody wishes by letter, call or mail, as evidence in the ledger (S48).

    Refusals are always honoured; a grant that is older than the person's own later decision is
    not (409). Somebody who is not known yet is named by `email`, too, so that nobody's wish is
    written to a mistyped id.
    """
    person = _checked(person_id)
    idempotency_key = request.key
    change = offline_preferences.checked(person, body, request)
    on = body.received_on.isoformat()
    trail.record(person, choices=body.choices, channel=body.channel, received_on=on)
    return offline_preferences.enter(change, body, trail.actor, request, idempotency_key)


def _records(person: str, after: str | None, policy: Policy) -> HeldRecordPage:
    found, more = record_pages.page(person, after, person_view.PAGE)
    items = [person_view.shown(record, policy) for record in found]
    return HeldRecordPage(items=items, next=cursor(more) if more else None)


def _decisions(person: str, after: int) -> DecisionPage:
    found = ledger.after(person, after, person_view.PAGE + 1)
    items = [dict(each) for each in found[: person_view.PAGE]]
    more = len(found) > len(items)
    return DecisionPage(items=items, next=cursor(str(items[-1]["sequence"])) if more else None)


def _moment(text: str | None, pointer: str, now: datetime) -> datetime | None:
    if text is None:
        return None
    moment = staff_dates.past(text, pointer, now)
    first = min(policy.since for policy in policies.published().versions.values())
    if moment.date() < first:
        raise Invalid.field(pointer, f"is before the first policy version, of {first}")
    return moment


def _key(text: str | None) -> str | None:
    key = read_cursor(text)
    if key is not None and not _RECORD.fullmatch(key):
        raise Invalid.field("/query/cursor", "is not the next of a page")
    return key


def _checked(person_id: str) -> str:
    if not _PERSON.fullmatch(person_id):
        raise NotFound
    return person_id
