"""Dataclasses that were made beforehand are what the standard library makes of them."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra import dataclass_inits, routes
from infra.stand_in import dataclasses_beforehand as stand_in

SAMPLE = """\
from dataclasses import asdict, dataclass, field, fields, replace
from typing_extensions import TypedDict


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 2


@dataclass(frozen=True)
class Named:
    at: Point
    names: list[str] = field(default_factory=list)
    more: dict[str, Point] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.at.x < 0:
            raise ValueError("left of all")


@dataclass
class Counter:
    hits: int = 0


@dataclass(slots=True)
class Open:
    seen: tuple[Point, ...] = ()


class Told(TypedDict):
    name: str


def attempt(expression: str) -> str:
    try:
        return repr(eval(expression))
    except Exception as fault:
        kinds = AttributeError, TypeError, ValueError
        return next(kind.__name__ for kind in kinds if isinstance(fault, kind))
"""
EXPRESSIONS = [
    "Point(1)",
    "Point(x=1, y=3)",
    "Point()",
    "Point(1, 2, 3)",
    "Point(1, z=1)",
    "(Point(1) == Point(1, 2), Point(1) == Point(2), Point(1) == (1, 2), Point(1) != Counter(1))",
    "hash(Point(1)) == hash(Point(1, 2))",
    "hash(Named(Point(1)))",
    "hash(Counter())",
    "hash(Open())",
    "setattr(Point(1), 'x', 2)",
    "delattr(Point(1), 'x')",
    "setattr(Open(), 'z', 2)",
    "setattr(Counter(), 'hits', 2)",
    "Point(1).__dict__",
    "Counter(3).__dict__",
    "(Point.__match_args__, Point.__slots__, Named.__match_args__)",
    "(Point.__name__, Point.__qualname__, Point.__module__)",
    "Named(Point(1))",
    "Named(Point(-1))",
    "Named(Point(1)).names is Named(Point(1)).names",
    "Counter.hits",
    "Named.names",
    "replace(Point(1), y=5)",
    "replace(Point(1), z=5)",
    "replace(Named(Point(1)), at=Point(-1))",
    "asdict(Named(Point(1), ['a'], {'b': Point(2)}))",
    "asdict(Open((Point(1), Point(2))))",
    "[each.name for each in fields(Named)]",
    "[each.name for each in fields(Point(1))]",
    "list(Named.__dataclass_fields__)",
    "Told(name='a')",
]
ASK = (
    "import json, sys; from sample import attempt;"
    "print(json.dumps([attempt(each) for each in json.load(sys.stdin)]))"
)
DESCRIBE = """
import importlib, json, sys
from dataclasses_beforehand import Factory

def shown(default):
    return repr(default).partition(" at 0x")[0]

def told(cls):
    init = cls.__init__
    defaults = init.__defaults__ or ()
    return {
        "names": list(cls.__match_args__),
        "defaults": sorted(shown(d.make() if isinstance(d, Factory) else d) for d in defaults),
        "slots": "__slots__" in vars(cls),
        "hashed": cls.__hash__ is not None,
        "frozen": cls.__setattr__ is not object.__setattr__,
        "methods": sorted(n for n in vars(cls) if not n.startswith("__")),
    }

found = {}
for module in json.load(sys.stdin):
    for each in vars(importlib.import_module(module)).values():
        if isinstance(each, type) and each.__module__ == module:
            if "__dataclass_fields__" in vars(each):
                found[f"{module}.{each.__qualname__}"] = told(each)
print(json.dumps(found))
"""


def _ran(code: str, asked: object, *path: Path) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(asked),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _sample(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a module as it is found, and a copy as it will be deployed; give the copy's folder."""
    made = folder / "made"
    made.mkdir()
    shutil.copy(stand_in.__file__, made)
    for place in (folder, made):
        (place / "sample.py").write_text(f'"""A module."""\n\n{text}')
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setitem(sys.modules, "sample", None)  # to be what it was, afterwards
    del sys.modules["sample"]
    return made


def test_they_are_made_compared_copied_and_refused_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _sample(SAMPLE, tmp_path, monkeypatch)
    dataclass_inits.write(made)
    assert "from dataclasses import" not in (made / "sample.py").read_text()
    theirs = _ran(ASK, EXPRESSIONS, tmp_path)
    ours = _ran(ASK, EXPRESSIONS, made)
    assert dict(zip(EXPRESSIONS, ours, strict=True)) == dict(zip(EXPRESSIONS, theirs, strict=True))


def _told(cls: Any) -> dict[str, Any]:
    known: tuple[Any, ...] = dataclasses.fields(cls)
    given = (each.default for each in known if each.default is not dataclasses.MISSING)
    made = (
        each.default_factory() for each in known if each.default_factory is not dataclasses.MISSING
    )
    defaults = sorted(repr(each).partition(" at 0x")[0] for each in (*given, *made))
    return {
        "names": list(cls.__match_args__),
        "defaults": defaults,
        "slots": "__slots__" in vars(cls),
        "hashed": cls.__hash__ is not None,
        "frozen": cls.__setattr__ is not object.__setattr__,
        "methods": sorted(name for name in vars(cls) if not name.startswith("__")),
    }


def test_every_dataclass_of_every_function_is_the_same_as_deployed(tmp_path: Path) -> None:
    shutil.copytree(
        routes.FOLDER, tmp_path, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
    )
    shutil.copy(stand_in.__file__, tmp_path)
    dataclass_inits.write(tmp_path)
    names = [
        ".".join(path.relative_to(routes.FOLDER).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted(routes.FOLDER.rglob("*.py"))
        if "@dataclass" in path.read_text("utf-8")
    ]
    real = {
        f"{name}.{each.__qualname__}": _told(each)
        for name in names
        for each in dataclass_inits.dataclasses(name)
    }
    assert len(real) > len(names)
    assert _ran(DESCRIBE, names, tmp_path) == real


@pytest.mark.parametrize(
    "body",
    [
        "@dataclass(order=True)\nclass Odd:\n    x: int\n",
        "@dataclass\nclass Odd:\n    x: int = field(default=1, compare=False)\n",
        "@dataclass\nclass Odd:\n    x: int = field(default=1, kw_only=True)\n",
        "class Base:\n    pass\n\n\n@dataclass\nclass Odd(Base):\n    x: int\n",
        "@dataclass\nclass Odd:\n    x: int\n\n    def __repr__(self):\n        return ''\n",
        "@dataclass\nclass Odd:\n    x: int\n\n    def __eq__(self, other):\n        return True\n",
    ],
)
def test_what_is_not_known_beforehand_stops_the_build(
    body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _sample(f"from dataclasses import dataclass, field\n\n\n{body}", tmp_path, monkeypatch)
    with pytest.raises(TypeError, match="not known beforehand"):
        dataclass_inits.write(made)


def test_no_module_takes_more_of_dataclasses_than_there_is() -> None:
    taken = set()
    for path in routes.FOLDER.rglob("*.py"):
        for line in path.read_text("utf-8").splitlines():
            assert line.strip() != "import dataclasses", path
            if line.startswith("from dataclasses import "):
                taken |= set(line.removeprefix("from dataclasses import ").split(", "))
    assert taken == set(stand_in.__all__)
