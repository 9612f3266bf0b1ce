"""`python -m tests.faults`: break every call of every flow in every way, and tell what differs.

Each fault alone, and a sample of pairs. It goes on where it was stopped, as long as nothing that
it depends on has changed. With `--seconds` it draws as much as fits in so long, from every flow and
kind of fault alike, by a seed that is the day's date and is printed.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.faults import campaign, explained
from tests.faults.campaign import Campaign, Injection, Outcome, Rehearsed
from tests.faults.flows import FLOWS

ROOT = Path(__file__).parent.parent.parent
JOURNAL = ROOT / ".cache" / "faults.jsonl"
EVERY = 100
# A sample of this many pairs of faults in each flow.
PAIRS = 40


def main() -> int:
    """Run as asked; 0 if every difference is explained and every explanation needed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("flows", nargs="*", help="only these")
    parser.add_argument("--seconds", type=float, help="a part that fits in so long")
    parser.add_argument("--seed", default=datetime.now(UTC).date().isoformat())
    parser.add_argument("--fresh", action="store_true", help="forget what was done before")
    chosen = parser.parse_args()
    begun = time.monotonic()
    if chosen.fresh:
        JOURNAL.unlink(missing_ok=True)
    with campaign.opened() as made:
        flows = [flow for flow in FLOWS if not chosen.flows or flow.name in chosen.flows]
        rehearsed = {flow.name: made.rehearse(flow) for flow in flows}
        every = [each for flow in rehearsed.values() for each in flow.injections()]
        seed = chosen.seed if chosen.seconds else "pairs"
        every += [each for flow in rehearsed.values() for each in flow.pairs(PAIRS, seed)]
        if chosen.seconds:
            print(f"Faults by seed {chosen.seed}, for at most {chosen.seconds:.0f} s", flush=True)
            until = begun + chosen.seconds
            outcomes = list(_part(made, rehearsed, every, chosen.seed, until))
        else:
            outcomes = list(_whole(made, rehearsed, every))
    whole = len(outcomes) == len(every) and not chosen.flows
    return _told(outcomes, len(flows), time.monotonic() - begun, whole=whole)


def _part(
    made: Campaign,
    rehearsed: dict[str, Rehearsed],
    every: Sequence[Injection],
    seed: str,
    until: float,
) -> Iterator[Outcome]:
    for each in campaign.shuffled(every, seed):
        if time.monotonic() > until:
            return
        yield made.inject(rehearsed[each.flow], each)


def _whole(
    made: Campaign, rehearsed: dict[str, Rehearsed], every: Sequence[Injection]
) -> Iterator[Outcome]:
    """Run all, each kind of fault soon; what the journal has of the same code is not run again."""
    version = _version()
    known = dict(_journal(version))
    JOURNAL.parent.mkdir(exist_ok=True)
    with JOURNAL.open("a", encoding="utf-8") as journal:
        for number, each in enumerate(campaign.shuffled(every, "whole"), 1):
            if str(each) in known:
                yield Outcome(each, *map(tuple, known[str(each)]))
                continue
            outcome = made.inject(rehearsed[each.flow], each)
            told = [outcome.broken, outcome.missing, outcome.extra]
            print(json.dumps([version, str(each), told]), file=journal, flush=True)
            if list(explained.unexplained(outcome)):
                print(f"  unexplained: {each}", file=sys.stderr, flush=True)
            if number % EVERY == 0:
                print(f"  {number} of {len(every)}", file=sys.stderr, flush=True)
            yield outcome


def _journal(version: str) -> Iterator[tuple[str, list[list[str]]]]:
    if not JOURNAL.exists():
        return
    for line in JOURNAL.read_text(encoding="utf-8").splitlines():
        of, name, told = json.loads(line)
        if of == version:
            yield name, told


def _version() -> str:
    """Hash all that an outcome depends on."""
    digest = hashlib.sha256()
    for folder in ("functions", "tests/faults", "local", "infra"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".j2", ".json") and path.name != "explained.py":
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _told(outcomes: Sequence[Outcome], flows: int, seconds: float, *, whole: bool) -> int:
    same = sum(outcome.same for outcome in outcomes)
    pairs = sum(outcome.injection.second is not None for outcome in outcomes)
    bad = [(each, left) for each in outcomes if (left := list(explained.unexplained(each)))]
    kinds: Counter[tuple[str, ...]] = Counter(tuple(left) for _, left in bad)
    shown: set[tuple[str, ...]] = set()
    for outcome, left in bad:
        if tuple(left) in shown:
            continue
        shown.add(tuple(left))
        times = kinds[tuple(left)]
        print(f"{outcome.injection}" + (f" (and {times - 1} like it)" if times > 1 else ""))
        for line in left:
            print(f"  {line[: int(os.environ.get('WIDTH', '400'))]}")
    old = explained.stale(outcomes) if whole else []
    for row in old:
        print(f"explains nothing any more: {row.reason}")
    print(
        f"{flows} flows, {len(outcomes)} injections ({pairs} pairs) in {seconds:.0f} s: "
        f"{same} ended the same, "
        f"{len(outcomes) - same - len(bad)} explained, {len(bad)} unexplained"
    )
    return 1 if bad or old else 0


if __name__ == "__main__":
    sys.exit(main())
