"""API Gateway's REST proxy events (payload v1) in, its proxy responses out.

The gateway has already matched the route: `resource` and `httpMethod` name it, so that
finding the handler is one dictionary look-up (docs/decisions/0002-routing.md).
"""

import base64
import inspect
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from shared.edge import log, problems
from shared.edge.body import JSON, LARGEST, Body, parse
from shared.storage import correlation

PUBLIC = "public"
SUBJECT = "subject"
SERVICE = "service"
STAFF = "staff"

Handler = TypeVar("Handler", bound=Callable[..., Any])

# On every answer, unless a handler knows better: over TLS only, shown in nobody's frame, taken
# for nothing else than it says, and no address of ours in another site's logs (S11, S41).
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a handler may know of the call. `now` is when the gateway received it, in UTC.

    `claims` are those of the token that the gateway's authoriser checked, if it did.
    """

    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, list[str]]
    now: datetime
    request_id: str
    source_ip: str
    claims: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str | None:
        """Give a header's last value; names are matched in lower case."""
        values = self.headers.get(name)
        return values[-1] if values else None


@dataclass(frozen=True, slots=True)
class Response:
    """An answer that is not simply the route's status with a JSON body."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the API, as its decorator declared it."""

    method: str
    path: str
    handler: Callable[..., Any]
    audience: str
    status: int
    cache: str
    largest: int
    media_types: tuple[str, ...]
    body: type[Body] | None
    wants_request: bool


class Api:
    """The routes of one function, and the Lambda handler that serves them.

    A handler takes the route's path parameters by name, `body` (a `Body` model by its
    annotation) and `request` if it names them; it returns what becomes the JSON body.
    """

    def __init__(self) -> None:
        """Start without routes."""
        self.routes: dict[tuple[str, str], Route] = {}
        log.start()

    def route(
        self,
        method: str,
        path: str,
        *,
        status: int = 200,
        audience: str = PUBLIC,
        cache: str = "no-store",
        largest: int = LARGEST,
        media_types: tuple[str, ...] = (JSON,),
    ) -> Callable[[Handler], Handler]:
        """Declare an operation; `path` is in API Gateway's form, `/v1/things/{thing_id}`.

        `status` is that of a plain answer, `cache` its Cache-Control, `largest` the size of
        body, in bytes, that it still reads, `media_types` what that may be called: it is JSON.
        """

        def declare(handler: Handler) -> Handler:
            parameters = inspect.signature(handler).parameters
            body = parameters["body"].annotation if "body" in parameters else None
            self.routes[method, path] = Route(
                method=method,
                path=path,
                handler=handler,
                audience=audience,
                status=status,
                cache=cache,
                largest=largest,
                media_types=media_types,
                body=body,
                wants_request="request" in parameters,
            )
            return handler

        return declare

    def __call__(self, event: dict[str, Any], _context: object) -> dict[str, Any]:
        """Serve one proxy event; every fault becomes a problem, none escapes."""
        request_id = event["requestContext"]["requestId"]
        correlation.begin(request_id)
        headers = _headers(event)
        try:
            route = self.routes[event["httpMethod"], event["resource"]]
            response = _call(route, event, _request(event, headers, request_id))
        except Exception as fault:  # noqa: BLE001 - the edge: the error table says what is told
            response = _problem(fault, request_id)
        return _proxy(response, request_id, headers.get("origin"))


def _headers(event: dict[str, Any]) -> dict[str, list[str]]:
    """Collect headers by lower-case name: the same one may come in several spellings."""
    headers: dict[str, list[str]] = {}
    for name, values in (event["multiValueHeaders"] or {}).items():
        headers.setdefault(name.lower(), []).extend(values)
    return headers


def _request(event: dict[str, Any], headers: Mapping[str, list[str]], request_id: str) -> Request:
    context = event["requestContext"]
    return Request(
        path=event["pathParameters"] or {},
        query=event["queryStringParameters"] or {},
        headers=headers,
        now=datetime.fromtimestamp(context["requestTimeEpoch"] / 1000, UTC),
        request_id=request_id,
        source_ip=context["identity"]["sourceIp"],
        claims=(context.get("authorizer") or {}).get("claims", {}),
    )


def _call(route: Route, event: dict[str, Any], request: Request) -> Response:
    arguments: dict[str, Any] = dict(request.path)
    if route.body is not None:
        content = event["body"] or ""
        raw = base64.b64decode(content) if event["isBase64Encoded"] else content.encode()
        media_type = request.header("content-type")
        arguments["body"] = parse(route.body, raw, media_type, route.largest, route.media_types)
    if route.wants_request:
        arguments["request"] = request
    result = route.handler(**arguments)
    response = result if isinstance(result, Response) else Response(route.status, result)
    response.headers.setdefault("Cache-Control", route.cache)
    return response


def _problem(fault: Exception, request_id: str) -> Response:
    problem = problems.find(fault)
    headers = {"Cache-Control": "no-store", **problems.headers(fault, problem.status)}
    if problem is problems.UNKNOWN:
        log.fault(fault, request_id)
    text = problems.body(problem, fault, request_id)
    return Response(problem.status, text, headers, problems.MEDIA_TYPE)


def _proxy(response: Response, request_id: str, origin: list[str] | None) -> dict[str, Any]:
    content = response.body
    if content is None:
        content = ""
    elif not isinstance(content, str):
        content = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    headers = {
        "X-Request-Id": request_id,
        "Vary": "Origin",
        **SECURITY,
        **response.headers,
    }
    if content:
        headers["Content-Type"] = response.media_type
    if origin and origin[-1] in os.environ["ORIGINS"].split():
        headers["Access-Control-Allow-Origin"] = origin[-1]
        headers["Access-Control-Expose-Headers"] = "ETag, Retry-After, X-Request-Id"
    return {
        "statusCode": response.status,
        "headers": headers,
        "body": content,
        "isBase64Encoded": False,
    }
