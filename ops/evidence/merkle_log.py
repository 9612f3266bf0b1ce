"""What of the log goes into a bundle: proofs of a few decisions, or all entries of a month."""

import bisect
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ops.evidence.bundle import Bundle, line, written
from ops.verify_evidence import LOG_DECISIONS, LOG_ENTRIES, LOG_HEADS, LOG_RANGE, LOG_REMOVALS
from shared.domain import log_entries
from shared.domain.merkle_log import Frontier
from shared.services.prove_decisions import Prover
from shared.storage.ledger import LedgerEntry
from shared.storage.merkle_log import log_heads, log_tree
from shared.storage.merkle_log.log_places import pages_between

_DAY = 10  # characters of a date


@dataclass(frozen=True, slots=True)
class Stretch:
    """The entries of the log that a month is in: between the heads of two days, if there are."""

    first: int
    end: int
    heads: tuple[int, ...]


def add_decisions(bundle: Bundle, chains: Mapping[str, Sequence[LedgerEntry]]) -> None:
    """Add the head, and proofs of every decision of these chains and of what went before."""
    prover = Prover()
    if prover.head is None:
        return
    bundle.add(f"{LOG_HEADS}{prover.size}.txt", prover.head.encode())
    bundle.stream(LOG_DECISIONS, _decisions(prover, chains))
    first = (entries[0] for entries in chains.values() if entries)
    bundle.stream(LOG_REMOVALS, (line(found) for e in first if (found := prover.before(e))))


def _decisions(prover: Prover, chains: Mapping[str, Sequence[LedgerEntry]]) -> Iterator[bytes]:
    for name, entries in chains.items():
        for entry in entries:
            yield line({"subject": name, **prover.decision(entry)})


def stretch(first: str, until: str) -> Stretch | None:
    """Find where in the log a month is: from its last head before to the first that has it whole.

    A head's last entry is the day that it ends.
    """
    sizes = list(log_heads.covering(0))
    if not sizes:
        return None
    before = bisect.bisect_left(sizes, first[:_DAY], key=_day)
    behind = min(bisect.bisect_right(sizes, until[:_DAY], key=_day), len(sizes) - 1)
    begins = sizes[before - 1] if before else 0
    return Stretch(begins, sizes[behind], tuple(sizes[max(before - 1, 0) : behind + 1]))


def times(found: Stretch | None, shard: int, first: str, until: str) -> tuple[str, str]:
    """Return from when until when the decisions of a shard are: of a month, and of its stretch."""
    spans = list(pages_between(shard, found.first, found.end)) if found else []
    begins, ends = [begin for begin, _ in spans], [f"{end}~" for _, end in spans]
    return min([first, *begins]), max([until, *ends])


def add_stretch(bundle: Bundle, found: Stretch) -> None:
    """Add every entry of a stretch with its heads, and the newest head, which continues them."""
    prover = Prover()
    frontier = _frontier(prover, found.first)
    told = {
        "first": found.first,
        "hashes": [log_entries.encode(each) for each in frontier.hashes],
        "end": found.end,
        "newest": prover.size,
        "consistency": prover.consistency(found.end),
    }
    bundle.add(LOG_RANGE, written(told))
    for size in sorted({*found.heads, prover.size}):
        bundle.add(f"{LOG_HEADS}{size}.txt", log_heads.get(size).encode())
    entries = log_tree.entries(found.first, found.end)
    bundle.stream(
        LOG_ENTRIES, (line({"leaf": n, "entry": log_entries.encode(e)}) for n, e in entries)
    )
    bundle.stream(LOG_REMOVALS, map(line, prover.removals(found.first, found.end)))


def _frontier(prover: Prover, size: int) -> Frontier:
    """Return the complete subtrees that a tree of so many leaves consists of."""
    hashes, first = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            hashes.append(prover.tree.complete(level, first >> level))
            first += 1 << level
    return Frontier(size, hashes)


def _day(size: int) -> str:
    ((_, entry),) = log_tree.entries(size - 1, size)
    return str(json.loads(entry)["day"])
