"""Every sample event, answered by the packaged function as Lambda runs it; by hand, for minutes.

`.venv/bin/python -m pytest -n 0 tests/infra/every_event.py`

Each function is alone in its folder with the layer, under Lambda's own client, in the deployed
environment; what it asks of AWS, moto answers over HTTP.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.cold_starts import forwarding
from infra import bundle, bytecode, routes
from infra.catalogue import FUNCTIONS
from local.functions import Functions
from tests.infra import building
from tests.infra.fake_runtime import running
from tests.sample_events import EVENTS, prepared

ROUTES = {(each.function, each.route.handler.__name__): each.route for each in routes.declared()}


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    with forwarding() as url:
        yield url


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return building.layer(tmp_path_factory.mktemp("layer") / "python", None, building.HERE)


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("name", [row.name for row in FUNCTIONS])
def test_every_sample_event_is_answered_as_it_should_be(
    functions: Functions,
    aws: str,
    layer: Path,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bytecode, "compile_folder", lambda *_, **__: False)  # which is slow
    bundle.build(name, tmp_path / "task")
    deployed = functions.cloud.functions()[name]
    told = {
        **functions.cloud.environment(name),
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_ENDPOINT_URL": aws,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(deployed["Properties"]["MemorySize"]),
        "PAGES_FOLDER": os.environ["PAGES_FOLDER"],
    }
    handler = next(row.handler for row in FUNCTIONS if row.name == name)
    events = sorted((EVENTS / name).glob("*.json"))
    assert events
    wrong = {}
    with running(handler, [tmp_path / "task", layer], told, tmp_path) as runtime:
        for path in events:
            route = ROUTES.get((name, path.stem))  # none of a batch or a daily run
            accept = "*/*" if route is None or route.is_page else route.produces[0]
            kind, answer = runtime.invoke(prepared(functions, path, accept))
            done = answer.get("statusCode") == (route and route.status)
            if kind != "response" or not done or answer.get("batchItemFailures"):
                wrong[path.stem] = (kind, answer)
    assert not wrong
