"""The very files that are uploaded, run as Lambda runs them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra import bundle, bytecode
from infra.catalogue import FUNCTIONS
from tests.infra import building
from tests.infra.fake_runtime import running

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


READ_ALL = """
import core_schemas, importlib, pydantic, {name}.handler
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
