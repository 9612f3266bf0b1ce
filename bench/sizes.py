"""Measures sizes one by one, each in a process of its own: no peak hides another."""

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bench import figures
from local import engine

ROOT = Path(__file__).parent.parent


def main(module: str, told: str | None, measure: Callable[[int, str], Mapping[str, float]]) -> None:
    """Print what `measure` finds for each size that was asked for, a line each."""
    asked = argparse.ArgumentParser(prog=f"python -m {module}", description=told)
    asked.add_argument("records", type=int, nargs="*", default=[10, 1000])
    asked.add_argument("--engine", choices=engine.NAMES, default="dynamodb-local")
    asked.add_argument("--write", action="store_true", help="keep them in bench/figures.json")
    chosen = asked.parse_args()
    if len(chosen.records) > 1:
        options = ["--engine", chosen.engine, *(["--write"] if chosen.write else [])]
        for size in chosen.records:
            command = [sys.executable, "-m", module, str(size), *options]
            subprocess.run(command, cwd=ROOT, check=True)
        return
    (size,) = chosen.records
    row = {"records": size, **measure(size, chosen.engine)}
    print(", ".join(f"{name} {value:,}" for name, value in row.items()), flush=True)
    if chosen.write:
        figures.keep_rows(module.rpartition(".")[2], "records", [row])
