"""The actions of a command: each is a function, and what its docstring says is its help."""

import argparse
import inspect
from collections.abc import Callable
from typing import Any

Run = Callable[[argparse.Namespace], int]


def of(parser: argparse.ArgumentParser) -> Any:
    """Prepare a command for actions, of which one must be named."""
    return parser.add_subparsers(title="actions", metavar="ACTION", required=True)


def add(actions: Any, name: str, run: Run) -> argparse.ArgumentParser:
    """Add an action; return the parser of what it takes."""
    told = inspect.getdoc(run) or ""
    first = told.partition("\n")[0].rstrip(".")
    action: argparse.ArgumentParser = actions.add_parser(
        name, help=first[0].lower() + first[1:], description=told
    )
    action.set_defaults(func=run)
    return action
