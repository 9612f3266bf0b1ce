"""Putting a table back from a restored copy: seconds, calls and units to compare, put back, erase.

`python -m bench.restore 100000 --engine dynamodb-local`. A tenth of the items is lost, one in a
hundred has changed since; one person in a thousand was erased since the backup.
"""

import argparse
import contextlib
import io
import resource
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "functions"), str(ROOT)]

from bench.watching import engine_counts  # noqa: E402 - after the path
from infra import synth  # noqa: E402
from infra.catalogue import TABLES  # noqa: E402
from local import cloud, engine  # noqa: E402
from local.functions import Functions  # noqa: E402
from ops import erasures, stores  # noqa: E402
from ops.restore import copying  # noqa: E402
from shared.storage.aws_clients import client  # noqa: E402
from shared.storage.aws_json import connection  # noqa: E402

COPY = "privacy-test-stores-restored-records"
BATCH, LOST, CHANGED, ERASED = 25, 10, 100, 100
Item = dict[str, Any]


def measure(items: int, name: str) -> None:
    """Lose a part of so many items, bring it back, and print a line for each step."""
    with engine.started(name):
        connection.READ_SECONDS = 60  # as in bench/erasure.py
        laid = cloud.lay(synth.template())
        Functions(laid, serial=name == "moto").prepare()
        place = laid.table("RecordsTable")
        _filled(place, items)
        row = next(table for table in TABLES if table.name == "records")
        work = copying.Copying(row, place, COPY)
        _timed("compare", work.compare)
        _timed("put back", work.put_back)
        _timed("again", work.put_back)
        _timed("erase again", lambda: _erased(laid))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'most memory':12} {peak:8.0f} MB")


def _timed(what: str, step: Callable[[], str]) -> None:
    """Print what a step took: seconds, calls by operation, and units as DynamoDB counts them."""
    started = time.perf_counter()
    with engine_counts() as counts:
        said = step()
    took = time.perf_counter() - started
    spent = ", ".join(
        f"{n} {name} ({counts.units.get(name, 0):.0f} units)"
        for name, n in sorted(counts.calls.items())
    )
    print(f"{what:12} {took:8.1f} s  {said}; {spent}", flush=True)


def _erased(laid: cloud.Cloud) -> str:
    listed = {name: stores.Resource("", each["Ref"]) for name, each in laid.resources.items()}
    chosen = argparse.Namespace(stack="here", table_prefix=None, since=None, dry_run=False)
    said = io.StringIO()
    with mock.patch.object(stores, "listed", return_value=listed), contextlib.redirect_stdout(said):
        code = erasures.run(chosen)
    return f"{said.getvalue().splitlines()[-1]}, exit code {code}"


def _filled(place: str, items: int) -> None:
    """Write the copy whole, the deployed table with its losses, and the list of erasures."""
    from shared.domain.timestamps import format_timestamp  # noqa: PLC0415
    from shared.storage import erasure_list  # noqa: PLC0415
    from tests.factories import table_beside  # noqa: PLC0415
    from tests.support import NOW  # noqa: PLC0415

    dynamodb = client("dynamodb")
    table_beside(dynamodb, place, COPY)
    for start in range(0, items, BATCH):
        batch = {number: _item(number) for number in range(start, min(start + BATCH, items))}
        _written(dynamodb, COPY, batch.values())
        changed = {"facts": {"M": {"since": {"S": "changed"}}}}
        _written(
            dynamodb,
            place,
            [
                {**item, **(changed if n % CHANGED == 1 else {})}
                for n, item in batch.items()
                if n % LOST
            ],
        )
    print("filled", flush=True)
    erased_at = format_timestamp(NOW + timedelta(days=1))
    for number in range(0, items, LOST * ERASED):
        erasure_list.note(
            erasure_list.Erasure(_person(number), f"r_{number}", erased_at, frozenset())
        )


def _written(dynamodb: Any, table: str, items: Any) -> None:
    asked: dict[str, Any] = {table: [{"PutRequest": {"Item": item}} for item in items]}
    while asked:
        asked = dynamodb.batch_write_item(RequestItems=asked).get("UnprocessedItems", {})


def _person(number: int) -> str:
    return f"p_{number:026}"


def _item(number: int) -> Item:
    from shared.storage import records  # noqa: PLC0415 - with the engine's environment
    from tests import factories  # noqa: PLC0415

    said = {"email": "sam@example.com", "name": "Sam Example", "message": "Hello. " * 40}
    one = factories.record(_person(number), id="1", fields=said)
    item: Item = records.put(one)["Item"]
    return item


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("items", type=int)
    parser.add_argument("--engine", default="dynamodb-local")
    chosen = parser.parse_args()
    measure(chosen.items, chosen.engine)
