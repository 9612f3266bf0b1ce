"""`python -m tests.changed`: names the tests of what changed since main, for the inner loop.

A test is of a file if it imports it, or the file is the test; pure ones come first, and no more
than a minute has room for. Tests in a browser, of the whole template and of journeys take longer
than a loop may. `make test` runs all.
"""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
# What is looked at whatever changed: that every thing is where it belongs.
ALWAYS = ("tests/test_shape.py", "tests/test_record_classes.py")
# Files of tests that fit into half a minute.
MOST = 8
SLOW = ("pages", "web", "desk", "journeys", "local", "faults", "races", "infra")


def changed(base: str) -> set[str]:
    """Name the files that differ from where this branch left `base`, committed or not."""
    left = _git("merge-base", base, "HEAD")
    names = [*_git("diff", "--name-only", left[0] if left else base)]
    return {*names, *_git("ls-files", "--others", "--exclude-standard")}


def tests_of(files: Iterable[str]) -> Iterator[str]:
    """Name the quick tests of these files, those that changed themselves first."""
    touched = {_module(name) for name in files if name.endswith(".py")}
    tests = sorted((ROOT / "tests").rglob("test_*.py"))
    quick = [path for path in tests if not {*path.parts} & {*SLOW}]
    names = {path: path.relative_to(ROOT).as_posix() for path in quick}
    yield from (name for name in names.values() if name in set(files))
    of_these = [names[path] for path in quick if imports(path) & touched]
    yield from sorted(of_these, key=lambda name: "/domain/" not in name)


@cache
def imports(path: Path) -> frozenset[str]:
    """Name the modules that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def _module(name: str) -> str:
    return (
        name.removeprefix("functions/")
        .removesuffix(".py")
        .removesuffix("/__init__")
        .replace("/", ".")
    )


def _git(*words: str) -> list[str]:
    done = subprocess.run(
        ["git", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.split()


def main(base: str) -> None:
    """Write the names for pytest, and say of how many there is no room for."""
    found = [name for name in dict.fromkeys(tests_of(changed(base))) if name not in ALWAYS]
    sys.stdout.write(" ".join((*found[:MOST], *ALWAYS)) + "\n")
    if found[MOST:]:
        sys.stderr.write(
            f"{len(found) - MOST} more files of tests are of what changed: make test\n"
        )


if __name__ == "__main__":
    main(sys.argv[1] if sys.argv[1:] else "main")
