"""docs/law.md says of each duty where it is kept and which test shows it, and both are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "law.md").read_text("utf-8")
DUTIES = {row[1]: row[0] for row in re.findall(r"(?m)^(\| (L\d+) \|.*)$", PAGE)}


def test_every_duty_has_one_row() -> None:
    assert list(DUTIES) == [f"L{number}" for number in range(1, 27)]


def test_every_duty_names_a_place_and_a_test_that_is_there_or_says_why_not() -> None:
    for duty, row in DUTIES.items():
        _, _, _, kept, shown, _ = row.split("|")
        assert re.findall(r"`[\w/.-]+`", kept), duty
        tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", shown)
        assert tests or "Not kept" in shown, duty
        for path, name in tests:
            text = (ROOT / path).read_text("utf-8")
            assert f"def {name}(" in text, f"{duty}: {path} has no {name}"


def test_every_date_names_a_source_and_how_sure_we_are() -> None:
    rows = re.findall(r"(?m)^\| (?!what we|---|\| |L\d)(.+) \|$", PAGE)
    dates = [row.split(" | ") for row in rows if row.count(" | ") == 4]
    assert len(dates) > 15
    for what, _since, used, source, sure in dates:
        assert re.search("certain|quoted|unverified", sure), what
        assert source, what
        assert re.search(r"`[\w/.-]+`", used), what
