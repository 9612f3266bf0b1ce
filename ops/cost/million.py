"""What a million of an operation costs, part by part: so much of something, at AWS's price."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ops.cost.estimate import MEMORY_MB, MILLION, WHOLE_PROCESSOR_MB, Figures, Prices, Row
from ops.cost.log import of_log

Group = Literal["request", "workers", "log", "out"]
GROUPS: tuple[Group, ...] = ("request", "workers", "log", "out")
# Operations that write a decision, of which the next day makes a leaf of the log.
DECIDING = ("first capture", "later capture", "withdrawal")


@dataclass(frozen=True, slots=True)
class Part:
    """So much of one thing, and what one of it costs; `drop` says what would be lost with it."""

    group: Group
    name: str
    amount: float
    unit: str
    price: float
    drop: str = ""

    @property
    def dollars(self) -> float:
        """Return what it comes to."""
        return self.amount * self.price


def of_million(
    row: Row, figures: Figures, prices: Prices, *, traced: bool = False
) -> dict[Group, float]:
    """Reckon a million of an operation: its requests, its workers, the log, mails and events."""
    found = list(parts(row, figures, prices, traced=traced))
    return {group: sum(part.dollars for part in found if part.group == group) for group in GROUPS}


def parts(row: Row, figures: Figures, prices: Prices, *, traced: bool = False) -> Iterator[Part]:
    """Yield every part of a million of an operation, also what is nothing."""
    yield from _request(row, figures, prices, traced=traced)
    yield from _workers(row, figures, prices)
    yield from _log(row, figures, prices)
    each = prices["million"]
    for name, price in (("mails", "mails"), ("events", "events"), ("objects", "object_writes")):
        yield Part("out", name, row[name], "million", each[price], "nothing: each is asked for")


def _request(row: Row, figures: Figures, prices: Prices, *, traced: bool) -> Iterator[Part]:
    each, assumed, ours = prices["million"], prices["assumed"], figures["handlers"]["ours"]
    logged = prices["month"]["gb_logged"]
    warm, cold = gb_seconds(1, row["calls"], ours, prices)
    gb_second = prices["function"]["gb_second"]

    def part(name: str, amount: float, unit: str, price: float, drop: str) -> Part:
        return Part("request", name, amount, unit, price, drop)

    yield part(
        "API Gateway",
        1,
        "million requests",
        each["gateway_requests"],
        "an HTTP API asks 1.11; it has no firewall, no resource policy, no refusals of its own",
    )
    yield part(
        "firewall",
        1,
        "million requests",
        each["firewall_requests"],
        "no limit for one caller; what it stands at a month goes, too",
    )
    yield part("function: runs", 1, "million", each["function_runs"], "nothing: it does the work")
    yield part("function: working and waiting", warm, "GB-seconds", gb_second, _MEMORY)
    yield part("function: cold starts (INIT)", cold, "GB-seconds", gb_second, _MEMORY)
    yield part("tables: reads", row["reads"], "million units", each["read_units"], "nothing")
    yield part(
        "tables: writes",
        row["writes"] - row["index_writes"],
        "million units",
        each["write_units"],
        "nothing: it is the evidence",
    )
    yield part(
        "indexes: writes",
        row["index_writes"],
        "million units",
        each["write_units"],
        "retention would read whole tables to find what is due",
    )
    yield part(
        "KMS",
        assumed["kms_calls_per_run"],
        "million calls",
        each["kms_calls"],
        "AWS's own key: who may read a table is then IAM's word alone",
    )
    yield part(
        "Secrets Manager",
        assumed["cold_share"],
        "million calls",
        each["secret_calls"],
        "nothing: people are named by it",
    )
    yield part(
        "access log",
        assumed["access_log_kb"],
        "GB",
        logged,
        "what was refused before a function ran is known to nobody",
    )
    yield part(
        "function's log", assumed["log_kb_per_run"], "GB", logged, "faults are told by alarms alone"
    )
    traces = assumed["traced_share"] if traced else 0
    yield part("X-Ray", traces, "million traces", each["traces"], "it is off: it keeps addresses")


_MEMORY = "`memory` of its row in `infra/catalogue.py`: less is slower"


def _workers(row: Row, figures: Figures, prices: Prices) -> Iterator[Part]:
    each, assumed, ours = prices["million"], prices["assumed"], figures["handlers"]["ours"]
    runs = row["later_runs"]
    working = sum(gb_seconds(runs, row["later_calls"], ours, prices))
    logged = prices["month"]["gb_logged"]

    def part(name: str, amount: float, unit: str, price: float, drop: str) -> Part:
        return Part("workers", name, amount, unit, price, drop)

    yield part("streams", 1, "million records", 0, "Lambda's reads of a stream are free")
    yield part("workers: runs", runs, "million", each["function_runs"], _COUNTS)
    yield part("workers: working", working, "GB-seconds", prices["function"]["gb_second"], _COUNTS)
    yield part("workers: reads", row["later_reads"], "million units", each["read_units"], _COUNTS)
    yield part(
        "workers: writes", row["later_writes"], "million units", each["write_units"], _COUNTS
    )
    yield part("workers' logs", runs * assumed["log_kb_per_run"], "GB", logged, _COUNTS)
    yield part("metrics", 0, "metrics", prices["month"]["metric"], "no call tells a figure")


_COUNTS = "no counts, mails or erasures: what the operation sets off"


def _log(row: Row, figures: Figures, prices: Prices) -> Iterator[Part]:
    """Yield what making a million decisions into leaves takes: nothing for what decides nothing."""
    deciding = row["operation"].startswith(DECIDING)
    day = round(of_log(MILLION, figures["merkle_log"], prices).dollars, 4)
    yield Part(
        "log",
        "log over all ledgers",
        float(deciding),
        "million leaves",
        day,
        "that an event is missing is told by its own chain alone",
    )


def gb_seconds(
    runs: float,
    calls: float,
    ours: Mapping[str, float],
    prices: Prices,
    memory: int = MEMORY_MB,
) -> tuple[float, float]:
    """Reckon a million times so many runs: a share of a processor and waiting; cold starts."""
    assumed, slower = prices["assumed"], WHOLE_PROCESSOR_MB / memory
    warm = runs * ours["warm"] * slower + calls * assumed["aws_call_ms"] / 1000
    cold = runs * assumed["cold_share"] * ours["cold"] * slower
    each = memory / 1024 * MILLION
    return warm * each, cold * each
