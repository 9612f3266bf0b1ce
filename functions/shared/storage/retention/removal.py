"""Removing what is due, in transactions that a hold stops, also one placed at the same moment.

A group is removed whole, on condition that each of its items still is due and that no hold was
placed since the holds in force were read: one condition a group, whoever's its items are. What
stands against it is left out, and the rest goes in a next try. Its count is in the transaction.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.errors import Busy
from shared.storage.dynamodb import database
from shared.storage.dynamodb.database import MEMBERS
from shared.storage.holds import Watch
from shared.storage.retention import removal_counts
from shared.storage.retention.retention_index import Item

# As many as a transaction takes, beside its count, the check of holds and what is noted of it.
# Forms of 64 KiB are more than its 4 MB: such a group goes in halves.
GROUP = MEMBERS - 6
TRIES = 6
_PAUSE_SECONDS = 0.05
_jitter = random.SystemRandom()


Noting = Callable[[Sequence[Item]], Sequence[dict[str, Any]]]


def _nothing(_items: Sequence[Item]) -> Sequence[dict[str, Any]]:
    return ()


@dataclass(slots=True)
class DeletionResult:
    """What became of a group; what is in none of these was gone, or young again."""

    removed: list[Item] = field(default_factory=list)
    held: list[Item] = field(default_factory=list)
    failed: list[Item] = field(default_factory=list)

    def add(self, other: "DeletionResult") -> None:
        """Add what became of others."""
        self.removed += other.removed
        self.held += other.held
        self.failed += other.failed


def groups(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Put items of one place together, as many as one transaction takes."""
    for start in range(0, len(items), GROUP):
        yield items[start : start + GROUP]


def remove(
    group: Sequence[Item],
    cutoff: str,
    watch: Watch,
    counted_as: str,
    noting: Noting = _nothing,
) -> DeletionResult:
    """Remove a group of items of one place, all but what is held, gone or young again.

    What goes is counted in the name `counted_as`, and what is to be noted of it is written with its
    removal. Should a hold have come since the `watch` looked, it and the group are looked at anew.

    Raises:
        TransactionRefused: it is too large together, and nothing of it went.
    """
    done = DeletionResult()
    left = list(group)
    while left:
        known = watch.known
        done.held += [item for item in left if item.held(known.markers)]
        left = [item for item in left if not item.held(known.markers)]
        if not left:
            break
        deletes = [item.delete(cutoff) for item in left]
        count = removal_counts.count(counted_as, left)
        still = known.still(group[0].place.shard)
        failures = attempt([*deletes, still, *noting(left)], count)
        if failures is None:
            done.failed += left
            break
        if not failures:
            done.removed += left
            break
        if len(left) in failures:
            watch.renew()
        left = [item for index, item in enumerate(left) if index not in failures]
    return done


def attempt(
    members: list[dict[str, Any]], count: dict[str, Any] | None = None
) -> frozenset[int] | None:
    """Write a transaction; return the positions of conditions that do not hold, None if it is done.

    The answer is None if others kept writing to the same items, or the store was throttling. With
    a `count` it is known to be done also where its answer was lost.

    Raises:
        TransactionRefused: it is too large together.
    """
    every = [*members, count] if count else members
    for number in range(1, TRIES + 1):
        try:
            database.call("transact_write_items", TransactItems=every)
        except database.TransactionFailed as failure:
            return frozenset() if len(members) in failure.items else frozenset(failure.items)
        except Busy:
            if number < TRIES:
                time.sleep(_PAUSE_SECONDS * number * (1 + _jitter.random()))
        else:
            return frozenset()
    return frozenset() if count and removal_counts.happened(count) else None
