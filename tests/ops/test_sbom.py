"""The bill of materials names what is deployed, no more and no less."""

import io
import json
import re
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest

from ops import sbom
from ops.__main__ import main
from tests.infra.building import OUT_OF_REACH

LOCKED = dict(re.findall(r"^([\w.-]+)==(\S+)", sbom.LOCK.read_text("utf-8"), re.MULTILINE))


def _folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bill")
    said = io.StringIO()
    with redirect_stderr(said):
        code = main(["sbom", "--out", str(folder)])
    if code and OUT_OF_REACH.search(said.getvalue()):
        pytest.skip("NOT CHECKED: no bill of materials, the package registry is out of reach")
    assert code == 0, said.getvalue()
    return folder


@pytest.fixture(scope="module")
def bill(written: Path) -> Any:
    return json.loads((written / "sbom.cdx.json").read_text("utf-8"))


def test_every_locked_package_is_a_component_with_its_version(bill: Any) -> None:
    named = {_folded(part["name"]): part["version"] for part in bill["components"]}
    assert named == LOCKED


def test_every_component_has_a_licence_and_says_what_it_needs(bill: Any) -> None:
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "privacy-api"
    assert all(part["licenses"] and part["purl"] for part in bill["components"])
    needs = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    (jinja,) = [ref for ref in needs if ref.lower().startswith("jinja2==")]
    assert any(ref.lower().startswith("markupsafe==") for ref in needs[jinja])


def test_the_licence_report_has_a_line_each(written: Path) -> None:
    lines = (written / "licences.md").read_text("utf-8").splitlines()[2:]
    assert {_folded(line.split("|")[1].strip()) for line in lines} == set(LOCKED)


def test_it_is_the_same_each_time(written: Path, tmp_path: Path) -> None:
    assert main(["sbom", "--out", str(tmp_path)]) == 0
    for name in ("sbom.cdx.json", "licences.md"):
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes()


def test_a_licence_that_is_not_allowed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = sbom.PROJECT.read_text("utf-8").replace('allow-only = "MIT;', 'allow-only = "')
    (tmp_path / "pyproject.toml").write_text(rules, "utf-8")
    monkeypatch.setattr(sbom, "ROOT", tmp_path)
    assert main(["sbom", "--out", str(tmp_path)]) == 1
    assert "not in allow-only" in capsys.readouterr().err
