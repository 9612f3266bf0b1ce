"""`python -m ops docs`: what documentation takes from code, and the columns of promises."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from ops import CommandError, generated_parts

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
CODE = ("functions", "infra", "local", "ops", "web")
TESTS = ("tests",)
# A row shows so many places; the rest is counted.
MAX_PLACES = 3
# S3 is also the name of a service, and part of AWS::S3::Bucket: as a promise it ends a list or a
# bracket, or stands before a colon.
_NUMBER = re.compile(
    r"\bS(?!3\b)(\d{1,2})(?: to S(\d{1,2}))?\b|(?:S2, |S4, )S(3)\b|(?<!:)\bS(3)(?:[,)]|:(?!:))"
)
_ROW = re.compile(r"^\| (S\d+) \| ([^|]+) \|[^|]*\|[^|]*\|$", re.MULTILINE)


ABOUT = "write what pages of docs/ take from the catalogue, the registries, code and tests"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if one is old")
    parser.set_defaults(func=run)


def run(chosen: argparse.Namespace) -> int:
    """Write the pages, or only compare them.

    Raises:
        CommandError: a page is not what the code says, or a promise has no row.
    """
    for name, written in (("promises.md", promises), *generated_parts.PAGES.items()):
        path = (DOCS / name).resolve()
        before = path.read_text("utf-8")
        after = written(before)
        if not chosen.check:
            path.write_text(after, "utf-8")
            print(path.relative_to(ROOT))
        elif after != before:
            raise CommandError(f"{path.relative_to(ROOT)} is old: run `python -m ops docs`.")
    return 0


def promises(page: str) -> str:
    """Return the page with both columns written anew.

    Raises:
        CommandError: code or a test names a promise that the page does not have.
    """
    kept, tested = places(CODE), places(TESTS)
    rows = {match[1] for match in _ROW.finditer(page)}
    if unknown := (kept.keys() | tested.keys()) - rows:
        raise CommandError(f"docs/promises.md has no row for {', '.join(sorted(unknown))}.")
    return _ROW.sub(
        lambda row: (
            f"| {row[1]} | {row[2].strip()} | {_cell(kept.get(row[1], []))} "
            f"| {_cell(tested.get(row[1], []))} |"
        ),
        page,
    )


def places(folders: tuple[str, ...]) -> dict[str, list[str]]:
    """Find, for each promise, the files that name it, those that name it most often first."""
    found: dict[str, dict[str, int]] = {}
    for folder in folders:
        for path in sorted(ROOT.glob(f"{folder}/**/*.py")):
            name = path.relative_to(ROOT).as_posix()
            for number in named(path.read_text("utf-8")):
                counted = found.setdefault(number, {})
                counted[name] = counted.get(name, 0) + 1
    return {
        number: sorted(counted, key=lambda name: (-counted[name], name))
        for number, counted in found.items()
    }


def named(text: str) -> Iterator[str]:
    """Yield the promises that a text names, each as often as it does."""
    for first, last, *third in _NUMBER.findall(text):
        start = int(first or "".join(third))
        for number in range(start, int(last or start) + 1):
            yield f"S{number}"


def _cell(names: list[str]) -> str:
    shown = [f"`{name}`" for name in names[:MAX_PLACES]]
    more = len(names) - MAX_PLACES
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
