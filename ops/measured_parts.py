"""The parts of pages that are written from what the bench measured, `bench/figures.json`."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ops.cost import FIGURES

Part = Callable[[], Iterator[str]]


def _figures() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FIGURES.read_text("utf-8"))
    return found


def _time() -> Iterator[str]:
    """Write processor time, each ratio to the floor, the first of the handlers."""
    figures = _figures()
    floor = next(iter(figures["handlers"].values()))
    yield f"Python {figures['python']}, {figures['date']}, {figures['machine']}:"
    yield ""
    yield "| handler | cold start | warm request | memory |"
    yield "|---|---|---|---|"
    for title, one in figures["handlers"].items():
        cold, warm, rss = (f"{one[name] / floor[name]:.2f}x" for name in ("cold", "warm", "rss"))
        yield (
            f"| {title} | {one['cold'] * 1000:.0f} ms, {cold} | {one['warm'] * 1e6:.0f} us, {warm} "
            f"| {one['rss'] / 2**20:.0f} MB, {rss} |"
        )


def _instructions() -> Iterator[str]:
    counted = _figures()["instructions"]
    floor = next(iter(counted.values()))
    yield "| handler | cold start | warm request |"
    yield "|---|---|---|"
    for title, one in counted.items():
        cold, warm = (f"{one[name] / floor[name]:.2f}x" for name in ("cold", "warm"))
        yield (
            f"| {title} | {one['cold'] / 1e6:,.0f} million, {cold} "
            f"| {one['warm'] / 1e6:.2f} million, {warm} |"
        )


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


MEASURED: Mapping[str, Mapping[str, Part]] = {
    "performance.md": {
        "time": _time,
        "instructions": _instructions,
        "operations": _operations,
        "counting": _counting,
        "desk": _desk,
        "unpacked": _unpacked,
        "policy": _policy,
    },
    "decisions/0020-thin-client.md": {"instructions": _instructions},
}
