"""What operations cost is what `bench/figures.json` says, from which the docs' figures are made."""

import json

import pytest

from bench import operations
from infra.catalogue import FUNCTIONS
from local.functions import Functions
from ops import cost


@pytest.mark.usefixtures("cloud")
def test_operations_take_the_calls_and_units_that_the_figures_say(functions: Functions) -> None:
    """`python -m bench --write` writes them anew."""
    known = json.loads(cost.FIGURES.read_text("utf-8"))["operations"]
    assert [vars(one) for one in operations.of(functions)] == known


def test_what_is_promised_of_speed_is_what_was_counted() -> None:
    """The docs' tables are written from the figures (`make docs`); here is what they must show."""
    counted = json.loads(cost.FIGURES.read_text("utf-8"))["instructions"]
    floor, keyed = counted["floor: json, boto3"], counted["ours, with an Idempotency-Key"]
    assert keyed["cold"] <= 0.30 * floor["cold"]
    assert keyed["warm"] <= 0.50 * floor["warm"]
    for usual, times in (("FastAPI + Mangum", 3), ("Powertools as usual", 2)):
        assert all(counted[usual][name] >= times * keyed[name] for name in ("cold", "warm"))
    timed = json.loads(cost.FIGURES.read_text("utf-8"))["handlers"]
    cookbook, ours = timed["AWS Lambda Handler Cookbook"], timed["ours, with an Idempotency-Key"]
    assert all(cookbook[name] >= 3 * ours[name] for name in ("cold", "warm"))


def test_no_function_starts_slower_than_the_floor_but_where_documents_are_made() -> None:
    counted = json.loads(cost.FIGURES.read_text("utf-8"))["cold_starts"]
    floor = counted.pop("floor: json, boto3")
    assert {title.partition(",")[0] for title in counted} == {row.name for row in FUNCTIONS}
    slower = {title for title, count in counted.items() if count > floor}
    assert slower <= {title for title in counted if title.endswith("documents")}


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
        ("decisions/0023-tree-heads.md", "log"),
    ],
)
def test_pages_say_the_figures_that_were_measured(page: str, what: str) -> None:
    figures = json.loads(cost.FIGURES.read_text("utf-8"))
    capture = next(row for row in figures["operations"] if row["operation"] == "first capture")
    sweep = figures["sweep"]
    (erasure,) = (row for row in figures["erasure"] if row["records"] == 5000)
    log, c15t = figures["merkle_log"], figures["c15t"]
    each = {name: log[name] / log["decisions"] for name in ("calls", "reads", "writes", "bytes")}
    said = {
        "sweep": f"{sweep['calls']} calls, {sweep['reads']} read and {sweep['writes']} write units",
        "erasure": f"{erasure['records']:,} records of one person took {erasure['calls']} calls",
        "capture": f"{capture['calls']} call, {capture['writes']} write units a capture",
        "c15t": f"{c15t['first']} statements for a browser's first consent and {c15t['later']} for",
        "log": "{calls:.2f} calls, {reads:.2f} read and {writes:.2f} write units, and {bytes:.0f}"
        " bytes".format(**each),
    }
    text = " ".join((cost.ROOT / "docs" / page).read_text("utf-8").split())
    assert said[what] in text
