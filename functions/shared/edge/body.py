"""From the bytes of a request to a validated model, or a fault that names each field."""

import json
import math
import re
from collections.abc import Collection, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar, get_type_hints
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

from shared.domain.errors import FieldError, Invalid, pointer
from shared.domain.text import visible
from shared.edge.problems import Malformed, TooLarge, WrongMediaType

if TYPE_CHECKING:  # what takes part where schemas are made, which is not where they are used
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

MAX_BYTES = 64 * 1024
# Lambda takes an event of 6 MB, in which the body is a JSON string among other things: each quote
# and line break of it is two bytes there. This leaves room for one byte in three to be such.
MAX_UPLOAD = 4 * 1024 * 1024
JSON = "application/json"
# Characters that are looked at for whether a text is empty; longer blanks are left to its type.
MAX_BLANK = 1000
# What a page sends that works without scripts.
FORM = "application/x-www-form-urlencoded"
MAX_FORM_FIELDS = 100
# More digits than any number has that is asked for here.
MAX_DIGITS = 40

# Blanks and controls; what else nobody can see is too much for a pattern.
_BLANK = {"type": "string", "pattern": r"^[\s\x00-\x1f\x7f-\x9f]*$", "title": "Absent"}


def absent_if_empty(value: Any) -> Any:
    """Return nothing for a text of which nothing can be seen, and whatever else comes as it is."""
    if isinstance(value, str) and not visible(value[:MAX_BLANK]):
        return None
    return value


def _optional(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield the schemas of a model's fields that are null unless they are sent."""
    while schema["type"] != "model-fields":
        schema = schema["schema"]
    for field in schema["fields"].values():
        told = field["schema"]
        if told["type"] == "default" and told.get("default", "") is None:
            yield told


_ABSENT = {"type": "no-info", "function": absent_if_empty}


class Body(BaseModel):
    """A request body: no coercion ("1" is not 1), no unknown fields, what is empty is absent."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: "GetCoreSchemaHandler"
    ) -> "CoreSchema":
        """Let an optional text be empty: it is absent then."""
        schema = handler(source)
        for field in _optional(handler.resolve_ref_schema(schema)):
            inner = field["schema"]
            if inner.get("function") != _ABSENT:  # a model within another was here before
                field["schema"] = {"type": "function-before", "function": _ABSENT, "schema": inner}
        return schema

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: "CoreSchema", handler: "GetJsonSchemaHandler"
    ) -> "JsonSchemaValue":
        """Tell that an optional text may be empty, whatever else it has to be."""
        told = handler(schema)
        for shape in handler.resolve_ref_schema(told).get("properties", {}).values():
            if shape.get("default", "") is not None:
                continue
            for choice in shape.get("anyOf", ()):
                if choice.get("type") != "string":
                    continue
                if choice.keys() & {"const", "enum", "format", "pattern"}:
                    shape["anyOf"].append(_BLANK)
                    break
                choice.pop("minLength", None)
        return told

    @classmethod
    def read(cls, raw: bytes, media_type: str) -> Self:
        """Read bytes as JSON, or as a page's form; a model may know further forms by type."""
        text = _decode(raw)
        if essence(media_type) == FORM:
            return cls.model_validate(_from_form(cls, text))
        document = text or "{}"
        check_json(document)
        return cls.model_validate_json(document)


Model = TypeVar("Model", bound=Body)


def parse(
    model: type[Model],
    raw: bytes,
    media_type: str | None,
    max_bytes: int = MAX_BYTES,
    media_types: Collection[str] = (JSON,),
) -> Model:
    """Read and validate `raw`, as JSON unless the model reads more; an empty one is `{}`.

    Raises:
        TooLarge: over `max_bytes` bytes.
        WrongMediaType: not one of `media_types`.
        Malformed: not JSON in UTF-8.
        Invalid: not what `model` allows, or a member is there twice (RFC 7493, 2.3).
    """
    if len(raw) > max_bytes:
        raise TooLarge(f"A body has at most {max_bytes // 1024} KiB here.")
    if raw and essence(media_type) not in media_types:
        raise WrongMediaType(f"Send the body as {' or '.join(media_types)}.")
    try:
        return model.read(raw, media_type or "")
    except ValidationError as error:
        raise Invalid(*explained(error)) from None


YES, NO = frozenset({"on", "true", "1", "yes"}), frozenset({"off", "false", "0", "no"})


def _from_form(model: type[Body], text: str) -> dict[str, Any]:
    """Read a page's form: an empty field is absent, a ticked box is true.

    Raises:
        Malformed: it is none, or has too many fields.
        Invalid: a field stands there twice.
    """
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FORM_FIELDS
        )
    except ValueError:
        raise Malformed("The body is no form in UTF-8.") from None
    given: dict[str, Any] = {}
    types = get_type_hints(model)
    for name, typed in pairs:
        value = typed.replace("\r\n", "\n")  # a form's line break is one character to its reader
        if name in given:
            raise Invalid.field(pointer(name), "stands there twice")
        if types.get(name) is bool and value.lower() in YES | NO:
            given[name] = value.lower() in YES
        else:
            given[name] = value
    return {name: value for name, value in given.items() if value != ""}


def explained(error: ValidationError) -> list[FieldError]:
    """Name each field that a model refused, in the words of this API; values are not quoted."""
    return list(map(_field_error, error.errors(include_url=False)))


def essence(media_type: str | None) -> str:
    """Return a media type without its parameters, in lower case."""
    return (media_type or "").partition(";")[0].strip().lower()


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8.") from None


_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def check_json(text: str) -> None:
    """Refuse what JSON parsers of this world read differently (RFC 7493).

    Raises:
        Malformed: no JSON, nested too deeply, a number out of all bounds, half a surrogate.
        Invalid: a member is there twice. Parsers silently keep the last of two; a choice made
            twice is no choice.
    """
    try:
        if _SURROGATE.search(text):
            from_json(text)  # the next one lets halves pass
        try:
            _ONCE.decode(text)
        except _StandsTwice:
            raise Invalid.field(_twice(text), "stands there twice") from None
    except json.JSONDecodeError as error:
        raise Malformed(f"{error.msg} at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise Malformed("The body is nested too deeply.") from None
    except ValueError:
        raise Malformed("The body is not valid JSON.") from None


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is not JSON.")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise Malformed("A number is larger than any that JSON programs can hold.")
    return number


def _short(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise Malformed(f"A number has more than {MAX_DIGITS} digits.")
    return int(digits)


class _StandsTwice(Exception):
    """A member stands twice in an object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) < len(pairs):
        raise _StandsTwice
    return plain


_READER = partial(
    json.JSONDecoder, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_short
)
_ONCE = _READER(object_pairs_hook=_once)


class _Twice(dict[str, Any]):
    """An object in which `key` stood twice."""

    key: str


def _twice(text: str) -> str:
    """Point to the last member that stands twice in a text."""
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

    root = _READER(object_pairs_hook=members).decode(text)
    return _path_to(found[-1], root)


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
    "string_too_long": "has more than {max_length} characters",
}


def _field_error(error: Any) -> FieldError:
    steps = [step for step in error["loc"] if step != "[key]"]
    if error["type"] == "json_invalid":
        raise Malformed("The body is not valid JSON.") from None
    plain = _PLAIN.get(error["type"], "").format_map(error.get("ctx", {}))
    detail = plain or error["msg"].removeprefix("Value error, ")
    return FieldError(pointer(*steps), detail)
