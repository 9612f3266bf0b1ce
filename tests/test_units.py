"""What each sample event takes: calls, and units as a real engine counts them."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bench.watching import units, used
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
COUNTED = {
    **dict.fromkeys(("BatchGetItem", "GetItem", "Query"), "reads"),
    **dict.fromkeys(("DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"), "writes"),
}


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_sample_event_takes_the_calls_and_units_that_are_expected(
    functions: Functions, path: Path
) -> None:
    """`make examples ENGINE=dynamodb-local` writes them anew.

    A read is a unit at least, also of what is not there, for which that engine counts nothing.
    """
    conftest.empty()
    event, spent = prepared(functions, path), {"calls": 0, "reads": 0.0, "writes": 0.0}
    least = 0.0

    def ask(_service: str, operation: str, parameters: dict[str, Any]) -> None:
        nonlocal least
        spent["calls"] += 1
        least += units(operation, parameters)[0]
        if operation in COUNTED:
            parameters["ReturnConsumedCapacity"] = "TOTAL"

    def hear(_service: str, operation: str, answer: Mapping[str, Any]) -> None:
        if operation in COUNTED:
            spent[COUNTED[operation]] += used(answer)

    with aws_calls.seen(("dynamodb", "s3"), ask, hear):
        answer = functions.invoke(path.parent.name, event)
    name = f"{path.parent.name}/{path.stem}"
    if name in STATUSES:
        assert answer["statusCode"] in {*range(200, 400), STATUSES[name]}, answer["body"]
    else:
        assert not (answer or {}).get("batchItemFailures")
    expected = json.loads(EXPECTED.read_text("utf-8"))
    if ENGINE == "moto":  # what it says of units is no engine's
        spent |= {unit: expected[name][unit] for unit in ("reads", "writes")}
    spent["reads"] = max(least, spent["reads"])
    if "RECORD_UNITS" in os.environ:
        expected = dict(sorted((expected | {name: spent}).items()))
        rows = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in expected.items())
        EXPECTED.write_text("{\n" + ",\n".join(rows) + "\n}\n", "utf-8")
    assert expected[name] == spent
