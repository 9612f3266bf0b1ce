"""The page of walls speaks of every part that the catalogue declares."""

import re

import pytest

from infra import catalogue
from ops.cost import ROOT

PARTS = [
    *(row.name for row in (*catalogue.TABLES, *catalogue.FUNCTIONS)),
    *catalogue.BUCKETS,
    *catalogue.BUSES,
    *catalogue.LOCKED_BUCKETS,
    *catalogue.SECRETS,
    *catalogue.SIGNING_KEYS,
]
RATES = 4


def rows() -> list[list[str]]:
    page = (ROOT / "docs" / "operations" / "scale.md").read_text("utf-8")
    (table,) = re.findall(r"^## By part\n\n(.+?)\n\n", page, re.MULTILINE | re.DOTALL)
    return [line.strip("|").split("|") for line in table.splitlines()[2:]]


@pytest.mark.parametrize("part", PARTS)
def test_every_part_has_its_wall(part: str) -> None:
    assert any(f"`{part}`" in cell for row in rows() for cell in row[:2])


def test_every_wall_is_said_for_every_rate_and_with_what_to_do() -> None:
    for row in rows():
        assert len(row) == 2 + RATES + 1
        assert all(cell.strip() for cell in row)
