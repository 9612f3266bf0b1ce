"""Doing something many ways at once, and which write under a condition each race is about.

With moto, which one thread at a time may use, what comes at once only comes in turn, so that a few
are enough; on DynamoDB Local fifty of them meet.
"""

import ast
import functools
import importlib
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest

import shared
from shared.domain.errors import Busy
from tests.conftest import ENGINE

REAL = ENGINE == "dynamodb-local"
WAYS = 50 if REAL else 6
THREADS = 16 if REAL else 1
TRIES = 60

FUNCTIONS = Path(shared.__file__).parent.parent
S = TypeVar("S")
T = TypeVar("T")
Test = Callable[..., None]
# Which test races a write under a condition, by the place that gives the condition.
RACES: dict[str, str] = {}


def at_once(work: Callable[[int], T]) -> list[T]:
    return on_all(work, range(WAYS))


def on_all(work: Callable[[S], T], each: Iterable[S]) -> list[T]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, each))


def won(work: Callable[[int], T], *lost: type[Exception]) -> list[T]:
    """Do it many ways at once; return what those got who were not told that they had lost.

    Who is told that the store is busy comes again.
    """

    def patient(number: int) -> list[T]:
        for _ in range(TRIES):
            try:
                return [work(number)]
            except Busy:
                continue
            except lost:
                return []
        raise AssertionError("busy for ever")

    return [done for one in at_once(patient) for done in one]


def race_of(*places: str) -> Callable[[Test], Test]:
    """Say which places a test races; it fails if fewer than half of the ways come there."""

    def racing(test: Test) -> Test:
        RACES.update(dict.fromkeys(places, test.__name__))

        @functools.wraps(test)
        def raced(*args: Any, **more: Any) -> None:
            came = dict.fromkeys(places, 0)
            with pytest.MonkeyPatch.context() as patch:
                for place in places:
                    _count(place, came, patch)
                test(*args, **more)
            assert all(often >= WAYS // 2 for often in came.values()), came

        return raced

    return racing


def _count(place: str, came: dict[str, int], patch: pytest.MonkeyPatch) -> None:
    module, _, name = place.partition(":")
    owner: Any = importlib.import_module(module)
    *outer, last = name.split(".")
    for each in outer:
        owner = getattr(owner, each)
    plain = getattr(owner, last)

    def counted(*args: Any, **more: Any) -> Any:
        came[place] += 1
        return plain(*args, **more)

    if outer:
        patch.setattr(owner, last, counted)
        return
    for user in list(sys.modules.values()):  # whoever imported it by its name
        if user.__name__.startswith("shared.") and vars(user).get(last) is plain:
            patch.setattr(user, last, counted)


def conditional_writes() -> Iterator[str]:
    """Yield every place in the functions' code that writes, or lets write, under a condition."""
    for path in sorted(FUNCTIONS.rglob("*.py")):
        module = ".".join(path.relative_to(FUNCTIONS).with_suffix("").parts)
        yield from _of(ast.parse(path.read_text(encoding="utf-8")), module, ":")


def _of(node: ast.AST, name: str, dot: str) -> Iterator[str]:
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.ClassDef):
            yield from _of(inner, f"{name}{dot}{inner.name}", ".")
        elif isinstance(inner, ast.FunctionDef) and _is_conditional(inner):
            yield f"{name}{dot}{inner.name}"


def _is_conditional(function: ast.FunctionDef) -> bool:
    return any(
        (isinstance(node, ast.Constant) and node.value == "ConditionExpression")
        or (isinstance(node, ast.keyword) and node.arg == "ConditionExpression")
        or (isinstance(node, ast.Attribute) and node.attr == "put_new")
        for node in ast.walk(function)
    )
