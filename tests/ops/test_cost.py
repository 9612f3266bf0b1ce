"""The estimate adds up what was measured and what is asked, and says what it lacks."""

import dataclasses
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from infra import synth
from infra.catalogue import FUNCTIONS
from local.cloud import of_type
from ops import cost
from ops.__main__ import main

PRICES: dict[str, Any] = tomllib.loads(cost.PRICES.read_text("utf-8"))
NOTHING = dict.fromkeys(("reads", "writes", "calls", "mails", "events", "objects"), 0)
IDLE = NOTHING | {"later_runs": 0, "later_calls": 0, "later_reads": 0, "later_writes": 0}
MILLION = 1_000_000
FREE = {"cold": 0.0, "warm": 0.0}


def test_an_operation_is_the_sum_of_its_parts() -> None:
    each = PRICES["million"]
    assumed = PRICES["assumed"]
    door = each["gateway_requests"] + each["firewall_requests"] + each["function_runs"]
    door += assumed["access_log_kb"] * PRICES["month"]["gb_logged"]
    door += assumed["kms_calls_per_run"] * each["kms_calls"]
    assert cost.of_million(IDLE, FREE, PRICES) == pytest.approx((door, 0, 0))
    row = IDLE | {"reads": 2, "writes": 3, "later_runs": 1, "later_writes": 4, "mails": 1}
    request, later, out = cost.of_million(row, FREE, PRICES)
    assert request == pytest.approx(door + 2 * each["read_units"] + 3 * each["write_units"])
    assert later == pytest.approx(4 * each["write_units"] + each["function_runs"])
    assert out == each["mails"]


def test_waiting_for_aws_costs_what_the_memory_costs() -> None:
    """A million calls of 8 ms with 1 GB are 8,000 GB-seconds."""
    memory = next(row.memory for row in FUNCTIONS if row.name == "consent")
    more = cost.of_million(IDLE | {"calls": 1}, FREE, PRICES)[0]
    less = cost.of_million(IDLE, FREE, PRICES)[0]
    wanted = 8_000 * memory / 1024 * PRICES["function"]["gb_second"]
    assert PRICES["assumed"]["aws_call_ms"] == 8
    assert more - less == pytest.approx(wanted)


def test_what_stands_is_counted_from_the_template() -> None:
    template = synth.template()
    fixed = cost.stack()
    assert fixed.keys == len(of_type(template, "AWS::KMS::Key")) == 3
    assert fixed.alarms == len(of_type(template, "AWS::CloudWatch::Alarm")) > 10
    assert (fixed.secrets, fixed.firewalls, fixed.rules, fixed.dashboards) == (2, 1, 3, 0)
    assert fixed.traced is False


def test_a_month_of_doing_nothing_costs_what_was_promised() -> None:
    """Also after the keys have rotated as often as they will be paid for."""
    assert all(part <= 14.50 for part in cost.standing(cost.stack(), PRICES)[cost.TOGETHER])


def test_a_rotation_is_paid_for_twice_and_for_good() -> None:
    yearly = dataclasses.replace(cost.stack(), rotation_days=365)
    keys = cost.standing(yearly, PRICES)["KMS keys"]
    assert keys == (3.0, 3.0 + yearly.rotating, 3.0 + 2 * yearly.rotating)


def test_tracing_would_be_paid_for() -> None:
    plain, traced = (sum(cost.of_million(IDLE, FREE, PRICES, traced=on)) for on in (False, True))
    assert traced - plain == pytest.approx(
        PRICES["assumed"]["traced_share"] * PRICES["million"]["traces"]
    )


def test_a_day_of_the_log_is_what_was_measured_by_its_share() -> None:
    measured = {
        "decisions": 1_000,
        "calls": 30,
        "reads": 1_020,
        "writes": 150,
        "bytes": 56_000,
        "leaves_per_second": 10_000,
    }
    one = cost.of_log(MILLION, measured, PRICES)
    assert one.megabytes == pytest.approx(56)
    assert one.seconds == pytest.approx(240 + 100 * cost.WHOLE_PROCESSOR_MB / cost.MEMORY_MB)
    units = 1.02 * PRICES["million"]["read_units"] + 0.15 * PRICES["million"]["write_units"]
    assert one.dollars == pytest.approx(units, rel=0.03), "the run itself is hardly anything"
    assert cost.of_log(2 * MILLION, measured, PRICES).seconds == pytest.approx(2 * one.seconds)


def test_a_choice_is_compared_before_it_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "--compare", "dashboard=true"]) == 0
    said = capsys.readouterr().out
    assert "| dashboard | 0.00 | 3.00 | +3.00 |" in said
    assert "| KMS keys | 3.00 | 3.00 | +0.00 |" in said


def test_every_measured_operation_and_every_site_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["cost"]) == 0
    said = capsys.readouterr().out
    measured = json.loads(cost.FIGURES.read_text("utf-8"))["operations"]
    assert all(f"| {row['operation']} |" in said for row in measured)
    assert all(f"| {site} |" in said for site in ("small", "medium", "large"))
    assert str(PRICES["date"]) in said


def test_the_page_of_costs_shows_what_the_command_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost"]) == 0
    said = capsys.readouterr().out
    page = (cost.ROOT / "docs/decisions/0015-memory-and-cost.md").read_text("utf-8")
    assert [line for line in said.splitlines() if line.startswith("|") and line not in page] == []


def test_a_million_captures_cost_what_was_promised(capsys: pytest.CaptureFixture[str]) -> None:
    """With an Idempotency-Key, too, and with all that follows from them."""
    assert main(["cost"]) == 0
    rows = [line.split("|") for line in capsys.readouterr().out.splitlines() if " capture" in line]
    prices = {row[1].strip(): float(row[-2]) for row in rows if "capture" in row[1]}
    assert len(prices) == 4
    assert max(prices.values()) <= 7.20


def test_a_site_that_does_what_was_not_measured_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prices = cost.PRICES.read_text("utf-8") + '\n[sites.odd]\n"dancing" = 1\n'
    (tmp_path / "prices.toml").write_text(prices, "utf-8")
    assert main(["cost", "--prices", str(tmp_path / "prices.toml")]) == 1
    assert "dancing" in capsys.readouterr().err
    assert main(["cost", "--figures", str(tmp_path / "none.json")]) == 1
    assert "none.json cannot be read" in capsys.readouterr().err
