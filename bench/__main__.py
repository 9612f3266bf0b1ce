"""`python -m bench`: what a capture costs, beside the least that it can be and the usual way.

Every figure is of this one run, in fresh processes in turn; the ratios are what to compare.
"""

import argparse
import os
import sys
from datetime import UTC, datetime

from bench import figures, folders, instructions, operations, pythons, rounds, suite
from bench.instructions import Counted
from bench.loopback import listening
from bench.participants import COUNTING, DECISIONS, FLOOR, participants
from bench.rounds import Measured

TARGET_MB = 10


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="fresh processes each (15)")
    parser.add_argument(
        "--write",
        action="store_true",
        help="write bench/figures.json, from which docs and `python -m ops cost` take theirs",
    )
    parser.add_argument(
        "--instructions",
        action="store_true",
        help="count instructions with valgrind instead, some minutes: the same on a busy machine",
    )
    parser.add_argument(
        "--only",
        action="append",
        metavar="HANDLER",
        help="with --instructions: count this one alone, the others stay as they were; repeatable",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="run every bench, then show what is promised (`make bench`)",
    )
    parser.add_argument(
        "--growth", action="store_true", help="with --all: what grows, at 100,000 items, too"
    )
    parser.add_argument(
        "--anew", action="store_true", help="with --all: also what went through before"
    )
    chosen = parser.parse_args()
    if chosen.all:
        return suite.run(growth=chosen.growth, anew=chosen.anew)
    python, version = pythons.chosen()
    built = folders.prepare(version, ("consent", "aggregation"), _say)
    entrants = participants(built)
    if chosen.instructions:
        some = [one for one in entrants[:-1] if one.title in (chosen.only or [one.title])]
        with listening() as aws:
            counted = instructions.count(python, some, aws.url, _say)
        known = figures.kept()["instructions"] if chosen.only else {}
        counted = {title: Counted(**one) for title, one in known.items()} | counted
        if chosen.write:
            figures.keep(instructions={title: vars(one) for title, one in counted.items()})
        _print_instructions(counted)
        return 0
    with listening() as aws:
        measured = rounds.run(python, entrants, aws.url, chosen.rounds, _say)
    _say("checking 100,000 addresses")
    bulk = operations.many()
    sizes = {
        "consent": folders.size(built.bundles / "consent"),
        "layer": folders.size(built.layer),
    }
    _say("")
    if chosen.write:
        figures.keep(
            python=version,
            date=f"{datetime.now(UTC):%Y-%m-%d}",
            machine=f"{os.cpu_count()} cores, CPU time of fresh processes in turn,"
            f" {chosen.rounds} rounds",
            handlers={
                title: {"cold": one.cold, "warm": one.warm, "rss": one.rss}
                for title, one in measured.items()
                if title != COUNTING
            },
            counting={
                "batch": DECISIONS,
                "cold": measured[COUNTING].cold,
                "decisions_per_second": DECISIONS / measured[COUNTING].warm,
            },
            permission_checks=vars(bulk),
            bytes=sizes,
        )
    _print(version, measured, bulk, sizes)
    return 0


def _print_instructions(counted: dict[str, Counted]) -> None:
    floor = counted[FLOOR]
    print("| handler | cold start | warm request |\n|---|---|---|")
    for title, one in counted.items():
        print(
            f"| {title} | {one.cold:,}, {one.cold / floor.cold:.2f}x "
            f"| {one.warm:,}, {one.warm / floor.warm:.2f}x |"
        )


def _print(
    version: str,
    measured: dict[str, Measured],
    bulk: operations.Bulk,
    sizes: dict[str, int],
) -> None:
    floor = measured[FLOOR]
    print(f"\nOne capture on Python {version}, medians of CPU time; x = ratio to the floor\n")
    print("| handler | cold start | warm request | memory |\n|---|---|---|---|")
    counting = measured.pop(COUNTING)
    for title, one in measured.items():
        print(
            f"| {title} | {one.cold * 1000:.0f} ms, {one.cold / floor.cold:.2f}x "
            f"| {one.warm * 1e6:.0f} us, {one.warm / floor.warm:.2f}x "
            f"| {one.rss / 2**20:.0f} MB, {one.rss / floor.rss:.2f}x |"
        )
    print(f"\nCounting: {DECISIONS / counting.warm:,.0f} decisions a second of one processor")
    print(
        f"\n{bulk.addresses:,} permission checks: {bulk.per_second:,.0f} addresses a second on the "
        f"embedded engine, memory up by {bulk.risen / 2**20:.0f} MB"
    )
    total = sum(sizes.values()) / 1e6
    parts = ", ".join(f"{name} {size / 1e6:.1f}" for name, size in sizes.items())
    print(f"\nUnpacked: {total:.1f} MB ({parts}); the target is {TARGET_MB} MB")


def _say(words: str) -> None:
    """Show what is being done, on one line of the terminal."""
    sys.stderr.write(f"\r{words:<60}" if sys.stderr.isatty() else f"{words}\n" if words else "")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
