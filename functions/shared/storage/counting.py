"""Counting what a stream brought, once, however often it comes and with whatever else.

A record of a stream keeps its sequence number. A mark tells of a thousand numbers which of them are
counted, a bit for each, and is written in the very transaction that adds what they add, on
condition that it still is what was read: a worker that crashed, came late or was handed the
same records cut otherwise adds what is missing and nothing else. Numbers that are close are of one
shard, so that a batch has few marks, and no two shards share one.
"""

import hashlib
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.errors import Busy
from shared.domain.hash_chain import base64url
from shared.domain.statistics import Addition, Increment, together
from shared.storage import statistics
from shared.storage.deduplication import REMEMBERED
from shared.storage.dynamodb import database

# Two that add to one count at the same moment, or count the same records: one tries again.
TRIES = 5
_PAUSE_SECONDS = 0.05
_DIGITS = 3
_BYTES = 10**_DIGITS // 8
_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class _Group:
    """As many additions as one transaction takes, and the names of their marks."""

    additions: list[Addition]
    marks: dict[str, None]

    def ask(self, stream: str, found: Mapping[str, int]) -> tuple[list[Increment], dict[str, int]]:
        """Return what is still to be added, and what the marks have to say then."""
        increments: list[Increment] = []
        marks = dict(found)
        for one in self.additions:
            name, bit = _place(stream, one.number)
            if marks.get(name, 0) & bit:
                continue
            marks[name] = marks.get(name, 0) | bit
            increments += one.increments
            for once, increment in one.once.items():
                if not marks.get(_name(once)):
                    marks[_name(once)] = 1
                    increments.append(increment)
        return together(increments), {name: to for name, to in marks.items() if to != found[name]}


def add(stream: str, additions: Sequence[Addition], now: datetime) -> None:
    """Add what records of a stream add, but for what is counted already.

    Raises:
        Busy: the store is throttling, or others keep adding to the same counts; some of it may
            be counted, and the same call again adds the rest.
    """
    for group in _groups(stream, additions):
        _count(stream, group, now)


def _groups(stream: str, additions: Iterable[Addition]) -> Iterator[_Group]:
    group, counters = _Group([], {}), set[tuple[str, str]]()
    for one in additions:
        marks = dict.fromkeys([_place(stream, one.number)[0], *map(_name, one.once)])
        adds = {(each.day, each.what) for each in (*one.increments, *one.once.values())}
        if len(group.marks | marks) + len(counters | adds) > database.MEMBERS:
            yield group
            group, counters = _Group([], {}), set()
        group.additions.append(one)
        group.marks.update(marks)
        counters |= adds
    if group.additions:
        yield group


def _count(stream: str, group: _Group, now: datetime) -> None:
    for attempt in range(1, TRIES + 1):
        found = _read(group.marks)
        increments, marks = group.ask(stream, found)
        if not marks:
            return
        puts = [{"Put": _mark(name, found[name], to, now)} for name, to in marks.items()]
        members = [*puts, *statistics.additions(increments)]
        try:
            database.call("transact_write_items", TransactItems=members)
        except (Busy, database.TransactionFailed):
            if attempt < TRIES:
                time.sleep(_PAUSE_SECONDS * attempt * _chance.random())
        else:
            return
    raise Busy


def _read(names: Iterable[str]) -> dict[str, int]:
    """Read marks, strongly consistent; nought for those that are not there."""
    keys = [{"token": {"S": name}} for name in names]
    read = database.batch_get(database.table("tokens"), keys)
    there = {item["token"]["S"]: int.from_bytes(bytes(item["counted"]["B"])) for item in read}
    return dict.fromkeys(names, 0) | there


def _mark(name: str, before: int, to: int, now: datetime) -> dict[str, Any]:
    expires = int((now + REMEMBERED).timestamp())
    condition: dict[str, Any] = {
        "ConditionExpression": "attribute_not_exists(#token)",
        "ExpressionAttributeNames": {"#token": "token"},
    }
    if before:
        condition = {
            "ConditionExpression": "counted = :before",
            "ExpressionAttributeValues": {":before": _bits(before)},
        }
    return {
        "TableName": database.table("tokens"),
        "Item": {"token": {"S": name}, "counted": _bits(to), "expires": {"N": str(expires)}},
        **condition,
    }


def _bits(number: int) -> dict[str, bytes]:
    return {"B": number.to_bytes(_BYTES)}


def _place(stream: str, number: str) -> tuple[str, int]:
    """Name the mark of a record, and return its bit there."""
    return _name(f"{stream} {number[:-_DIGITS]}"), 1 << int(number[-_DIGITS:])


def _name(text: str) -> str:
    """Name a mark by a hash, so that it may outlive an erasure."""
    return f"counted#{base64url(hashlib.sha256(text.encode()).digest()[:16])}"
