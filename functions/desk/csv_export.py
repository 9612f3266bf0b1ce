"""Answers as CSV."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.domain import csv_table

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"


def csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Write a header and the rows' members of these names."""
    return "".join(csv_table.lines(columns, ([row[name] for name in columns] for row in rows)))
