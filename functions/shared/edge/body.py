"""From the bytes of a request to a validated model, or a fault that names each field."""

import json
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.domain.errors import FieldError, Invalid, pointer
from shared.edge.problems import Malformed, TooLarge, WrongMediaType

LARGEST = 64 * 1024

Model = TypeVar("Model", bound="Body")


class Body(BaseModel):
    """A request body: no coercion ("1" is not 1), no unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def parse(model: type[Model], raw: bytes, media_type: str | None, largest: int = LARGEST) -> Model:
    """Read `raw` as JSON and validate it; an empty body is read as an empty object.

    Raises:
        TooLarge: over `largest` bytes.
        WrongMediaType: not application/json (RFC 8259, UTF-8).
        Malformed: not JSON.
        Invalid: not what `model` allows, or a member is there twice (RFC 7493, 2.3).
    """
    if len(raw) > largest:
        raise TooLarge(f"A body has at most {largest // 1024} KiB here.")
    if raw and _essence(media_type) != "application/json":
        raise WrongMediaType
    text = _decode(raw) or "{}"
    _refuse_duplicates(text)
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise Invalid(*map(_field_error, error.errors(include_url=False))) from None


def _essence(media_type: str | None) -> str:
    return (media_type or "").partition(";")[0].strip().lower()


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None


class _Twice(dict[str, Any]):
    """An object in which `key` stood twice."""

    key: str


def _refuse_duplicates(text: str) -> None:
    """Parsers silently keep the last of two equal members; a choice made twice is no choice."""
    found: list[_Twice] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        plain = dict(pairs)
        if len(plain) == len(pairs):
            return plain
        twice = _Twice(plain)
        seen: set[str] = set()
        twice.key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        found.append(twice)
        return twice

    try:
        root = json.loads(text, object_pairs_hook=members, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise Malformed(f"{error.msg} at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise Malformed("The body is nested too deeply.") from None
    if found:
        raise Invalid.field(_path_to(found[-1], root), "stands there twice")


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is not JSON.")


def _path_to(twice: _Twice, root: Any) -> str:
    trail: list[tuple[Any, tuple[str | int, ...]]] = [(root, ())]
    while trail:
        node, steps = trail.pop()
        if node is twice:
            return pointer(*steps, twice.key)
        children = node.items() if isinstance(node, dict) else enumerate(node)
        trail.extend(
            (child, (*steps, step)) for step, child in children if isinstance(child, dict | list)
        )
    return pointer(twice.key)


_PLAIN = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this request",
    "model_type": "the body must be a JSON object",
    "bool_type": "must be true or false",
    "string_type": "must be a string",
}


def _field_error(error: Any) -> FieldError:
    steps = [step for step in error["loc"] if step != "[key]"]
    if error["type"] == "json_invalid":
        raise Malformed("The body is not valid JSON.") from None
    detail = _PLAIN.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    return FieldError(pointer(*steps), detail)
