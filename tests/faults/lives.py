"""`python -m tests.faults.lives`: live lives, and see that each old fault is found once it is back.

Without arguments: so many lives of the product as it is, all right, then the same lives with each
case of `reversions.py` brought back, until one shows it. The seed is fixed; `--seed` draws others.
"""

import argparse
import contextlib
import io
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from hypothesis.strategies._internal.featureflags import FeatureFlags

from tests.faults import campaign
from tests.faults.person_machine import PersonLife
from tests.faults.reversions import CASES

LIVES, STEPS, SEED = 60, 25, 1


def live(seed_of: int, lives: int, steps: int, *, shrink: bool) -> None:
    """Live lives; the first that is not as the model has it raises.

    What a life is about it draws itself. That Hypothesis, too, leaves steps out of most lives is
    switched off: what is left of both is next to nothing.
    """
    phases: tuple[Phase, ...] = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    with contextlib.redirect_stdout(io.StringIO()), pytest.MonkeyPatch.context() as patch:
        patch.setattr(FeatureFlags, "is_enabled", lambda *_: True)
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
    """Bring an old fault back while the block runs; lives are about the part that it is in."""
    with pytest.MonkeyPatch.context() as patch:
        CASES[case].revert(patch)
        patch.setattr(PersonLife, "about_what", (CASES[case].about,))
        yield


def main() -> int:
    """Run as asked; 0 if the product is right and every old fault is found."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.lives", description=__doc__)
    parser.add_argument("cases", nargs="*", help="only these old faults, such as K3.1")
    parser.add_argument("--lives", type=int, default=LIVES)
    parser.add_argument("--seed", type=int, default=SEED)
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
            live(chosen.seed, chosen.lives, STEPS, shrink=False)
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
