"""The API's OpenAPI document, from the handlers' own routes, models and docstrings.

Powertools' generator does the work, on a resolver that exists only to be documented: its
routes are the handlers' with the signatures that they declare. What it cannot know (who may
call, the problem documents, headers that are not parameters) is added here.
"""

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.openapi.params import Body as BodyParameter

from infra import openapi_words as words
from infra.routes import declared
from shared.domain.idempotency import MAX_LENGTH, MIN_LENGTH
from shared.edge.body import FORM, JSON, NO, YES, Body
from shared.edge.content_negotiation import CSV, HTML
from shared.edge.http import PUBLIC, SERVICE, STAFF, SUBJECT, Response, Route
from shared.edge.problems import MEDIA_TYPE as PROBLEM_TYPE
from shared.edge.problems import TABLE as PROBLEMS
from shared.edge.problems import UNKNOWN

EVENTS = Path(__file__).parent.parent / "events"
TITLE = "Privacy API"
VERSION = "1.0.0"
ABOUT = (
    "The back end that makes a privacy notice true: consent with evidence, forms, "
    "preferences and requests. Errors are RFC 9457 problems; times are RFC 3339 in UTC."
)

_SECURITY: dict[str, list[dict[str, list[str]]]] = {
    PUBLIC: [],
    SUBJECT: [{"session": []}],
    SERVICE: [{"iam": []}],
    STAFF: [{"cognito": []}],
}
_SCHEMES = {
    "session": {
        "type": "http",
        "scheme": "bearer",
        "description": "The session that a mailed link's token was exchanged for.",
    },
    "iam": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "An AWS Signature Version 4 of a principal that may invoke this method.",
    },
    "cognito": {
        "type": "http",
        "scheme": "bearer",
        "description": "A staff member's token from the user pool.",
    },
}
# What a parameter has beside its schema.
_NOT_OF_A_SCHEMA = {"description", "title"}
_PAGE = '<!doctype html><html lang="en">…</html>'
_PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}
_PROBLEM = {
    "title": "Problem",
    "type": "object",
    "description": "RFC 9457. `errors` names each field by JSON pointer (status 422).",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


def document() -> dict[str, Any]:
    """Write the document for all functions; every operation carries its sample event's body."""
    resolver = APIGatewayRestResolver(enable_validation=True)
    routes: dict[tuple[str, str], tuple[str, Route]] = {}
    for function, route in declared():
        if route.is_page:
            continue  # pages are for people: no program calls them
        _register(resolver, function, route)
        routes[route.path, route.method.lower()] = function, route
    schema = resolver.get_openapi_json_schema(
        title=TITLE, version=VERSION, description=ABOUT, openapi_version="3.1.0"
    )
    made: dict[str, Any] = json.loads(schema)
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            _complete(operation, *routes[path, method])
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ResponseValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = _PROBLEM
    made["components"]["securitySchemes"] = _SCHEMES
    made["servers"] = [{"url": "/"}]
    made["info"] |= {
        "contact": {"name": "The company whose privacy notice this keeps"},
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }
    made["tags"] = [{"name": name, "description": said} for name, said in words.TAGS.items()]
    return made


def operation_id(function: str, route: Route) -> str:
    """Name an operation by what it does: recordConsent, listHolds."""
    name = route.handler.__name__
    first, *others = name.split("_")
    return words.OPERATIONS.get((function, name)) or first + "".join(map(str.title, others))


def _register(resolver: APIGatewayRestResolver, function: str, route: Route) -> None:
    told = inspect.cleandoc(route.handler.__doc__ or "")
    summary, _, description = told.partition("\n\n")

    def documented() -> None:
        """Stand for the handler: only its signature is read."""

    documented.__name__ = route.handler.__name__
    documented.__signature__ = _signature(route)  # type: ignore[attr-defined]
    rule = re.sub(r"{(\w+)}", r"<\1>", route.path)
    resolver.route(
        rule,
        route.method,
        summary=summary,
        description=description or summary,
        tags=[function],
        operation_id=operation_id(function, route),
        responses={route.status: {"description": "Done."}},
    )(documented)


def _signature(route: Route) -> inspect.Signature:
    """Return the parameters that come from outside: the path's, and the body."""
    signature = inspect.signature(route.handler)
    parameters = []
    for name, parameter in signature.parameters.items():
        if name == "request" or name not in route.handler.__annotations__:
            continue  # the request is no parameter of it, nor is what the desk adds for itself
        kind: Any = parameter.annotation
        if name == "body":
            kind = Annotated[kind, BodyParameter()]
        parameters.append(parameter.replace(annotation=kind))
    answer = signature.return_annotation
    if answer is Response:
        answer = route.answer or dict[str, Any]
    return inspect.Signature(parameters, return_annotation=answer)


def _complete(operation: dict[str, Any], function: str, route: Route) -> None:
    """Add to an operation what its signature does not tell."""
    operation["security"] = _SECURITY[route.audience]
    responses = operation["responses"]
    responses.pop("422", None)
    answer = responses[str(route.status)]
    answer["description"] = words.DONE[route.status]
    answer["headers"] = {"X-Request-Id": {"schema": {"type": "string"}}}
    usual = answer.get("content", {}).get(JSON, {"schema": {"type": "object"}})
    answer["content"] = {
        kind: dict(usual) if kind == JSON else {"schema": {"type": "string"}}
        for kind in route.produces
    }
    for kind, example in answers(function).get(route.handler.__name__, {}).items():
        answer["content"][kind]["example"] = example
    responses |= _others(route)
    parts = operation.get("parameters", [])
    for part in parts:
        part["description"] = words.PARTS[part["name"]]
        if part["name"] in words.FORMS_OF_PARTS:
            part["schema"]["pattern"] = words.FORMS_OF_PARTS[part["name"]]
    operation["parameters"] = [*parts, *_query(route), *_headers(route)]
    if route.body is not None:
        needed = any(field.is_required() for field in route.body.model_fields.values())
        operation["requestBody"]["required"] = needed
        taken = operation["requestBody"]["content"][JSON]
        example = _example(function, route.handler.__name__)
        if example is not None:
            taken["example"] = example
        operation["requestBody"]["content"] = {
            kind: _sent_as(kind, route.body, taken) for kind in route.media_types
        }


def _sent_as(kind: str, body: type[Body], taken: dict[str, Any]) -> dict[str, Any]:
    """Describe a body in a media type: a table is text, a beacon's text is JSON."""
    if kind == FORM:
        return _as_form(body, taken)
    return {"schema": {"type": "string"}, "example": words.TABLE} if kind == CSV else taken


def _as_form(body: type[Body], taken: dict[str, Any]) -> dict[str, Any]:
    """Describe a body as a page sends it: ticks are words, and what is empty is not there."""
    schema = body.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    schema["title"] = f"{body.__name__}Form"
    for shape in schema["properties"].values():
        if shape.get("type") == "boolean":
            shape |= {"type": "string", "enum": ["", *sorted(YES | NO)]}
            shape.pop("default", None)
    example = {
        name: "on" if value is True else value
        for name, value in taken.get("example", {}).items()
        if value is not False
    }
    return {"schema": schema, "example": example}


def _others(route: Route) -> dict[str, Any]:
    """Describe what an operation answers beside its usual answer."""
    problems = {code: words.WORDS[code] for code in sorted(set(_problems(route)))}
    told = problems | {str(code): meaning for code, meaning in route.answers.items()}
    if "If-None-Match" in route.headers:
        told["304"] = "What is at hand is still the current one."
    if route.sent is not None:
        told["303"] = "A page's form was taken; Location is where its sender reads so."
    others: dict[str, Any] = {}
    for code, meaning in sorted(told.items()):
        others[code] = {"description": meaning}
        if code == "303":
            others[code]["headers"] = {"Location": {"schema": {"type": "string"}}}
        elif code >= "400":
            others[code]["content"] = {
                PROBLEM_TYPE: {"schema": _PROBLEM_SCHEMA, "example": _problem_example(code)}
            }
            if route.sent is not None:  # to a page without scripts
                others[code]["content"][HTML] = {"schema": {"type": "string"}, "example": _PAGE}
    return others


def _query(route: Route) -> Iterator[dict[str, Any]]:
    """Describe each parameter of a route's query, from the model that reads it."""
    if route.query is None:
        return
    model = route.query.model_json_schema()
    for name, schema in model["properties"].items():
        shape = {key: value for key, value in schema.items() if key not in _NOT_OF_A_SCHEMA}
        choices = [choice for choice in shape.pop("anyOf", []) if choice != {"type": "null"}]
        for choice in choices:
            named = model.get("$defs", {}).get(choice.get("$ref", "").rpartition("/")[2], choice)
            shape = {k: v for k, v in named.items() if k not in _NOT_OF_A_SCHEMA} | shape
        if shape.get("default", "") is None:
            del shape["default"]
        yield {
            "name": name,
            "in": "query",
            "required": name in model.get("required", ()),
            "description": schema["description"],
            "schema": shape,
        }


def _headers(route: Route) -> Iterator[dict[str, Any]]:
    """Describe the headers that steer a route."""
    for name in (*(["Idempotency-Key"] if route.idempotent else []), *route.headers):
        shape: dict[str, Any] = {"type": "string"}
        if name == "Idempotency-Key":
            shape |= {"minLength": MIN_LENGTH, "maxLength": MAX_LENGTH}
        yield {
            "name": name,
            "in": "header",
            "required": False,
            "description": words.HEADERS[name],
            "schema": shape,
        }


def _problems(route: Route) -> Iterator[str]:
    yield from words.ALWAYS
    if route.body is not None:
        yield from words.WITH_BODY
    if "{" in route.path:
        yield from words.WITH_PARAMETER
    if route.query is not None or route.body is not None or route.idempotent:
        yield "422"
    if len(route.produces) > 1 or (route.method == "GET" and route.query is not None):
        yield "406"
    if route.idempotent:
        yield "409"
    if "If-Match" in route.headers:
        yield "412"
    if route.audience != PUBLIC:
        yield from ("401", "403", "409")
    elif route.handler.__name__ in words.ASK_CONSENT:
        yield "403"
    if "{token}" in route.path or (route.body and "token" in route.body.model_fields):
        yield "410"


@cache
def answers(function: str) -> Mapping[str, Mapping[str, Any]]:
    """Return what a function's operations answered to their sample events, by media type."""
    path = EVENTS / "answers" / f"{function}.json"
    kept: Mapping[str, Mapping[str, Any]] = {}
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
    return kept


def _problem_example(code: str) -> dict[str, Any]:
    """Write the problem that a status usually stands for."""
    usual = next((each for each in PROBLEMS.values() if each.status == int(code)), UNKNOWN)
    example: dict[str, Any] = {
        "type": f"urn:problem-type:privacy:{usual.slug}",
        "title": usual.title,
        "status": usual.status,
        "detail": usual.detail,
        "request_id": "5f6c2a0e-7d2b-4c3f-9a51-0c4f5f9d8e11",
    }
    if usual.slug == "invalid":
        example["errors"] = [{"pointer": "/email", "detail": "is required"}]
    return example


def _example(function: str, operation: str) -> Mapping[str, Any] | None:
    path = EVENTS / function / f"{operation}.json"
    if not path.exists():
        return None
    body = json.loads(path.read_text(encoding="utf-8")).get("body")
    example: Mapping[str, Any] | None = json.loads(body) if body else None
    return example
