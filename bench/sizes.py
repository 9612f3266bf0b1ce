"""Measures sizes one by one, each in a process of its own: no peak hides another."""

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from local import engine

ROOT = Path(__file__).parent.parent


def main(module: str, told: str | None, heads: str, measure: Callable[[int, str], str]) -> None:
    """Print `heads`, and the line that `measure` gives for each size that was asked for."""
    asked = argparse.ArgumentParser(prog=f"python -m {module}", description=told)
    asked.add_argument("records", type=int, nargs="*", default=[10, 1000])
    asked.add_argument("--engine", choices=engine.NAMES, default="dynamodb-local")
    chosen = asked.parse_args()
    if len(chosen.records) == 1:
        print(measure(chosen.records[0], chosen.engine))
        return
    print(f"{heads}   ({chosen.engine})", flush=True)
    for size in chosen.records:
        command = [sys.executable, "-m", module, str(size), "--engine", chosen.engine]
        subprocess.run(command, cwd=ROOT, check=True)
