"""The parts of pages that are written from what the bench measured, `bench/figures.json`."""

import json
import math
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from bench import goals
from infra.catalogue import FUNCTIONS
from ops.cost import estimate, tables
from ops.cost.estimate import FIGURES, MILLION, PRICES
from ops.cost.log import of_log

Part = Callable[[], Iterator[str]]

DAY_SECONDS = 24 * 3600
RATES = (1, 100, 10_000, 100_000)
# A stream has so many shards at least, and takes a thousand records a second in each.
SHARDS, RECORDS = 4, 1000
# A batch writes its mark and what six notices and methods come to, two units each in a transaction.
BATCH_UNITS = 2 * (1 + 6)


def _figures() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FIGURES.read_text("utf-8"))
    return found


def _time() -> Iterator[str]:
    """Write processor time, each ratio to the floor, the first of the handlers."""
    figures = _figures()
    yield f"Python {figures['python']}, {figures['date']}, {figures['machine']}:"
    yield ""
    yield "| handler | cold start | warm request | memory |"
    yield "|---|---|---|---|"
    for title, one, (cold, warm, rss) in _by_the_floor(figures["handlers"], "cold", "warm", "rss"):
        yield (
            f"| {title} | {one['cold'] * 1000:.0f} ms, {cold} | {one['warm'] * 1e6:.0f} us, {warm} "
            f"| {one['rss'] / 2**20:.0f} MB, {rss} |"
        )


def _instructions() -> Iterator[str]:
    yield from _counted("instructions")


def _runtime() -> Iterator[str]:
    yield from _counted("runtime")


def _counted(name: str) -> Iterator[str]:
    yield "| handler | cold start | warm request |"
    yield "|---|---|---|"
    for title, one, (cold, warm) in _by_the_floor(_figures()[name], "cold", "warm"):
        yield (
            f"| {title} | {one['cold'] / 1e6:,.0f} million, {cold} "
            f"| {one['warm'] / 1e6:.2f} million, {warm} |"
        )


def _by_the_floor(
    handlers: Mapping[str, Mapping[str, float]], *names: str
) -> Iterator[tuple[str, Mapping[str, float], list[str]]]:
    """Yield each handler, its figures and their ratios to the floor's, the first of them."""
    floor = next(iter(handlers.values()))
    for title, one in handlers.items():
        yield title, one, [f"{one[name] / floor[name]:.2f}x" for name in names]


def _cold_starts() -> Iterator[str]:
    """Write each function's start, the ratio to the floor, the first of them."""
    counted = _figures()["cold_starts"]
    floor = next(iter(counted.values()))
    yield "| function, with its first piece of work | cold start |"
    yield "|---|---|"
    for title, count in counted.items():
        yield f"| {title} | {count / 1e6:,.0f} million, {count / floor:.2f}x |"


def _copies() -> Iterator[str]:
    """Write what an access request takes, by how much there is."""
    yield "| records of one person | DynamoDB calls | S3 calls | memory risen | copy, zipped |"
    yield "|---" * 5 + "|"
    for row in _figures()["requests"]:
        yield (
            f"| {row['records']:,} | {row['calls']:,} | {row['s3_calls']:,} "
            f"| {row['risen_mb']:.0f} MB | {row['json_mb']:.1f} MB, {row['zip_mb']:.1f} MB |"
        )


def _erasures() -> Iterator[str]:
    """Write what an erasure takes, by how much there is."""
    yield "| records of one person | AWS calls | memory risen |"
    yield "|---|---|---|"
    for row in _figures()["erasure"]:
        yield f"| {row['records']:,} | {row['calls']:,} | {row['risen_mb']:.0f} MB |"


def _growth() -> Iterator[str]:
    """Write what grows with how much there is, and what does not."""
    figures, sizes = _figures(), (10, 1_000, 5_000, 100_000)
    copies, erasures = (
        {row["records"]: row["calls"] for row in figures[name]} for name in ("requests", "erasure")
    )
    removed = {row["stored"]: row["calls"] for row in figures["sweep"]}
    yield f"| | {' | '.join(f'{size:,}' for size in sizes)} | by |"
    yield "|---" * (len(sizes) + 2) + "|"
    for name, known, by in (
        ("calls of DynamoDB for a copy of one person's records", copies, "a call a megabyte"),
        ("calls for the erasure of as many", erasures, "a call for 98 items"),
        ("calls for each item that is due, of so many stored", removed, "what is due"),
    ):
        cells = (f"{known[size]:,}" if size in known else "" for size in sizes)
        yield f"| {name} | {' | '.join(cells)} | {by} |"


def _counting_at_scale() -> Iterator[str]:
    """Write what counting takes: a batch is full, or a minute old."""
    (row,) = (row for row in FUNCTIONS if row.name == "aggregation")
    price = _prices()["million"]["write_units"] / MILLION
    heads = ("decisions a second", "shards of the stream", "runs at once")
    yield f"| {' | '.join(heads)} | units a second for counting | counting, dollars a day |"
    yield "|---|---|---|---|---|"
    for rate in RATES:
        shards = max(SHARDS, math.ceil(rate / RECORDS))
        units = max(SHARDS / row.window, rate / row.batch) * BATCH_UNITS
        least = f"{shards} and more" if shards > SHARDS else f"{shards}"
        yield (
            f"| {rate:,} | {least} | {least} | {units:,.1f} | {units * DAY_SECONDS * price:,.2f} |"
        )


def _log_at_scale() -> Iterator[str]:
    """Write what a day of the log takes, and in how many runs."""
    (row,) = (row for row in FUNCTIONS if row.name == "transparency")
    yield "| decisions a second | a day's run | grows by, a day | dollars a day |"
    yield "|---|---|---|---|"
    for rate in RATES:
        day = of_log(rate * DAY_SECONDS, _figures()["merkle_log"], _prices())
        runs = math.ceil(day.seconds / row.timeout)
        shown = "1 run" if runs == 1 else f"{runs:,} runs"
        yield (
            f"| {rate:,} | {_duration(day.seconds)}, {shown} | {day.megabytes:,.1f} MB "
            f"| {day.dollars:,.2f} |"
        )


def _duration(seconds: float) -> str:
    """Say how long, in the largest unit of which there are at least two."""
    for unit, length in (("days", DAY_SECONDS), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def _prices() -> Mapping[str, Any]:
    return tomllib.loads(PRICES.read_text("utf-8"))


def _operations() -> Iterator[str]:
    yield "| operation | calls | read | write | later calls | read | write |"
    yield "|---" * 7 + "|"
    for row in _figures()["operations"]:
        names = ("calls", "reads", "writes", "later_calls", "later_reads", "later_writes")
        cells = (f"{row[name]:g}" for name in names)
        yield f"| {row['operation']} | {' | '.join(cells)} |"


def _desk() -> Iterator[str]:
    """Write what each page of the desk costs over many requests."""
    desk = _figures()["desk"]
    yield f"{desk['requests']:,} requests, {desk['open']} of a hundred open, on DynamoDB Local:"
    yield ""
    yield "| page | calls | read units | bytes |"
    yield "|---" * 4 + "|"
    for page in desk["pages"]:
        yield f"| {page['page']} | {page['calls']} | {page['reads']:g} | {page['bytes']:,} |"


def _unpacked() -> Iterator[str]:
    sizes = _figures()["bytes"]
    parts = ", ".join(f"{name} {size / 1e6:.1f}" for name, size in sizes.items())
    yield f"Unpacked: {sum(sizes.values()) / 1e6:.1f} MB ({parts})."


def _policy() -> Iterator[str]:
    size = _figures()["policy"]
    yield (
        f"`/v1/policy` of {size['version']}: {size['bytes'] / 1000:.0f} KB, "
        f"{size['compressed'] / 1000:.0f} KB compressed."
    )


def _counting() -> Iterator[str]:
    figures = _figures()
    counting, checks = figures["counting"], figures["permission_checks"]
    pace = f"{counting['decisions_per_second']:,.0f}"
    yield f"A worker counts {pace} decisions a second of one processor."
    pace, risen = f"{checks['per_second']:,.0f}", f"{checks['risen'] / 2**20:.1f} MB"
    yield f"{checks['addresses']:,} permission checks on the embedded engine:"
    yield f"{pace} addresses a second, memory up by {risen}."


def _cost(table: tables.Table) -> Iterator[str]:
    yield from table(estimate.read())


MEASURED: Mapping[str, Mapping[str, Part]] = {
    "performance.md": {
        "time": _time,
        "instructions": _instructions,
        "runtime": _runtime,
        "cold starts": _cold_starts,
        "operations": _operations,
        "copies": _copies,
        "erasures": _erasures,
        "counting": _counting,
        "desk": _desk,
        "unpacked": _unpacked,
        "policy": _policy,
    },
    "operations/scale.md": {"counting": _counting_at_scale, "log": _log_at_scale},
    "decisions/0015-memory-and-cost.md": {
        name: partial(_cost, table) for name, table in tables.TABLES.items()
    },
    "decisions/0020-thin-client.md": {"instructions": _instructions},
    "../bench/README.md": {"growth": _growth, "goals": lambda: goals.table(_figures())},
}
