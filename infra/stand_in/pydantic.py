"""Models whose schemas are data: what functions need of pydantic where they run.

pydantic reads a model's annotations and makes of them what pydantic-core validates by. That is
half of a cold start and comes out the same each time, so it is done when a bundle is built
(`infra/core_schemas.py`). Here is the other half, by pydantic's own names: each model finds its
schema in the bundle's `core_schemas`, and pydantic-core does what it always did. No rule of any
model is here; what a source says to pydantic was heard already.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any, Self

from pydantic_core import SchemaSerializer, SchemaValidator, ValidationError

__all__ = [
    "AfterValidator",
    "AwareDatetime",
    "BaseModel",
    "BeforeValidator",
    "ConfigDict",
    "Field",
    "PrivateAttr",
    "StrictBool",
    "StringConstraints",
    "ValidationError",
    "WithJsonSchema",
    "field_validator",
    "model_validator",
]


class BaseModel:
    """A model; its instances are made and filled by pydantic-core, in these places."""

    __slots__ = (
        "__dict__",
        "__pydantic_extra__",
        "__pydantic_fields_set__",
        "__pydantic_private__",
    )
    __pydantic_fields_set__: set[str]

    def __init__(self, **values: Any) -> None:
        """Take in values by their fields' names.

        Raises:
            ValidationError: they are not what the model allows.
        """
        _validator(type(self)).validate_python(values, self_instance=self)

    @classmethod
    def model_validate(cls, value: Any) -> Self:
        """Read what Python holds."""
        made: Self = _validator(cls).validate_python(value)
        return made

    @classmethod
    def model_validate_json(cls, text: str | bytes) -> Self:
        """Read JSON."""
        made: Self = _validator(cls).validate_json(text)
        return made

    def model_dump(self, *, mode: str = "python", **chosen: Any) -> dict[str, Any]:
        """Return the fields as plain values, those `chosen` as pydantic has it."""
        plain: dict[str, Any] = _serializer(type(self)).to_python(self, mode=mode, **chosen)
        return plain

    def model_dump_json(self, **chosen: Any) -> str:
        """Write the fields as JSON."""
        return _serializer(type(self)).to_json(self, **chosen).decode()

    def model_post_init(self, _context: Any) -> None:
        """Do nothing: private attributes begin with what their class has."""

    @property
    def model_fields_set(self) -> set[str]:
        """Return the names of the fields that came."""
        return self.__pydantic_fields_set__


def _schema(model: Any) -> Any:
    schemas = import_module("core_schemas").SCHEMAS
    return schemas[f"{model.__module__}.{model.__qualname__}"]()


_validator: Callable[[Any], SchemaValidator] = cache(lambda model: SchemaValidator(_schema(model)))
_serializer: Callable[[Any], SchemaSerializer] = cache(
    lambda model: SchemaSerializer(_schema(model))
)


class _Said:
    """Something that was said to pydantic."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Keep nothing."""


class AfterValidator(_Said):
    """Said of a field's type."""


class BeforeValidator(_Said):
    """Said of a field's type."""


class StringConstraints(_Said):
    """Said of a field's type."""


class WithJsonSchema(_Said):
    """Said of a field's type."""


class Field(_Said):
    """Said of a field."""


class ConfigDict(_Said):
    """Said of a model."""


class AwareDatetime(datetime):
    """A type that is only named."""


StrictBool = bool


def PrivateAttr(default: Any) -> Any:  # noqa: N802 - its name there
    """Return what a private attribute is at first."""
    return default


def _as_it_is(*_: Any, **__: Any) -> Callable[[Any], Any]:
    return lambda function: function


field_validator = model_validator = _as_it_is
