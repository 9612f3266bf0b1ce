"""Taking away what goes, in small transactions that a legal hold stops, and looking again.

The same for a request and for the list of erasures that is played again after a restore.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from typing import Any

from shared.domain import erasure
from shared.domain.erasure import Counts, ErasureRule, Fate
from shared.domain.erasure_scope import ErasureScope
from shared.edge import log
from shared.storage import erasable_items, holds, objects
from shared.storage.dynamodb import database
from shared.storage.erasable_items import ErasableItem

# A form's record is 64 KiB at most and a transaction 4 MB.
BATCH = 50

Held = Callable[[str, str], bool]


def look(scope: ErasureScope, known: Mapping[str, ErasureRule]) -> Counts:
    """Count everything that is kept, by store, class and what is to become of it."""
    held = _held(scope)
    counts: Counter[tuple[str, str, Fate]] = Counter()
    for found in erasable_items.items(scope):
        counts[found.item.store, found.item.kind, _fate(found, known, held)] += 1
    return counts


def sweep(scope: ErasureScope, known: Mapping[str, ErasureRule]) -> None:
    """Erase and reduce what is not to stay; what somebody changed meanwhile waits for a next time.

    Safe to break off anywhere and to begin again.
    """
    held = _held(scope)
    for owner, kind, batch in _batches(erasable_items.items(scope), known, held):
        keys = [each.object for each in batch if each.object]
        if keys and not _held(scope)(owner, kind):
            for key in keys:
                objects.remove(key)
        writes = [write for each in batch if (write := _write(each, known))]
        if writes:
            _transact([*writes, *_free(scope, owner, kind)])


def _batches(
    found: Iterable[ErasableItem], known: Mapping[str, ErasureRule], held: Held
) -> Iterator[tuple[str, str, list[ErasableItem]]]:
    """Put together what one owner's one class holds, so that one check of its holds is enough."""
    work = (each for each in found if _fate(each, known, held) in erasure.WORK)
    for (owner, kind), alike in groupby(work, key=lambda each: (each.item.owner, each.item.kind)):
        batch: list[ErasableItem] = []
        for each in alike:
            batch.append(each)
            if len(batch) == BATCH:
                yield owner, kind, batch
                batch = []
        if batch:
            yield owner, kind, batch


def _fate(found: ErasableItem, known: Mapping[str, ErasureRule], held: Held) -> Fate:
    return erasure.outcome(
        known.get(found.item.kind),
        held=held(found.item.owner, found.item.kind),
        reducible=found.reduce is not None,
        blemished=found.blemished,
    )


def _write(found: ErasableItem, known: Mapping[str, ErasureRule]) -> Mapping[str, Any] | None:
    rule = known.get(found.item.kind)
    return found.reduce if rule and rule.survives else found.erase


def _held(scope: ErasureScope) -> Held:
    """Ask for holds once per owner and class; a hold on the person holds their browsers, too."""
    of_owner = cache(holds.on)
    of_class = cache(holds.on_class)
    return lambda owner, kind: bool(of_owner(scope.person) or of_owner(owner) or of_class(kind))


def _free(scope: ErasureScope, owner: str, kind: str) -> list[Mapping[str, Any]]:
    """Give the checks that no hold has come meanwhile, each once."""
    checks: list[Mapping[str, Any]] = []
    for subject in dict.fromkeys((scope.person, owner)):
        checks += [check for check in holds.assert_not_held(subject, kind) if check not in checks]
    return checks


def _transact(members: list[Mapping[str, Any]]) -> None:
    try:
        database.call("transact_write_items", TransactItems=members)
    except database.TransactionFailed as failure:
        log.LOGGER.info("erasure: %d of %d writes have to wait", len(failure.items), len(members))
