"""`python -m tests.faults`: break every call of every flow in every way, and tell what differs.

Each fault alone, and a sample of pairs. It goes on where it was stopped, as long as nothing that
it depends on has changed. With `--seconds` it draws as much as fits in so long, one of every flow
at least, then of every kind of fault alike, by a seed that is the day's date and is printed.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.faults import (
    campaign,
    coverage,
    ending_flows,
    explained,
    flows,
    request_flows,
    sample_flows,
)
from tests.faults.campaign import Campaign, Injection, Outcome, Rehearsed

ROOT = Path(__file__).parent.parent.parent
JOURNALS = ROOT / ".cache" / "faults"
EVERY = 100
# A sample of this many pairs of faults in each flow; of flows of one or two steps, fewer.
PAIRS, FEW_PAIRS = 40, 5
WRITTEN = (*flows.FLOWS, *request_flows.FLOWS, *ending_flows.FLOWS)


def main() -> int:
    """Run as asked; 0 if every difference is explained and every explanation needed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("flows", nargs="*", help="only these")
    parser.add_argument("--seconds", type=float, help="a part that fits in so long")
    parser.add_argument("--seed", default=datetime.now(UTC).date().isoformat())
    parser.add_argument("--share", default="1/1", help="of as many processes, e.g. 1/2 and 2/2")
    parser.add_argument("--only", type=re.compile, help="those whose line has this, a pattern")
    parser.add_argument("--fresh", action="store_true", help="forget what was done before")
    chosen = parser.parse_args()
    if chosen.fresh:
        shutil.rmtree(JOURNALS, ignore_errors=True)
    begun = time.monotonic()
    with campaign.opened() as made:
        rehearsed = {flow.flow.name: flow for flow in _rehearsed(made, chosen.flows)}
        every = [each for flow in rehearsed.values() for each in flow.injections()]
        seed = chosen.seed if chosen.seconds else "pairs"
        for flow in rehearsed.values():
            every += flow.pairs(PAIRS if len(flow.flow.before) > 1 else FEW_PAIRS, seed)
        if chosen.only:
            every = [each for each in every if chosen.only.search(str(each))]
        if chosen.seconds:
            print(f"Faults by seed {chosen.seed}, for at most {chosen.seconds:.0f} s", flush=True)
            until = max(begun + chosen.seconds, time.monotonic() + chosen.seconds / 2)
            outcomes = list(_part(made, rehearsed, every, chosen.seed, until))
        else:
            number, of = map(int, chosen.share.split("/"))
            mine = campaign.shuffled(every, "whole")[number - 1 :: of]
            journal = JOURNALS / f"{number}-of-{of}.jsonl"
            outcomes = list(_whole(made, rehearsed, mine, journal))
    whole = len(outcomes) == len(every) and not chosen.flows and not chosen.only
    bad = _told(outcomes, len(rehearsed), time.monotonic() - begun, whole=whole)
    left = [] if chosen.flows else coverage.missing(*(flow.reached for flow in rehearsed.values()))
    for name in left:
        print(f"no flow comes to: {name}")
    return 1 if bad or left else 0


def _rehearsed(made: Campaign, names: Sequence[str]) -> Iterator[Rehearsed]:
    """Rehearse the written flows, and the samples of the routes to which none of them comes."""
    if names:
        known = [*WRITTEN, *(flow for _, flow in sample_flows.flows())]
        yield from (made.rehearse(flow) for flow in known if flow.name in names)
        return
    written = [made.rehearse(flow) for flow in WRITTEN]
    yield from written
    reached = frozenset().union(*(flow.reached for flow in written))
    yield from map(made.rehearse, sample_flows.beyond(reached))


def _part(
    made: Campaign,
    rehearsed: dict[str, Rehearsed],
    every: Sequence[Injection],
    seed: str,
    until: float,
) -> Iterator[Outcome]:
    for number, each in enumerate(campaign.shuffled(every, seed)):
        if time.monotonic() > until and number >= len(rehearsed):
            return
        yield made.inject(rehearsed[each.flow], each)


def _whole(
    made: Campaign, rehearsed: dict[str, Rehearsed], every: Sequence[Injection], kept: Path
) -> Iterator[Outcome]:
    """Run all, each kind of fault soon; what the journal has of the same code is not run again."""
    version = _version()
    known = dict(_journal(version))
    kept.parent.mkdir(parents=True, exist_ok=True)
    with kept.open("a", encoding="utf-8") as journal:
        for number, each in enumerate(every, 1):
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
    """Read what all processes have tried."""
    for path in JOURNALS.glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            of, name, told = json.loads(line)
            if of == version:
                yield name, told


def _version() -> str:
    """Hash all that an outcome depends on."""
    digest = hashlib.sha256()
    folders = ("functions", "events", "infra", "local", "ops", "tests/faults")
    files = {path for folder in folders for path in (ROOT / folder).rglob("*")}
    for path in sorted(files.union((ROOT / "tests").glob("*.py"))):
        if path.suffix in (".py", ".j2", ".json", ".toml") and path.name != "explained.py":
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
