"""What a command answers: a table for people, or JSON for programs."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table


def document(found: Any) -> None:
    """Print a whole answer as JSON."""
    print(json.dumps(found, indent=2, ensure_ascii=False))


def rows(items: Iterable[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool) -> None:
    """Print items as a table of these columns, or whole, as JSON lines as they come."""
    if as_json:
        for item in items:
            print(json.dumps(item, ensure_ascii=False))
        return
    table = Table(*(column.replace("_", " ") for column in columns), box=None, pad_edge=False)
    count = 0
    for item in items:
        table.add_row(*(_cell(item.get(column)) for column in columns))
        count += 1
    console = Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else 200)
    if count:
        console.print(table)
    console.print(f"{count} in all" if count else "none")


def _cell(value: Any) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)
