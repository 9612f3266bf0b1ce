"""The data as tables: one CSV file (RFC 4180, UTF-8) per record class.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, which somebody else
may have written into a form: such a cell gets an apostrophe before it.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fulfilment.access_copy.scratch_files import ScratchFiles, flatten

_LEADING = ("at", "title", "system")
_REST = "more"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write(spool: ScratchFiles, kinds: list[str]) -> Iterator[Path]:
    """Write a file per class into the spool's folder; give each when it is done."""
    for kind in kinds:
        path = spool.path(f"{kind}.csv")
        columns = list(spool.columns[kind])
        # The mark at the beginning tells spreadsheets that it is UTF-8.
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file)
            table.writerow(map(cell, (*_LEADING, *columns, _REST)))
            for entry in spool.entries(kind):
                table.writerow(_row(entry, columns))
        yield path


def _row(entry: Mapping[str, Any], columns: list[str]) -> Iterator[str]:
    values = dict(flatten(entry["data"]))
    yield from (cell(entry[name]) for name in _LEADING)
    yield from (cell(values.pop(name, None)) for name in columns)
    yield cell(values or None)


def cell(value: Any) -> str:
    """Write a value so that a spreadsheet shows it and never runs it."""
    match value:
        case None:
            return ""
        case str():
            return f"'{value}" if value.startswith(_FORMULA) else value
        case int() | float() | bool():
            return json.dumps(value)
        case _:
            return json.dumps(value, ensure_ascii=False)
