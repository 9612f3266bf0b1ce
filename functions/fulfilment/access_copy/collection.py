"""Everything that is held about somebody, one thing at a time (S52, UK GDPR Art. 15(3) and 20).

For access that is all there is; for portability what the person provided, or what was observed,
where the purpose rests on consent or a contract.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from fulfilment.sources import source_systems
from shared.domain.consent import Event
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.policy import Policy
from shared.domain.timestamps import format_timestamp
from shared.storage import audit, consent_states, erasure_list, ledger, records
from shared.storage.records import Record
from shared.storage.requests import request_store

EVENTS_AT_ONCE = 500
PORTABILITY = "portability"
# Sources of a case whose answer lies in the bucket.
ANSWERED = ("collected", "uploaded")

# What people provide or what is observed of them, and the purpose that it is for.
PROVIDED = {
    "enquiry": "service",
    "account": "service",
    "account_pending": "service",
    "subscription": "direct_marketing",
    "subscription_pending": "direct_marketing",
    "display_settings": "personalisation",
    "visit": "analytics",
}
_PORTABLE_BASES = ("consent", "contract")
_OF_A_DECISION = ("subject", "sequence", "method", "page", "policy_version", "choices")

# How a retried request is recognised: nothing about the person.
_OPERATIONAL = ("key", "fingerprint")
_ACTORS = {"person": "you", "system": "system"}


@dataclass(frozen=True, slots=True)
class CollectedItem:
    """One thing that is held: its record class, its moment and title, and what it says.

    `system` is the name of the company's other system that holds it; none: ours.
    """

    kind: str
    at: str | None
    data: Mapping[str, Any]
    title: str | None = None
    system: str | None = None

    def entry(self) -> dict[str, Any]:
        """Give it as a copy has it."""
        return {"at": self.at, "title": self.title, "system": self.system, "data": self.data}


def everything(case: DataSubjectRequest, policy: Policy) -> Iterator[CollectedItem]:
    """Give all that the copy for `case` has to hold, read page by page."""
    own = _portable(case, policy) if case.type == PORTABILITY else _held(case.person)
    return chain(own, _elsewhere(case, portable_only=case.type == PORTABILITY))


def _held(person: str) -> Iterator[CollectedItem]:
    browsers: set[str] = set()
    for record in _noting(browsers, records.for_person(person)):
        yield _whole(record)
    for asked in _noting(browsers, request_store.for_person(person)):
        yield _request(asked)
    for browser in sorted(browsers):
        yield from map(_whole, records.for_person(browser))
    for subject in (person, *sorted(browsers)):
        for event in _events(subject):
            yield CollectedItem(ledger.RETENTION_CLASS, event["decided_at"], event)
    since = consent_states.get(person).suppressed_since
    if since:
        yield CollectedItem(consent_states.SUPPRESSION_CLASS, since, {"suppressed_since": since})
    for seen in audit.of_person(person):
        yield CollectedItem(audit.RETENTION_CLASS, seen.at, {"by": "staff", "action": seen.action})
    for erased in erasure_list.of(person):
        yield CollectedItem(erasure_list.RETENTION_CLASS, erased.at, {"request": erased.request})


def _portable(case: DataSubjectRequest, policy: Policy) -> Iterator[CollectedItem]:
    browsers: set[str] = set()
    for record in _noting(browsers, records.for_person(case.person)):
        yield from _provided(record, policy)
    for _ in _noting(browsers, request_store.for_person(case.person)):
        pass
    for browser in sorted(browsers):
        for record in records.for_person(browser):
            yield from _provided(record, policy)
    for subject in (case.person, *sorted(browsers)):
        for event in _events(subject):
            data = {name: value for name, value in event.items() if name in _OF_A_DECISION}
            yield CollectedItem(ledger.RETENTION_CLASS, event["decided_at"], data)


def _elsewhere(case: DataSubjectRequest, *, portable_only: bool) -> Iterator[CollectedItem]:
    for source, state in sorted(case.sources.items()):
        if state["status"] not in ANSWERED:
            continue
        for held in source_systems.kept(case, source):
            if held.portable or not portable_only:
                at = format_timestamp(held.received_at) if held.received_at else None
                yield CollectedItem(held.kind, at, held.data, held.title, source)


def _provided(record: Record, policy: Policy) -> Iterator[CollectedItem]:
    purpose = policy.purposes.get(PROVIDED.get(record.kind, ""))
    if purpose is not None and purpose.lawful_basis in _PORTABLE_BASES:
        data = {"id": record.id, "fields": record.fields, "consent_id": _browser(record)}
        yield CollectedItem(record.kind, record.received_at, data)


def _noting(browsers: set[str], found: Iterable[Any]) -> Iterator[Any]:
    """Note the browsers that records or requests came with, while they go by."""
    for each in found:
        if each.consent_id:
            browsers.add(each.consent_id)
        yield each


def _browser(record: Record) -> str | None:
    """Name the browser that a record came with, or that it is about."""
    return record.consent_id or (record.person if record.person.startswith("c_") else None)


def _whole(record: Record) -> CollectedItem:
    data = {
        "id": record.id,
        "fields": record.fields,
        "facts": _cleared(record.facts),
        "provenance": record.provenance,
        "consent_id": _browser(record),
    }
    return CollectedItem(record.kind, record.received_at, data)


def _request(case: DataSubjectRequest) -> CollectedItem:
    happened = [
        {
            "at": event.at,
            "action": event.action,
            "by": _ACTORS.get(event.by, "staff"),
            "status": event.status,
            "reason": event.reason,
        }
        for event in request_store.timeline(case.id)
    ]
    data = {
        "request_id": case.id,
        "type": case.type,
        "status": case.status,
        "channel": case.channel,
        "name": case.name,
        "email": case.email,
        "details": case.details,
        "corrections": case.corrections,
        "consent_id": case.consent_id,
        "policy_version": case.policy_version,
        "due": case.due,
        "target": case.target,
        "closed_at": case.closed_at,
        "facts": _cleared(case.facts),
        "sources": _cleared(case.sources),
        "result": _cleared(case.result),
        "timeline": happened,
    }
    return CollectedItem("case", case.received_at, data)


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
