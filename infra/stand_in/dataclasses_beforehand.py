"""Dataclasses whose `__init__` was written beforehand: what functions need of `dataclasses`.

The standard library's module writes each class's methods as text and compiles it, at every start of
every process; it and what it imports for that are a third of a cold start. Here the one method
that differs by class comes compiled with the bundle, by the class's import path
(`infra/dataclass_inits.py`), and the others, which only go through the fields, are written once.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

__all__ = ["asdict", "dataclass", "field", "fields", "replace"]


class Factory(NamedTuple):
    """The default of a field that is made anew for each instance."""

    make: Callable[[], Any]


class Field(NamedTuple):
    """A field, as far as anybody asks."""

    name: str


def dataclass(cls: Any = None, *, frozen: bool = False, slots: bool = False) -> Any:
    """Make a class a dataclass."""
    if cls is None:
        return lambda found: dataclass(found, frozen=frozen, slots=slots)
    init = import_module("dataclass_inits").INITS[f"{cls.__module__}.{cls.__qualname__}"]
    names = init.__code__.co_varnames[1 : init.__code__.co_argcount]
    defaults = {name: getattr(cls, name) for name in names if hasattr(cls, name)}
    init.__defaults__ = tuple(defaults.values())
    told = {
        "__init__": init,
        "__match_args__": names,
        "__dataclass_fields__": {name: Field(name) for name in names},
        "__eq__": _equal,
        "__hash__": _hash if frozen else None,
        "__repr__": _repr,
    }
    if frozen:
        told |= {"__setattr__": _refuse, "__delattr__": _refuse}
    if slots:
        return _with_slots(cls, names, told)
    for name, value in told.items():
        setattr(cls, name, value)
    for name, value in defaults.items():
        if isinstance(value, Factory):
            delattr(cls, name)
    return cls


def _with_slots(cls: Any, names: tuple[str, ...], told: dict[str, Any]) -> Any:
    """Make the class anew: only then it has places for its fields, and defaults elsewhere."""
    left_out = {*names, "__dict__", "__weakref__"}
    body = {name: value for name, value in vars(cls).items() if name not in left_out}
    made = type(cls)(cls.__name__, cls.__bases__, body | told | {"__slots__": names})
    made.__qualname__ = cls.__qualname__
    return made


def field(*, default: Any = None, default_factory: Callable[[], Any] | None = None) -> Any:
    """Say what a field is, if it is not told."""
    return default if default_factory is None else Factory(default_factory)


def fields(of: Any) -> tuple[Field, ...]:
    """Return the fields of a dataclass or of an instance."""
    return tuple(of.__dataclass_fields__.values())


def replace(of: Any, **changes: Any) -> Any:
    """Return another instance, with these fields changed."""
    return type(of)(**{name: getattr(of, name) for name in of.__match_args__} | changes)


def asdict(of: Any) -> dict[str, Any]:
    """Return the fields by their names, and those of what is in them."""
    return {name: _plain(getattr(of, name)) for name in of.__match_args__}


def _plain(value: Any) -> Any:
    match value:
        case list() | tuple():
            return type(value)(map(_plain, value))
        case dict():
            return {name: _plain(member) for name, member in value.items()}
        case _ if hasattr(value, "__dataclass_fields__"):
            return asdict(value)
        case _:
            return value


def _values(of: Any) -> tuple[Any, ...]:
    return tuple(getattr(of, name) for name in of.__match_args__)


def _equal(one: Any, other: object) -> Any:
    return _values(one) == _values(other) if type(one) is type(other) else NotImplemented


def _hash(of: Any) -> int:
    return hash(_values(of))


def _repr(of: Any) -> str:
    told = ", ".join(f"{name}={getattr(of, name)!r}" for name in of.__match_args__)
    return f"{type(of).__qualname__}({told})"


def _refuse(_of: Any, name: str, *_: object) -> None:
    raise AttributeError(f"cannot assign to field {name!r}")
