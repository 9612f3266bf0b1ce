"""All that is held about somebody, store by store: copies, erasure and preferences go through it.

One reader for each store that keeps a class of theirs (`domain/record_classes.py`). Nothing is
decided or written here. Nothing is kept in memory but a page: a person may have a hundred
thousand records.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from shared.domain import address_change
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.record_classes import RecordClass
from shared.storage import audit, consent_states, erasure_list, ledger, objects, records, tokens
from shared.storage.records import Record
from shared.storage.requests import request_inventory

# Where the copies and uploads of a request lie in the bucket.
FOLDERS = ("exports", "uploads")


@dataclass(frozen=True, slots=True)
class DataItem:
    """One thing that is kept about `owner`, in a store, under a record class.

    `content` is what is kept, as its store reads it; of an object of the bucket, its key.
    `starts` is the event's moment from which its period counts, none while that is to come.
    `request` is the one that it belongs to.
    """

    store: str
    kind: str
    owner: str
    content: Any
    starts: str | None = None
    request: str | None = None


class Holder:
    """Whose data: a person and the browsers linked to them.

    `files_of` are the requests whose files are looked for; of all of them, unless it is told.
    """

    def __init__(
        self,
        person: str,
        browsers: Iterable[str],
        requests: Iterable[DataSubjectRequest] | None = None,
    ) -> None:
        """Name them; nothing is read yet. `requests` are the person's, if they were just read."""
        self.person = person
        self.browsers = sorted(browsers)
        self.files_of: Container[str] | None = None
        self._requests = requests

    @property
    def owners(self) -> tuple[str, ...]:
        """Name the person and the browsers, in a steady order."""
        return (self.person, *self.browsers)

    @cached_property
    def former(self) -> Mapping[str, str]:
        """Name whom they were by former addresses, and until when: what came later is another's."""
        return former(self.person)

    @cached_property
    def requests(self) -> list[DataSubjectRequest]:
        """Return the person's requests as they stand, or stood just now; those before, too.

        One that changed an address tells of the new one, and is no part of what the old one has.
        """
        known = request_inventory.of(self.person) if self._requests is None else self._requests
        own = (case for case in known if address_change.holder(case) == self.person)
        before = (
            case
            for name, until in self.former.items()
            for case in request_inventory.of(name)
            if case.received_at <= until
        )
        return [*own, *before]


def linked(person: str, until: str | None = None) -> frozenset[str]:
    """Name the browsers that became the person's, up to `until`: not those a form claimed."""
    return frozenset(
        link.consent_id
        for link in records.for_person(person, RecordClass.LINKED_BROWSER)
        if link.consent_id and (until is None or link.received_at <= until)
    )


def pointers(person: str) -> Iterator[Record]:
    """Yield what leads from somebody to a name that they had by a former address."""
    found = records.for_person(person, RecordClass.SUPPORT_RECORD)
    return (record for record in found if "former_person" in record.facts)


def former(person: str) -> dict[str, str]:
    """Name whom somebody was by former addresses, each until when, as far as that is kept."""
    found: dict[str, str] = {}
    for pointer in pointers(person):
        name = pointer.facts["former_person"]
        found[name] = max(found.get(name, ""), pointer.received_at)
    found.pop(person, None)  # who came back to an address has it as their own
    return found


def items(holder: Holder, stores: Iterable[str] | None = None) -> Iterator[DataItem]:
    """Yield everything that is kept, or what is in `stores`; objects before what names them."""
    for store in READERS if stores is None else stores:
        yield from READERS[store](holder)


def _objects(holder: Holder) -> Iterator[DataItem]:
    for case in holder.requests:
        if holder.files_of is not None and case.id not in holder.files_of:
            continue
        for folder in FOLDERS:
            for key in objects.keys(f"{folder}/{case.id}/"):
                yield DataItem("exports", RecordClass.EXPORT, case.person, key, request=case.id)


def _records(holder: Holder) -> Iterator[DataItem]:
    for owner in holder.owners:
        for record in records.for_person(owner):
            starts = record.kept_from or record.received_at
            yield DataItem("records", record.kind, owner, record, starts)


def _events(holder: Holder) -> Iterator[DataItem]:
    for owner in holder.owners:
        for event in ledger.of_subject(owner):
            starts = event["decided_at"]
            yield DataItem("ledger", RecordClass.CONSENT_EVIDENCE, owner, event, starts)
    for name, until in holder.former.items():
        for event in ledger.of_subject(name):
            starts = event["decided_at"]
            if starts <= until:
                yield DataItem("ledger", RecordClass.CONSENT_EVIDENCE, name, event, starts)


def _state(holder: Holder) -> Iterator[DataItem]:
    """Yield the copy of the newest event, and what an objection left behind."""
    state = consent_states.get(holder.person)
    for kind, starts in (
        (RecordClass.CONSENT_EVIDENCE, state.event and state.event["decided_at"]),
        (RecordClass.SUPPRESSION, state.suppressed_since),
    ):
        if starts:
            yield DataItem("consent_states", kind, holder.person, state, starts)


def _requests(holder: Holder) -> Iterator[DataItem]:
    for case in holder.requests:
        yield DataItem(
            "requests", RecordClass.CASE, case.person, case, case.closed_at, request=case.id
        )
        for kind, entry in request_inventory.beside(case.id):
            yield DataItem("requests", kind, case.person, entry, request=case.id)


def _tokens(holder: Holder) -> Iterator[DataItem]:
    for claims in tokens.of_person(holder.person):
        yield DataItem(
            "tokens",
            claims.scope.row.record_class or RecordClass.TOKEN,
            holder.person,
            claims,
            request=claims.facts.get("request"),
        )


def _looks(holder: Holder) -> Iterator[DataItem]:
    for seen in audit.of_person(holder.person):
        yield DataItem("audit", RecordClass.DESK_AUDIT, holder.person, seen, seen.at)


def _erasures(holder: Holder) -> Iterator[DataItem]:
    for erasure in erasure_list.of(holder.person):
        yield DataItem("operations", RecordClass.ERASURE_LIST, holder.person, erasure, erasure.at)


READERS: Mapping[str, Callable[[Holder], Iterator[DataItem]]] = {
    "exports": _objects,
    "records": _records,
    "ledger": _events,
    "consent_states": _state,
    "requests": _requests,
    "tokens": _tokens,
    "audit": _looks,
    "operations": _erasures,
}
