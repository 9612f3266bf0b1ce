"""The tables of an estimate, which the command prints and pages of docs/ show."""

from collections.abc import Callable, Iterator, Mapping

from ops import CommandError
from ops.cost import kept, million
from ops.cost.estimate import WHOLE_PROCESSOR_MB, Estimate
from ops.cost.log import of_log
from ops.cost.standing import allowance, idle, standing

CAPTURE = "first capture with an Idempotency-Key"
MEMORIES_MB = (256, 512, 1024, 1769)
MONTH_DAYS = 30
MONTH_SECONDS = MONTH_DAYS * 24 * 3600
# After a year, and once all that is kept is as old as it gets.
YEAR, END = 12, 12 * 100


def _standing(found: Estimate) -> Iterator[str]:
    yield "| a month, used or not | now | after a year | after two |"
    yield "|---|---|---|---|"
    for name, years in standing(found.fixed, found.prices).items():
        yield f"| {name} | {' | '.join(f'{part:,.2f}' for part in years)} |"


def _idle(found: Estimate) -> Iterator[str]:
    yield "| by use, though nobody comes, at the most | dollars a month |"
    yield "|---|---|"
    for name, dollars in idle(found.fixed, found.prices).items():
        yield f"| {name} | {dollars:,.2f} |"
    taken_off = allowance(found.fixed, found.prices)
    yield f"| what AWS takes off every account's bill of these and of alarms | -{taken_off:,.2f} |"


def _million(found: Estimate) -> Iterator[str]:
    yield "| a million of | request | workers after it | the log | mails, events | together |"
    yield "|---|---|---|---|---|---|"
    for name, row in found.operations.items():
        groups = million.of_million(row, found.figures, found.prices, traced=found.fixed.traced)
        shown = " | ".join(f"{part:,.2f}" for part in (*groups.values(), sum(groups.values())))
        yield f"| {name} | {shown} |"


def _parts(found: Estimate) -> Iterator[str]:
    row = found.operations[CAPTURE]
    yield "| each part of a million first captures with a key | takes | at | dollars | to drop it |"
    yield "|---|---|---|---|---|"
    total = 0.0
    for part in million.parts(row, found.figures, found.prices, traced=found.fixed.traced):
        total += part.dollars
        yield (
            f"| {part.name} | {_number(part.amount)} {part.unit} | {_number(part.price)} "
            f"| {part.dollars:,.4f} | {part.drop} |"
        )
    yield f"| together | | | {total:,.4f} | |"


def _kept(found: Estimate) -> Iterator[str]:
    ((kind, one),) = kept.of_million(found.operations[CAPTURE]).items()
    yield (
        f"| a million first captures, kept {one.months:.0f} months ({kind}) | GB | at, a month "
        "| dollars a month | in all |"
    )
    yield "|---|---|---|---|---|"
    whole = 0.0
    monthly = 0.0
    for name, (gigabytes, price) in kept.monthly(one, found).items():
        dollars = gigabytes * price
        monthly, whole = monthly + dollars, whole + dollars * one.months
        shown = f"{name}, {found.fixed.backup_days} of them" if name == "backups" else name
        yield (
            f"| {shown} | {gigabytes:,.2f} | {price:.4g} | {dollars:,.2f} "
            f"| {dollars * one.months:,.2f} |"
        )
    last = kept.removal(one.items, found)
    yield f"| removed when due | | | | {last:,.2f} |"
    yield f"| together | | | {monthly:,.2f} | {whole + last:,.2f} |"


def _sites(found: Estimate) -> Iterator[str]:
    yield (
        "| a month of a site | operations | used | standing | kept after a year "
        "| kept and removed in the end | together after a year | in the end |"
    )
    yield "|---" * 8 + "|"
    fixed = standing(found.fixed, found.prices)["together"][0]
    for site, volumes in found.prices["sites"].items():
        if strange := sorted(set(volumes) - set(found.operations)):
            raise CommandError(
                f"sites.{site} has an operation that was not measured: {strange[0]}."
            )
        used = sum(
            count
            / 1_000_000
            * sum(million.of_million(found.operations[name], found.figures, found.prices).values())
            for name, count in volumes.items()
        )
        year, end = (
            kept.together(volumes, found, after) + kept.removing(volumes, found, after)
            for after in (YEAR, END)
        )
        yield (
            f"| {site} | {sum(volumes.values()):,} | {used:,.2f} | {fixed:,.2f} | {year:,.2f} "
            f"| {end:,.2f} | {used + fixed + year:,.2f} | {used + fixed + end:,.2f} |"
        )


def _log(found: Estimate) -> Iterator[str]:
    yield "| the log of a site, a day | decisions | its run | grows by | dollars |"
    yield "|---|---|---|---|---|"
    for site, volumes in found.prices["sites"].items():
        decisions = sum(volumes.get(name, 0) for name in million.DECIDING) / MONTH_DAYS
        day = of_log(decisions, found.figures["merkle_log"], found.prices)
        yield (
            f"| {site} | {decisions:,.0f} | {day.seconds:,.1f} s | {day.megabytes:,.2f} MB "
            f"| {day.dollars:,.4f} |"
        )


def _memory(found: Estimate) -> Iterator[str]:
    """Yield a function of so much memory, and what one snapshot or one warm instance asks."""
    yield "| memory | cold start | capture | a million captures | SnapStart, a month | kept warm |"
    yield "|---|---|---|---|---|---|"
    ours, calls = found.figures["handlers"]["ours"], found.operations[CAPTURE]["calls"]
    each, prices = found.prices["function"], found.prices
    for memory in MEMORIES_MB:
        slower = WHOLE_PROCESSOR_MB / memory
        capture = ours["warm"] * 1000 * slower + calls * prices["assumed"]["aws_call_ms"]
        a_month = memory / 1024 * MONTH_SECONDS
        runs = prices["million"]["function_runs"]
        runs += sum(million.gb_seconds(1, calls, ours, prices, memory)) * each["gb_second"]
        yield (
            f"| {memory:,} MB | {ours['cold'] * 1000 * slower:,.0f} ms | {capture:,.1f} ms "
            f"| {runs:,.2f} | {a_month * each['snapshot_gb_second']:,.2f} "
            f"| {a_month * each['provisioned_gb_second']:,.2f} |"
        )


def _number(value: float) -> str:
    """Write a number with no more digits than it needs, and never as a power of ten."""
    if value >= 100:  # noqa: PLR2004 - then nobody asks for a fraction
        return f"{value:,.0f}"
    return f"{value:.10f}".rstrip("0").rstrip(".")


Table = Callable[[Estimate], Iterator[str]]
TABLES: Mapping[str, Table] = {
    "standing": _standing,
    "idle": _idle,
    "million": _million,
    "parts": _parts,
    "kept": _kept,
    "sites": _sites,
    "log": _log,
    "memory": _memory,
}
