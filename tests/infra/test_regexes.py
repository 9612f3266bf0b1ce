"""Regular expressions that were compiled beforehand are what `re` makes of them."""

import json.scanner
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import jinja2.lexer
import pytest

from infra import bytecode, regexes
from infra.catalogue import FUNCTIONS
from infra.layer import STAND_INS

OURS = f"{sys.version_info.major}.{sys.version_info.minor}"
BEGUN = """
import NAME, re, sys
from regexes import CODES
import regexes_beforehand as beforehand
assert (re._compiler.compile is beforehand.compile) is (sys.argv[1] == "ours")
made = [re.compile(*key) for key in CODES]
re.purge()
re._compiler.compile = beforehand.plain
assert made == [re.compile(*key) for key in CODES], "code, flags and pattern, as re compares them"
assert [(one.groups, one.groupindex) for one in made] == [
    (one.groups, one.groupindex) for one in map(re.compile, *zip(*CODES))
]
"""


def made(function: str, folder: Path, version: str = OURS) -> dict[str, Any]:
    """Make what a bundle begins with, beside the layer's stand-in."""
    (folder / function).mkdir(parents=True)
    (folder / function / "__init__.py").write_text('"""A function."""\n', "utf-8")
    regexes.write(function, folder, version)
    (stand_in,) = (path for path in STAND_INS if path.stem == "regexes_beforehand")
    (folder / stand_in.name).write_text(stand_in.read_text("utf-8"), "utf-8")
    return runpy.run_path(str(folder / regexes.MODULE))


def begun(function: str, folder: Path, whose: str) -> None:
    script = BEGUN.replace("NAME", function)
    command = [sys.executable, "-S", "-c", script, whose]
    done = subprocess.run(command, cwd=folder, env={}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("function", [row.name for row in FUNCTIONS])
def test_what_was_compiled_beforehand_is_what_re_compiles(function: str, tmp_path: Path) -> None:
    codes = made(function, tmp_path)["CODES"]
    told = {(text.encode("latin-1") if raw else text, flags) for text, flags, raw in PATTERNS}
    assert told <= codes.keys(), "what every function shares"
    number = json.scanner.NUMBER_RE
    assert (number.pattern, number.flags & ~re.UNICODE) in codes, "and what json compiles"
    whole = jinja2.lexer.whitespace_re
    assert (whole.pattern, whole.flags & ~re.UNICODE) in codes, "and what packages do"
    begun(function, tmp_path, "ours")


PATTERNS = list(regexes.patterns("shared"))


def test_another_engine_compiles_as_ever(tmp_path: Path) -> None:
    made("consent", tmp_path)
    path = tmp_path / regexes.MODULE
    path.write_text(re.sub(r"MAGIC = \d+", "MAGIC = 1", path.read_text("utf-8")), "utf-8")
    begun("consent", tmp_path, "another's")


def test_without_a_python_to_compile_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bytecode, "compiler", lambda _version: None)
    assert made("consent", tmp_path)["CODES"] == {}
