"""`python -m ops cost`: what it costs to run, from what was measured and what AWS asks."""

import argparse
import json
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.catalogue import FUNCTIONS
from ops import CommandError

ROOT = Path(__file__).parent.parent
FIGURES = ROOT / "bench" / "figures.json"
PRICES = Path(__file__).parent / "prices.toml"
MILLION = 1_000_000
# Below this Lambda gives a share of a processor: memory / 1769 MB.
WHOLE_PROCESSOR_MB = 1769
MEMORY_MB = next(row.memory for row in FUNCTIONS if row.name == "consent")
MEMORIES_MB = (256, 512, 1024, 1769)
MONTH_DAYS = 30
MONTH_SECONDS = MONTH_DAYS * 24 * 3600
# Operations that write a decision, of which the next day makes a leaf of the log.
DECIDING = ("first capture", "later capture", "withdrawal")
TOGETHER = "together"

Prices = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fixed:
    """What the stack has however little it is used."""

    keys: int
    secrets: int
    alarms: int
    firewalls: int
    rules: int
    dashboards: int
    rotating: int
    rotation_days: int
    traced: bool


ABOUT = "estimate what it costs to run, from measured figures and a table of prices"
DESCRIPTION = (
    "Prints dollars per million of each operation, a month of a small, a medium "
    "and a large site, and what a function costs by its memory. Measured calls and units come "
    "from bench/figures.json (`make bench`), prices, volumes and assumptions from "
    "ops/prices.toml: copy that, change it, and give it with --prices."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("--figures", type=Path, default=FIGURES, metavar="FILE")
    parser.add_argument("--prices", type=Path, default=PRICES, metavar="FILE")
    parser.add_argument(
        "--compare",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="what a month would stand at with this context value, e.g. dashboard=true; repeatable",
    )
    parser.set_defaults(func=run)


def run(chosen: argparse.Namespace) -> int:
    """Print the tables.

    Raises:
        CommandError: a file is missing, or a site does what was not measured.
    """
    try:
        figures = json.loads(chosen.figures.read_text("utf-8"))
        prices = tomllib.loads(chosen.prices.read_text("utf-8"))
    except OSError as error:
        raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from None
    costs = {row["operation"]: row for row in figures["operations"]}
    ours = figures["handlers"]["ours"]
    fixed = stack()
    print(
        f"US dollars, {prices['region']}, prices of {prices['date']}, without tax and free tiers\n"
    )
    if chosen.compare:
        return _compare(chosen.compare, fixed, prices)
    print("| a month, used or not | now | after a year | after two |")
    print("|---|---|---|---|")
    for name, parts in standing(fixed, prices).items():
        print(f"| {name} | {' | '.join(f'{part:,.2f}' for part in parts)} |")
    print()
    print("| a million of | request | workers after it | mails, events | together |")
    print("|---|---|---|---|---|")
    for name, row in costs.items():
        parts = of_million(row, ours, prices, traced=fixed.traced)
        shown = " | ".join(f"{part:,.2f}" for part in (*parts, sum(parts)))
        print(f"| {name} | {shown} |")
    print("\n| a month of a site | operations | used | stored, logged | standing | together |")
    print("|---|---|---|---|---|---|")
    for site, volumes in prices["sites"].items():
        print(_month(site, volumes, costs, ours, prices, fixed))
    print("\n| the log of a site, a day | decisions | its run | grows by | dollars |")
    print("|---|---|---|---|---|")
    for site, volumes in prices["sites"].items():
        day = sum(count for name, count in volumes.items() if name in DECIDING) / MONTH_DAYS
        print(f"| {site} | {day:,.0f} {_log_line(day, figures['merkle_log'], prices)}")
    print(
        "\n| memory | cold start | capture | a million captures | SnapStart, a month | kept warm |"
    )
    print("|---|---|---|---|---|---|")
    for memory in MEMORIES_MB:
        print(_with_memory(memory, costs["first capture"], ours, prices))
    return 0


def _compare(options: list[str], fixed: Fixed, prices: Prices) -> int:
    """Print what a month would stand at with other context values."""
    changed = dict(option.partition("=")[::2] for option in options)
    before, after = standing(fixed, prices), standing(stack(changed), prices)
    print(f"| a month, used or not | now | with {', '.join(options)} | difference |")
    print("|---|---|---|---|")
    for name in before:
        was, would = before[name][0], after[name][0]
        print(f"| {name} | {was:,.2f} | {would:,.2f} | {would - was:+,.2f} |")
    return 0


def of_million(
    row: Mapping[str, Any], ours: Mapping[str, float], prices: Prices, *, traced: bool = False
) -> tuple[float, float, float]:
    """Reckon a million of an operation: its requests, its workers, its mails and events."""
    each, assumed = prices["million"], prices["assumed"]
    logged = prices["month"]["gb_logged"]
    request = (
        each["gateway_requests"]
        + each["firewall_requests"]
        + _units(row["reads"], row["writes"], prices)
        + _runs(1, row["calls"], ours, prices)
        + assumed["access_log_kb"] * logged
        + assumed["kms_calls_per_run"] * each["kms_calls"]
        + (assumed["traced_share"] * each["traces"] if traced else 0)
    )
    later = _units(row["later_reads"], row["later_writes"], prices) + _runs(
        row["later_runs"], row["later_calls"], ours, prices
    )
    out = sum(
        row[kind] * each[price]
        for kind, price in (("mails", "mails"), ("events", "events"), ("objects", "object_writes"))
    )
    return request, later, out


def _units(reads: float, writes: float, prices: Prices) -> float:
    each = prices["million"]
    return float(reads * each["read_units"] + writes * each["write_units"])


def _runs(
    runs: int,
    calls: int,
    ours: Mapping[str, float],
    prices: Prices,
    memory: int = MEMORY_MB,
) -> float:
    """Reckon a million times so many runs: a share of a processor, and waiting for AWS."""
    assumed = prices["assumed"]
    slower = WHOLE_PROCESSOR_MB / memory
    working = ours["warm"] * slower + assumed["cold_share"] * ours["cold"] * slower
    seconds = runs * working + calls * assumed["aws_call_ms"] / 1000
    gb_seconds = seconds * memory / 1024
    return float(
        runs * prices["million"]["function_runs"]
        + gb_seconds * MILLION * prices["function"]["gb_second"]
    )


def _month(
    site: str,
    volumes: Mapping[str, int],
    costs: Mapping[str, Mapping[str, Any]],
    ours: Mapping[str, float],
    prices: Prices,
    fixed: Fixed,
) -> str:
    strange = sorted(set(volumes) - set(costs))
    if strange:
        raise CommandError(f"sites.{site} has an operation that was not measured: {strange[0]}.")
    used = sum(
        count / MILLION * sum(of_million(costs[name], ours, prices, traced=fixed.traced))
        for name, count in volumes.items()
    )
    kept = _kept(volumes, costs, prices)
    fixed_part = standing(fixed, prices)[TOGETHER][0]
    total = used + kept + fixed_part
    return (
        f"| {site} | {sum(volumes.values()):,} | {used:,.2f} | {kept:,.2f} | {fixed_part:,.2f} "
        f"| {total:,.2f} |"
    )


def _kept(
    volumes: Mapping[str, int], costs: Mapping[str, Mapping[str, Any]], prices: Prices
) -> float:
    """Reckon what is stored and logged, once what is kept is as old as it gets."""
    assumed, month = prices["assumed"], prices["month"]
    rows = [(costs[name], count) for name, count in volumes.items()]
    written = sum(row["writes"] * count for row, count in rows)
    stored = written * assumed["stored_kb_per_write_unit"] * assumed["months_stored"] / MILLION
    runs = sum((1 + row["later_runs"]) * count for row, count in rows)
    logged = runs * assumed["log_kb_per_run"] / MILLION
    a_gb = month["gb_stored"] + month["gb_recoverable"] + month["gb_backup"] * assumed["backups"]
    return float(stored * a_gb + logged * (month["gb_logged"] + month["gb_log_kept"]))


@dataclass(frozen=True, slots=True)
class LogDay:
    """What the log over all ledgers takes on a day: its run, what it grows by, what it costs."""

    seconds: float
    megabytes: float
    dollars: float


def of_log(decisions: float, measured: Mapping[str, float], prices: Prices) -> LogDay:
    """Reckon the run that makes a day's decisions into leaves and signs the head."""
    each, assumed = prices["million"], prices["assumed"]
    share = decisions / measured["decisions"]
    waiting = share * measured["calls"] * assumed["aws_call_ms"] / 1000
    slower = WHOLE_PROCESSOR_MB / MEMORY_MB
    seconds = waiting + decisions / measured["leaves_per_second"] * slower
    units = _units(share * measured["reads"], share * measured["writes"], prices) / MILLION
    head = (each["object_writes"] + each["kms_calls"] + each["function_runs"]) / MILLION
    run = seconds * MEMORY_MB / 1024 * prices["function"]["gb_second"]
    return LogDay(seconds, share * measured["bytes"] / MILLION, units + head + run)


def _log_line(decisions: float, measured: Mapping[str, float], prices: Prices) -> str:
    day = of_log(decisions, measured, prices)
    return f"| {day.seconds:,.1f} s | {day.megabytes:,.2f} MB | {day.dollars:,.4f} |"


def _with_memory(
    memory: int, row: Mapping[str, Any], ours: Mapping[str, float], prices: Prices
) -> str:
    """Reckon a function of so much memory, and what one snapshot or one warm instance asks."""
    each, slower = prices["function"], WHOLE_PROCESSOR_MB / memory
    capture = ours["warm"] * 1000 * slower + row["calls"] * prices["assumed"]["aws_call_ms"]
    a_month = memory / 1024 * MONTH_SECONDS
    return (
        f"| {memory:,} MB | {ours['cold'] * 1000 * slower:,.0f} ms | {capture:,.1f} ms "
        f"| {_runs(1, row['calls'], ours, prices, memory):,.2f} "
        f"| {a_month * each['snapshot_gb_second']:,.2f} "
        f"| {a_month * each['provisioned_gb_second']:,.2f} |"
    )


def standing(fixed: Fixed, prices: Prices) -> dict[str, tuple[float, float, float]]:
    """Reckon what a month costs by itself: now, after a year and after two.

    Each of a key's first two rotations adds the price of a key to it, for good.
    """
    month = prices["month"]

    def every(part: float) -> tuple[float, float, float]:
        return (part, part, part)

    def keys(years: int) -> float:
        rotations = min(2, years * 365 // fixed.rotation_days)
        return float(month["kms_key"] * (fixed.keys + rotations * fixed.rotating))

    parts = {
        "KMS keys": (keys(0), keys(1), keys(2)),
        "firewall": every(
            fixed.firewalls * month["firewall"] + fixed.rules * month["firewall_rule"]
        ),
        "alarms": every(fixed.alarms * month["alarm"]),
        "dashboard": every(fixed.dashboards * month["dashboard"]),
        "secrets": every(fixed.secrets * month["secret"]),
    }
    now, one, two = (sum(years) for years in zip(*parts.values(), strict=True))
    return {**parts, TOGETHER: (now, one, two)}


def stack(context: Mapping[str, str] | None = None) -> Fixed:
    """Count what the template declares that costs by the month."""
    from infra import synth  # noqa: PLC0415 - starts node

    resources = list(synth.template(context)["Resources"].values())
    counted = Counter(one["Type"] for one in resources)
    rotating = [
        one["Properties"] for one in resources if one["Properties"].get("EnableKeyRotation")
    ]
    return Fixed(
        keys=counted["AWS::KMS::Key"],
        secrets=counted["AWS::SecretsManager::Secret"],
        alarms=counted["AWS::CloudWatch::Alarm"],
        firewalls=counted["AWS::WAFv2::WebACL"],
        rules=sum(
            len(one["Properties"]["Rules"])
            for one in resources
            if one["Type"] == "AWS::WAFv2::WebACL"
        ),
        dashboards=counted["AWS::CloudWatch::Dashboard"],
        rotating=len(rotating),
        rotation_days=min(key["RotationPeriodInDays"] for key in rotating),
        traced=any(
            one["Properties"].get("TracingEnabled") or "TracingConfig" in one["Properties"]
            for one in resources
        ),
    )
