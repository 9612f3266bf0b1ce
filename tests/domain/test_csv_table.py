"""CSV that no spreadsheet runs, whichever separator it takes and whether it minds quotes or not."""

import csv
import io
import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain import csv_table

SIGNS = st.text(st.sampled_from("=+-@,;\t\r\n\"' \xa0\uff1d\u3000ax1|"), max_size=12)
VALUES = st.none() | st.booleans() | st.integers() | SIGNS | st.lists(SIGNS, max_size=2)
FORMULA = re.compile(r"[=+@\uff1d\uff0b\uff20\uff0d]|-(?!\d)")


def is_formula(cell: str) -> bool:
    """Tell whether a spreadsheet could take a cell as one; an apostrophe makes it a text."""
    return bool(FORMULA.match(cell.lstrip('"\N{MODIFIER LETTER DOUBLE PRIME} \t\r\n\xa0\u3000')))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("quoted", [True, False])
@example(rows=[["hi;=cmd|'/C calc'!A0"]])
@example(rows=[['a","=1']])
@example(rows=[["a\n=1", "b\t@x"]])
@given(rows=st.lists(st.lists(VALUES, min_size=1, max_size=3), max_size=3))
def test_no_cell_begins_a_formula_however_it_is_read(
    separator: str, quoted: bool, rows: list[list[object]]
) -> None:
    text = "".join(csv_table.lines(("a", "=b"), rows))
    if not quoted:
        text = text.replace('"', "\N{MODIFIER LETTER DOUBLE PRIME}")
    read = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    assert not [cell for row in read for cell in row if is_formula(cell)]


@given(st.lists(st.lists(st.text(st.sampled_from("ab,;\"\n' 1")), min_size=2, max_size=2)))
def test_what_is_harmless_is_written_as_it_is(rows: list[list[str]]) -> None:
    text = "".join(csv_table.lines(("a", "b"), rows))
    kept = [[cell if "\n" not in cell[:1] else f"'{cell}" for cell in row] for row in rows]
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a", "b"], *kept]


@pytest.mark.parametrize("value", [True, -1, 1.5, ["ä", 1], {"a": None}])
def test_what_is_no_text_is_json(value: object) -> None:
    assert json.loads(csv_table.cell(value)) == value


def test_a_table_is_written_line_by_line() -> None:
    endless = csv_table.lines(("a",), ([number] for number in iter(int, 1)))
    assert [next(endless) for _ in range(3)] == ["a\r\n", "0\r\n", "0\r\n"]
