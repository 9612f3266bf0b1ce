"""What the standard library makes of dataclasses when they are imported, made with the bundle.

Functions then start without it (`infra/stand_in/dataclasses_beforehand.py`). Only what our
dataclasses use is known here; whatever else one says stops the build.
"""

import importlib
import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any

MODULE = "dataclass_inits.py"
# Where Lambda's Python has what sources take from elsewhere.
_PLACES = {
    "from dataclasses import": "from dataclasses_beforehand import",
    "from typing_extensions import": "from typing import",
}
_HEAD = '''\
"""Made by infra/dataclass_inits.py."""

from dataclasses_beforehand import Factory

INITS = {}
_set = object.__setattr__
'''


def write(folder: Path) -> None:
    """Write the `__init__` of every dataclass below `folder`, and have its modules use them.

    Raises:
        TypeError: a dataclass says more than is known here.
    """
    made = []
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text("utf-8")
        for place, deployed in _PLACES.items():
            text = text.replace(f"\n{place}", f"\n{deployed}")
        path.write_text(text, "utf-8")
        name = ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
        if "@dataclass" in text:
            made += [_init(each) for each in dataclasses(name)]
    (folder / MODULE).write_text(_HEAD + "".join(made), "utf-8")


def dataclasses(module: str) -> Iterator[type]:
    """Yield the dataclasses that a module declares."""
    for each in vars(importlib.import_module(module)).values():
        if isinstance(each, type) and is_dataclass(each) and each.__module__ == module:
            yield each


def _init(cls: Any) -> str:
    known: tuple[Field[Any], ...] = fields(cls)
    for each in known:
        if not (each.init and each.repr and each.compare) or each.kw_only or each.metadata:
            raise TypeError(f"{cls.__qualname__}.{each.name} says what is not known beforehand")
    told = cls.__dataclass_params__
    if told.order or told.unsafe_hash or cls.__bases__ != (object,):
        raise TypeError(f"{cls.__qualname__} says what is not known beforehand")
    if any(_by_hand(cls, name) for name in ("__repr__", "__eq__", "__hash__", "__setattr__")):
        raise TypeError(f"{cls.__qualname__} says what is not known beforehand")
    names = "".join(f", {each.name}" for each in known)
    body = "".join(f"    {_assignment(each, frozen=told.frozen)}\n" for each in known)
    if hasattr(cls, "__post_init__"):
        body += "    self.__post_init__()\n"
    name = f"{cls.__module__}.{cls.__qualname__}"
    return f"\n\ndef __init__(self{names}):\n{body or '    pass'}\n\nINITS[{name!r}] = __init__\n"


def _by_hand(cls: type, name: str) -> bool:
    """Tell whether a class's method stands in its module, and is not made by the decorator."""
    code = getattr(vars(cls).get(name), "__code__", None)
    return code is not None and code.co_filename == sys.modules[cls.__module__].__file__


def _assignment(field: "Field[Any]", *, frozen: bool) -> str:
    name = field.name
    value = name
    if field.default_factory is not MISSING:
        value = f"{name}.make() if {name}.__class__ is Factory else {name}"
    return f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}"
