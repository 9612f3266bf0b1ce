"""`python -m ops cost`: what it costs to run, from what was measured and what AWS asks."""

import argparse
from pathlib import Path

from ops.cost import estimate, standing, tables
from ops.cost.estimate import FIGURES, PRICES

ABOUT = "estimate what it costs to run, from measured figures and a table of prices"
DESCRIPTION = (
    "Prints what a month costs used or not, dollars per million of each operation, each part of a "
    "million captures, what keeping and removing them costs, a month of a small, a medium "
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
    found = estimate.read(chosen.figures, chosen.prices)
    prices = found.prices
    print(f"US dollars, {prices['region']}, prices of {prices['date']}, without tax and free tiers")
    if chosen.compare:
        return _compare(chosen.compare, found)
    for table in tables.TABLES.values():
        print()
        for line in table(found):
            print(line)
    return 0


def _compare(options: list[str], found: estimate.Estimate) -> int:
    """Print what a month would stand at with other context values."""
    changed = dict(option.partition("=")[::2] for option in options)
    before = standing.standing(found.fixed, found.prices)
    other = estimate.stack(found.prices, changed)
    after = standing.standing(other, found.prices)
    print(f"\n| a month, used or not | now | with {', '.join(options)} | difference |")
    print("|---|---|---|---|")
    for name in before:
        was, would = before[name][0], after[name][0]
        print(f"| {name} | {was:,.2f} | {would:,.2f} | {would - was:+,.2f} |")
    was, would = found.fixed.backup_days, other.backup_days
    price = found.prices["month"]["gb_backup"]
    print(
        f"| backups of a gigabyte, not in the sum | {was * price:,.2f} | {would * price:,.2f} "
        f"| {(would - was) * price:+,.2f} |"
    )
    return 0
