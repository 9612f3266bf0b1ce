"""TypeScript's declarations of what privacy.js sends and gets, made from the OpenAPI document.

`python -m infra.web` writes them to web/types/api.d.ts; a test says where they are behind.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra import openapi

OPERATIONS = (
    ("/v1/consents", "post"),
    ("/v1/consents/{consent_id}", "get"),
    ("/v1/consents/{consent_id}/withdrawal", "post"),
    ("/v1/consents/{consent_id}/objection", "post"),
    ("/v1/preferences/session", "post"),
    ("/v1/visits", "post"),
)
HEAD = "// Made from the API's OpenAPI document by `python -m infra.web`: change nothing here.\n"
_PLAIN = {
    "boolean": "boolean",
    "integer": "number",
    "null": "null",
    "number": "number",
    "string": "string",
}
_JSON = "application/json"


def declarations() -> str:
    """Return the file: an interface for each model of those operations, and what they refer to."""
    document = openapi.document()
    schemas = document["components"]["schemas"]
    wanted: list[str] = []
    for path, method in OPERATIONS:
        for name in _referred(list(_bodies(document["paths"][path][method]))):
            _collect(name, schemas, wanted)
    return HEAD + "".join(_interface(name, schemas[name]) for name in sorted(wanted))


def _bodies(operation: Mapping[str, Any]) -> Iterator[Any]:
    yield operation.get("requestBody", {}).get("content", {}).get(_JSON, {}).get("schema")
    for status, answer in operation["responses"].items():
        if status < "300":
            yield answer.get("content", {}).get(_JSON, {}).get("schema")


def _referred(value: Any) -> list[str]:
    """Name the models that a schema refers to."""
    return re.findall(r'"#/components/schemas/(\w+)"', json.dumps(value))


def _collect(name: str, schemas: Mapping[str, Any], wanted: list[str]) -> None:
    if name in wanted:
        return
    wanted.append(name)
    for other in _referred(schemas[name]):
        _collect(other, schemas, wanted)


def _interface(name: str, schema: Mapping[str, Any]) -> str:
    required = set(schema.get("required", ()))
    lines = [
        f"{_said(member, '  ')}  {field}{'' if field in required else '?'}: {_type(member)};\n"
        for field, member in schema.get("properties", {}).items()
    ]
    return f"\n{_said(schema, '')}export interface {name} {{\n{''.join(lines)}}}\n"


def _said(schema: Mapping[str, Any], indent: str) -> str:
    words = " ".join(str(schema.get("description", "")).split())
    return f"{indent}/** {words} */\n" if words else ""


def _type(schema: Mapping[str, Any]) -> str:
    """Write a schema as a type; what nothing is said about is unknown."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(map(json.dumps, schema["enum"]))
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(each) for each in schema["anyOf"]))
    kind = schema.get("type")
    if kind == "array":
        return f"Array<{_type(schema.get('items', {}))}>"
    if kind == "object":
        return f"Record<string, {_values(schema)}>"
    return _PLAIN.get(str(kind), "unknown")


def _values(schema: Mapping[str, Any]) -> str:
    more = schema.get("additionalProperties", {})
    named = [*schema.get("patternProperties", {}).values(), *([more] if more else [])]
    kinds = dict.fromkeys(_type(each) for each in named if isinstance(each, dict))
    return " | ".join(kinds) or "unknown"
