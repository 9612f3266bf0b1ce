"""Sample events are replayed; what they stand for by example is made first."""

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from infra import openapi, routes
from infra.catalogue import FUNCTIONS
from local.functions import Functions
from shared.edge import current_time
from shared.storage.aws_clients import client
from tests import sample_answers
from tests.sample_events import EVENTS, prepared, replayed
from tests.support import NOW

SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((EVENTS / "schemas").glob("*.json"))
}
NO_EVENTS = {"answers", "schemas"}
FILES = sorted(path for path in EVENTS.glob("*/*.json") if path.parent.name not in NO_EVENTS)


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_route_and_every_stream_has_a_sample_event() -> None:
    wanted = {f"{function}/{route.handler.__name__}" for function, route in routes.declared()}
    wanted |= {f"{row.name}/{stream}" for row in FUNCTIONS for stream in row.streams}
    wanted |= {f"{row.name}/schedule" for row in FUNCTIONS if row.daily}
    assert {f"{path.parent.name}/{path.stem}" for path in FILES} == wanted


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document()


def test_three_open_doors_take_details_and_each_names_the_words_beside_it(
    document: dict[str, Any],
) -> None:
    """S2: the contact form, the newsletter and the account; a right is asked for without words."""
    takes = set()
    for path, operations in document["paths"].items():
        said = operations.get("post", {}).get("requestBody", {}).get("content", {})
        schema = said.get("application/json", {}).get("schema", {}).get("$ref", "")
        model = document["components"]["schemas"].get(schema.rpartition("/")[2], {})
        if {"email", "policy_version"} <= set(model.get("required", ())):
            takes.add(path)
    assert takes == {"/v1/contact", "/v1/newsletter", "/v1/accounts"}


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(
    "operation",
    [operation for operation in routes.declared() if not operation.route.is_page],
    ids=lambda operation: f"{operation.function}/{operation.route.handler.__name__}",
)
def test_an_answer_is_as_the_document_says(
    functions: Functions, operation: routes.Operation, document: dict[str, Any]
) -> None:
    """`make examples` keeps what is answered: the document shows it."""
    route = operation.route
    path = EVENTS / operation.function / f"{route.handler.__name__}.json"
    told = document["paths"][route.path][route.method.lower()]["responses"][str(route.status)]
    given = {}
    for media_type in route.produces:
        answer = replayed(functions, path, media_type)
        assert answer["statusCode"] == route.status, answer["body"]
        assert answer["headers"]["Content-Type"].startswith(media_type)
        given[media_type] = sample_answers.shown(answer["body"], media_type)
        sample_answers.check(given[media_type], told["content"][media_type]["schema"], document)
    if "RECORD_ANSWERS" in os.environ:
        sample_answers.record(operation.function, route.handler.__name__, given)


@pytest.mark.usefixtures("cloud")
def test_a_schedule_runs(functions: Functions) -> None:
    for row in FUNCTIONS:
        if row.daily:
            functions.invoke(row.name, load(EVENTS / row.name / "schedule.json"))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the notifications worker puts on the bus."""
    entries: list[dict[str, Any]] = []
    plain = client("events").put_events

    def put(**parameters: Any) -> Any:
        entries.extend(parameters["Entries"])
        return plain(**parameters)

    monkeypatch.setattr(client("events"), "put_events", put)
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    return entries


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("name", ["records", "ledger", "requests"])
def test_a_sample_batch_is_delivered_and_told_by_schema(
    functions: Functions, name: str, told: list[dict[str, Any]]
) -> None:
    batch = prepared(functions, EVENTS / "notifications" / f"{name}.json")
    assert functions.invoke("notifications", batch) == {"batchItemFailures": []}
    assert told
    for entry in told:
        detail = json.loads(entry["Detail"])
        jsonschema.validate(detail, SCHEMAS[entry["DetailType"]])
        assert "sam@example.com" not in entry["Detail"], "person_id and nothing else personal"
    count = len(told)
    functions.invoke("notifications", batch)
    assert len(told) == count, "each effect once per stored record"


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_and_fits_its_example(name: str) -> None:
    schema = SCHEMAS[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    (example,) = schema["examples"]
    jsonschema.validate(example, schema)
