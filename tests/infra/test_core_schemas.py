"""Models whose schemas were made beforehand say what those of the source say, to everything."""

import ast
import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, PlainValidator

from infra import core_schemas, routes
from infra.catalogue import FUNCTIONS
from infra.layer import STAND_INS
from infra.stand_in import pydantic as stand_in
from shared.edge.body import JSON
from tests import hostile
from tests.infra import model_answers
from tests.infra.model_answers import Question

HOSTILE = 700
EVENTS = routes.FOLDER.parent / "events"
OPERATIONS = routes.declared()
BODIES = {route.body for _, route in OPERATIONS if route.body}
QUERIES = {route.query for _, route in OPERATIONS if route.query}
Ask = Callable[[Question], Any]


def path_of(model: type[Any]) -> str:
    return f"{model.__module__}.{model.__qualname__}"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Ask the models as they are deployed: pydantic's stand-in, and schemas as data."""
    home = tmp_path_factory.mktemp("deployed")
    for each in STAND_INS:
        shutil.copy(each, home)
    (home / "core_schemas.py").write_text("SCHEMAS = {}\n")
    for row in FUNCTIONS:
        core_schemas.write(row.name, home / f"of_{row.name}.py")
        with (home / "core_schemas.py").open("a") as file:
            file.write(f"import of_{row.name}\nSCHEMAS |= of_{row.name}.SCHEMAS\n")
    path = os.pathsep.join(map(str, (home, routes.FOLDER)))
    with subprocess.Popen(
        [sys.executable, model_answers.__file__],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:

        def ask(question: Question) -> Any:
            assert running.stdin is not None
            assert running.stdout is not None
            running.stdin.write(json.dumps(question) + "\n")
            running.stdin.flush()
            return json.loads(running.stdout.readline())

        yield ask
        running.terminate()


def question(
    model: type[Any], raw: bytes = b"", media_type: str = JSON, query: Any = None
) -> Question:
    return Question(
        model=path_of(model),
        raw=base64.b64encode(raw).decode(),
        media_type=media_type,
        query=query or {},
    )


def asked_by(event: dict[str, Any], route: Any) -> Iterator[Question]:
    """Yield what an event asks its route's models."""
    if route.body is not None:
        text = event["body"] or ""
        raw = base64.b64decode(text) if event["isBase64Encoded"] else text.encode(errors="replace")
        types = event["multiValueHeaders"].get("Content-Type") or [JSON]
        yield question(route.body, raw, types[-1])
    if route.query is not None:
        yield question(route.query, query=event["multiValueQueryStringParameters"])


def test_honest_and_hostile_requests_are_answered_alike(deployed: Ask) -> None:
    refused = taken = 0
    for number in range(HOSTILE):
        function, route = OPERATIONS[number % len(OPERATIONS)]
        sample = json.loads((EVENTS / function / f"{route.handler.__name__}.json").read_text())
        sent = sample if number < len(OPERATIONS) else hostile.made(sample, "models", number).event
        for asked in asked_by(sent, route):
            answer = model_answers.answered(asked)
            assert deployed(asked) == json.loads(json.dumps(answer)), asked
            refused, taken = refused + isinstance(answer[0], list), taken + (len(answer) == 6)
    assert refused > 100
    assert taken > 100


TEXT = st.text("a1 -\u200b\u0661", max_size=5)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(1.5) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=100)
@given(data=st.data())
def test_anything_is_answered_alike(deployed: Ask, data: st.DataObject) -> None:
    model = data.draw(st.sampled_from(sorted(BODIES | QUERIES, key=path_of)))
    names = st.sampled_from([*model.model_fields, "another"])
    if model in QUERIES:
        texts = st.lists(TEXT, min_size=1, max_size=2)
        asked = question(model, query=data.draw(st.dictionaries(names, texts, max_size=3)))
    else:
        document = data.draw(st.dictionaries(names, ANYTHING, max_size=5) | ANYTHING)
        asked = question(model, json.dumps(document).encode())
    answer = model_answers.answered(asked)
    assert deployed(asked) == json.loads(json.dumps(answer))


def named(node: ast.AST) -> Iterator[str]:
    """Yield what a module takes of pydantic where it runs, and of its models."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.If) and ast.unparse(inner.test) == "TYPE_CHECKING":
            continue
        if isinstance(inner, ast.ImportFrom) and inner.module == "pydantic":
            yield from (name.name for name in inner.names)
        elif isinstance(inner, ast.Attribute) and inner.attr.startswith(("model_", "__pydantic")):
            yield inner.attr
        yield from named(inner)


def test_the_stand_in_has_all_that_functions_take_of_pydantic() -> None:
    used = {
        name
        for path in routes.FOLDER.rglob("*.py")
        for name in named(ast.parse(path.read_text(encoding="utf-8")))
    }
    has = {*stand_in.__all__, *dir(stand_in.BaseModel)}
    assert used <= has
    assert set(stand_in.__all__) <= used, "what nobody takes is dead"


def test_what_no_import_path_leads_to_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Odd(BaseModel):
        """A rule that stands nowhere."""

        name: Annotated[str, PlainValidator(lambda text: text)]

    monkeypatch.setattr(core_schemas, "_models", lambda _name: iter([Odd]))
    with pytest.raises(TypeError, match="Odd"):
        core_schemas.write("consent", tmp_path / "written.py")
