"""What an estimate is made of: measured figures, AWS's prices, and what the templates declare."""

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from infra import synth
from infra.catalogue import FUNCTIONS
from ops import CommandError

ROOT = Path(__file__).parents[2]
FIGURES = ROOT / "bench" / "figures.json"
PRICES = ROOT / "ops" / "prices.toml"
MILLION = 1_000_000
# Below this Lambda gives a share of a processor: memory / 1769 MB.
WHOLE_PROCESSOR_MB = 1769
MEMORY_MB = next(row.memory for row in FUNCTIONS if row.name == "consent")

Prices = Mapping[str, Any]
Figures = Mapping[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fixed:
    """What the templates declare, of what is paid for however little it is used."""

    counts: Mapping[str, int]  # by the name of the price
    rotating: int
    rotation_days: int
    backup_days: int
    mappings: int
    own_metrics: int
    traced: bool


@dataclass(frozen=True)
class Estimate:
    """All that the tables are reckoned from."""

    figures: Figures
    prices: Prices

    @cached_property
    def fixed(self) -> Fixed:
        """Count what the templates declare, once."""
        return stack(self.prices)

    @property
    def operations(self) -> dict[str, Row]:
        """Return the rows of what was measured, by name."""
        return {row["operation"]: row for row in self.figures["operations"]}


def read(figures: Path = FIGURES, prices: Path = PRICES) -> Estimate:
    """Read both files.

    Raises:
        CommandError: one of them cannot be read.
    """
    try:
        return Estimate(
            json.loads(figures.read_text("utf-8")), tomllib.loads(prices.read_text("utf-8"))
        )
    except OSError as error:
        raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from None


def stack(prices: Prices, context: Mapping[str, str] | None = None) -> Fixed:
    """Count what the templates declare that costs by the month.

    An alarm is paid for by the metrics that it looks at, a firewall by its rules.
    """
    resources = list(synth.template(context)["Resources"].values())
    counts: Counter[str] = Counter()
    for one in resources:
        if (name := prices["paid_by_month"].get(one["Type"])) is not None:
            counts[name] += metrics(one["Properties"]) if name == "alarm" else 1
    firewalls = _of(resources, "AWS::WAFv2::WebACL")
    counts["firewall_rule"] = sum(len(one["Rules"]) for one in firewalls)
    rotating = [one for one in _of(resources, "AWS::KMS::Key") if one.get("EnableKeyRotation")]
    (plan,) = _of(resources, "AWS::Backup::BackupPlan")
    (rule,) = plan["BackupPlan"]["BackupPlanRule"]
    return Fixed(
        counts=counts,
        rotating=len(rotating),
        rotation_days=min(key["RotationPeriodInDays"] for key in rotating),
        backup_days=rule["Lifecycle"]["DeleteAfterDays"],
        mappings=len(_of(resources, "AWS::Lambda::EventSourceMapping")),
        own_metrics=sum(
            isinstance(alarm.get("Namespace"), dict)
            for alarm in _of(resources, "AWS::CloudWatch::Alarm")
        ),
        traced=any(
            one["Properties"].get("TracingEnabled") or "TracingConfig" in one["Properties"]
            for one in resources
            if "Properties" in one
        ),
    )


def _of(resources: Iterable[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [one["Properties"] for one in resources if one["Type"] == kind]


def metrics(alarm: Mapping[str, Any]) -> int:
    """Count the metrics that an alarm looks at: one, or those of its formula."""
    return sum("MetricStat" in one for one in alarm.get("Metrics", ())) or 1
