"""Everything that is held about somebody, one thing at a time (S52, UK GDPR Art. 15(3) and 20).

For access that is all there is; for portability what the person provided, or what was observed,
where the purpose rests on consent or a contract.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from fulfilment.sources import source_systems
from shared.domain.consent import Event
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.policy import Policy, subject_kind
from shared.domain.request_actions import shown_to_person
from shared.domain.timestamps import format_timestamp
from shared.services.link_browser import browsers_of, fingerprint
from shared.storage import audit, consent_states, erasure_list, hold_items, holds, ledger, records
from shared.storage.records import Record
from shared.storage.requests import request_store
from shared.storage.requests.request_store import TimelineEvent

EVENTS_AT_ONCE = 500
PORTABILITY = "portability"
# Sources of a case whose answer lies in the bucket.
ANSWERED = ("collected", "uploaded")

_PORTABLE_BASES = ("consent", "contract")
_OF_A_DECISION = ("subject", "sequence", "method", "page", "policy_version", "choices")

# Forms that are kept without anybody having shown that the address is theirs.
TYPED = frozenset({"enquiry", "subscription_pending", "account_pending"})

# How a retried request is recognised: nothing about the person.
_OPERATIONAL = ("key", "fingerprint")
_ACTORS = {"person": "you", "system": "system"}


@dataclass(frozen=True, slots=True)
class CollectedItem:
    """One thing that is held: its record class, its moment and title, and what it says.

    `system` is the name of the company's other system that holds it; none: ours. `others` are
    paths below which it says what others wrote (`domain/copy_review.py`).
    """

    kind: str
    at: str | None
    data: Mapping[str, Any]
    title: str | None = None
    system: str | None = None
    others: tuple[str, ...] = ()

    def entry(self) -> dict[str, Any]:
        """Give it as a copy has it."""
        return {"at": self.at, "title": self.title, "system": self.system, "data": self.data}


def everything(case: DataSubjectRequest, policy: Policy) -> Iterator[CollectedItem]:
    """Give all that the copy for `case` has to hold, read page by page."""
    own = _portable(case, policy) if case.type == PORTABILITY else _held(case.person)
    return chain(own, _elsewhere(case, portable_only=case.type == PORTABILITY))


def _held(person: str) -> Iterator[CollectedItem]:
    browsers = sorted(browsers_of(person))
    for record in records.for_person(person):
        yield _whole(record)
    for asked in request_store.for_person(person):
        yield _request(asked)
    for browser in browsers:
        yield from map(_whole, records.for_person(browser))
    for subject in (person, *browsers):
        for event in _events(subject):
            yield CollectedItem(ledger.RETENTION_CLASS, event["decided_at"], _decision(event))
    state = consent_states.get(person)
    if state.suppressed:
        data = {"suppressed_since": state.suppressed_since, "purposes": dict(state.suppressed)}
        yield CollectedItem(consent_states.SUPPRESSION_CLASS, state.suppressed_since, data)
    for seen in audit.of_person(person):
        yield CollectedItem(audit.RETENTION_CLASS, seen.at, {"by": "staff", "action": seen.action})
    for hold in holds.of_person(person):
        data = {"until": hold.until, "lifted_at": hold.lifted_at, "reason": hold.reason}
        yield CollectedItem(
            hold_items.RETENTION_CLASS, hold.placed_at, data, others=("data.reason",)
        )
    for erased in erasure_list.of(person):
        yield CollectedItem(erasure_list.RETENTION_CLASS, erased.at, {"request": erased.request})


def _portable(case: DataSubjectRequest, policy: Policy) -> Iterator[CollectedItem]:
    browsers = sorted(browsers_of(case.person))
    for record in records.for_person(case.person):
        yield from _provided(record, policy)
    for browser in browsers:
        for record in records.for_person(browser):
            yield from _provided(record, policy)
    for subject in (case.person, *browsers):
        for event in _events(subject):
            data = {
                name: value for name, value in _decision(event).items() if name in _OF_A_DECISION
            }
            yield CollectedItem(ledger.RETENTION_CLASS, event["decided_at"], data)


def _elsewhere(case: DataSubjectRequest, *, portable_only: bool) -> Iterator[CollectedItem]:
    for source, state in sorted(case.sources.items()):
        if state["status"] not in ANSWERED:
            continue
        for held in source_systems.kept(case, source):
            if held.portable or not portable_only:
                at = format_timestamp(held.received_at) if held.received_at else None
                others = ("title", "data") if held.may_hold_others else ()
                yield CollectedItem(held.kind, at, held.data, held.title, source, others)


def _provided(record: Record, policy: Policy) -> Iterator[CollectedItem]:
    kept_as = policy.classes.get(record.kind)
    purpose = policy.purposes.get((kept_as and kept_as.provided_for) or "")
    if purpose is not None and purpose.lawful_basis in _PORTABLE_BASES:
        data = {"id": record.id, "fields": record.fields, "browser": _browser(record)}
        yield CollectedItem(record.kind, record.received_at, data)


def _browser(record: Record) -> str | None:
    """Tell browsers apart without their names, which let anybody decide for them.

    What a form merely claimed is not told: it may be somebody else's.
    """
    if record.kind == records.LINK_CLASS and record.consent_id:
        return fingerprint(record.consent_id)
    return fingerprint(record.person) if record.person.startswith("c_") else None


def _whole(record: Record) -> CollectedItem:
    data = {
        "id": record.id,
        "fields": record.fields,
        "facts": _cleared(record.facts),
        "provenance": record.provenance,
        "browser": _browser(record),
        "typed_unverified": record.kind in TYPED,
    }
    return CollectedItem(record.kind, record.received_at, data, others=_noted(record))


def _noted(record: Record) -> tuple[str, ...]:
    """Name where staff's own words stand: how a permission came, why a correction was made."""
    changes = range(len(record.facts.get("changes", ())))
    return ("data.fields.note", *(f"data.facts.changes.{number}.reason" for number in changes))


def _request(case: DataSubjectRequest) -> CollectedItem:
    events = list(request_store.timeline(case.id))
    happened = [
        {
            "at": event.at,
            "action": event.action,
            "by": _ACTORS.get(event.by, "staff"),
            "status": event.status,
            "reason": event.reason,
        }
        for event in events
    ]
    noted = (
        f"data.timeline.{number}.reason" for number, event in enumerate(events) if _untold(event)
    )
    skipped = (f"data.sources.{name}.reason" for name in case.sources)
    # What somebody typed at the open door and nobody showed to be theirs is not told.
    typed = case.channel == "web" and not case.identified
    data = {
        "request_id": case.id,
        "type": case.type,
        "status": case.status,
        "channel": case.channel,
        "name": None if typed else case.name,
        "email": case.email,
        "details": None if typed else case.details,
        "corrections": [] if typed else case.corrections,
        "typed_unverified": typed,
        "policy_version": case.policy_version,
        "due": case.due,
        "target": case.target,
        "closed_at": case.closed_at,
        "facts": _cleared(case.facts),
        "sources": _cleared(case.sources),
        "result": _cleared(case.result),
        "timeline": happened,
    }
    return CollectedItem("case", case.received_at, data, others=(*noted, *skipped))


def _untold(event: TimelineEvent) -> bool:
    """Tell whether staff wrote it for themselves; what the person was told needs no review."""
    return event.by not in _ACTORS and not shown_to_person(event.action, event.details)


def _decision(event: Event) -> Mapping[str, Any]:
    """Return an event; a browser's name in it, which lets anybody decide, gives way."""
    if subject_kind(event["subject"]) == "person":
        return event
    return {**event, "subject": fingerprint(event["subject"])}


def _events(subject: str) -> Iterator[Event]:
    sequence = 0
    while page := ledger.after(subject, sequence, EVENTS_AT_ONCE):
        yield from page
        sequence = page[-1]["sequence"]


def _cleared(value: Any) -> Any:
    """Give data about the person without who of the staff did something, and our bookkeeping."""
    if isinstance(value, Mapping):
        return {
            name: _ACTORS.get(member, "staff") if name == "by" else _cleared(member)
            for name, member in value.items()
            if name not in _OPERATIONAL
        }
    return [_cleared(member) for member in value] if isinstance(value, list) else value
