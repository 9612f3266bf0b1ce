"""API Gateway's proxy integration: an HTTP call as an event, a handler's result as an answer."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from local.cloud import ACCOUNT

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Call:
    """One HTTP request as it came in; headers keep their order and repetitions."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    source_ip: str

    def header(self, name: str) -> str | None:
        """Return the last value of a header; `name` is in lower case."""
        return next((v for k, v in reversed(self.headers) if k.lower() == name), None)


@dataclass(frozen=True)
class Answer:
    """One HTTP response."""

    status: int
    headers: Headers
    body: bytes


@dataclass(frozen=True)
class RequestPlace:
    """Where in the API a call arrived, and when."""

    resource: str
    parameters: Mapping[str, str]
    stage: str
    request_id: str
    now: datetime
    variables: Mapping[str, str] | None = None


def event(call: Call, place: RequestPlace, caller: Mapping[str, Any]) -> dict[str, Any]:
    """Write the proxy event (payload version 1.0) of a call.

    `caller` is what an authoriser found out: `identity` and `authorizer` of the context.
    """
    headers, queries = (
        _grouped(call.headers),
        _grouped(parse_qsl(call.query, keep_blank_values=True)),
    )
    text, encoded = _text(call.body)
    context = {
        "accountId": ACCOUNT,
        "apiId": "local",
        "domainName": "127.0.0.1",
        "domainPrefix": "127",
        "extendedRequestId": place.request_id,
        "httpMethod": call.method,
        "path": f"/{place.stage}{call.path}",
        "protocol": "HTTP/1.1",
        "requestId": place.request_id,
        "requestTime": place.now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(place.now.timestamp() * 1000),
        "resourceId": "local",
        "resourcePath": place.resource,
        "stage": place.stage,
        "identity": {
            "sourceIp": call.source_ip,
            "userAgent": call.header("user-agent"),
            **caller.get("identity", {}),
        },
    }
    if "authorizer" in caller:
        context["authorizer"] = caller["authorizer"]
    return {
        "resource": place.resource,
        "path": call.path,
        "httpMethod": call.method,
        "headers": _last(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": _last(queries),
        "multiValueQueryStringParameters": queries,
        "pathParameters": dict(place.parameters) or None,
        "stageVariables": dict(place.variables) if place.variables else None,
        "requestContext": context,
        "body": text,
        "isBase64Encoded": encoded,
    }


def answer(result: Mapping[str, Any]) -> Answer:
    """Turn a handler's result into the response that the client gets.

    Raises:
        ValueError: the result is none that API Gateway takes; it would say 502.
    """
    match result:
        case {"statusCode": int() | str() as status}:
            body = result.get("body") or ""
        case _:
            raise ValueError("no proxy response")
    if not isinstance(body, str):
        raise ValueError("the body of a proxy response is text")  # noqa: TRY004 - one fault, 502
    headers: Headers = [(name, str(value)) for name, value in (result.get("headers") or {}).items()]
    for name, values in (result.get("multiValueHeaders") or {}).items():
        headers = [header for header in headers if header[0].lower() != name.lower()]
        headers += [(name, str(value)) for value in values]
    raw = base64.b64decode(body, validate=True) if result.get("isBase64Encoded") else body.encode()
    return Answer(int(status), headers, raw)


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]] | None:
    """Return every name's values in their order; None, as API Gateway says it, for no pair."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found or None


def _last(multi: Mapping[str, list[str]] | None) -> dict[str, str] | None:
    return {name: values[-1] for name, values in multi.items()} if multi else None


def _text(body: bytes) -> tuple[str | None, bool]:
    """Return a body as text, or in base64 where it is none."""
    if not body:
        return None, False
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True
