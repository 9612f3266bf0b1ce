"""Everything that is held about somebody, one thing at a time (S52, UK GDPR Art. 15(3) and 20).

For access that is all there is; for portability what the person provided, or what was observed,
where the purpose rests on consent or a contract.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

from fulfilment.sources import source_systems
from shared.domain.consent import Event
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.permission import ConsentState
from shared.domain.policy import Policy, subject_kind
from shared.domain.record_classes import ROWS, RecordClass
from shared.domain.request_actions import shown_to_person
from shared.domain.timestamps import format_timestamp
from shared.services.link_browser import browsers_of, fingerprint
from shared.storage import holds, inventory, ledger, records
from shared.storage.inventory import DataItem, Holder
from shared.storage.records import Record
from shared.storage.requests import request_store
from shared.storage.requests.request_store import TimelineEvent

PORTABILITY = "portability"
# Sources of a case whose answer lies in the bucket.
ANSWERED = ("collected", "uploaded")

_PORTABLE_BASES = ("consent", "contract")
_OF_A_DECISION = ("subject", "sequence", "method", "page", "policy_version", "choices")

# Forms that are kept without anybody having shown that the address is theirs.
TYPED = frozenset(
    {RecordClass.ENQUIRY, RecordClass.SUBSCRIPTION_PENDING, RecordClass.ACCOUNT_PENDING}
)

# What a form says under an address, whoever sent it: it was written to us in its owner's name.
_UNDER_THE_ADDRESS = ("email", "message")
# What tells of whoever sent a form.
_OF_THE_SENDER = ("page", "ip", "browser")

# How a retried request is recognised: nothing about the person.
_OPERATIONAL = ("key", "fingerprint")
_ACTORS = {"person": "you", "agent": "agent", "system": "system"}


@dataclass(frozen=True, slots=True)
class CollectedItem:
    """One thing that is held: its record class, its moment and title, and what it says.

    `system` is the name of the company's other system that holds it; none: ours. `others` are
    paths below which it says what others wrote (`domain/copy_review.py`). `unproven`: somebody
    typed it with the person's address, and what tells of them is left out.
    """

    kind: str
    at: str | None
    data: Mapping[str, Any]
    title: str | None = None
    system: str | None = None
    others: tuple[str, ...] = ()
    unproven: bool = False

    def entry(self) -> dict[str, Any]:
        """Return it as a copy has it."""
        return {"at": self.at, "title": self.title, "system": self.system, "data": self.data}


def everything(case: DataSubjectRequest, policy: Policy) -> Iterator[CollectedItem]:
    """Yield all that the copy for `case` has to hold, read page by page."""
    portable = case.type == PORTABILITY
    holder = Holder(case.person, browsers_of(case.person))
    own = _portable(holder, policy) if portable else _held(holder)
    return chain(own, _elsewhere(case, portable_only=portable))


def _inventory(holder: Holder, *, portable: bool) -> Iterator[DataItem]:
    """Go through what is held, but for the classes that such a copy never shows."""
    silent = {
        kind for kind, row in ROWS.items() if not (row.portable if portable else row.exported)
    }
    return (item for item in inventory.items(holder, SHOWN) if item.kind not in silent)


def _held(holder: Holder) -> Iterator[CollectedItem]:
    senders = Senders(holder)
    for item in _inventory(holder, portable=False):
        found = SHOWN[item.store](item)
        if found is not None and item.store == "records" and not senders.own(item.content):
            yield _without_sender(found)
        elif found is not None:
            yield found
    for hold in holds.of_person(holder.person):
        told = {"until": hold.until, "lifted_at": hold.lifted_at, "reason": hold.reason}
        yield CollectedItem(RecordClass.HOLD, hold.placed_at, told, others=("data.reason",))


def _portable(holder: Holder, policy: Policy) -> Iterator[CollectedItem]:
    senders = Senders(holder)
    for item in _inventory(holder, portable=True):
        if item.store == "records":
            if senders.own(item.content):
                yield from _provided(item.content, policy)
        elif item.store == "ledger":
            data = {
                name: value
                for name, value in _decision(item.content).items()
                if name in _OF_A_DECISION
            }
            yield CollectedItem(item.kind, item.starts, data)


class Senders:
    """Who sent the forms that were typed with somebody's address, as far as it is known."""

    def __init__(self, holder: Holder) -> None:
        """Begin with the browsers in which the person opened our mail."""
        self._holder = holder

    def own(self, record: Record) -> bool:
        """Tell whether a record is known to be the person's.

        A form is if it came from one of their browsers, or a mailed link confirmed it; anything
        else that is kept was not typed by just anybody.
        """
        if record.kind not in TYPED or record.consent_id in self._holder.browsers:
            return True
        return record.id in self._accounts or record.received_at in self._sign_ups

    @cached_property
    def _accounts(self) -> frozenset[str]:
        return frozenset(
            each.id for each in records.for_person(self._holder.person, RecordClass.ACCOUNT)
        )

    @cached_property
    def _sign_ups(self) -> frozenset[str]:
        """Return the moments of the forms that a mailed link confirmed as permissions."""
        names = (self._holder.person, *self._holder.former)
        events = chain.from_iterable(map(ledger.of_subject, names))
        return frozenset(event["sign_up"]["at"] for event in events if event["sign_up"])


def _without_sender(form: CollectedItem) -> CollectedItem:
    """Show what came under the person's address, and nothing of who else may have sent it."""
    data, told = form.data, form.data["fields"]
    shown = {
        **data,
        "fields": {name: told[name] for name in _UNDER_THE_ADDRESS if name in told},
        "provenance": {
            name: value for name, value in data["provenance"].items() if name not in _OF_THE_SENDER
        },
        "typed_unverified": True,
    }
    return replace(form, data=shown, unproven=True)


def _suppression(item: DataItem) -> CollectedItem | None:
    """Show what an objection left behind; the newest event is shown as the ledger has it."""
    if item.kind != RecordClass.SUPPRESSION:
        return None
    state: ConsentState = item.content
    data = {"suppressed_since": state.suppressed_since, "purposes": dict(state.suppressed)}
    return CollectedItem(item.kind, item.starts, data)


def _event(item: DataItem) -> CollectedItem:
    return CollectedItem(item.kind, item.starts, _decision(item.content))


def _look(item: DataItem) -> CollectedItem:
    return CollectedItem(item.kind, item.starts, {"by": "staff", "action": item.content.action})


def _erasure(item: DataItem) -> CollectedItem:
    return CollectedItem(item.kind, item.starts, {"request": item.content.request})


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
    if record.kind == RecordClass.LINKED_BROWSER and record.consent_id:
        return fingerprint(record.consent_id)
    return fingerprint(record.person) if record.person.startswith("c_") else None


def _whole(item: DataItem) -> CollectedItem:
    record: Record = item.content
    data = {
        "id": record.id,
        "fields": record.fields,
        "facts": _cleared(record.facts),
        "provenance": record.provenance,
        "browser": _browser(record),
        "typed_unverified": False,
    }
    return CollectedItem(record.kind, record.received_at, data, others=_noted(record))


def _noted(record: Record) -> tuple[str, ...]:
    """Name where staff's own words stand: how a permission came, why a correction was made."""
    changes = range(len(record.facts.get("changes", ())))
    return ("data.fields.note", *(f"data.facts.changes.{number}.reason" for number in changes))


def _request(item: DataItem) -> CollectedItem | None:
    """Show a request with what lies beside it: its timeline, and what staff noted."""
    case = item.content
    if not isinstance(case, DataSubjectRequest):
        return None
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
        "postal_address": None if typed else case.postal_address,
        "agent": None if typed else case.agent,
        "details": None if typed else case.details,
        "corrections": [] if typed else case.corrections,
        "typed_unverified": typed,
        "policy_version": case.policy_version,
        "language": case.language,
        "due": case.due,
        "target": case.target,
        "closed_at": case.closed_at,
        "facts": _cleared(case.facts),
        "sources": _cleared(case.sources),
        "result": _cleared(case.result),
        "timeline": happened,
    }
    others = (*noted, *skipped)
    return CollectedItem(item.kind, case.received_at, data, others=others, unproven=typed)


def _untold(event: TimelineEvent) -> bool:
    """Tell whether staff wrote it for themselves; what the person was told needs no review."""
    return event.by not in _ACTORS and not shown_to_person(event.action, event.details)


def _decision(event: Event) -> Mapping[str, Any]:
    """Return an event; a browser's name in it, which lets anybody decide, gives way."""
    if subject_kind(event["subject"]) == "person":
        return event
    return {**event, "subject": fingerprint(event["subject"])}


def _cleared(value: Any) -> Any:
    """Return data about the person without who of the staff did something, and our bookkeeping."""
    if isinstance(value, Mapping):
        return {
            name: _ACTORS.get(member, "staff") if name == "by" else _cleared(member)
            for name, member in value.items()
            if name not in _OPERATIONAL
        }
    return [_cleared(member) for member in value] if isinstance(value, list) else value


# How what a store keeps is shown; what is in none of these is shown to nobody.
SHOWN: Mapping[str, Callable[[DataItem], CollectedItem | None]] = {
    "records": _whole,
    "requests": _request,
    "ledger": _event,
    "consent_states": _suppression,
    "audit": _look,
    "operations": _erasure,
}
