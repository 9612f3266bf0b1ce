"""The sweep: everything that is due, removed or only counted, for as long as there is time.

Places (a table's class and shard) are worked at side by side, each by one worker. A place that
there was no time for is named, for the next to go on with. Two sweeps at once are safe: each
removal is conditional, and what the other removed is nobody's failure.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from shared.domain.retention import Figures
from shared.storage import ledger, passing_faults, threads
from shared.storage.holds import Watch
from shared.storage.merkle_log import log_inbox
from shared.storage.requests import request_removal
from shared.storage.retention import (
    consent_state_cleanup,
    removal,
    removal_counts,
    retention_index,
)
from shared.storage.retention.removal import DeletionResult
from shared.storage.retention.retention_index import Item, RetentionPartition

CASES, LEDGER = "requests", "ledger"
ShouldContinue = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Sweep:
    """What to do: by class the cut-off, and in which name it is counted what is removed.

    Without such a name nothing is removed: it is only looked. `at` is when it is done.
    """

    cutoffs: Mapping[str, str]
    counted_as: str | None
    at: str = ""


@dataclass(slots=True)
class Swept:
    """What was done, by class, and the places that are not finished.

    `counted` is what is gone, as its transactions counted it; `faults` what kept items from going.
    """

    classes: dict[str, Figures]
    counted: dict[str, Figures] = field(default_factory=dict)
    left: list[RetentionPartition] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    @property
    def removed(self) -> int:
        """Count what is gone."""
        return sum(figures.removed for figures in self.classes.values())


def run(
    sweep: Sweep,
    places: Iterable[RetentionPartition],
    should_continue: ShouldContinue,
    workers: int = 1,
) -> Swept:
    """Work at `places` until they are done or `should_continue` says to stop.

    Holds in force now are known to all workers; one that comes later fails the transactions. What
    is gone is what its transactions counted; of a place that is not finished the rest is met again.

    Raises:
        Busy: the store throttles, and it cannot be read what was counted.
    """
    watch = Watch()
    worked = list(places)
    swept = Swept({kind: Figures() for kind in sorted({place.kind for place in worked})})
    results = threads.mapped(
        lambda place: _one(sweep, place, watch, should_continue, swept.faults), worked, workers
    )
    for place, (figures, finished) in zip(worked, results, strict=True):
        if finished or sweep.counted_as is None:
            swept.classes[place.kind].add(figures)
        if not finished:
            swept.left.append(place)
    if sweep.counted_as is not None:
        swept.counted = removal_counts.of_attempt(sweep.counted_as)
        for kind, counted in swept.counted.items():
            swept.classes[kind].add(counted)
    return swept


def _one(
    sweep: Sweep,
    place: RetentionPartition,
    watch: Watch,
    should_continue: ShouldContinue,
    faults: list[Exception],
) -> tuple[Figures, bool]:
    """Work at one place; tell what was found and whether that was all."""
    figures = Figures()
    cutoff = sweep.cutoffs[place.kind]
    if not should_continue():
        return figures, False

    def work(group: Sequence[Item]) -> DeletionResult:
        if sweep.counted_as is None:
            return _look(group, watch)
        return _remove(group, cutoff, watch, sweep.counted_as, sweep.at)

    try:
        for page in retention_index.pages(place, cutoff):
            for group in _groups(page):
                if not should_continue():
                    return figures, False
                _note(figures, _apart(group, work, faults))
    except Exception as fault:
        if not passing_faults.passes(fault):
            raise
        return figures, False  # what is left is for the next
    return figures, True


def _apart(
    group: Sequence[Item], work: Callable[[Sequence[Item]], DeletionResult], faults: list[Exception]
) -> DeletionResult:
    """Work at a group; where that fails for good, at its halves, down to the item that it is."""
    try:
        return work(group)
    except Exception as fault:
        if passing_faults.passes(fault):
            raise
        if len(group) == 1:
            faults.append(fault)
            return DeletionResult(failed=list(group))
    middle = len(group) // 2
    done = DeletionResult()
    for half in (group[:middle], group[middle:]):
        done.add(_apart(half, work, faults))
    return done


def _groups(page: list[Item]) -> Iterable[Sequence[Item]]:
    if page[0].place.table == CASES:
        return ([item] for item in page)
    return removal.groups(page)


def _remove(
    group: Sequence[Item], cutoff: str, watch: Watch, counted_as: str, at: str
) -> DeletionResult:
    """Remove a group. What went is not in the result: its transactions counted it."""
    done = _removed(group, cutoff, watch, counted_as, at)
    return DeletionResult(held=done.held, failed=done.failed)


def _removed(
    group: Sequence[Item], cutoff: str, watch: Watch, counted_as: str, at: str
) -> DeletionResult:
    if group[0].place.table == CASES:
        return request_removal.remove(group[0], cutoff, watch, counted_as)
    if group[0].place.table == LEDGER:
        free = [item for item in group if not item.held(watch.known.markers)]
        consent_state_cleanup.without_copies(
            (name for item in free for name in item.subjects), cutoff
        )
        return removal.remove(group, cutoff, watch, counted_as, partial(_noted, at))
    return removal.remove(group, cutoff, watch, counted_as)


def _noted(at: str, group: Sequence[Item]) -> list[dict[str, Any]]:
    """Return the writes by which the log over all ledgers will know what was removed."""
    keys = [(str(item.key["subject"]), int(item.key["sequence"])) for item in group]
    return log_inbox.noting(ledger.many(keys), at)


def _look(group: Sequence[Item], watch: Watch) -> DeletionResult:
    """Tell what would be removed; nothing is."""
    done = DeletionResult()
    for item in group:
        (done.held if _would_stay(item, watch) else done.removed).append(item)
    return done


def _would_stay(item: Item, watch: Watch) -> bool:
    if item.place.table == CASES and watch.known.markers:
        return bool(watch.known.markers.intersection(request_removal.bundle(item).markers))
    return item.held(watch.known.markers)


def _note(figures: Figures, done: DeletionResult) -> None:
    figures.found += len(done.removed) + len(done.held) + len(done.failed)
    figures.held += len(done.held)
    figures.failed += len(done.failed)
    for item in done.removed:
        figures.count(item.start, item.mark)
