"""Growing the Merkle log over all ledgers by what is new, and signing its head.

Decisions are read part by part of the ledger's index, from where the last run ended to an hour
ago, when every call that was at work has long been answered. Removals are taken from the notes
that were written with them. Each step is one transaction on the version of the state that it goes
out from: killed, repeated or run twice at once, the log is the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from shared.domain import log_entries
from shared.domain.record_classes import RecordClass
from shared.domain.retention_partitions import SHARDS
from shared.domain.timestamps import format_timestamp
from shared.storage import ledger, policies, signing_keys
from shared.storage.merkle_log import log_heads, log_inbox, log_places, log_state
from shared.storage.merkle_log.log_state import LogState, Moved
from shared.storage.merkle_log.log_tree import PAGE, Tree
from shared.storage.retention import retention_index
from shared.storage.retention.retention_index import RetentionPartition

SETTLED = timedelta(hours=1)
_INSTANT = timedelta(milliseconds=1)
_BEGINNING = "0"
ShouldContinue = Callable[[], bool]


class Inconsistent(Exception):
    """The log is not what was signed before: nothing is signed on top of it."""


@dataclass(frozen=True, slots=True)
class Growth:
    """What a run came to; `finished` is no if its time was over first."""

    size: int
    added: int
    finished: bool


def grow_log(stage: str, now: datetime, should_continue: ShouldContinue) -> Growth:
    """Take in what is new and sign the head, as far as the time goes.

    Raises:
        Inconsistent: what is stored is not what earlier heads say.
    """
    before: int | None = None
    while True:
        state = log_state.get() or LogState(_origin(stage, now))
        before = state.size if before is None else before
        try:
            state, finished = _grown(state, now, should_continue)
        except Moved:  # two runs at once: the other was first, and this one looks again
            continue
        return Growth(state.size, state.size - before, finished)


def _grown(
    state: LogState, now: datetime, should_continue: ShouldContinue
) -> tuple[LogState, bool]:
    day, until = format_timestamp(now)[:10], now - SETTLED
    if state.day >= day:  # it was taken in, and at most the signature is missing
        return _signed(state), True
    last = format_timestamp(until - _INSTANT)
    for shard in range(SHARDS):
        while should_continue():
            grown = _decisions(state, shard, last)
            if grown is None:
                break
            state = grown
    for note in log_inbox.waiting():
        if not should_continue():
            break
        state = _removals(state, note)
    if not should_continue():
        return state, False
    return _signed(_ended(state, day, format_timestamp(until))), True


def _decisions(state: LogState, shard: int, last: str) -> LogState | None:
    """Take in the next page of a part of the index; None if there is nothing more to take in."""
    cursor = state.cursors.get(str(shard), {})
    first = str(cursor.get("start", _BEGINNING))
    if first > last:
        return None
    place = RetentionPartition("ledger", RecordClass.CONSENT_EVIDENCE, shard)
    keys = retention_index.page(place, PAGE, cursor.get("after"), (first, last)).keys
    if not keys:
        return None
    found = list(ledger.many([(str(k["subject"]), int(k["sequence"])) for k in keys]))
    entries = [log_entries.decision(one.salt, one.event["digest"]) for one in found]
    begins, ends = (str(keys[end]["retention_start"]) for end in (0, -1))
    pages = [log_places.page(shard, state.size, begins, ends)] if entries else []
    after: Mapping[str, Any] = {"start": first, "after": keys[-1]}
    cursors = {**state.cursors, str(shard): after}
    return log_state.append(state, entries, pages, cursors=cursors)


def _removals(state: LogState, note: log_inbox.Note) -> LogState:
    """Take in what one transaction of retention removed."""
    entries, found = [], [note.taken()]
    for place, one in enumerate(note.removed, state.size):
        entry = log_entries.decode(one["entry"])
        leaf = log_places.of_decision(one["shard"], one["start"], entry)
        entries.append(log_entries.removal(leaf, one["was"], note.day))
        found += log_places.removal(leaf, one["was"], place)
    return log_state.append(state, entries, found)


def _ended(state: LogState, day: str, until: str) -> LogState:
    """End a day: all before `until` is read, and no cursor names anybody any more."""
    cursors = {str(shard): {"start": until} for shard in range(SHARDS)}
    return log_state.append(state, [log_entries.day(day)], cursors=cursors, day=day)


def _signed(state: LogState) -> LogState:
    """Sign the head, if it is consistent with the last one, and keep it where nobody changes it."""
    if state.size == state.head_size:
        return state
    tree, root = Tree(), state.frontier.root
    if tree.root(state.size) != root:
        raise Inconsistent("the entries do not give the root")
    if state.head is not None:
        size, signed = log_entries.head(log_heads.get(state.head_size))
        if tree.root(size) != signed:
            raise Inconsistent("the log does not begin with what was signed before")
    text = log_entries.checkpoint(state.origin, state.size, root)
    key = signing_keys.der(signing_keys.public_keys()[0])
    note = log_entries.signed_note(text, state.origin, key, signing_keys.sign(text.encode()))
    kept = log_heads.keep(state.size, note)
    if log_entries.head(kept) != (state.size, root):
        raise Inconsistent("another head of that size was signed before")
    return log_state.keep(state, head=kept, head_size=state.size)


def _origin(stage: str, now: datetime) -> str:
    """Name the log: once, for good."""
    site = urlsplit(str(policies.published().controller(now)["url"])).hostname
    return f"{site}/privacy-{stage}"
