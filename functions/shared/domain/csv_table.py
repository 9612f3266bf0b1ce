"""Tables as CSV (RFC 4180) that a spreadsheet shows and never runs, written line by line.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, which somebody
may have written into a form; and where it separates by semicolon or tab, a cell may begin
anywhere in one of ours. So an apostrophe stands before every such sign that could come first,
and before a cell that begins with a tab or a line's end.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

# Where a cell could begin, with what spreadsheets leave out before they look for a formula.
_BEGINS = re.compile(
    "^(?=[\t\r\n])"
    "|(?:^|(?<=[,;\t\r\n]))(?=[^\\S\t\r\n]*[\"']*[^\\S\t\r\n]*[=+@\uff1d\uff0b\uff20\uff0d-])"
)


class _Line:
    """Takes what the writer writes, a line at a time."""

    text = ""

    def write(self, text: str) -> None:
        self.text = text


def lines(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Write a header and rows, each as one text with its line break."""
    line = _Line()
    table = csv.writer(line)
    for row in chain((columns,), rows):
        table.writerow(map(cell, row))
        yield line.text


def cell(value: Any) -> str:
    """Write a value: nothing is empty, numbers are as they are, what has parts is JSON."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return json.dumps(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _BEGINS.sub("'", text)
