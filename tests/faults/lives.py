"""`python -m tests.faults.lives`: live lives, and see that each old fault is found once it is back.

Without arguments: so many lives of the product as it is, then of each case of `reversions.py` until
one shows it. The seed is the day's date and is printed.
"""

import argparse
import contextlib
import io
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults import campaign
from tests.faults.person_machine import PersonLife
from tests.faults.reversions import CASES

LIVES, STEPS = 100, 25


def live(seed_of: int, lives: int, steps: int, *, shrink: bool) -> None:
    """Live lives; the first that is not as the model has it raises."""
    phases: tuple[Phase, ...] = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    with contextlib.redirect_stdout(io.StringIO()):
        _live(seed(seed_of)(PersonLife), lives, steps, phases)


def _live(machine: Any, lives: int, steps: int, phases: tuple[Phase, ...]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            phases=phases,
            deadline=None,
            database=None,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@contextlib.contextmanager
def reverted(case: str) -> Iterator[None]:
    """Bring an old fault back while the block runs."""
    with pytest.MonkeyPatch.context() as patch:
        CASES[case](patch)
        yield


def main() -> int:
    """Run as asked; 0 if the product is right and every old fault is found."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.lives", description=__doc__)
    parser.add_argument("cases", nargs="*", help="only these old faults, such as K3.1")
    parser.add_argument("--lives", type=int, default=LIVES)
    parser.add_argument("--seed", type=int, default=int(f"{datetime.now(UTC):%Y%m%d}"))
    chosen = parser.parse_args()
    print(f"Lives by seed {chosen.seed}, {STEPS} steps each", flush=True)
    missed = 0
    with campaign.opened() as made:
        PersonLife.life, PersonLife.empty = made.life, made.empty
        if not chosen.cases:
            begun = time.monotonic()
            live(chosen.seed, chosen.lives, STEPS, shrink=True)
            print(
                f"  as it is: {chosen.lives} lives in {time.monotonic() - begun:.0f} s, all right"
            )
        for case in chosen.cases or CASES:
            missed += not _found(case, chosen)
    return 1 if missed else 0


def _found(case: str, chosen: argparse.Namespace) -> bool:
    begun = time.monotonic()
    PersonLife.lived = 0
    try:
        with reverted(case):
            live(chosen.seed, 10 * chosen.lives, STEPS, shrink=False)
    except Exception as fault:  # noqa: BLE001 - whatever shows it
        found = f"{type(fault).__name__} {fault}".splitlines()[0][:150]
        seconds = time.monotonic() - begun
        print(
            f"  {case} found in life {PersonLife.lived} after {seconds:.0f} s: {found}", flush=True
        )
        return True
    print(f"  {case} NOT FOUND in {PersonLife.lived} lives", flush=True)
    return False


if __name__ == "__main__":
    sys.exit(main())
