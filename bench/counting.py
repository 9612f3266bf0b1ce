"""Counting ten thousand decisions a second on a real engine: once each, whatever comes again.

`python -m bench.counting` has a worker for each shard of the stream count its batches, all side by
side. Then batches come again: whole, cut otherwise, late, and to two workers at once. The counts
must be those of the decisions. Before it, some decisions are counted in batches of one, as if each
had a transaction to itself; x is how many times as many a processor counts in whole batches.
"""

import argparse
import io
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "functions"), str(ROOT)]

from bench import decisions, figures  # noqa: E402 - after the path
from bench.watching import Usage, engine_counts  # noqa: E402
from infra import synth  # noqa: E402
from infra.catalogue import FUNCTIONS  # noqa: E402
from local import cloud, engine  # noqa: E402
from local.functions import Context, Functions  # noqa: E402

RATE, PER_SHARD = 10_000, 1_000
SHARDS = RATE // PER_SHARD
BATCH = next(row.batch for row in FUNCTIONS if row.name == "aggregation")
ALONE = 300
# Lambda hands a batch over again that failed, eight times (infra/streams.py).
DELIVERIES = 9
# Far enough apart that no two shards have a number in common.
APART = 10**6

Batch = list[dict[str, Any]]


@dataclass
class Counted(Usage):
    """What counting so many decisions took: seconds, and seconds of a processor."""

    decisions: int
    seconds: float = 0
    processor: float = 0


def measure(functions: Functions, batches: int) -> dict[str, float]:
    """Count, hand over again, and compare; return what it took.

    Raises:
        RuntimeError: what is counted is not what was decided.
    """
    worker = functions.handlers["aggregation"]
    alone = [[one] for one in decisions.records(1 + ALONE, "LedgerTable", SHARDS * APART)]
    _deliver(worker, alone[0])  # imports and connections
    apart = _took(lambda: _one_after_the_other(worker, alone[1:]), ALONE)
    shards = [[_batch(shard, at) for at in range(batches)] for shard in range(SHARDS)]
    together = _took(lambda: _side_by_side(worker, shards), SHARDS * batches * BATCH)
    _compare([alone, *shards])
    again = [_again(shard) for shard in shards]
    _side_by_side(worker, again + again)  # two workers at once have the same
    _compare([alone, *shards])
    return {
        "decisions": together.decisions,
        "shards": SHARDS,
        "batch": BATCH,
        "again": sum(len(batch) for shard in again for batch in shard) * 2,
        "calls": together.calls,
        "reads": together.reads,
        "writes": together.writes,
        "per_second": round(together.decisions / together.seconds),
        "per_processor": round(together.decisions / together.processor),
        "alone_per_second": round(apart.decisions / apart.seconds),
        "alone_per_processor": round(apart.decisions / apart.processor),
    }


def _batch(shard: int, at: int) -> Batch:
    return [*decisions.records(BATCH, "LedgerTable", shard * APART + at * BATCH)]


def _again(shard: list[Batch]) -> list[Batch]:
    """Return what comes again: every batch whole, two halves as one, the first one last."""
    cut = BATCH // 2
    halves = [a[cut:] + b[:cut] for a, b in pairwise(shard)]
    return [*shard[1:], *halves, shard[0]]


def _side_by_side(worker: Callable[..., Any], shards: list[list[Batch]]) -> None:
    """Have a worker for each shard count its batches, one after the other."""
    with ThreadPoolExecutor(len(shards)) as pool:
        for _ in pool.map(lambda shard: _one_after_the_other(worker, shard), shards):
            """One that fails stops all."""


def _one_after_the_other(worker: Callable[..., Any], batches: Iterable[Batch]) -> None:
    for batch in batches:
        _deliver(worker, batch)


def _deliver(worker: Callable[..., Any], batch: Batch) -> None:
    """Hand a batch over until nothing of it is left.

    Raises:
        RuntimeError: something is left after as many times as Lambda tries.
    """
    for _ in range(DELIVERIES):
        failed = worker({"Records": batch}, Context("aggregation"))["batchItemFailures"]
        numbers = {one["itemIdentifier"] for one in failed}
        batch = [one for one in batch if one["dynamodb"]["SequenceNumber"] in numbers]
        if not batch:
            return
    raise RuntimeError("a batch was not counted")


def _took(count: Callable[[], object], number: int) -> Counted:
    """Count, watching every call."""
    spent = Counted(number)
    started, before = time.perf_counter(), time.process_time()
    with engine_counts() as counts, redirect_stdout(io.StringIO()):
        count()
    spent.calls, spent.reads, spent.writes = counts.calls.total(), counts.reads, counts.writes
    spent.seconds = time.perf_counter() - started
    spent.processor = time.process_time() - before
    return spent


def _compare(shards: Iterable[Iterable[Batch]]) -> None:
    """Hold the counts against the decisions themselves.

    Raises:
        RuntimeError: they differ.
    """
    from shared.storage import statistics  # noqa: PLC0415 - with the engine's environment

    made = Counter(
        f"{image['method']['S']}#{image['notice']['M']['id']['S']}"
        for shard in shards
        for batch in shard
        for image in (one["dynamodb"]["NewImage"] for one in batch)
    )
    day = "2026-02-01"
    found = {one.what: one.counts["answered"] for one in statistics.of_day("consents", day)}
    if found != made:
        raise RuntimeError(f"{found} counted of {dict(made)}")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.counting", description=__doc__)
    parser.add_argument("--batches", type=int, default=6, help="of each shard (6)")
    parser.add_argument("--engine", choices=engine.NAMES, default="dynamodb-local")
    parser.add_argument("--write", action="store_true", help="keep them in bench/figures.json")
    chosen = parser.parse_args()
    with engine.started(chosen.engine):
        functions = Functions(cloud.lay(synth.template()), serial=chosen.engine == "moto")
        functions.prepare()
        found = measure(functions, chosen.batches)
    times = found["per_processor"] / found["alone_per_processor"]
    print(", ".join(f"{name} {value:,}" for name, value in found.items()))
    print(f"{times:.1f}x of what is counted one by one")
    if chosen.write:
        figures.keep(counting_at_rate=found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
