"""The desk's people: find one by e-mail, see all that is held, put it right, act on a letter."""

import re
from datetime import datetime

from desk import authorization, staff_dates
from desk.authorization import EVERYBODY, WORKERS, AuditContext
from desk.people import corrections, offline_preferences
from desk.people import view as person_view
from desk.people.schemas import (
    Corrected,
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
from shared.edge.http import Request
from shared.edge.idempotency import once
from shared.edge.paging import cursor, number_cursor, read_cursor
from shared.storage import ledger, policies, record_pages, secrets, undeliverable
from shared.storage.requests import request_store

_RECORD = re.compile(r"[a-z_]+#[\x21-\x7e]+")
_PERSON = re.compile(identifiers.PERSON_ID)


@authorization.route("POST", "/v1/desk/people/search", who=EVERYBODY)
def search_person(body: PersonSearch, request: Request, trail: AuditContext) -> Person:
    """See all that is held about a person, with the e-mail address in the body and in no log.

    Browsers are those in which the person opened a link that we mailed, never those that a form
    claimed.
    """
    return _found(body, request, trail, "")


@authorization.route("PATCH", "/v1/desk/people/{person_id}/records/{record_id}", who=WORKERS)
def correct_record(
    person_id: str, record_id: str, body: RecordCorrection, request: Request, trail: AuditContext
) -> Corrected:
    """Put right what one record says; null takes a field away (S55, S56).

    `record_id` is as the desk shows it, `class.id`. Only what that class of record has can be
    corrected, by the rules of the forms; before and after stay with the record, and those to
    whom the data had been passed on are told (S31). An e-mail address cannot be changed: the
    person's name here is derived from it. What the record says already is no change.
    """
    record = corrections.found(_checked(person_id), record_id)
    trail.about(record.person, record=record_id, fields=sorted(body.fields))
    with once(trail.actor, request) as effect:
        if not effect.done:
            corrections.make(record, body, trail.actor, request, effect)
    return corrections.answer(record, effect.result, request)


@authorization.route("POST", "/v1/desk/people/{person_id}/preferences", who=WORKERS, status=201)
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
    decision = offline_preferences.checked(person, body, request)
    on = body.received_on.isoformat()
    trail.about(person, choices=body.choices, channel=body.channel, received_on=on)
    return offline_preferences.enter(decision, body, trail.actor, request, idempotency_key)


def _found(search: PersonSearch, request: Request, trail: AuditContext, place: str) -> Person:
    at = _moment(search.at, f"{place}/at", request.now)
    after = _key(search.cursor, f"{place}/cursor")
    sequence = number_cursor(search.history_cursor, f"{place}/history_cursor")
    person = identifiers.person_id(secrets.identity(), search.email)
    trail.about(person, **({"at": search.at} if search.at else {}))
    policy = policies.published().current(request.now)
    state = person_view.current(person)
    event = state.standing.event
    found, more = record_pages.page(person, after, person_view.PAGE)
    asked = list(request_store.for_person(person)) if after is None else []
    history = ledger.after(person, sequence, person_view.PAGE + 1)
    shown = history[: person_view.PAGE]
    return Person(
        person_id=person,
        undeliverable=undeliverable.why_not(person),
        permissions=person_view.permissions(state, policy, request.now),
        suppressed_since=state.standing.suppressed_since,
        restricted_since=event["restricted_since"] if event else None,
        records=[person_view.shown(record, policy) for record in found],
        next=cursor(more) if more else None,
        requests=[entry(case, london_date(request.now)) for case in asked],
        permitted_uses=person_view.permitted_uses(asked),
        browsers=person_view.browsers(person, at),
        history=[dict(each) for each in shown],
        history_next=cursor(str(shown[-1]["sequence"])) if len(history) > len(shown) else None,
        then=person_view.then(person, at) if at else None,
    )


def _moment(text: str | None, pointer: str, now: datetime) -> datetime | None:
    if text is None:
        return None
    moment = staff_dates.past(text, pointer, now)
    first = min(policy.since for policy in policies.published().versions.values())
    if moment.date() < first:
        raise Invalid.field(pointer, f"is before the first policy version, of {first}")
    return moment


def _key(text: str | None, pointer: str) -> str | None:
    key = read_cursor(text, pointer)
    if key is not None and not _RECORD.fullmatch(key):
        raise Invalid.field(pointer, "is not the next of a page")
    return key


def _checked(person_id: str) -> str:
    if not _PERSON.fullmatch(person_id):
        raise NotFound
    return person_id
