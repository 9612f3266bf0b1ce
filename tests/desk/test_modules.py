"""The console's modules are described: what each function does, takes and gives."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.pages import operations

MODULES = sorted((Path(__file__).parents[2] / "web" / "desk").glob("*.js"))
_FUNCTION = re.compile(
    r"^(?P<exported>export )?(?:async )?(?:function (?P<name>\w+)\((?P<takes>[^\n]*)\) \{"
    r"|const (?P<short>\w+) = (?:async )?\(?(?P<short_takes>[^\n=]*?)\)? =>)",
    re.MULTILINE,
)


def functions(text: str) -> Iterator[tuple[str, bool, str, str]]:
    """Yield each function's name, whether others may call it, what it takes, its description."""
    for found in _FUNCTION.finditer(text):
        before = text[: found.start()].rstrip("\n")
        described = before[before.rfind("/**") :] if before.endswith("*/") else ""
        name = found["name"] or found["short"]
        takes = found["takes"] if found["name"] else found["short_takes"]
        yield name, bool(found["exported"]), takes, described


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.stem))
def test_every_function_is_described(module: Path) -> None:
    for name, exported, takes, described in functions(module.read_text("utf-8")):
        assert described, name
        if exported:
            assert "@returns" in described, name
            assert not takes or "@param" in described, name


def test_what_is_exported_is_used_by_another_module() -> None:
    texts = {module: module.read_text("utf-8") for module in MODULES}
    for module, text in texts.items():
        others = "".join(other for name, other in texts.items() if name != module)
        for name in re.findall(
            r"^export (?:async )?(?:function|const|class) (\w+)", text, re.MULTILINE
        ):
            used = re.search(
                rf"import {{[^}}]*\b{name}\b[^}}]*}} from \"./{module.stem}.js\"", others
            )
            own = len(re.findall(rf"\b{name}\b", text)) > 1
            assert used or own, (module.name, name)


_LIST = re.compile(r"\[\s*(\"\w+\"(?:,\s*\"\w+\")+)\s*\]")
CHOICES = {
    "statuses": [*operations.statuses()["open"], *operations.statuses()["closed"]],
    "corrections": operations.corrections(),
    "lawful bases": [*operations.lawful_bases(), "vital_interests", "public_task"],
    "severities": ["low", "medium", "high"],
}


@pytest.mark.parametrize("kind", CHOICES)
def test_what_can_be_chosen_is_what_the_api_takes_and_no_list_of_the_consoles(kind: str) -> None:
    """A list written into a script goes on offering what the API refuses."""
    for module in MODULES:
        for found in _LIST.findall(module.read_text("utf-8")):
            names = set(re.findall(r"\w+", found))
            assert not names <= set(CHOICES[kind]), (module.name, found)
