"""What a command answers: a table for people, or JSON for programs."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

_COLUMNS = 7
_INDENT = "  "


def document(found: Mapping[str, Any], *, as_json: bool) -> None:
    """Print a whole answer: as facts, line by line, with its lists as tables, or as JSON."""
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    _facts(found, "")


def _facts(found: Mapping[str, Any], indent: str) -> None:
    for name, value in found.items():
        told = f"{indent}{name.replace('_', ' ')}:"
        match value:
            case None | "" | []:
                continue
            case dict():
                print(told)
                _facts(value, indent + _INDENT)
            case [{}, *_]:
                print(told)
                rows(value, columns(value), as_json=False)
            case list():
                print(told, ", ".join(map(_cell, value)))
            case _:
                print(told, _cell(value))


def columns(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """Choose what a table shows: the first plain members, so that a line stays a line."""
    plain = [
        name
        for name in (items[0] if items else ())
        if not any(isinstance(item.get(name), dict | list) for item in items)
    ]
    return plain[:_COLUMNS]


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
        case _:  # what somebody typed moves no cursor
            return "".join(each if each.isprintable() else " " for each in str(value))
