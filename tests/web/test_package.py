"""What websites load: small enough, built from its sources, and a package that npm takes."""

import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra import web, web_types
from local.gateway import _for_loopback
from local.proxy import Answer

ROOT = Path(__file__).parent.parent.parent
MAX_BYTES = 8192
NPM = shutil.which("npm")


def test_the_script_is_what_its_sources_make() -> None:
    assert web.BUILT.read_text("utf-8") == web.built(), "run .venv/bin/python -m infra.web"


def test_the_types_are_what_the_document_makes() -> None:
    assert web.TYPES.read_text("utf-8") == web_types.declarations(), "run -m infra.web"


def test_it_is_small() -> None:
    assert len(gzip.compress(web.built().encode(), 9, mtime=0)) <= MAX_BYTES


def test_no_name_stands_for_two_things_in_the_one_scope() -> None:
    names = [
        name
        for source in web.SOURCES.glob("*.js")
        for name in re.findall(
            r"^(?:export )?(?:async )?(?:const|let|function|class) (\w+)",
            source.read_text("utf-8"),
            re.MULTILINE,
        )
    ]
    assert len(names) == len(set(names))


@pytest.mark.skipif(not NPM, reason="!!! No npm here: the package is untested !!!")
def test_npm_packs_it_with_types_and_without_dependencies(tmp_path: Path) -> None:
    said = subprocess.run(
        [str(NPM), "pack", "--json", "--pack-destination", str(tmp_path)],
        cwd=ROOT / "web",
        capture_output=True,
        check=True,
        text=True,
    )
    (packed,) = json.loads(said.stdout)
    files = {file["path"] for file in packed["files"]}
    described = json.loads((ROOT / "web" / "package.json").read_text("utf-8"))
    assert "dependencies" not in described
    for target in described["exports"].values():
        for path in [target] if isinstance(target, str) else target.values():
            assert path.removeprefix("./") in files
    assert not [path for path in files if path.startswith("pages/")]


@pytest.mark.parametrize(
    ("origin", "heard"),
    [
        ("http://127.0.0.1:8001", True),
        ("http://localhost:5173", True),
        ("http://[::1]:3000", True),
        ("https://evil.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("null", False),
        (None, False),
    ],
)
def test_a_website_on_this_machine_may_call_and_no_other(origin: str | None, heard: bool) -> None:
    headers = dict(_for_loopback(Answer(200, [("Vary", "Origin")], b""), origin).headers)
    assert headers.get("Access-Control-Allow-Origin") == (origin if heard else None)
