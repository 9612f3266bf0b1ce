"""Appending to a browser's chain: one write, retried when another writer came first.

An earlier try of the same request is found in the chain itself: each entry carries the mark of
its own Idempotency-Key and of those before it, so that a repetition costs no item of its own, and
an entry mostly stays within a kilobyte, which is what a write unit takes. Where a browser decided
more often than an entry remembers, the oldest that it names tells of those before.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain import consent
from shared.domain.consent import Decision, Event
from shared.domain.errors import Busy, IdempotencyConflict
from shared.domain.timestamps import parse_timestamp
from shared.storage import ledger, policies
from shared.storage.ledger import LedgerEntry

# Each lost race shows the winner's entry, so that going on costs one write and no read.
MAX_RACES = 100
KEYS_REMEMBERED = 8
# Nothing of ours, and no browser that keeps what it could not send, tries again after that.
REPEATED_WITHIN = timedelta(days=30)
# Entries that are looked at for an older key, so that nobody makes their own chain a long way.
MAX_LOOKS = 25


@dataclass(frozen=True, slots=True)
class MarkedRequest:
    """A request as its browser's entries remember it: its key's mark, the hash of what it asks."""

    mark: str | None = None
    fingerprint: str | None = None


def record_decision(
    decision: Decision,
    head: LedgerEntry | None,
    marked: MarkedRequest | None = None,
    *,
    leaves: str = "",
) -> LedgerEntry:
    """Append a browser's decision after `head`, or find what the same request led to.

    `leaves` is a person whose browser it no longer is.

    Raises:
        IdempotencyConflict: the key came before with another request.
        Busy: a hundred other writers in a row came first.
    """
    asked = marked or MarkedRequest()
    known = policies.published()
    for _ in range(MAX_RACES):
        if (repeated := earlier(head, asked, decision.at)) is not None:
            return repeated
        event = consent.next_event(head.event if head else None, decision, known)
        if decision.unless_so and head and not consent.changes(head.event, event, known):
            return head
        people = [name for name in (head.people if head else ()) if name != leaves]
        entry = following(head, event, people, asked)
        try:
            ledger.append(entry)
        except ledger.AlreadyAppended as taken:
            head = taken.entry
        else:
            return entry
    raise Busy


def following(
    head: LedgerEntry | None,
    event: Event,
    people: Collection[str],
    marked: MarkedRequest | None = None,
) -> LedgerEntry:
    """Return the entry of an event, with the marks of the requests that led to those before."""
    keys = dict(head.keys) if head else {}
    if marked and marked.mark is not None:
        keys[marked.mark] = event["sequence"]
    newest = dict(sorted(keys.items(), key=lambda item: item[1])[-KEYS_REMEMBERED:])
    return LedgerEntry(event, newest, marked.fingerprint if marked else None, tuple(people))


def earlier(head: LedgerEntry | None, marked: MarkedRequest, now: datetime) -> LedgerEntry | None:
    """Find the entry that the same request wrote before, if any.

    Raises:
        IdempotencyConflict: the key came before with another request.
    """
    if head is None or marked.mark is None:
        return None
    knows = _who_knows(head, marked.mark, now)
    if knows is None:
        return None
    first = _at(knows, knows.keys[marked.mark])
    if first is None or first.fingerprint != marked.fingerprint:
        raise IdempotencyConflict
    return first


def _who_knows(entry: LedgerEntry, mark: str, now: datetime) -> LedgerEntry | None:
    """Find an entry that names a mark, going back as long as somebody may still try again."""
    for _ in range(MAX_LOOKS):
        if mark in entry.keys:
            return entry
        if len(entry.keys) < KEYS_REMEMBERED:
            return None
        older = _at(entry, min(entry.keys.values()))
        if older is None or parse_timestamp(older.event["decided_at"]) < now - REPEATED_WITHIN:
            return None
        entry = older
    return None


def _at(entry: LedgerEntry, sequence: int) -> LedgerEntry | None:
    """Read an entry of the same chain, unless it is the one in hand."""
    event = entry.event
    return entry if sequence == event["sequence"] else ledger.at(event["subject"], sequence)
