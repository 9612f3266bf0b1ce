"""Every operation that a page, the console or privacy.js calls is one of the API's document."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra import openapi

WEB = Path(__file__).parent.parent.parent / "web"
SOURCES = sorted(
    path
    for path in WEB.rglob("*")
    if path.suffix in (".js", ".html") and path != WEB / "privacy.js"  # made from src
)
# A method and where to: a text, a template or a name that stands for one.
_LITERAL = r'`[^`]*`|"[^"]*"'
_CALL = re.compile(rf'\w+\(\s*(?:[\w.]+, )?"(GET|POST|PATCH|DELETE)",\s*({_LITERAL}|[\w.]+)')
_NAMED = re.compile(rf"(?:const|let) (\w+) = ({_LITERAL})")
_ANY = re.compile(rf"(?=[`\"]/?v1/)({_LITERAL})")
_FORM = re.compile(r'<form method="post" action="\{\{ root \}\}(v1/[^"?]*)[^"]*"')
_PLACEHOLDER = re.compile(r"\$\{((?:[^{}]|\{[^{}]*\})*)\}|\{\{ (\w+) \}\}|~(\w+)~|\{(\w+)\}")
# What stands for a fixed part of a path, and all that it may be.
FIXED = {
    "form.dataset.form": ("contact", "newsletter", "accounts"),
    "form_frame.html resource": ("contact", "newsletter", "accounts"),
    "confirmation.js resource": ("newsletter", "accounts"),
    "item.act": ("withdrawal", "objection"),
}
# Paths that a file takes from the document itself, by its operations.
FROM_THE_DOCUMENT = {
    ("desk/ask.js", "`${path}${next && `"),
    ("desk/lists.js", "`${found.path}?${wanted}`"),
    ("desk/lists.js", "`${operation(spec.operation).path}?limit=100${next && `"),
    ("desk/lists.js", "filled"),
    ("desk/lists.js", "next"),
    ("desk/lists.js", "path"),
    ("desk/person_page.js", "`${path}?cursor=${encodeURIComponent(next)}`"),
    ("desk/record_page.js", "operation"),
    ("desk/record_page.js", "path"),
}


@dataclass(frozen=True)
class Call:
    """What a file calls; no method: any will do."""

    file: str
    method: str | None
    path: str

    def __str__(self) -> str:
        return f"{self.file}: {self.method or 'any'} {self.path}"


def calls(path: Path) -> Iterator[Call]:
    text, file = path.read_text(encoding="utf-8"), path.relative_to(WEB).as_posix()
    named = {name: literal[1:-1] for name, literal in _NAMED.findall(text)}

    def whole(literal: str) -> str:
        return re.sub(r"\$\{(\w+)\}", lambda it: named.get(it[1], it[0]), literal)

    for method, target in _CALL.findall(text):
        if (file, target) in FROM_THE_DOCUMENT:
            continue
        literal = named.get(target) or (target[1:-1] if target[0] in '"`' else f"<{target}>")
        yield Call(file, method, whole(literal))
    for target in _ANY.findall(text):
        yield Call(file, None, whole(target[1:-1]))
    for target in _FORM.findall(text):
        yield Call(file, "POST", target)


def spelt(call: Call) -> Iterator[str]:
    """Yield every path that a call can have, `{}` for a name that somebody or something has."""
    path = call.path.partition("?")[0].lstrip("/")
    found = _PLACEHOLDER.search(path)
    if found is None:
        yield path
        return
    name = next(filter(None, found.groups()))
    values = FIXED.get(f"{Path(call.file).name} {name}") or FIXED.get(name) or ("{}",)
    for value in values:
        filled = path[: found.start()] + value + path[found.end() :]
        yield from spelt(Call(call.file, call.method, filled))


@pytest.fixture(scope="module")
def operations() -> set[tuple[str, str]]:
    """The document's methods and paths, `{}` for each parameter."""
    paths: dict[str, Any] = openapi.document()["paths"]
    return {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path).lstrip("/"))
        for path, item in paths.items()
        for method in item
    }


ALL = sorted({call for path in SOURCES for call in calls(path)}, key=str)


def test_whatever_is_called_exists(operations: set[tuple[str, str]]) -> None:
    """A button whose operation was never built says that something failed, for ever."""
    paths = {path for _, path in operations}
    missing = [
        f"{call}: {path}"
        for call in ALL
        for path in spelt(call)
        if ((call.method, path) not in operations if call.method else path not in paths)
    ]
    assert missing == []


def test_the_calls_are_found() -> None:
    """A form of call that this test cannot read would be one that it does not check."""
    told = {str(call) for call in ALL}
    assert "pages/js/request.js: POST v1/requests/${encodeURIComponent(id)}/link" in told
    assert "pages/templates/unsubscribe.html: POST v1/unsubscribe/~token~" in told
    assert "src/decisions.js: any /v1/consents/${id}/${item.act}" in told
    assert len(ALL) > 50
