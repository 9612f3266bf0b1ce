"""`python -m bench --all`: every bench in one go, then what is promised beside what was measured.

Each part is a command of its own that writes its figures. One that went through is not run again
before the code changes: a run that was broken off goes on where it was. What a part prints is kept
in `.cache/bench/parts`.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench import figures, folders, goals

HOME = folders.CACHE / "parts"
DONE = HOME / "done.json"
# How many times as long as it should a part may take, and what is said then.
PATIENCE, TOO_LONG = 10, 124
# What changes a figure.
MADE_OF = ("functions", "infra", "bench", "local", "locks", "ops/prices.toml")


@dataclass(frozen=True, slots=True)
class Part:
    """A command by its arguments, and the minutes that it takes an idle machine of two cores."""

    name: str
    arguments: tuple[str, ...]
    minutes: float
    growth: bool = False


PARTS = (
    Part("instructions", ("bench", "--instructions"), 3),
    Part("runtime", ("bench.runtime",), 4),
    Part("cold starts", ("bench.cold_starts",), 3),
    Part("operations", ("bench.operations",), 0.5),
    Part("time", ("bench", "--rounds", "5"), 2),
    Part("counting", ("bench.counting",), 1),
    Part("copies", ("bench.requests", "10", "1000"), 0.5),
    Part("erasures", ("bench.erasure", "10", "1000", "5000"), 1),
    Part("removal", ("bench.sweep", "1000"), 1),
    Part("policy", ("bench.policy",), 0.1),
    Part("c15t", ("bench.c15t",), 0.5),
    Part("desk", ("bench.desk",), 3, growth=True),
    Part("log", ("bench.merkle_log",), 1, growth=True),
    Part("copies at 100,000", ("bench.requests", "100000"), 8, growth=True),
    Part("erasures at 100,000", ("bench.erasure", "100000"), 20, growth=True),
    Part("removal among 100,000", ("bench.sweep", "1000", "10000", "100000"), 8, growth=True),
)


def run(*, growth: bool, anew: bool) -> int:
    """Run what has not been run and print the table of goals; return 1 where anything is wrong."""
    chosen = [part for part in PARTS if growth or not part.growth]
    HOME.mkdir(parents=True, exist_ok=True)
    made_of = _stamp()
    known = json.loads(DONE.read_text("utf-8")) if DONE.exists() and not anew else {}
    done = {name: one for name, one in known.items() if one["made_of"] == made_of}
    left = sum(part.minutes for part in chosen if part.name not in done)
    print(f"{len(chosen)} parts, about {left:.0f} minutes on an idle machine", flush=True)
    failed = []
    for number, part in enumerate(chosen, 1):
        line = f"[{number}/{len(chosen)}] {part.name}: python -m {' '.join(part.arguments)} --write"
        if part.name in done:
            print(f"{line}: done before, {done[part.name]['seconds']:.0f} s", flush=True)
            continue
        print(f"{line}, about {part.minutes:g} min …", flush=True)
        started = time.monotonic()
        code = _ran(part)
        seconds = time.monotonic() - started
        if code:
            failed.append(part.name)
            print(f"  failed after {seconds:.0f} s: {_log(part)}", flush=True)
            continue
        print(f"  {seconds:.0f} s", flush=True)
        done[part.name] = {"made_of": made_of, "seconds": seconds}
        DONE.write_text(json.dumps(done, indent=2), "utf-8")
    kept = figures.kept()
    print(f"\n{kept['machine']}, Python {kept['python']}, {kept['date']}")
    print(", ".join(f"{name} {version}" for name, version in folders.versions().items()) + "\n")
    print("\n".join(goals.table(kept)))
    print("\n`make docs` writes the pages' tables from these figures.")
    return 1 if failed or not all(goal.met(kept) for goal in goals.GOALS) else 0


def _ran(part: Part) -> int:
    """Run a part with all that it starts, for no more than ten times its minutes."""
    command = [sys.executable, "-m", *part.arguments, "--write"]
    with (
        _log(part).open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command, cwd=folders.ROOT, stdout=log, stderr=log, start_new_session=True
        ) as child,
    ):
        try:
            return child.wait(part.minutes * 60 * PATIENCE)
        except subprocess.TimeoutExpired:
            return TOO_LONG
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGTERM)


def _log(part: Part) -> Path:
    return HOME / f"{part.name.replace(' ', '_')}.txt"


def _stamp() -> str:
    """Stand for the files that figures come from, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", *MADE_OF], cwd=folders.ROOT, capture_output=True, text=True, check=True
    )
    content = hashlib.sha256()
    for name in listed.stdout.split():
        path = folders.ROOT / name
        if path != figures.FILE and path.exists():
            content.update(name.encode() + path.read_bytes())
    return content.hexdigest()
