"""What the log over all ledgers takes: a day's decisions made into leaves, and its head signed.

`python -m bench.merkle_log [--write]`. Calls and units go by DynamoDB's rules on the real items,
as of a run on the embedded engine; leaves a second are processor time of reading items, hashing and
writing out alone, for the engine on this machine would be measured else.
"""

import argparse
import math
import secrets
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "functions"), str(ROOT)]

from bench import capacity, figures, filling, watching  # noqa: E402 - after the path
from bench.operations import CAPTURE  # noqa: E402
from infra import synth  # noqa: E402
from local import aws_calls, cloud, engine  # noqa: E402
from local.functions import Functions  # noqa: E402
from tests.support import call  # noqa: E402

DECISIONS = 5_000
HASHED = 50_000
KEYS_IN_A_UNIT = 8192  # bytes that an eventually consistent unit of the index reads
CAPTURED = datetime.fromisoformat("2026-02-01T09:00:00+00:00")
NIGHT = CAPTURED + timedelta(days=1)


@dataclass
class Grown(watching.Usage):
    """What a run of the log's function took, and how fast its leaves are made."""

    decisions: int
    bytes: int = 0
    objects: int = 0
    leaves_per_second: float = 0


def measure(decisions: int) -> Grown:
    """Grow the log by a day of so many decisions, each of a browser of its own."""
    from shared.services.grow_log import grow_log  # noqa: PLC0415 - with the engine's environment

    with engine.started("moto"):
        Functions(cloud.lay(synth.template()), serial=True).prepare()
        model = _fill(decisions)
        grown = Grown(decisions)
        with aws_calls.seen(("dynamodb", "s3", "kms"), _noting(grown), _reading(grown)):
            growth = grow_log("prod", NIGHT, lambda: True)
        if growth.added != decisions + 1:  # and the end of the day
            raise RuntimeError(f"{growth.added} leaves, not {decisions + 1}")
        grown.leaves_per_second = _pace(model)
    return grown


def _noting(grown: Grown) -> Any:
    reckoned = capacity.Capacity()

    def note(service: str, name: str, params: dict[str, Any]) -> None:
        grown.calls += 1
        grown.objects += name == "PutObject"
        if service != "dynamodb" or name == "Query":
            return
        reads, writes = reckoned.of(name, params)
        grown.reads += reads
        grown.writes += writes
        grown.bytes += sum(capacity.size(put["Item"]) for put in watching.puts(name, params))

    return note


def _reading(grown: Grown) -> Any:
    """Count what queries read by its bytes: a page of the index is many keys."""

    def add(_service: str, name: str, parsed: Mapping[str, Any]) -> None:
        if name == "Query":
            read = sum(map(capacity.size, parsed["Items"]))
            grown.reads += max(0.5, math.ceil(read / KEYS_IN_A_UNIT * 2) / 2)

    return add


def _fill(decisions: int) -> dict[str, Any]:
    """Write a capture's event again and again, each under another browser's name; return it."""
    from shared.domain.identifiers import consent_id  # noqa: PLC0415 - as above
    from shared.domain.record_classes import RecordClass  # noqa: PLC0415
    from shared.domain.retention_partitions import attributes  # noqa: PLC0415
    from shared.domain.timestamps import format_timestamp  # noqa: PLC0415
    from shared.storage.dynamodb import database  # noqa: PLC0415
    from shared.storage.dynamodb.attribute_values import encode  # noqa: PLC0415

    made = call("consent", "POST", "/v1/consents", CAPTURE, now=CAPTURED).json["consent_id"]
    model = dict(database.get("ledger", subject=made, sequence=1) or {})

    def others() -> Iterator[dict[str, Any]]:
        for number in range(1, decisions):
            name = consent_id(secrets.token_bytes(16))
            at = format_timestamp(CAPTURED + timedelta(milliseconds=number))
            own = {"subject": name, "decided_at": at, "salt": secrets.token_hex(11)}
            yield {**model, **encode(own | attributes(RecordClass.CONSENT_EVIDENCE, name, at))}

    filling.write("ledger", others())
    return model


def _pace(item: dict[str, Any]) -> float:
    """Make leaves of decisions, and pages of them, as fast as one processor does."""
    from shared.domain import log_entries  # noqa: PLC0415 - as above
    from shared.domain.merkle_log import Frontier  # noqa: PLC0415
    from shared.storage.dynamodb.attribute_values import decode  # noqa: PLC0415
    from shared.storage.merkle_log.log_tree import PAGE  # noqa: PLC0415

    tree = Frontier()
    started = time.process_time()
    for _ in range(0, HASHED, PAGE):
        found = [decode(item) for _ in range(PAGE)]
        entries = [log_entries.decision(one["salt"], one["digest"]) for one in found]
        tree.extend(entries)
        written = [log_entries.encode(entry) for entry in entries]
    took = time.process_time() - started
    if len(written) != PAGE:
        raise RuntimeError(len(written))
    return tree.size / took


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.merkle_log", description=__doc__)
    parser.add_argument("--decisions", type=int, default=DECISIONS)
    parser.add_argument("--write", action="store_true", help="put it into bench/figures.json")
    chosen = parser.parse_args()
    grown = measure(chosen.decisions)
    each = [value / grown.decisions for value in (grown.calls, grown.reads, grown.writes)]
    print(f"{grown.decisions:,} decisions: {grown.calls} calls, head and its check among them")
    print("a decision: {:.3f} calls, {:.2f} read and {:.2f} write units".format(*each))
    print(f"{grown.bytes / grown.decisions:.0f} bytes of the log")
    print(f"{grown.leaves_per_second:,.0f} leaves a second of one processor")
    if chosen.write:
        figures.keep(merkle_log=asdict(grown))
    return 0


if __name__ == "__main__":
    sys.exit(main())
