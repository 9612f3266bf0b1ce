"""What operations cost is what `bench/figures.json` says, from which the docs' figures are made."""

import re

import pytest

from bench import figures, goals, operations
from infra.catalogue import FUNCTIONS
from local.functions import Functions
from ops.cost.estimate import ROOT


@pytest.mark.usefixtures("cloud")
def test_operations_take_the_calls_and_units_that_the_figures_say(functions: Functions) -> None:
    """`python -m bench.operations --write` writes them anew."""
    known = figures.kept()["operations"]
    assert [vars(one) for one in operations.of(functions)] == known


def test_what_is_promised_is_met_or_the_page_says_why_not() -> None:
    found, page = figures.kept(), (ROOT / "bench" / "README.md").read_text("utf-8")
    reasons = [words.lower() for words in re.findall(r"^\*\*(.+?)\*\*", page, re.MULTILINE)]
    missed = [goal.what.lower() for goal in goals.GOALS if not goal.met(found)]
    assert [what for what in missed if not any(words in what for words in reasons)] == []
    assert [words for words in reasons if not any(words in what for what in missed)] == []


def test_every_function_has_its_start_counted() -> None:
    """And documents are made by one of them alone, for which it may be slow (`bench/goals.py`)."""
    counted = figures.kept()["cold_starts"]
    titles = set(counted) - {"floor: json, boto3"}
    assert {title.partition(",")[0] for title in titles} == {row.name for row in FUNCTIONS}
    assert len([title for title in titles if title.endswith(goals.DOCUMENTS)]) == 1


@pytest.mark.parametrize(
    ("page", "what"),
    [
        ("decisions/0008-retention.md", "sweep"),
        ("decisions/0012-erasure.md", "erasure"),
        ("performance.md", "sweep"),
        ("performance.md", "erasure"),
        ("performance.md", "c15t"),
        ("operations/scale.md", "capture"),
        ("operations/scale.md", "log"),
        ("operations/scale.md", "counting"),
        ("decisions/0023-tree-heads.md", "log"),
        ("performance.md", "growing the log"),
    ],
)
def test_pages_say_the_figures_that_were_measured(page: str, what: str) -> None:
    found = figures.kept()
    capture = next(row for row in found["operations"] if row["operation"] == "first capture")
    *_, sweep = found["sweep"]
    (erasure,) = (row for row in found["erasure"] if row["records"] == 5000)
    log, c15t, counted = found["merkle_log"], found["c15t"], found["counting_at_rate"]
    each = {name: log[name] / log["decisions"] for name in ("calls", "reads", "writes", "bytes")}
    said = {
        "sweep": f"{sweep['calls']} calls, {sweep['reads']} read and {sweep['writes']} write units",
        "erasure": f"{erasure['records']:,} records of one person took {erasure['calls']} calls",
        "capture": f"{capture['calls']} call, {capture['writes']} write units a capture",
        "counting": f"Of {counted['decisions']:,} decisions and {counted['again']:,} that came",
        "growing the log": f"{log['decisions']:,} decisions in {log['calls']} calls",
        "c15t": f"{c15t['first']} statements for a browser's first consent and {c15t['later']} for",
        "log": "{calls:.2f} calls, {reads:.2f} read and {writes:.2f} write units, and {bytes:.0f}"
        " bytes".format(**each),
    }
    text = " ".join((ROOT / "docs" / page).read_text("utf-8").split())
    assert said[what] in text
