"""Each fact about AWS has its source, what is done, and a test of it or a word why it has none."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "operations" / "aws-facts.md").read_text("utf-8")
FACTS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for table in re.findall(r"^\| fact \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    for line in table.splitlines()
]
TEST = re.compile(r"`(tests/[\w/]+\.py)` `(test_\w+)`")


def test_there_are_facts() -> None:
    assert len(FACTS) > 50


@pytest.mark.parametrize("row", FACTS, ids=lambda row: row[0][:40])
def test_a_fact_names_its_tests_or_why_there_is_none(row: list[str]) -> None:
    assert len(row) == 4, row
    _, source, done, seen = row
    assert source
    assert done
    named = TEST.findall(seen)
    assert named or seen.startswith("told alone: "), seen
    for path, function in named:
        assert f"def {function}(" in (ROOT / path).read_text("utf-8"), function
