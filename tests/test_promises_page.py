"""docs/promises.md: what no code keeps by itself, and what is kept in part, is said plainly."""

import re
from pathlib import Path

from ops import docs

PAGE = (Path(__file__).parent.parent / "docs" / "promises.md").read_text("utf-8")
TABLE, _, PARTLY = PAGE.partition("## Kept in part, or elsewhere")
# Looked at one by one: each has a line, whether or not something is missing.
LOOKED_AT = {1, 16, 23, 26, 30, 33, *range(50, 58)}


def told() -> set[int]:
    rows = re.findall(r"(?m)^\| (S[\dS, ]+) \| (\S.+) \|$", PARTLY)
    return {int(number) for names, _ in rows for number in re.findall(r"S(\d+)", names)}


def test_every_promise_has_one_row_in_order() -> None:
    numbers = [int(found) for found in re.findall(r"(?m)^\| S(\d+) \|", TABLE)]
    assert numbers == list(range(1, 59))


def test_the_service_of_that_name_is_no_promise() -> None:
    it = f"S{3}"
    assert list(docs.named(f"kept in {it} as AWS::{it}::Bucket ({it} Object Lock)")) == []
    assert list(docs.named(f"What it takes ({it}), {it}: and no more")) == [it, it]


def test_what_no_code_names_says_who_keeps_it() -> None:
    silent = {int(found) for found in re.findall(r"(?m)^\| S(\d+) \| [^|]+ \| *\|", TABLE)}
    assert silent <= told()


def test_every_promise_was_tried_by_a_test() -> None:
    assert re.findall(r"(?m)^\| (S\d+) \| [^|]+ \|[^|]*\| *\|$", TABLE) == []


def test_those_that_were_looked_at_are_told() -> None:
    assert told() >= LOOKED_AT
