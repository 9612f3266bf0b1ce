"""How the desk sees a request."""

from collections.abc import Iterator
from datetime import date, datetime

from desk.requests.schemas import (
    RequestDetail,
    RequestMail,
    RequestSummary,
    StaffTimelineEvent,
    ToldRecipient,
    UseDespiteObjection,
)
from shared.bank_holidays import england
from shared.domain import data_subject_request
from shared.domain.calendar_dates import london_date, working_days_until
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.field_copies import to_view
from shared.domain.request_actions import STAFF_ACTIONS
from shared.domain.request_types import RequestType, row
from shared.domain.timestamps import format_timestamp
from shared.services import apply_action
from shared.services.shown_timeline import shown_timeline
from shared.storage import disclosures, policies
from shared.storage.requests import mail_notes, request_letters, request_store


def entry(case: DataSubjectRequest, today: date) -> RequestSummary:
    """Return a request as the list shows it."""
    return to_view(
        RequestSummary,
        case,
        request_id=case.id,
        property=case.facts.get("property", case.channel),
        due_on=case.due,
        target_on=case.target,
        working_days_left=_left(case, today),
        overdue=data_subject_request.overdue(case, today),
        person_id=case.person,
    )


def _recipients(case: DataSubjectRequest) -> Iterator[ToldRecipient]:
    """Tell who is told of what was done (Art. 19), and who only by a letter that may still wait."""
    if row(case.type).recipients is None or case.open:
        return
    for notice in disclosures.told_of(case.person, case.id):
        refused = notice.facts.get("mails", {}).get("recipient_notice") == "refused"
        mailed = "email" in notice.fields and not refused
        letter_id = None if mailed else f"recipient-{notice.id}"
        letter = request_letters.get(case.id, letter_id) if letter_id else None
        yield ToldRecipient(
            recipient=notice.facts["recipient"],
            name=notice.facts["recipient_name"],
            change=notice.facts["change"],
            mailed=mailed,
            letter_id=letter_id,
            posted_on=letter.get("posted_on") if letter else None,
        )


def _may_go_on(case: DataSubjectRequest, now: datetime) -> Iterator[UseDespiteObjection]:
    """Name what staff may let go on as they answer an objection."""
    policy = policies.published().current(now)
    if case.type == RequestType.OBJECTION:
        for name in policy.may_go_on:
            yield UseDespiteObjection(purpose=name, title=policy.purposes[name].title)


def _left(case: DataSubjectRequest, today: date) -> int | None:
    if case.due is None or not case.open:
        return None
    return working_days_until(today, date.fromisoformat(case.due), england())


def whole(case: DataSubjectRequest, now: datetime) -> RequestDetail:
    """Return a request with everything that belongs to it."""
    terms = apply_action.terms(case.type)
    days = data_subject_request.statutory_dates(case, terms, england())
    mails = list(mail_notes.of(case.id))
    ends = data_subject_request.patience_ends(case, mails)
    return to_view(
        RequestDetail,
        case,
        **entry(case, london_date(now)),
        facts={name: it for name, it in case.facts.items() if name != "fingerprint"},
        tell_extension_by=days.tell_by.isoformat() if days.tell_by else None,
        pauses=terms.pauses,
        mails=[to_view(RequestMail, note) for note in mails],
        recipients=list(_recipients(case)),
        waits_until=format_timestamp(ends) if ends else None,
        actions=[name for name in STAFF_ACTIONS if data_subject_request.fits(case, name)],
        may_go_on=list(_may_go_on(case, now)),
        related=[
            entry(other, london_date(now))
            for other in request_store.for_person(case.person)
            if other.id != case.id
        ],
        timeline=[
            to_view(StaffTimelineEvent, event)
            for event in shown_timeline(request_store.timeline(case.id))
        ],
    )
