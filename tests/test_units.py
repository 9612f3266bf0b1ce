"""What each sample event takes: calls, and units at most, also as a real engine counts them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bench.capacity import Capacity
from bench.watching import engine_counts
from infra import routes
from infra.catalogue import FUNCTIONS
from local import aws_calls
from local.functions import Functions
from tests import conftest
from tests.conftest import ENGINE
from tests.sample_events import EVENTS, prepared

EXPECTED = EVENTS.parent / "bench" / "expected" / "events.json"
FILES = sorted(path for row in FUNCTIONS for path in (EVENTS / row.name).glob("*.json"))
STATUSES = {f"{o.function}/{o.route.handler.__name__}": o.route.status for o in routes.declared()}
NOTHING = {"reads": 0.0, "writes": 0.0}


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_sample_event_takes_the_calls_and_units_that_are_expected(
    functions: Functions, path: Path
) -> None:
    """`make examples ENGINE=dynamodb-local` writes them anew.

    Units are the more of two: what DynamoDB's rules come to, which know nothing of the indexes that
    an item was in before, and what that engine says, which counts nothing for what is not there
    and once for several items of a table in a transaction.
    """
    conftest.empty()
    event, reckoned, capacity = prepared(functions, path), dict(NOTHING), Capacity()

    def reckon(_service: str, operation: str, parameters: dict[str, Any]) -> None:
        for kind, count in zip(NOTHING, capacity.of(operation, parameters), strict=True):
            reckoned[kind] += count

    services = ("dynamodb", "s3")
    with engine_counts(*services) as counts, aws_calls.seen(services, reckon):
        answer = functions.invoke(path.parent.name, event)
    calls, said = counts.calls.total(), dict(NOTHING)
    if ENGINE != "moto":  # what moto says of units is no engine's
        said = {"reads": counts.reads, "writes": counts.writes}
    name = f"{path.parent.name}/{path.stem}"
    if name in STATUSES:
        assert answer["statusCode"] in {*range(200, 400), STATUSES[name]}, answer["body"]
    else:
        assert not (answer or {}).get("batchItemFailures")
    expected = json.loads(EXPECTED.read_text("utf-8"))
    spent = {"calls": calls, **{kind: max(reckoned[kind], said[kind]) for kind in NOTHING}}
    if "RECORD_UNITS" in os.environ:
        if ENGINE == "moto":
            known = expected.get(name, NOTHING)
            spent |= {kind: max(spent[kind], known[kind]) for kind in NOTHING}
        expected = dict(sorted((expected | {name: spent}).items()))
        rows = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in expected.items())
        EXPECTED.write_text("{\n" + ",\n".join(rows) + "\n}\n", "utf-8")
    assert expected[name]["calls"] == calls
    assert all(spent[kind] <= expected[name][kind] for kind in NOTHING), spent
