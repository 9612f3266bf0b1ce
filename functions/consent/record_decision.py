"""Appending to a browser's chain: one write, retried when another writer came first."""

from collections.abc import Callable

from shared.domain.consent import Event
from shared.domain.errors import Busy, IdempotencyConflict
from shared.edge.idempotency import IdempotencyKey
from shared.storage import ledger
from shared.storage.ledger import Entry

# Each lost race shows the winner's entry, so that going on costs one write and no read.
MOST_RACES = 100
KEYS_REMEMBERED = 16


def record(
    head: Entry | None,
    attempt: IdempotencyKey,
    subject: str,
    write: Callable[[Event | None], Event],
) -> Event:
    """Append what `write` makes of the newest event, or find what the same attempt led to.

    Raises:
        IdempotencyConflict: the key came before with another request.
        Busy: a hundred other writers in a row came first.
    """
    mark = attempt.mark(subject)
    for _ in range(MOST_RACES):
        if (repeated := _repeated(head, attempt, mark)) is not None:
            return repeated
        event = write(head.event if head else None)
        entry = Entry(event, _remember(head, mark, event["sequence"]), attempt.fingerprint)
        try:
            ledger.append(entry)
        except ledger.AlreadyAppended as taken:
            head = taken.entry
        else:
            return event
    raise Busy


def _repeated(head: Entry | None, attempt: IdempotencyKey, mark: str | None) -> Event | None:
    """Find the event that an earlier try of the same attempt wrote, if any."""
    if head is None or mark is None or mark not in head.keys:
        return None
    sequence = head.keys[mark]
    first = (
        head if sequence == head.event["sequence"] else ledger.at(head.event["subject"], sequence)
    )
    if first is None or first.fingerprint != attempt.fingerprint:
        raise IdempotencyConflict
    return first.event


def _remember(head: Entry | None, mark: str | None, sequence: int) -> dict[str, int]:
    """Carry the newest marks along: they cost bytes in each item, but no table and no read."""
    keys = dict(head.keys) if head else {}
    if mark is not None:
        keys[mark] = sequence
    return dict(sorted(keys.items(), key=lambda item: item[1])[-KEYS_REMEMBERED:])
