"""`python -m ops COMMAND`: each command module adds its own parser and is one line here."""

import argparse
import os
import sys
from collections.abc import Sequence

from ops import (
    CommandError,
    cost,
    desk,
    docs,
    doctor,
    erasures,
    evidence,
    ledger,
    policy,
    redrive,
    restore,
    retention,
    sbom,
    smoke,
    staff,
)

COMMANDS = (
    cost,
    desk,
    docs,
    doctor,
    erasures,
    evidence,
    ledger,
    policy,
    redrive,
    restore,
    retention,
    sbom,
    smoke,
    staff,
)


def parser() -> argparse.ArgumentParser:
    """Build the parser of all commands; each sets `func`, which gives the exit code."""
    root = argparse.ArgumentParser(
        prog="python -m ops", description="Operate the privacy back end from a terminal."
    )
    commands = root.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(commands)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code: 0 done, 1 refused or different, 2 misused."""
    chosen = parser().parse_args(arguments)
    try:
        return int(chosen.func(chosen))
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
