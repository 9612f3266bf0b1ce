"""Which mails a step of a request calls for, as a table, and sending each of them once."""

import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial

from notifications import bounces, letters, request_words, sender
from notifications.sender import Link, Notification, Outcome
from shared import languages
from shared.domain import address_change
from shared.domain.data_subject_request import DataSubjectRequest, MailNote
from shared.domain.errors import Conflict
from shared.domain.identifiers import person_id
from shared.domain.rate_limits import (
    ADDRESS_MAILS,
    COMPLAINT_MAILS,
    FRESH_LINK_MAILS,
    REQUEST_MAILS,
    Limit,
)
from shared.domain.request_actions import AWAITING_FEE, AWAITING_IDENTITY, IN_PROGRESS
from shared.domain.request_types import row
from shared.domain.timestamps import format_timestamp
from shared.domain.token_scopes import TokenScope
from shared.services import apply_action
from shared.storage import deduplication, secrets
from shared.storage.requests import mail_notes, request_store
from shared.storage.requests.link_asks import LinkAsk
from shared.storage.requests.request_store import RequestAction, TimelineEvent


class Reader(StrEnum):
    """Whom a mail is for.

    ANSWERED is who asked: the person, or their agent once it was shown that answers go there.
    NEW is the mailbox that somebody wants to be known by, FORMER the one that they were known by.
    """

    ANSWERED = "answered"
    PERSON = "person"
    AGENT = "agent"
    STAFF = "staff"
    NEW = "new"
    FORMER = "former"


# Whoever reads there was not shown to be the person: they are told no more than what concerns it.
STRANGERS = frozenset({Reader.AGENT, Reader.NEW})

Wanted = Callable[[TimelineEvent, DataSubjectRequest], bool]


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that a step calls for, if `wanted`.

    With `link` it carries a link that opens the request; one with a `limit` anybody can cause, so
    an address gets only so many before it was shown whose the request is. `fact` is the action
    that notes with the request that it went out. `remedies`: it says, or may say, that we do not
    do all of what is asked, or not yet, and so ends with the ways to complain (Art. 12(4)).
    """

    template: str
    wanted: Wanted = lambda _happened, _case: True
    link: bool = False
    limit: Limit | None = None
    reader: Reader = Reader.ANSWERED
    fact: str | None = None
    remedies: bool = False

    @property
    def blocks(self) -> tuple[str, ...]:
        """Name the parts with which every mail of this row ends."""
        return ("_remedies.j2", "_number.j2") if self.remedies else ("_number.j2",)


def _admitted(happened: TimelineEvent, _case: DataSubjectRequest) -> bool:
    return happened.before != happened.status and happened.status == IN_PROGRESS


def _confirmed(happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    """Tell whether work begins now; a complaint's has begun with its acknowledgement.

    Who is told to stop a change of address reads it there.
    """
    told = case.type == "complaint" or (address_change.stoppable(case) and not case.agent_answered)
    return not told and _admitted(happened, case)


def _to_stop(happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    """Tell whether the old mailbox hears of a change for which nobody pressed there."""
    return _admitted(happened, case) and address_change.stoppable(case) and case.open


def _for_staff(happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    weighed = case.type == "objection" and case.details is not None
    decided = (row(case.type).worker == "staff" or weighed) and not address_change.wanted(case)
    return decided and _admitted(happened, case)


def _to_prove(happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    return _admitted(happened, case) and address_change.unproved(case)


def _still_to_prove(_happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    return address_change.unproved(case)


def _had_address(_happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    return address_change.changed_from(case) is not None


def _owed(happened: TimelineEvent, _case: DataSubjectRequest) -> bool:
    return happened.status == AWAITING_FEE


def _unidentified(happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    """Tell whether identity is still to be shown: a late worker asks for nothing that is done."""
    return happened.status == case.status == AWAITING_IDENTITY


def _followed(happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    """Tell whether a link is for looking at the request: neither to confirm nor to acknowledge.

    Nobody opens one in a letter.
    """
    mailed = bool(case.agent_answered or case.email)
    return mailed and not _unidentified(happened, case) and not _unacknowledged(happened, case)


def _not_acknowledged_since(happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    """Tell whether a withheld link is still to be sent: an acknowledgement meanwhile had one."""
    return _followed(happened, case) and str(case.facts.get("acknowledged", "")) < happened.at


def _unacknowledged(_happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    return case.type == "complaint" and not case.facts.get("acknowledged")


def _known(_happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    """Tell whether somebody waits for our mail: whoever only typed an address may not."""
    return case.status != AWAITING_IDENTITY


def _complaint(_happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    return case.type == "complaint"


def _refused(_happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    return case.result.get("outcome") == "refused"


def _awaited(case: DataSubjectRequest) -> bool:
    """Tell whether the person asked: nobody did where staff mended a record by themselves."""
    return bool(case.facts.get("made_by_person")) or not case.facts.get("made_at_once")


def _shown(happened: TimelineEvent, _case: DataSubjectRequest) -> bool:
    """Tell whether a step says where our answers go by an agent's authority."""
    return "answers_to" in happened.details


def _shown_by_mail(happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    return _shown(happened, case) and bool((case.agent or {}).get("email"))


def _unproved(happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    return not _shown(happened, case) and bool((case.agent or {}).get("email"))


def _to_agent(_happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    return case.agent_answered is not None


def _followed_by_agent(happened: TimelineEvent, case: DataSubjectRequest) -> bool:
    return bool(case.email) and _to_agent(happened, case) and _followed(happened, case)


_FEE = Mail("request_fee", _owed, remedies=True)
_NEW_ADDRESS = Mail(
    "address_confirmation", _to_prove, link=True, limit=ADDRESS_MAILS, reader=Reader.NEW
)
_CONFIRMED = (
    Mail("request_confirmed", _confirmed),
    Mail("address_changing", _to_stop, link=True, reader=Reader.PERSON),
    _NEW_ADDRESS,
    _FEE,
    Mail("request_for_staff", _for_staff, reader=Reader.STAFF),
)
_RECEIVED = Mail(
    "request_received", _unidentified, link=True, limit=REQUEST_MAILS, reader=Reader.PERSON
)
# Whom somebody named as their agent only learns that the request came.
_AGENTS = Mail("agent_received", _unproved, limit=REQUEST_MAILS, reader=Reader.AGENT)
_AUTHORISED = (
    Mail("agent_named", _shown, reader=Reader.PERSON),
    Mail("agent_accepted", _shown_by_mail, link=True, reader=Reader.AGENT),
)
_PASSED_ON = Mail("agent_answered", _to_agent, link=True, reader=Reader.PERSON, remedies=True)
_LINK = Mail("request_link", _followed, link=True, limit=FRESH_LINK_MAILS)
# Where our answers go to an agent, the person has a link all the same.
_LINKS = (
    _LINK,
    Mail("agent_link", _followed_by_agent, link=True, limit=FRESH_LINK_MAILS, reader=Reader.PERSON),
)
_NEW_ADDRESS_AGAIN = replace(_NEW_ADDRESS, wanted=_still_to_prove)
# An acknowledgement that goes out has the link, too.
_LINKS_AGAIN = (replace(_LINK, wanted=_not_acknowledged_since), *_LINKS[1:])
_ACKNOWLEDGED = Mail("complaint_received", _complaint, link=True, fact="acknowledged")
# Before the first of them went out, anybody may have caused it.
_FIRST = replace(_ACKNOWLEDGED, wanted=_unacknowledged, limit=COMPLAINT_MAILS)
_DONE = (
    Mail("request_ready", lambda _, case: row(case.type).copy, link=True, remedies=True),
    Mail("request_refused", _refused, remedies=True),
    Mail(
        "request_completed",
        lambda it, case: not row(case.type).copy and not _refused(it, case) and _awaited(case),
        link=True,
        remedies=True,
    ),
    _PASSED_ON,
)

MAILS: Mapping[str, tuple[Mail, ...]] = {
    "opened": (
        _RECEIVED,
        _FIRST,
        *_CONFIRMED,
        _AGENTS,
        *_AUTHORISED,
    ),
    "asked_again": (_RECEIVED, *_LINKS_AGAIN, _NEW_ADDRESS_AGAIN, _FIRST),
    "link_asked": (
        replace(_RECEIVED, limit=FRESH_LINK_MAILS),
        *_LINKS,
        _NEW_ADDRESS_AGAIN,
        _FIRST,
    ),
    "verified": _CONFIRMED,
    "identity": _CONFIRMED,
    "authority": _AUTHORISED,
    "acknowledgement": (_ACKNOWLEDGED,),
    "fee": (_FEE,),
    "payment": _CONFIRMED,
    "waiver": _CONFIRMED,
    "clarification": (Mail("request_clarification"),),
    "resumption": _CONFIRMED,
    "message": (Mail("request_message", reader=Reader.STAFF),),
    "extension": (Mail("request_extension", remedies=True),),
    "refusal": (Mail("request_refused", remedies=True), _PASSED_ON),
    "completion": _DONE,
    "fulfilled": _DONE,
    "address_changed": (*_DONE, Mail("address_changed", _had_address, reader=Reader.FORMER)),
    "cancellation": (Mail("request_cancelled"),),
    "lapse": (Mail("request_lapsed", remedies=True),),
    "lifting": (Mail("restriction_ending", remedies=True),),
    "note": (Mail("request_progress", lambda happened, _: bool(happened.details.get("tell"))),),
    "review_needed": (Mail("request_review", reader=Reader.STAFF),),
    "mail_refused": (Mail("request_unreachable", _known, reader=Reader.STAFF),),
    "deferral_done": (Mail("erasure_finished", link=True, remedies=True),),
    "source_failed": (Mail("request_source_failed", reader=Reader.STAFF),),
    "reminder": (Mail("request_reminder", reader=Reader.STAFF),),
}


def of_happening(happened: TimelineEvent, now: datetime) -> None:
    """Send what a step calls for and has not been sent yet."""
    mails = MAILS.get(happened.action, ())
    case = request_store.get(happened.request) if mails else None
    if case is not None:
        wanted = (mail for mail in mails if mail.wanted(happened, case))
        sender.each(partial(_send, mail, happened, case, now) for mail in wanted)


def of_ask(ask: LinkAsk, now: datetime) -> None:
    """Note with the request, if it is answered by mail, that a fresh link is asked for."""
    case = request_store.get(ask.request)
    if case is not None and (case.email or case.agent_answered):
        apply_action.act(case, RequestAction("link_asked", "system", now, key=ask.name))


def _send(mail: Mail, happened: TimelineEvent, case: DataSubjectRequest, now: datetime) -> None:
    to, reader = _addressee(mail.reader, case)
    cause = f"{happened.request}/{happened.sequence}"
    # An agent reads of what they were named for, and of nothing else.
    own = mail.fact == "acknowledged" and reader != Reader.AGENT
    others = _waiting(case) if own else []
    spoken = None if reader == Reader.STAFF else case.language
    language = languages.chosen(spoken)
    values = {
        **request_words.values(happened, case, language, now),
        "blocks": mail.blocks,
        "letter": to is None,
        "to_agent": reader == Reader.AGENT,
        "others": [(language.day(other.facts["received"]), other.id) for other in others],
    }
    if to is None:  # answered by letter
        if not deduplication.seen(cause, mail.template):
            values = {**sender.known(now, language), **values}
            letters.keep(case, happened, mail.template, values, language, now)
            deduplication.remember(cause, mail.template, now)
        return
    outcome = sender.deliver(
        Notification(
            cause=cause,
            template=mail.template,
            to=to,
            person=_reads(case, reader),
            values=values,
            link=_link(case, reader) if mail.link else None,
            limit=None if case.identified and mail.reader not in STRANGERS else mail.limit,
            tags={}
            if reader == Reader.STAFF
            else bounces.tags(case.id, f"{happened.sequence:05}", mail.template),
            language=spoken,
        ),
        now,
    )
    if reader != Reader.STAFF:
        note = MailNote(mail.template, format_timestamp(now), outcome)
        mail_notes.keep(case.id, f"{happened.sequence:05}", note)
        _note(case, mail, cause, outcome, now)
        if outcome is Outcome.SENT:
            for other in others:
                _note(other, mail, cause, outcome, now)


def _waiting(case: DataSubjectRequest) -> list[DataSubjectRequest]:
    """Return the other complaints of a mailbox that nobody acknowledged yet.

    One acknowledgement names them all: each is owed one, and the mailbox is not flooded with them.
    """
    return [
        other
        for other in request_store.for_person(case.person)
        if other.type == case.type and other.open and other.id != case.id
        if other.email is not None and other.agent_answered is None
        if not other.facts.get("acknowledged")
    ]


def _link(case: DataSubjectRequest, reader: Reader) -> Link:
    """Return the link to a request; an agent's is another than the person's, and says so."""
    names = {"request": case.id}
    if reader == Reader.NEW:
        return Link(TokenScope.CONFIRM_ADDRESS, names)
    if reader == Reader.AGENT:
        return Link(TokenScope.VERIFY_REQUEST, {**names, "agent": True}, names, apart="/agent")
    return Link(TokenScope.VERIFY_REQUEST, names, names)


def _addressee(reader: Reader, case: DataSubjectRequest) -> tuple[str | None, Reader]:
    """Return where a mail goes, and to whom; no address: the person is answered by letter."""
    if reader == Reader.STAFF:
        return os.environ["MAIL_INBOX"], reader
    if reader == Reader.AGENT:
        return (case.agent or {})["email"], reader
    if reader == Reader.NEW:
        return address_change.wanted(case), reader
    if reader == Reader.FORMER:
        return address_change.changed_from(case), reader
    if reader == Reader.ANSWERED and case.agent_answered is not None:
        return case.agent_answered, Reader.AGENT
    return case.email, Reader.PERSON


def _reads(case: DataSubjectRequest, reader: Reader) -> str:
    """Name whose the mailbox is that a mail goes to, and so the token in it."""
    address = address_change.wanted(case) if reader == Reader.NEW else None
    return person_id(secrets.identity(), address) if address else case.person


def _note(
    case: DataSubjectRequest, mail: Mail, cause: str, outcome: Outcome, now: datetime
) -> None:
    """Note once with the request what became of a mail, where something follows from that."""
    action = mail.fact if outcome is Outcome.SENT else f"mail_{outcome}"
    # Nothing waits for what an agent was not told, whom anybody may have named.
    if action is None or (mail.reader == Reader.AGENT and outcome is Outcome.WITHHELD):
        return
    details = {"mail": mail.template}
    key = f"{action}#{cause}#{mail.template}"
    with contextlib.suppress(Conflict):  # acknowledged before: the first one counts
        apply_action.act(case, RequestAction(action, "system", now, details=details, key=key))
