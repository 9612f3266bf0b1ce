"""What operations cost is what `bench/figures.json` says, from which the docs' figures are made."""

import json

import pytest

from bench import operations
from local.functions import Functions
from ops import cost


@pytest.mark.usefixtures("cloud")
def test_operations_take_the_calls_and_units_that_the_figures_say(functions: Functions) -> None:
    """`python -m bench --json > bench/figures.json` writes them anew."""
    known = json.loads(cost.FIGURES.read_text("utf-8"))["operations"]
    assert [vars(one) for one in operations.of(functions)] == known


def test_the_page_of_the_client_shows_the_ratios_that_were_measured() -> None:
    handlers = json.loads(cost.FIGURES.read_text("utf-8"))["handlers"]
    page = (cost.ROOT / "docs/decisions/0020-thin-client.md").read_text("utf-8")
    floor = handlers["floor: json, boto3"]
    for title, one in handlers.items():
        ratios = (f"{one[name] / floor[name]:.2f}x" for name in ("cold", "warm", "rss"))
        assert f"| {title} | {' | '.join(ratios)} |" in page
