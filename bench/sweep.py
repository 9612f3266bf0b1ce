"""Removing a thousand due items out of ever more stored: what one costs must stay flat.

`python -m bench.sweep 1000 10000 100000 --engine dynamodb-local`; the store only grows from one
size to the next. Read units are what the engine says that it used; write units go by DynamoDB's
rules, for the engine on this machine does not follow them in transactions. The embedded engine
reads a whole table for each query: with it only calls mean something.
"""

import argparse
import io
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "functions"), str(ROOT)]

from bench import capacity, figures, filling  # noqa: E402 - after the path
from bench.watching import Usage, engine_counts  # noqa: E402
from infra import synth  # noqa: E402
from local import aws_calls, cloud, engine  # noqa: E402
from local.functions import Context, Functions  # noqa: E402

DUE = 1000
ROUNDS = 3


@dataclass
class Spent(Usage):
    """What a run cost."""

    stored: int
    removed: int = 0
    seconds: float = 0

    @property
    def shares(self) -> dict[str, float]:
        """Return calls and units of each removed item."""
        return {name: getattr(self, name) / self.removed for name in ("calls", "reads", "writes")}

    @property
    def line(self) -> str:
        """Return a line of the table: everything per removed item."""
        shown = " ".join(f"{value:>9.3f}" for value in self.shares.values())
        return f"{self.stored:>10,} {shown} {1000 * self.seconds / self.removed:>9.2f}"


def measure(sizes: list[int], name: str) -> list[dict[str, float]]:
    """Fill the store to each size in turn, a thousand of it due; print and return what it costs."""
    with engine.started(name):
        functions = Functions(cloud.lay(synth.template()), serial=name == "moto")
        functions.prepare()
        now = datetime.fromisoformat("2026-02-01T09:00:00+00:00")
        _run(functions, Spent(0))  # connections and caches
        print(f"{'stored':>10} {'calls':>9} {'reads':>9} {'writes':>9} {'ms':>9}")
        young, found = 0, list[dict[str, float]]()
        for stored in sizes:
            _fill(stored - DUE - young, now, young)
            young = stored - DUE
            tried = []
            for _ in range(ROUNDS):
                _fill(DUE, now - timedelta(days=3 * 365), -DUE)
                spent = Spent(stored)
                _run(functions, spent)
                if spent.removed != DUE:
                    raise RuntimeError(f"{spent.removed} removed, not {DUE}")
                tried.append(spent)
            best = min(tried, key=lambda one: one.seconds)
            print(best.line, flush=True)
            shares = {name: round(value, 2) for name, value in best.shares.items()}
            found.append({"stored": stored, "items": best.removed, **shares})
    return found


def _fill(count: int, received: datetime, first: int) -> None:
    """Write enquiries straight into the table, each of somebody else's."""
    from shared.domain.identifiers import person_id  # noqa: PLC0415
    from shared.domain.timestamps import format_timestamp  # noqa: PLC0415 - with the engine's environment
    from shared.storage import records  # noqa: PLC0415

    seen: Any = {"form": "contact_form", "policy_version": "2023-06", "page": None}
    said = {"email": "sam@example.com", "name": "Sam Example", "message": "Hello. " * 40}

    def enquiries() -> Iterator[dict[str, Any]]:
        for number in range(count):
            person = person_id(b"bench", f"{first + number}@example.com")
            at = format_timestamp(received + timedelta(milliseconds=number))
            yield records.put(records.Record(person, "enquiry", "x" * 26, at, said, seen))["Item"]

    filling.write("records", enquiries())


def _run(functions: Functions, spent: Spent) -> None:
    """Run retention once, watching every call."""
    reckoned = capacity.Capacity()

    def ask(_service: str, name: str, params: dict[str, Any]) -> None:
        spent.writes += reckoned.of(name, params)[1]

    with (
        engine_counts() as counts,
        aws_calls.seen(["dynamodb"], ask),
        redirect_stdout(io.StringIO()),  # its figures
    ):
        started = time.perf_counter()
        report = functions.handlers["retention"]({}, Context("retention"))
        spent.seconds = time.perf_counter() - started
    spent.calls, spent.reads = counts.calls.total(), counts.reads
    spent.removed = report["total"]["removed"]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.sweep", description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--engine", choices=engine.NAMES, default="dynamodb-local")
    parser.add_argument("--write", action="store_true", help="keep them in bench/figures.json")
    chosen = parser.parse_args()
    measured = measure(sorted(chosen.sizes), chosen.engine)
    if chosen.write:
        figures.keep_rows("sweep", "stored", measured)
    return 0


if __name__ == "__main__":
    sys.exit(main())
