"""`python -m ops sbom`: what is deployed of others' work, and under which licences."""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ops import CommandError

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "locks" / "layer.lock"
PROJECT = ROOT / "pyproject.toml"
SECONDS = 300


ABOUT = "write the bill of materials and the licence report of what is deployed"
DESCRIPTION = (
    "Installs locks/layer.lock by its hashes into an environment of its own and "
    "writes sbom.cdx.json (CycloneDX 1.6, the same bytes each time) and licences.md. Exits "
    "with 1 if a licence is not one that pyproject.toml allows."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument(
        "--out", metavar="FOLDER", type=Path, default=ROOT / "build", help="where to (build)"
    )
    parser.set_defaults(func=run)


def run(chosen: argparse.Namespace) -> int:
    """Write both files and say where.

    Raises:
        CommandError: a package cannot be had, or its licence is not allowed.
    """
    folder: Path = chosen.out
    folder.mkdir(parents=True, exist_ok=True)
    bill, licences = folder / "sbom.cdx.json", folder / "licences.md"
    with tempfile.TemporaryDirectory() as scratch:
        python = _installed(Path(scratch) / "environment")
        _run(
            *(sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "environment"),
            *("--pyproject", str(PROJECT), "--spec-version", "1.6", "--output-reproducible"),
            *("--output-file", str(bill), str(python)),
        )
        _run(
            *(sys.executable, "-m", "piplicenses", "--python", str(python)),
            *("--format", "markdown", "--with-urls", "--output-file", str(licences)),
        )
    for path in (bill, licences):
        print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
    return 0


def _installed(folder: Path) -> Path:
    """Install exactly what the lock names; return the Python that sees nothing else."""
    uv = (sys.executable, "-m", "uv")
    _run(*uv, "venv", "--quiet", "--python", sys.executable, str(folder))
    python = folder / "bin" / "python"
    _run(
        *(*uv, "pip", "sync", "--quiet", "--python", str(python)),
        *("--require-hashes", "--only-binary", ":all:", str(LOCK)),
    )
    return python


def _run(*command: str) -> None:
    ran = subprocess.run(  # noqa: S603 - our own words
        command,
        cwd=ROOT,
        env={**os.environ, "UV_NO_CONFIG": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if ran.returncode != 0:
        raise CommandError(f"{(ran.stderr or ran.stdout).strip()}\n{command[2]} failed.")
