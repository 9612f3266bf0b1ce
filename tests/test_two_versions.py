"""The version before and this one work on the same tables in turn, as while a deployment goes on.

For some minutes, and after one that was taken back, a form is taken by one version and its mail
sent by the other; a request is opened by the one and fulfilled by the other. Here a person walks
the whole way, and each invocation is by the other version than the one before.
"""

import importlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from local.functions import Functions, Handler
from ops.__main__ import main
from shared.edge import current_time
from tests.support import NOW
from tests.walk import Walk, somebody

ROOT = Path(__file__).parent.parent


def git(*words: str) -> bytes:
    """Return what git says, or nothing where there is no history."""
    program = shutil.which("git")
    if program is None:
        return b""
    return subprocess.run(
        [program, *words], cwd=ROOT, capture_output=True, check=False, timeout=60
    ).stdout


def before() -> str:
    """Name the version before: BEFORE's, the last release, or what the last change changed."""
    if "BEFORE" in os.environ:
        return os.environ["BEFORE"]
    release = git("describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^").decode().strip()
    changes = git("rev-list", "--first-parent", "-2", "HEAD", "--", "functions").decode().split()
    return release or (changes[1] if len(changes) > 1 else "")


class Version:
    """The handlers of another folder of functions, whose modules are known to them alone."""

    def __init__(self, folder: Path, names: dict[str, str]) -> None:
        """Import each of `names`: the module and the attribute of a handler, by function."""
        self._folder = str(folder)
        self._rooms = {path.stem for path in folder.iterdir()}
        self._modules: dict[str, ModuleType] = {}
        with self._at_work():
            self.handlers: dict[str, Handler] = {
                name: getattr(importlib.import_module(place.rpartition(".")[0]), attribute)
                for name, place in names.items()
                for attribute in [place.rpartition(".")[2]]
            }
            clock: Any = importlib.import_module("shared.edge.current_time")
            clock.now = lambda: NOW

    def run(self, name: str, event: Any, context: Any) -> Any:
        """Have one of the functions work; what it imports meanwhile is of its own folder."""
        with self._at_work():
            return self.handlers[name](event, context)

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        others = self._taken()
        sys.modules.update(self._modules)
        sys.path.insert(0, self._folder)
        os.environ["BOTOCORE_ONLY"] = "1"  # the engine knows no other client of another version
        try:
            yield
        finally:
            del os.environ["BOTOCORE_ONLY"]
            sys.path.remove(self._folder)
            self._modules = self._taken()
            sys.modules.update(others)

    def _taken(self) -> dict[str, ModuleType]:
        ours = [name for name in sys.modules if name.partition(".")[0] in self._rooms]
        return {name: sys.modules.pop(name) for name in ours}


@pytest.fixture(scope="module")
def older(functions: Functions, tmp_path_factory: pytest.TempPathFactory) -> Version:
    commit = before()
    if not commit:
        pytest.skip("NOT CHECKED: there is no history here that has the version before")
    folder = tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=io.BytesIO(git("archive", commit, "functions"))) as tree:
        tree.extractall(folder, filter="data")
    handlers = {
        name: resource["Properties"]["Handler"]
        for name, resource in functions.cloud.functions().items()
        if (folder / "functions" / name).is_dir()
    }
    return Version(folder / "functions", handlers)


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("first", ["this version", "the one before"])
def test_both_versions_work_on_the_same_tables_in_turn(
    functions: Functions,
    older: Version,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    first: str,
) -> None:
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    newer = dict(functions.handlers)
    ran: Counter[tuple[str, bool]] = Counter()
    turns = {"of this version": first == "this version"}

    def in_turn(name: str) -> Handler:
        def run(event: Any, context: Any) -> Any:
            this = turns["of this version"]
            turns["of this version"] = not this
            ran[name, this] += 1
            if this or name not in older.handlers:
                return newer[name](event, context)
            return older.run(name, event, context)

        return run

    monkeypatch.setattr(functions, "handlers", {name: in_turn(name) for name in newer})
    monkeypatch.setattr(functions, "serial", True)
    Walk(functions, somebody("198.51.100.203")).everywhere()
    by_both = {name for name, this in ran if this} & {name for name, this in ran if not this}
    assert {"consent", "contact", "preferences", "access", "notifications", "desk"} <= by_both
    capsys.readouterr()
    ledger = functions.cloud.table("LedgerTable")
    assert main(["ledger", "verify", "--table", ledger]) == 0, capsys.readouterr().out
