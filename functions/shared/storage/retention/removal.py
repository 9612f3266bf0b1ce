"""Removing what is due, in transactions that a hold stops, also one placed at the same moment.

A group is removed whole, on condition that each of its items still is due and nobody whose they
are is held. What stands against it is left out, and the rest goes in a next try.
"""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.errors import Busy
from shared.storage import holds
from shared.storage.dynamodb import database
from shared.storage.retention.retention_index import Item

# What a transaction takes, checks and all.
MEMBERS = 100
TRIES = 6
_PAUSE_SECONDS = 0.05
_jitter = random.SystemRandom()


@dataclass(slots=True)
class DeletionResult:
    """What became of a group; what is in none of these was gone, or young again."""

    removed: list[Item] = field(default_factory=list)
    held: list[Item] = field(default_factory=list)
    failed: list[Item] = field(default_factory=list)


def groups(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Put items of one place together, as many as one transaction takes."""
    group: list[Item] = []
    checks: set[str] = set()
    for item in items:
        needed = checks | item.markers
        if len(group) + 1 + len(needed) + 1 > MEMBERS:
            yield group
            group, needed = [], set(item.markers)
        group.append(item)
        checks = needed
    if group:
        yield group


def remove(group: Sequence[Item], cutoff: str) -> DeletionResult:
    """Remove a group of items of one place, all but what is held, gone or young again."""
    done = DeletionResult()
    left = list(group)
    while left:
        deletes = [item.delete(cutoff) for item in left]
        markers = [left[0].class_marker, *sorted({name for item in left for name in item.markers})]
        failures = attempt([*deletes, *map(holds.check, markers)])
        if failures is None:
            done.failed += left
            break
        if not failures:
            done.removed += left
            break
        stopped = {markers[index - len(left)] for index in failures if index >= len(left)}
        held = [item for item in left if item.class_marker in stopped or item.markers & stopped]
        done.held += held
        left = [
            item for index, item in enumerate(left) if index not in failures and item not in held
        ]
    return done


def attempt(members: list[dict[str, Any]]) -> frozenset[int] | None:
    """Write a transaction; give the positions of conditions that do not hold, none if it is done.

    The answer is None if others kept writing to the same items, or the store was throttling.
    """
    for number in range(1, TRIES + 1):
        try:
            database.call("transact_write_items", TransactItems=members)
        except database.TransactionFailed as failure:
            return frozenset(failure.items)
        except Busy:
            if number < TRIES:
                time.sleep(_PAUSE_SECONDS * number * (1 + _jitter.random()))
        else:
            return frozenset()
    return None
