"""Sample events are replayed; what they stand for by example is made first."""

import json
import os
import re
import uuid
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL

import boto3
import jsonschema
import pytest

from infra import openapi, routes
from infra.catalogue import FUNCTIONS
from local.functions import Functions
from shared.domain import unsubscribe_links
from shared.domain.identifiers import person_id
from shared.domain.token_scopes import TokenScope
from shared.edge import current_time
from shared.storage import secrets, tokens
from shared.storage.aws_clients import client
from shared.storage.dynamodb import database
from tests import event_breaches, event_holds, event_people, event_requests, sample_answers
from tests.support import NOW, source

EVENTS = Path(__file__).parent.parent / "events"
SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((EVENTS / "schemas").glob("*.json"))
}
EXAMPLE_TOKEN = "AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB"
EXAMPLE_CONSENT = "c_k3v7q2m5x4n6p2r7s5t3w4y6za"
EXAMPLE_ASSET = "site.000000000000.css"
EXAMPLE_KEY = "0b8f1c1e-52a6-4f0e-8a35-6f1d7e6f2f10"
NO_EVENTS = {"answers", "schemas"}
FILES = sorted(path for path in EVENTS.glob("*/*.json") if path.parent.name not in NO_EVENTS)
SERVING = {row.name for row in FUNCTIONS if row.serves_http}
HTTP = [path for path in FILES if path.parent.name in SERVING]

# Whose token an example's stands for.
POWERS = {
    "session": TokenScope.OPEN_PREFERENCES,
    "read": TokenScope.PREFERENCES,
    "change": TokenScope.PREFERENCES,
    "change_account": TokenScope.PREFERENCES,
    "close_account": TokenScope.PREFERENCES,
}


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_route_and_every_stream_has_a_sample_event() -> None:
    wanted = {f"{function}/{route.handler.__name__}" for function, route in routes.declared()}
    wanted |= {f"{row.name}/{stream}" for row in FUNCTIONS for stream in row.streams}
    wanted |= {f"{row.name}/schedule" for row in FUNCTIONS if row.daily}
    assert {f"{path.parent.name}/{path.stem}" for path in FILES} == wanted


def _replayed(functions: Functions, path: Path, accept: str = "*/*") -> Any:
    """Replay an event after making what it names: a browser, a token, a session, a sign-up."""
    name, text = path.parent.name, path.read_text(encoding="utf-8")
    text = re.sub(r'("Accept": (?:\[\s*)?)"[^"]*"', rf'\1"{accept}"', text)
    text = text.replace("203.0.113.57", source.ip)
    if EXAMPLE_ASSET in text:
        (sheet,) = (Path(os.environ["PAGES_FOLDER"]) / "assets").glob("site.*.css")
        text = text.replace(EXAMPLE_ASSET, sheet.name)
    if EXAMPLE_CONSENT in text:
        captured = (EVENTS / "consent" / "capture.json").read_text(encoding="utf-8")
        fresh = json.loads(captured.replace(EXAMPLE_KEY, str(uuid.uuid5(NAMESPACE_URL, path.stem))))
        answer = functions.invoke("consent", fresh)
        text = text.replace(EXAMPLE_CONSENT, json.loads(answer["body"])["consent_id"])
    if event_requests.EXAMPLE in text:
        text = event_requests.filled_in(functions, path.stem, text)
    if name == "desk" and event_people.EXAMPLE in text:
        text = event_people.filled_in(text)
    if name == "desk" and event_breaches.wanted(text):
        text = event_breaches.filled_in(path.stem, text)
    if event_holds.EXAMPLE in text:
        text = event_holds.filled_in(text)
    if EXAMPLE_TOKEN in text:
        text = text.replace(EXAMPLE_TOKEN, _token(functions, path.stem))
    return functions.invoke(name, json.loads(text))


def _token(functions: Functions, operation: str) -> str:
    person = person_id(secrets.identity(), "sam@example.com")
    if operation in ("one_click", "unsubscribe_page"):
        return unsubscribe_links.token(secrets.identity(), person)
    if operation.endswith("_account") and operation in POWERS:
        _replayed(functions, EVENTS / "contact" / "confirm_account.json")
    if operation in POWERS:
        return tokens.issue(POWERS[operation], person, str(uuid.uuid4()), {}, NOW)
    form = operation.removeprefix("confirm_").replace("preview_confirmation", "newsletter")
    scope, kind = {
        "newsletter": (TokenScope.CONFIRM_NEWSLETTER, "subscription_pending"),
        "account": (TokenScope.CONFIRM_ACCOUNT, "account_pending"),
    }[form]
    sent = (EVENTS / "contact" / f"{form}.json").read_text(encoding="utf-8")
    # A form of its own each time: an older one's link is void after the objections of others.
    earlier = _records(person, kind)
    answer = functions.invoke("contact", json.loads(sent.replace(EXAMPLE_KEY, str(uuid.uuid4()))))
    assert answer["statusCode"] == 202
    (record,) = _records(person, kind) - earlier
    return tokens.issue(scope, person, record, {"record": record}, NOW)


def _records(person: str, kind: str) -> set[str]:
    found = boto3.client("dynamodb").query(
        TableName="RecordsTable",
        KeyConditionExpression="person = :person AND begins_with(#record, :kind)",
        ExpressionAttributeNames={"#record": "record"},
        ExpressionAttributeValues={":person": {"S": person}, ":kind": {"S": kind}},
    )
    return {item["record"]["S"] for item in found["Items"]}


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("path", HTTP, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_sample_event_is_answered(functions: Functions, path: Path) -> None:
    answer = _replayed(functions, path)
    assert 200 <= answer["statusCode"] < 400, answer["body"]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document()


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
        answer = _replayed(functions, path, media_type)
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
    batch = load(EVENTS / "notifications" / f"{name}.json")
    for record in batch["Records"]:  # a worker acts on what is stored when it comes
        if name == "records":
            item = record["dynamodb"]["NewImage"]
            client("dynamodb").put_item(TableName=database.table("records"), Item=item)
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
