"""What pydantic makes of a function's models, as a module of literals for its bundle.

With it a function needs of pydantic only its core, which validates as it does here
(`infra/stand_in/pydantic.py`). Functions and classes that a schema names are written by their
import path; what has none stops the build.
"""

import importlib
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import reduce
from pathlib import Path
from types import MethodType
from typing import Any

from pydantic import BaseModel

from infra.routes import FOLDER

MODULE = "core_schemas.py"
# What is about documents, or about this process, and not about validation.
_NOT_VALIDATION = frozenset({"json_schema_input_schema", "metadata", "ref"})


def write(function: str, target: Path) -> None:
    """Write the schemas of the models that `function` may use.

    Raises:
        TypeError: a schema holds what no import path leads to.
    """
    found = {f"{model.__module__}.{model.__qualname__}": model for model in _models(function)}
    made = "".join(_entry(name, model) for name, model in sorted(found.items()))
    target.write_text(f'"""Made by infra/core_schemas.py."""\n\nSCHEMAS = {{}}\n{made}', "utf-8")


def _models(function: str) -> Iterator[type[BaseModel]]:
    """Yield every model of a function's own modules and of those that all functions have."""
    if str(FOLDER) not in sys.path:
        sys.path.insert(0, str(FOLDER))
    names = set()
    for home in (FOLDER / function, FOLDER / "shared"):
        for path in home.rglob("*.py"):
            name = ".".join(path.relative_to(FOLDER).with_suffix("").parts)
            names.add(name.removesuffix(".__init__"))
    for name in sorted(names):
        importlib.import_module(name)
    return (model for model in _below(BaseModel) if model.__module__ in names)


def _below(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in kind.__subclasses__():
        yield model
        yield from _below(model)


def _entry(name: str, model: type[BaseModel]) -> str:
    """Write one model's schema as a function, which imports what it names when it is called."""
    modules: set[str] = set()
    schema = _expression(model.__pydantic_core_schema__, modules)
    imports = "".join(f"    import {module}\n" for module in sorted(modules))
    return f"\n\ndef _():\n{imports}    return {schema}\n\n\nSCHEMAS[{name!r}] = _\n"


def _expression(value: Any, modules: set[str]) -> str:  # noqa: PLR0911 - one for each kind
    """Write a value as Python that makes the same; `modules` gains what it has to import."""

    def write(inner: Any) -> str:
        return _expression(inner, modules)

    match value:
        case Enum():
            return f"{write(type(value))}.{value.name}"
        case None | bool() | int() | float() | str():
            return repr(value)
        case dict():
            kept = ((key, each) for key, each in value.items() if key not in _NOT_VALIDATION)
            return "{" + ", ".join(f"{key!r}: {write(each)}" for key, each in kept) + "}"
        case list():
            return "[" + ", ".join(map(write, value)) + "]"
        case MethodType():
            return f"{write(value.__self__)}.{value.__name__}"
        case _ if is_dataclass(value) and not isinstance(value, type):
            told = (f"{each.name}={write(getattr(value, each.name))}" for each in fields(value))
            return f"{write(type(value))}({', '.join(told)})"
        case _:
            return _path(value, modules)


def _path(value: Any, modules: set[str]) -> str:
    """Name a class or function by its import path.

    Raises:
        TypeError: it is none, or something else is there.
    """
    module, name = getattr(value, "__module__", ""), getattr(value, "__qualname__", "")
    place: Any = sys.modules.get(module)
    if reduce(lambda at, step: getattr(at, step, None), name.split("."), place) is not value:
        raise TypeError(f"{value!r} cannot be written: no import path leads to it")
    if module == "builtins":
        return str(name)
    modules.add(module)
    return f"{module}.{name}"
