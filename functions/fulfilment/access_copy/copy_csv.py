"""The data as tables: one CSV file (UTF-8) per record class."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fulfilment.access_copy.scratch_files import ScratchFiles, flatten
from shared.domain import csv_table

_LEADING = ("at", "title", "system")
_REST = "more"


def write(scratch: ScratchFiles, kinds: list[str]) -> Iterator[Path]:
    """Write a file per class into the scratch files' folder; yield each when it is done."""
    for kind in kinds:
        path = scratch.path(f"{kind}.csv")
        columns = list(scratch.columns[kind])
        # The mark at the beginning tells spreadsheets that it is UTF-8.
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            rows = (_row(entry, columns) for entry in scratch.entries(kind))
            file.writelines(csv_table.lines((*_LEADING, *columns, _REST), rows))
        yield path


def _row(entry: Mapping[str, Any], columns: list[str]) -> Iterator[Any]:
    values = dict(flatten(entry["data"]))
    yield from (entry[name] for name in _LEADING)
    yield from (values.pop(name, None) for name in columns)
    yield values or None
