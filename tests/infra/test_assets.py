"""What is uploaded: bundles with a function's own code, and a layer with what it needs."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra import bundle, bytecode, core_schemas, dataclass_inits, layer, regexes, routes
from infra.catalogue import FUNCTIONS
from infra.declarations import Function
from tests.infra import building

BY_FUNCTION = pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.name)
MOST = 16 * 1024 * 1024


@BY_FUNCTION
def test_a_bundle_is_the_functions_folder_and_shared(row: Function, tmp_path: Path) -> None:
    """S11: no function carries another's code."""
    bundle.build(row.name, tmp_path, building.HERE)
    made = {core_schemas.MODULE, dataclass_inits.MODULE, regexes.MODULE, "__pycache__"}
    assert {path.name for path in tmp_path.iterdir()} == {row.name, "shared"} | made
    for folder in (row.name, "shared"):
        sources = {
            str(path.relative_to(routes.FOLDER))
            for path in (routes.FOLDER / folder).rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        }
        bundled = {
            str(path.relative_to(tmp_path))
            for path in (tmp_path / folder).rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        }
        assert bundled == sources


def test_a_bundle_is_compiled_for_any_time_of_the_build(tmp_path: Path) -> None:
    bundle.build("consent", tmp_path, building.HERE)
    compiled = list(tmp_path.rglob("*.pyc"))
    assert len(compiled) == len(list(tmp_path.rglob("*.py")))
    for path in compiled:
        flags = int.from_bytes(path.read_bytes()[4:8], "little")
        assert flags == 0b01, "unchecked hash (PEP 552)"


@BY_FUNCTION
def test_two_bundles_are_the_same_bytes(row: Function, tmp_path: Path) -> None:
    """What has not changed is not deployed anew: CDK names an asset by its bytes."""
    for name in ("one", "two"):
        bundle.build(row.name, tmp_path / name, building.HERE)
    assert building.contents(tmp_path / "one") == building.contents(tmp_path / "two")


def test_a_missing_python_is_said_aloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    bytecode.compiler.cache_clear()
    (tmp_path / "one.py").write_text("x = 1\n")
    try:
        assert not bytecode.compile_folder(tmp_path, "2.7", "/var/task", keep_source=False)
    finally:
        bytecode.compiler.cache_clear()
    assert "no Python 2.7" in capsys.readouterr().err
    assert (tmp_path / "one.py").exists(), "without compiled files the sources must stay"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return building.layer(tmp_path_factory.mktemp("layer") / "python", None, building.HERE)


def test_two_layers_are_the_same_bytes(built: Path, tmp_path: Path) -> None:
    again = building.layer(tmp_path / "python", None, building.HERE)
    assert building.contents(again) == building.contents(built)


def test_every_package_of_the_lock_keeps_its_licence(built: Path) -> None:
    names = re.findall(r"^([a-z0-9-]+)==", layer.LOCK.read_text(), re.MULTILINE)
    for name in set(names):
        (description,) = built.glob(f"{name.replace('-', '_')}-*.dist-info")
        kept = {path.name.split(".")[0] for path in description.iterdir()}
        assert "METADATA" in kept
        assert kept & {"licenses", "LICENSE"}, name


def test_the_layer_has_all_that_functions_import(built: Path) -> None:
    """Each library is used as the functions use it, by a Python that sees nothing else."""
    use = f"""
import sys
sys.path.insert(0, {str(built)!r})
import botocore.session, holidays, jinja2, phonenumbers, pydantic, zoneinfo
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType
session = botocore.session.get_session()
hosts = [
    session.create_client(
        name, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    ).meta.endpoint_url
    for name in {sorted(layer.SERVICES)!r}
]
england = holidays.country_holidays("GB", subdiv="ENG", years=2026)
zoneinfo.reset_tzpath([])
number = phonenumbers.parse("01233 000000", "GB")
phonenumbers.is_valid_number(number)
import json
print(json.dumps({{
    "hosts": hosts,
    "holidays": [str(day) for day in sorted(england)],
    "zone": str(zoneinfo.ZoneInfo("Europe/London")),
    "elsewhere": [
        name for name, module in sys.modules.items()
        if "site-packages" in (getattr(module, "__file__", None) or "")
    ],
}}))
"""
    result = subprocess.run(
        [sys.executable, "-S", "-E", "-c", use], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    seen: dict[str, Any] = json.loads(result.stdout)
    assert all("eu-west-1" in host for host in seen["hosts"])
    assert "2026-08-31" in seen["holidays"]
    assert seen["zone"] == "Europe/London"
    assert seen["elsewhere"] == []


def test_the_layer_for_lambda_is_for_arm64_and_python_3_13(tmp_path: Path) -> None:
    target = building.layer(tmp_path / "python", layer.LAMBDA, bytecode.RUNTIME)
    binaries = [path.name for path in target.rglob("*.so")]
    assert binaries
    assert all("cpython-313-aarch64-linux-gnu" in name for name in binaries)
    services = {path.name for path in (target / "botocore" / "data").iterdir() if path.is_dir()}
    assert services == set(layer.SERVICES)
    assert building.size(target) < MOST
