"""The rules of the house, kept by tests."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from infra import routes
from infra.catalogue import FUNCTIONS
from shared.edge.http import SUBJECT
from tests.support import call

ROOT = Path(__file__).parent.parent
HOME = ROOT / "functions"
NAMES = [row.name for row in FUNCTIONS]
MODULES = sorted(HOME.rglob("*.py"))
ROOMS = ("functions", "infra", "local", "ops", "bench")
LONGEST = 400
# What is given away as one file, to be used without the rest.
ALONE = {"ops/verify_evidence.py"}

# What each layer may import of ours: arrows point down.
MAY_IMPORT = {
    "shared/domain": ("shared.domain",),
    "shared/storage": ("shared.domain", "shared.storage"),
    "shared/edge": (
        "shared.bank_holidays",
        "shared.domain",
        "shared.languages",
        "shared.storage",
        "shared.services",
        "shared.edge",
    ),
    "shared/services": (
        "shared.bank_holidays",
        "shared.domain",
        "shared.storage",
        "shared.services",
    ),
}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_every_function_folder_is_a_row_of_the_catalogue() -> None:
    assert sorted(path.parent.name for path in HOME.glob("*/handler.py")) == sorted(NAMES)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HOME)))
def test_arrows_point_down(path: Path) -> None:
    place = str(path.relative_to(HOME))
    ours = {"shared", *NAMES, "infra", "local", "ops", "tests", "bench"}
    used = {name for name in imports(path) if name.partition(".")[0] in ours}
    layer = next((layer for layer in MAY_IMPORT if place.startswith(layer)), None)
    allowed = MAY_IMPORT[layer] if layer else ("shared", place.partition("/")[0])
    wrong = {
        name
        for name in used
        if not any(name == root or name.startswith(f"{root}.") for root in allowed)
        and not any(root.startswith(f"{name}.") for root in allowed)
    }
    assert not wrong
    assert "boto3" not in set(imports(path)), "botocore is enough, and imports faster"


def module(path: Path) -> str:
    parts = path.relative_to(HOME if HOME in path.parents else ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def test_no_modules_import_each_other_in_a_circle() -> None:
    ours = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    names = {module(path) for path in ours}
    uses = {module(path): names.intersection(taken(path, names)) for path in ours}
    TopologicalSorter(uses).prepare()


def taken(path: Path, known: set[str]) -> Iterator[str]:
    """Yield the modules that a file takes something from: of `ops.stores`, not `ops`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = (f"{node.module}.{name.name}" for name in node.names)
            yield from (name if name in known else node.module for name in whole)


def test_threads_are_made_in_one_place() -> None:
    """There they are told what their invocation knows: its time, and its request."""
    made = [
        path for path in MODULES if "concurrent" in {each.split(".")[0] for each in imports(path)}
    ]
    assert made == [HOME / "shared/storage/threads.py"]


def test_workers_do_not_import_the_http_side() -> None:
    for row in FUNCTIONS:
        if not row.serves_http:
            for path in (HOME / row.name).glob("*.py"):
                assert "shared.edge.http" not in set(imports(path)), path


@pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.name)
def test_a_handler_imports_without_environment_or_aws(row: Any) -> None:
    code = (
        "import socket, sys\n"
        "def none(*_): sys.exit('it opened a connection')\n"
        "socket.socket.connect = none\n"
        f"import {row.name}.handler\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(HOME), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_no_room_is_called_utils() -> None:
    vague = {"utils", "util", "common", "constants", "helpers", "misc", "manager", "base"}
    assert not [path for path in tracked() if path.stem in vague and path.suffix == ".py"]


def test_files_stay_small() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked()
        if path.suffix == ".py"
        and (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
        and not path.is_relative_to(ROOT / "tests")
    }
    assert not long.keys() - ALONE


def _least(model: type[BaseModel]) -> dict[str, str]:
    """Return a body with what the route requires and nothing more."""
    return {name: "x" for name, field in model.model_fields.items() if field.is_required()}


@pytest.mark.usefixtures("cloud")
def test_a_subjects_route_refuses_without_a_session() -> None:
    forged = {"Authorization": f"Bearer {'A' * 22}.{'B' * 22}"}
    for function, route in routes.declared():
        if route.audience == SUBJECT:
            body: Any = _least(route.body) if route.body is not None else None
            for headers in ({}, forged, {"Authorization": "Bearer x"}):
                path = dict.fromkeys(re.findall(r"{(\w+)}", route.path), "x")
                answer = call(function, route.method, route.path, body, path=path, headers=headers)
                assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


FORBIDDEN = {
    "a registry's host": (
        "pypi" + ".org",
        "files.python" + "hosted",
        "registry.npm" + "js",
        "repo1.ma" + "ven",
    ),
    "a path of one machine": ("/ro" + "ot/", "/wo" + "rk/", "/ho" + "me/"),
    "work left over": ("TO" + "DO", "FIX" + "ME"),
}
ADDRESS = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
HARMLESS = re.compile(r"(^|\.)(example|example\.(com|org|net)|[\d.]+)$", re.IGNORECASE)


def test_nothing_is_in_the_repository_that_must_not_be() -> None:
    found = []
    for path in tracked():
        if path.suffix in (".png", ".ico"):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for what, words in FORBIDDEN.items():
            found += [f"{path.name}: {what}: {word}" for word in words if word in text]
        if path.suffix != ".lock":
            hosts = {match[1].rstrip(".") for match in ADDRESS.finditer(text)}
            found += [f"{path.name}: an address at {h}" for h in hosts if not HARMLESS.search(h)]
    assert not found


# What is remembered without a bound, by what it is remembered: of that there are few.
REMEMBERED_BY = {
    "_evidence_of": "models of ours",
    "_hosts": "the deployment's origins",
    "_value": "the names of secrets",
    "client": "the services of AWS that functions call",
    "read": "languages that have a folder",
    "_plain": "languages that have a folder",
    "_html": "languages that have a folder",
    "_page": "languages that have a folder",
    "page": "pages that there are",
}


def test_nothing_is_remembered_without_a_bound_by_what_callers_send() -> None:
    """A process lives for hours: what anybody can add to would fill its memory."""
    unbounded = {
        (f"{path.relative_to(HOME)}", node.name)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.args.args
        if {"cache", "lru_cache"}
        & {each.id for each in node.decorator_list if isinstance(each, ast.Name)}
        or any("maxsize=None" in ast.unparse(each) for each in node.decorator_list)
    }
    assert {name for _, name in unbounded} - set(REMEMBERED_BY) == set()
    assert set(REMEMBERED_BY) - {name for _, name in unbounded} == set(), "these are no more"
