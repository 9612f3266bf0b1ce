"""What is depended on is used: a library that nothing imports is only weight and risk."""

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import files
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("functions", "infra", "local", "ops", "tests", "bench")
# Run by name, or read as data by what is imported.
NOT_IMPORTED = {
    "awslambdaric", "cfn-lint", "cyclonedx-bom", "mypy", "openapi-python-client",
    "pip-licenses", "pytest-xdist", "ruff", "types-pyyaml", "tzdata", "uv", "zizmor",
}  # fmt: skip


def named() -> Iterator[str]:
    """Yield the distributions that are depended on directly."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    for group in groups.values():
        for one in group:
            if isinstance(one, str):
                yield re.split(r"[^A-Za-z0-9._-]", one, maxsplit=1)[0].split(">")[0]


def imported() -> frozenset[str]:
    """Return the first names of what our modules import."""
    found: set[str] = set()
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text("utf-8")
            found.update(re.findall(r"^\s*(?:import|from)\s+(\w+)", text, re.MULTILINE))
            for node in ast.walk(ast.parse(text)) if "import_module" in text else ():
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value.partition(".")[0])
    return frozenset(found)


def test_every_dependency_is_imported_or_run() -> None:
    used = imported()
    unused = []
    for name in sorted(set(named()) - NOT_IMPORTED):
        tops = {path.parts[0].removesuffix(".py") for path in files(name) or ()}
        if not tops & used:
            unused.append(name)
    assert unused == []


def test_the_services_of_the_cdk_that_are_imported_are_those_whose_types_are_read() -> None:
    """What is not named in pyproject.toml would be `Any` without a word."""
    overrides = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"][
        "overrides"
    ]
    read = {
        name for row in overrides if row.get("follow_imports") == "normal" for name in row["module"]
    }
    found = {"aws_cdk"}
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module == "aws_cdk":
                    found |= {
                        f"aws_cdk.{each.name}"
                        for each in node.names
                        if each.name.startswith("aws_") or each.name == "assertions"
                    }
                elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                    "aws_cdk."
                ):
                    found.add(str(node.module))
                elif isinstance(node, ast.Import):
                    found |= {e.name for e in node.names if e.name.startswith("aws_cdk.")}
    assert read == found
