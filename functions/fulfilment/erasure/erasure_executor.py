"""Taking away what goes, in small transactions that a legal hold stops, and looking again.

The same for a request and for the list of erasures that is played again after a restore.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain import erasure
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.erasure import Counts, ErasureOutcome, ErasureRule
from shared.domain.erasure_scope import ErasureScope
from shared.domain.retention_partitions import shard
from shared.edge import log
from shared.storage import erasable_items, objects
from shared.storage.dynamodb import database
from shared.storage.erasable_items import ErasableItem
from shared.storage.hold_items import class_marker, subject_marker
from shared.storage.holds import Watch

# A transaction takes a hundred members, one of them the check of holds, and 4 MB.
BATCH, MAX_BYTES = 99, 3_500_000
# What is found is kept for the erasing, that it need not be read again, as far as memory goes.
REMEMBERED_BYTES = 64_000_000

Rules = Mapping[str, ErasureRule]


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found: how much of each kind, and what is to be done if it was not too much."""

    counts: Counts
    work: Sequence[ErasableItem] | None


def find(
    scope: ErasureScope,
    known: Rules,
    watch: Watch,
    requests: Iterable[DataSubjectRequest] | None = None,
) -> Found:
    """Count all that is kept, by store, class and what is to become of it; remember the work.

    `requests` are the person's, if they were just read.
    """
    counts: Counter[tuple[str, str, ErasureOutcome]] = Counter()
    work: list[ErasableItem] = []
    size = 0
    for item in erasable_items.items(scope, requests):
        outcome = _outcome(item, scope, known, watch)
        counts[item.item.store, item.item.kind, outcome] += 1
        if outcome in erasure.WORK and size < REMEMBERED_BYTES:
            work.append(item)
            size += item.bytes
    return Found(counts, work if size < REMEMBERED_BYTES else None)


def sweep(
    scope: ErasureScope, known: Rules, watch: Watch, work: Iterable[ErasableItem] | None = None
) -> None:
    """Erase and reduce what is not to stay: the `work` that was found, or what is found now.

    What somebody changed meanwhile waits for a next time. Safe to break off anywhere and to begin
    again.
    """
    for batch in _batches(erasable_items.items(scope) if work is None else work):
        _erase(batch, scope, known, watch)


def _batches(items: Iterable[ErasableItem]) -> Iterator[list[ErasableItem]]:
    batch: list[ErasableItem] = []
    size = 0
    for item in items:
        if batch and (len(batch) == BATCH or size + item.bytes > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += item.bytes
    if batch:
        yield batch


def _erase(batch: list[ErasableItem], scope: ErasureScope, known: Rules, watch: Watch) -> None:
    """Do what is to be done about a batch, unless a hold keeps it, also one that comes now."""
    if any(item.object for item in batch):
        watch.renew()  # the transaction cannot undo their removal
    for item in _due(batch, scope, known, watch):
        if item.object:
            objects.remove(item.object)
    left = [item for item in batch if not item.object]
    while left := _due(left, scope, known, watch):
        writes = [_write(item, known) for item in left]
        failed = _transact([*writes, watch.known.still(shard(scope.person))])
        if not failed:
            return
        if len(left) in failed:
            watch.renew()
        left = [item for index, item in enumerate(left) if index not in failed]


def _due(
    items: list[ErasableItem], scope: ErasureScope, known: Rules, watch: Watch
) -> list[ErasableItem]:
    return [item for item in items if _outcome(item, scope, known, watch) in erasure.WORK]


def _outcome(item: ErasableItem, scope: ErasureScope, known: Rules, watch: Watch) -> ErasureOutcome:
    """Decide what becomes of an item; a hold on the person holds their browsers, too."""
    markers = watch.known.markers
    of_owner = {subject_marker(scope.person), subject_marker(item.item.owner)}
    held = bool(markers) and not markers.isdisjoint(of_owner | {class_marker(item.item.kind, 0)})
    return erasure.outcome(
        known.get(item.item.kind),
        held=held,
        reducible=item.reduce is not None,
        has_contact_data=item.has_contact_data,
    )


def _write(item: ErasableItem, known: Rules) -> Mapping[str, Any]:
    rule = known.get(item.item.kind)
    write = item.reduce if rule and rule.survives else item.erase
    return write or {}


def _transact(members: list[Mapping[str, Any]]) -> frozenset[int]:
    """Write a transaction; return the positions of what stood against it, none if it is done."""
    try:
        database.call("transact_write_items", TransactItems=members)
    except database.TransactionFailed as failure:
        log.LOGGER.info("erasure: %d of %d writes have to wait", len(failure.items), len(members))
        return frozenset(failure.items)
    return frozenset()
