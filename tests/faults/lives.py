"""`python -m tests.faults.lives`: live lives, and see that each old fault is found once it is back.

Without arguments: so many lives of the product as it is, all right, then the same lives with each
case of `reversions.py` brought back, until one shows it. A life is a walk through the steps that
may be taken, each as likely as its `often` says, by the seed and its number. (Hypothesis itself
draws the lives of `test_lives.py`, which it shortens; but most of what it draws first is one step
again and again, so that seventy of its lives did not find what twenty such walks do.)
"""

import argparse
import contextlib
import io
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.control import BuildContext
from hypothesis.internal.conjecture.data import ConjectureData
from hypothesis.stateful import run_state_machine_as_test

from tests.faults import campaign
from tests.faults.life import Stopped
from tests.faults.person_machine import PersonLife
from tests.faults.reversions import CASES

LIVES, STEPS, SEED = 60, 25, 1


def live(seed_of: int, lives: int, steps: int) -> None:
    """Have Hypothesis live lives; of the first that is not as the model has it, the shortest."""
    with contextlib.redirect_stdout(io.StringIO()):
        run_state_machine_as_test(
            seed(seed_of)(PersonLife),
            settings=settings(
                max_examples=lives,
                stateful_step_count=steps,
                phases=(Phase.generate, Phase.shrink),
                deadline=None,
                database=None,
                print_blob=False,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )


def walk(seed_of: int, number: int, taken: list[str], about: tuple[str, ...] = ()) -> None:
    """Live one life; raises where it is not as the model has it. `taken` gets its steps.

    It is about what its number says, or `about`.
    """
    chance = random.Random(f"{seed_of} {number}")
    drawn = ConjectureData(random=chance)
    machine = drawn.hypothesis_runner = PersonLife()
    machine.is_about(chance.choice((about,) if about else machine.about_what))
    rules = PersonLife.setup_state().rules
    with (
        contextlib.redirect_stdout(io.StringIO()),
        BuildContext(drawn, wrapped_test=walk),
        machine.chance,
    ):
        for _ in range(STEPS):
            fit = [one for one in rules if all(fits(machine) for fits in one.preconditions)]
            weights = [vars(one.function).get("often", 1) for one in fit]
            (rule,) = chance.choices(fit, weights)
            given = {name: drawn.draw(each) for name, each in rule.arguments_strategies.items()}
            taken.append(f"{rule.function.__name__} {given}")
            rule.function(machine, **given)
            machine.agrees()
        machine.ends()


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
    parser.add_argument("--seed", type=int, help=f"else the day's, and {SEED} for old faults")
    chosen = parser.parse_args()
    today = chosen.seed or int(f"{datetime.now(UTC):%Y%m%d}")
    old = chosen.seed or SEED
    print(f"Lives by seed {today}, old faults by {old}, {STEPS} steps each", flush=True)
    missed = 0
    with campaign.opened() as made:
        PersonLife.life, PersonLife.empty = made.life, made.empty
        if not chosen.cases:
            wrong = first_wrong(today, chosen.lives)
            print(f"  as it is: {wrong or f'{chosen.lives} lives, all right'}", flush=True)
            missed += wrong is not None
        for case in chosen.cases or CASES:
            with reverted(case):
                found = first_wrong(old, chosen.lives)
            told = f"found in {found.splitlines()[0]}" if found else "NOT FOUND"
            print(f"  {case}: {told}", flush=True)
            missed += found is None
    return 1 if missed else 0


def first_wrong(seed_of: int, lives: int) -> str | None:
    """Tell of the first life that is not as the model has it: what differs, and its steps."""
    begun = time.monotonic()
    for number in range(1, lives + 1):
        taken: list[str] = []
        try:
            walk(seed_of, number, taken)
        except (AssertionError, Stopped) as fault:
            what = f"{type(fault).__name__} {fault}".splitlines()[0][:150]
            seconds = time.monotonic() - begun
            return "\n    ".join([f"life {number} after {seconds:.0f} s: {what}", *taken])
    return None


if __name__ == "__main__":
    sys.exit(main())
