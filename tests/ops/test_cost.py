"""The estimate adds up what was measured and what is asked, and says what it lacks."""

import dataclasses
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra import synth
from infra.catalogue import FUNCTIONS
from ops.__main__ import main
from ops.cost import estimate, kept, million, standing
from ops.cost.estimate import MEMORY_MB, MILLION, ROOT, WHOLE_PROCESSOR_MB
from ops.cost.log import of_log
from ops.cost.tables import CAPTURE

FOUND = estimate.read()
PRICES: dict[str, Any] = dict(FOUND.prices)
NAMES = ("reads", "writes", "index_writes", "calls", "mails", "events", "objects")
LATER = ("later_runs", "later_calls", "later_reads", "later_writes")
IDLE = dict.fromkeys((*NAMES, *LATER), 0) | {"operation": "nothing"}
FREE = {**FOUND.figures, "handlers": {"ours": {"cold": 0.0, "warm": 0.0}}}
# With everything that a context can add.
ALL = {
    "alarm_address": "ops@example.com",
    "dashboard": "true",
    "domain": "privacy.example.com",
    "certificate": "arn:aws:acm:eu-west-1:123456789012:certificate/x",
}
PAID = ("paid_by_month", "paid_by_use", "free")
# What costs more as soon as a template has it, whatever the resource it stands in.
DEAR = (
    "CacheClusterEnabled",
    "ContributorInsightsSpecification",
    "MetricsEnabled",
    "ProvisionedConcurrencyConfig",
    "SnapStart",
    "TracingConfig",
    "CopyActions",
    "MultiRegion",
)


def of(row: Mapping[str, Any], **more: Any) -> dict[million.Group, float]:
    return million.of_million(row, FREE, PRICES, **more)


def test_an_operation_is_the_sum_of_its_parts() -> None:
    each, assumed, month = PRICES["million"], PRICES["assumed"], PRICES["month"]
    door = each["gateway_requests"] + each["firewall_requests"] + each["function_runs"]
    door += (assumed["access_log_kb"] + assumed["log_kb_per_run"]) * month["gb_logged"]
    door += assumed["kms_calls_per_run"] * each["kms_calls"]
    door += assumed["cold_share"] * each["secret_calls"]
    assert of(IDLE) == pytest.approx({"request": door, "workers": 0, "log": 0, "out": 0})
    row = IDLE | {"reads": 2, "writes": 3, "later_runs": 1, "later_writes": 4, "mails": 1}
    found = of(row)
    assert found["request"] == pytest.approx(
        door + 2 * each["read_units"] + 3 * each["write_units"]
    )
    worker = each["function_runs"] + assumed["log_kb_per_run"] * month["gb_logged"]
    assert found["workers"] == pytest.approx(4 * each["write_units"] + worker)
    assert found["out"] == each["mails"]


def test_what_an_index_takes_is_told_apart_and_counted_once() -> None:
    row = IDLE | {"writes": 3}
    assert of(row | {"index_writes": 2}) == pytest.approx(of(row))


def test_waiting_for_aws_costs_what_the_memory_costs() -> None:
    """A million calls of 8 ms with 1 GB are 8,000 GB-seconds."""
    memory = next(row.memory for row in FUNCTIONS if row.name == "consent")
    more, less = (of(IDLE | {"calls": calls})["request"] for calls in (1, 0))
    wanted = 8_000 * memory / 1024 * PRICES["function"]["gb_second"]
    assert PRICES["assumed"]["aws_call_ms"] == 8
    assert more - less == pytest.approx(wanted)


def test_a_cold_start_is_paid_for_as_often_as_it_is_said_to_happen() -> None:
    ours = {"warm": 0.0, "cold": 0.1}
    _, cold = million.gb_seconds(1, 0, ours, PRICES)
    share = PRICES["assumed"]["cold_share"]
    wanted = MILLION * share * 0.1 * WHOLE_PROCESSOR_MB / MEMORY_MB * MEMORY_MB / 1024
    assert cold == pytest.approx(wanted)


def test_a_decision_also_pays_for_its_leaf() -> None:
    leaf = of_log(MILLION, FOUND.figures["merkle_log"], PRICES).dollars
    deciding = [name for name in FOUND.operations if of(FOUND.operations[name])["log"]]
    assert deciding == [
        *(f"{one} capture{key}" for one in ("first", "later") for key in ("", KEYED)),
        "withdrawal",
    ]
    assert of(FOUND.operations[CAPTURE])["log"] == pytest.approx(leaf, abs=0.0001)


KEYED = " with an Idempotency-Key"


def declared(context: dict[str, str] | None = None) -> list[dict[str, Any]]:
    return list(synth.template(context)["Resources"].values())


def test_every_kind_of_resource_has_its_price_or_the_reason_why_it_has_none() -> None:
    kinds = {one["Type"] for one in (*declared(), *declared(ALL))}
    for path in sorted((ROOT / "infra").glob("*.yaml")):
        kinds |= set(re.findall(r"^ {4}Type: (AWS::\S+)$", path.read_text("utf-8"), re.MULTILINE))
    told = [kind for table in PAID for kind in PRICES[table]]
    assert len(told) == len(set(told))
    assert set(told) == kinds
    named = {name for names in PRICES["paid_by_use"].values() for name in names}
    assert named <= {*PRICES["million"], *PRICES["function"], *PRICES["month"]}
    assert set(PRICES["paid_by_month"].values()) <= set(PRICES["month"])


@pytest.mark.parametrize("context", [None, ALL])
def test_nothing_is_switched_on_that_costs_more_and_is_not_reckoned(
    context: dict[str, str] | None,
) -> None:
    resources = declared(context)
    written = json.dumps(resources)
    assert [name for name in DEAR if f'"{name}"' in written] == []
    assert '"TracingEnabled": true' not in written
    firewall = next(one for one in resources if one["Type"] == "AWS::WAFv2::WebACL")
    groups = [
        one["Statement"].get("ManagedRuleGroupStatement") for one in firewall["Properties"]["Rules"]
    ]
    assert [one["Name"] for one in groups if one] == ["AWSManagedRulesCommonRuleSet"], (
        "others of AWS's groups, and all of other sellers', ask a fee of their own"
    )
    assert "AssociationConfig" not in firewall["Properties"], "larger bodies are paid for"


def test_every_price_has_its_date_and_the_page_that_it_is_from() -> None:
    assert PRICES["region"] == "eu-west-1"
    assert str(PRICES["date"])
    services = {kind.split("::")[1] for table in PAID[:2] for kind in PRICES[table]}
    assert services <= set(PRICES["source"])
    assert all(page.startswith("https://aws.amazon.com/") for page in PRICES["source"].values())


def test_what_stands_is_counted_from_the_template() -> None:
    fixed = FOUND.fixed
    assert fixed.counts["kms_key"] == 3
    assert fixed.counts["alarm"] == sum(
        one["Type"] == "AWS::CloudWatch::Alarm" for one in declared()
    )
    assert (fixed.counts["secret"], fixed.counts["firewall"], fixed.counts["firewall_rule"]) == (
        2,
        1,
        3,
    )
    assert fixed.counts["dashboard"] == 0
    assert fixed.traced is False


def test_an_alarm_on_a_formula_is_paid_for_by_each_metric_in_it() -> None:
    formula = {"Metrics": [{"Expression": "a/b"}, {"MetricStat": {}}, {"MetricStat": {}}]}
    assert (estimate.metrics(formula), estimate.metrics({"MetricName": "Errors"})) == (2, 1)


def test_a_month_of_doing_nothing_costs_what_was_promised() -> None:
    """Also once keys have rotated as often as is paid for; with what is used, and taken off."""
    stands = standing.standing(FOUND.fixed, PRICES)[standing.TOGETHER]
    assert all(part <= 14.50 for part in stands)
    used = sum(standing.idle(FOUND.fixed, PRICES).values())
    assert used > 0
    assert max(stands) + used - standing.allowance(FOUND.fixed, PRICES) <= 14.50


def test_a_rotation_is_paid_for_twice_and_for_good() -> None:
    yearly = dataclasses.replace(FOUND.fixed, rotation_days=365)
    keys = standing.standing(yearly, PRICES)["KMS keys"]
    assert keys == (3.0, 3.0 + yearly.rotating, 3.0 + 2 * yearly.rotating)


def test_tracing_would_be_paid_for() -> None:
    plain, traced = (of(IDLE, traced=on)["request"] for on in (False, True))
    assert traced - plain == pytest.approx(
        PRICES["assumed"]["traced_share"] * PRICES["million"]["traces"]
    )


def test_a_backup_is_a_whole_copy_and_as_many_are_paid_for_as_are_kept() -> None:
    one = kept.Kept(months=72, items=1, table=2.0, index=0.5)
    month, days = PRICES["month"], FOUND.fixed.backup_days
    assert days == 35
    assert kept.monthly(one, FOUND) == {
        "tables": (2.0, month["gb_stored"]),
        "indexes": (0.5, month["gb_stored"]),
        "recoverable to the second": (2.0, month["gb_recoverable"]),
        "backups": (2.0 * days, month["gb_backup"]),
    }


def test_what_is_kept_is_kept_as_long_as_the_policy_says_and_then_removed() -> None:
    ((kind, capture),) = kept.of_million(FOUND.operations[CAPTURE]).items()
    assert (kind, capture.months, capture.items) == ("consent_evidence", 72, 1)
    assert kept.months("visit") == pytest.approx(3, abs=0.1)
    volumes = {CAPTURE: MILLION}
    year, end = (kept.together(volumes, FOUND, after) for after in (12, 1000))
    assert end == pytest.approx(6 * year)
    assert kept.removing(volumes, FOUND, 12) == 0
    each, sweep = PRICES["million"], FOUND.figures["sweep"][-1]
    gone = sweep["writes"] * each["write_units"] + sweep["reads"] * each["read_units"]
    assert kept.removing(volumes, FOUND, 72) == pytest.approx(gone)


def test_a_day_of_the_log_is_what_was_measured_by_its_share() -> None:
    measured = {
        "decisions": 1_000,
        "calls": 30,
        "reads": 1_020,
        "writes": 150,
        "bytes": 56_000,
        "leaves_per_second": 10_000,
    }
    one = of_log(MILLION, measured, PRICES)
    assert one.megabytes == pytest.approx(56)
    assert one.seconds == pytest.approx(240 + 100 * WHOLE_PROCESSOR_MB / MEMORY_MB)
    units = 1.02 * PRICES["million"]["read_units"] + 0.15 * PRICES["million"]["write_units"]
    assert one.dollars == pytest.approx(units, rel=0.03), "the run itself is hardly anything"
    assert of_log(2 * MILLION, measured, PRICES).seconds == pytest.approx(2 * one.seconds)


def test_a_choice_is_compared_before_it_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "--compare", "dashboard=true", "--compare", "backup_days=7"]) == 0
    said = capsys.readouterr().out
    assert "| dashboard | 0.00 | 3.00 | +3.00 |" in said
    assert "| KMS keys | 3.00 | 3.00 | +0.00 |" in said
    assert "| backups of a gigabyte, not in the sum | 3.96 | 0.79 | -3.17 |" in said


def test_every_measured_operation_and_every_site_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["cost"]) == 0
    said = capsys.readouterr().out
    assert all(f"| {name} |" in said for name in FOUND.operations)
    assert all(f"| {site} |" in said for site in ("small", "medium", "large"))
    assert str(PRICES["date"]) in said


def test_a_million_captures_cost_what_was_promised() -> None:
    """With an Idempotency-Key, too, and with all that follows from them but keeping them."""
    captures = [
        sum(million.of_million(row, FOUND.figures, PRICES).values())
        for name, row in FOUND.operations.items()
        if " capture" in name
    ]
    assert len(captures) == 4
    assert max(captures) <= 7.20


def test_a_site_that_does_what_was_not_measured_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prices = estimate.PRICES.read_text("utf-8") + '\n[sites.odd]\n"dancing" = 1\n'
    (tmp_path / "prices.toml").write_text(prices, "utf-8")
    assert main(["cost", "--prices", str(tmp_path / "prices.toml")]) == 1
    assert "dancing" in capsys.readouterr().err
    assert main(["cost", "--figures", str(tmp_path / "none.json")]) == 1
    assert "none.json cannot be read" in capsys.readouterr().err
