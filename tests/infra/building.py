"""Building the dependency layer in a test: it needs the package registry."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
OUT_OF_REACH = re.compile(
    r"error sending request|failed to (fetch|connect)|dns error", re.IGNORECASE
)


def layer(target: Path, platform: str | None, version: str) -> Path:
    """Build at `target`; skips the test, aloud, only if the registry is out of reach."""
    build = (
        "import sys; from pathlib import Path; from infra import layer;"
        " layer.build(Path(sys.argv[1]), sys.argv[2] or None, sys.argv[3])"
    )
    result = subprocess.run(
        [sys.executable, "-c", build, str(target), platform or "", version],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode and OUT_OF_REACH.search(result.stderr):
        pytest.skip("NOT CHECKED: the layer cannot be built, the package registry is out of reach")
    assert result.returncode == 0, result.stderr
    return target


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def size(folder: Path) -> int:
    return sum(len(content) for content in contents(folder).values())
