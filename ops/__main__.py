"""`python -m ops COMMAND`: each command is a module, and one line here.

It says what it is for (`ABOUT`; `DESCRIPTION`, `EXAMPLES` if there is more) and adds arguments.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from ops import CommandError
from shared.domain.errors import Busy

NAMES = (
    "cost",
    "desk",
    "docs",
    "doctor",
    "erasures",
    "evidence",
    "ledger",
    "policy",
    "redrive",
    "restore",
    "retention",
    "sbom",
    "smoke",
    "staff",
)
COMMANDS: tuple[Any, ...] = tuple(import_module(f"ops.{name}") for name in NAMES)


def parser() -> argparse.ArgumentParser:
    """Build the parser of all commands; each sets `func`, which gives the exit code."""
    root = argparse.ArgumentParser(
        prog="python -m ops", description="Operate the privacy back end from a terminal."
    )
    commands = root.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        examples = getattr(command, "EXAMPLES", None)
        own = commands.add_parser(
            command.__name__.rpartition(".")[2],
            help=command.ABOUT,
            description=getattr(command, "DESCRIPTION", f"{command.ABOUT.capitalize()}."),
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter
            if examples
            else argparse.HelpFormatter,
        )
        command.add_arguments(own)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 refused or different, 2 misused."""
    chosen = parser().parse_args(arguments)
    try:
        return int(chosen.func(chosen))
    except _said_in_a_line() as error:
        print(error, file=sys.stderr)
        return 1
    except Busy:
        print("AWS is busy or out of reach: the same command again.", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _said_in_a_line() -> tuple[type[Exception], ...]:
    """Return the faults that need no traceback; botocore is loaded only once there is one."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    return CommandError, BotoCoreError, ClientError


if __name__ == "__main__":
    sys.exit(main())
