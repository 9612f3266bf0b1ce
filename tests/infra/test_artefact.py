"""The very files that are uploaded, run as Lambda runs them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.loopback import listening
from infra import bundle, bytecode, routes
from infra.catalogue import FUNCTIONS
from local.functions import Functions
from tests.infra import building
from tests.infra.fake_runtime import running
from tests.support import proxy_event

NO_AWS = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
}
EVENTS = building.ROOT / "events" / "consent"
ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "ORIGINS": "https://www.khoocommerce.example",
    "STAGE": "prod",
    "REGIME": "uk_gdpr",
    "TABLE_LEDGER": "ledger",
    "SECRET_IDENTITY": "identity",
    "KEY_RECEIPTS": "receipts",
}


def _malformed(function: str) -> dict[str, Any]:
    """Return a call of a route that changes something, if there is one, with half a body."""
    mine = [o.route for o in routes.declared() if o.function == function]
    route = min(mine, key=lambda each: (each.method != "POST", each.path))
    path = dict.fromkeys(re.findall(r"{(\w+)}", route.path), "x")
    return {**proxy_event(route.method, route.path, None, path=path), "body": "{"}


def _records(function: str) -> dict[str, Any]:
    """Return a batch of a stream that feeds the function."""
    path = min((building.ROOT / "events" / function).glob("*.json"))
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


# What each function is asked, and what it answers where no AWS can be reached: each loads with what
# is packed and told, and comes as far as its first call. (The desk's audit is such a call: 500.)
ASKED: dict[str, tuple[dict[str, Any], str]] = {
    "deadlines": ({}, "EndpointConnectionError|Busy|Unreachable|ConnectionError"),
    "retention": ({}, "EndpointConnectionError|Busy|Unreachable|ConnectionError"),
    "transparency": ({}, "EndpointConnectionError|Busy|Unreachable|ConnectionError"),
    **{
        name: (_records(name), r'{"batchItemFailures": \[')
        for name in ("aggregation", "fulfilment", "notifications")
    },
    **{
        row.name: (_malformed(row.name), r'"statusCode": \d{3}')
        for row in FUNCTIONS
        if row.serves_http
    },
}


@pytest.mark.parametrize("name", sorted(ASKED))
def test_every_packaged_function_runs_with_its_deployed_environment(
    functions: Functions,
    packaged: list[Path],
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """S57: alone in its folder with the layer, under Lambda's own client, told what it is told."""
    assert set(ASKED) == {row.name for row in FUNCTIONS}
    monkeypatch.setattr(bytecode, "compile_folder", lambda *_, **__: False)  # which is slow
    bundle.build(name, tmp_path / "task")
    told = {**functions.cloud.environment(name), **NO_AWS}
    handler = next(row.handler for row in FUNCTIONS if row.name == name)
    asked, answered = ASKED[name]
    with running(handler, [tmp_path / "task", packaged[1]], told, tmp_path) as runtime:
        kind, answer = runtime.invoke(asked)
    assert re.search(answered, json.dumps(answer)), (kind, answer)


def event(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("artefact")
    bundle.build("consent", folder / "task", building.HERE)
    return [folder / "task", building.layer(folder / "python", None, building.HERE)]


def test_the_packaged_function_publishes_the_policy(packaged: list[Path], tmp_path: Path) -> None:
    """S57: what runs in AWS serves the policy that is deployed with it."""
    with running("consent.handler.api", packaged, ENVIRONMENT, tmp_path) as runtime:
        kind, answer = runtime.invoke(event("current_policy"))
        assert (kind, answer["statusCode"]) == ("response", 200)
        published = json.loads(answer["body"])
        assert published["version"] == "2023-06", "in force on the day of the event"
        again = runtime.invoke(event("current_policy"))
        assert again == (kind, answer)


def test_the_packaged_function_reads_a_body_and_refuses_with_a_problem(
    packaged: list[Path], tmp_path: Path
) -> None:
    refused = {**event("capture"), "body": '{"choices": {"analytics": "yes"}}'}
    with running("consent.handler.api", packaged, ENVIRONMENT, tmp_path) as runtime:
        kind, answer = runtime.invoke(refused)
    assert (kind, answer["statusCode"]) == ("response", 422)
    pointers = {error["pointer"] for error in json.loads(answer["body"])["errors"]}
    assert "/choices/analytics" in pointers


def test_the_packaged_function_keeps_a_decision(packaged: list[Path], tmp_path: Path) -> None:
    with (
        listening() as aws,
        running(
            "consent.handler.api", packaged, {**ENVIRONMENT, **at(aws.url)}, tmp_path
        ) as runtime,
    ):
        kind, answer = runtime.invoke(event("capture"))
        assert (kind, answer["statusCode"]) == ("response", 201)
        assert aws.taken() == {"GetSecretValue": 1, "PutItem": 1}
    assert json.loads(answer["body"])["sequence"] == 1


def at(url: str) -> dict[str, str]:
    return {"AWS_ENDPOINT_URL_DYNAMODB": url, "AWS_ENDPOINT_URL_SECRETS_MANAGER": url}


READ_ALL = """
import core_schemas, importlib, pydantic, sys, {name}.handler
assert "asyncio" not in sys.modules, "what is beside what we use"
assert not hasattr(pydantic, "TypeAdapter"), "pydantic itself"
for path in core_schemas.SCHEMAS:
    module, _, model = path.rpartition(".")
    try:
        getattr(importlib.import_module(module), model).model_validate({{}}).model_dump()
    except pydantic.ValidationError as refused:
        assert {{error["type"] for error in refused.errors()}} <= {{"missing", "value_error"}}
"""


@pytest.mark.parametrize("name", [row.name for row in FUNCTIONS])
def test_every_bundle_has_the_schemas_of_its_models(
    name: str, packaged: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bytecode, "compile_folder", lambda *_, **__: False)  # which is slow
    bundle.build(name, tmp_path)
    done = subprocess.run(
        [sys.executable, "-S", "-c", READ_ALL.format(name=name)],
        env={**ENVIRONMENT, "PYTHONPATH": os.pathsep.join(map(str, (tmp_path, packaged[1])))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
