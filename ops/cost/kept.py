"""What is stored costs: by the month until it is due, and once more when it is removed.

How long a class is kept is the policy's word. A backup of a table is a whole copy of it each day:
AWS keeps no differences of DynamoDB's tables.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ops.cost.estimate import Estimate, Row
from shared.storage import policies

# Of what period it is how much of a month.
_MONTHS = {"Y": 12.0, "M": 1.0, "D": 12 / 365.25}


@dataclass(frozen=True, slots=True)
class Kept:
    """Gigabytes that a million of an operation leave for so many months, and their items."""

    months: float
    items: float
    table: float
    index: float


def of_million(row: Row) -> dict[str, Kept]:
    """Return what a million of an operation leave, by record class."""
    return {
        kind: Kept(months(kind), each["items"], each["table"] / 1000, each["index"] / 1000)
        for kind, each in row["kept"].items()
    }


def months(kind: str) -> float:
    """Return how many months the policy in force keeps a record class."""
    rule = policies.published().current(datetime.now(UTC)).classes[kind]
    found = re.fullmatch(r"P(\d+)([YMD])", rule.keep)
    if found is None:
        raise ValueError(rule.keep)
    return int(found[1]) * _MONTHS[found[2]]


def monthly(kept: Kept, estimate: Estimate) -> dict[str, tuple[float, float]]:
    """Return the gigabytes of each place in which it is, and what one costs a month."""
    month = estimate.prices["month"]
    return {
        "tables": (kept.table, month["gb_stored"]),
        "indexes": (kept.index, month["gb_stored"]),
        "recoverable to the second": (kept.table, month["gb_recoverable"]),
        "backups": (kept.table * estimate.fixed.backup_days, month["gb_backup"]),
    }


def removal(items: float, estimate: Estimate) -> float:
    """Return what it costs to remove a million times so many items that are due."""
    each, sweep = estimate.prices["million"], estimate.figures["sweep"][-1]
    units = sweep["reads"] * each["read_units"] + sweep["writes"] * each["write_units"]
    return float(items * units)


def together(volumes: Mapping[str, int], estimate: Estimate, after: float) -> float:
    """Return what a site's month of storing costs, once it has run for so many months."""
    return sum(
        gigabytes * price * min(kept.months, after) * count / 1_000_000
        for name, count in volumes.items()
        for kept in of_million(estimate.operations[name]).values()
        for gigabytes, price in monthly(kept, estimate).values()
    )


def removing(volumes: Mapping[str, int], estimate: Estimate, after: float) -> float:
    """Return what a site's month of removing costs: as much as came, once that is due."""
    return sum(
        removal(kept.items, estimate) * count / 1_000_000
        for name, count in volumes.items()
        for kept in of_million(estimate.operations[name]).values()
        if kept.months <= after
    )
