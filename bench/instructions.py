"""How many instructions a process takes: the same each time, however busy the machine is.

Needs valgrind. It says nothing of what a processor waits for, and is what to compare where the
clock's ratios drift.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bench import rounds
from bench.rounds import Participant

WARM = 60
# What a child runs before it begins to measure (bench/child.py).
_BEFORE = 30
# Runs a command and says on stderr how many instructions it took.
VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_COUNTED = re.compile(r"I\s+refs:\s+([\d,]+)")


@dataclass(frozen=True)
class Counted:
    """Instructions of a cold start with its first request, and of a warm request."""

    cold: int
    warm: int


def count(
    python: str, participants: Iterable[Participant], url: str, say: Callable[[str], None]
) -> dict[str, Counted]:
    """Count each participant's instructions, in two processes of its own.

    Raises:
        RuntimeError: a handler did not do its work.
    """
    found = {}
    for entrant in participants:
        say(f"counting instructions: {entrant.title}")
        first = cold(python, entrant, url)
        more = _run(python, replace(entrant, warm=WARM), url) - first
        found[entrant.title] = Counted(first, more // (WARM + min(_BEFORE, WARM)))
    return found


def cold(python: str, entrant: Participant, url: str) -> int:
    """Count the instructions of a process that starts and does its first piece of work.

    Raises:
        RuntimeError: a handler did not do its work.
    """
    return _run(python, replace(entrant, warm=0), url)


def _run(python: str, entrant: Participant, url: str) -> int:
    return told(rounds.ran((*VALGRIND, python), entrant, url, {"PYTHONHASHSEED": "0"}).stderr)


def told(said: str) -> int:
    """Read how many instructions valgrind counted."""
    return int(_COUNTED.findall(said)[-1].replace(",", ""))
