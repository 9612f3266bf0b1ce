"""API Gateway's REST proxy events (payload v1) in, its proxy responses out.

The gateway has already matched the route: `resource` and `httpMethod` name it, so that
finding the handler is one dictionary look-up (docs/decisions/0002-routing.md).
"""

import base64
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NamedTuple, TypedDict, TypeVar, Unpack

from pydantic_core import to_json

from shared.domain.idempotency import IdempotencyKey
from shared.edge import idempotency, log, problems
from shared.edge.body import FORM, JSON, MAX_BYTES, Body, essence, parse
from shared.edge.content_negotiation import HTML, chosen, preferred
from shared.edge.parameters import NoQuery, Query, check_path, read_query
from shared.storage import correlation, time_left

PUBLIC = "public"
SUBJECT = "subject"
SERVICE = "service"
STAFF = "staff"

# What programs call; everything else is a page, which opens whatever a link's query carries.
PREFIXES = ("/v1/", "/.well-known/")

Handler = TypeVar("Handler", bound=Callable[..., Any])

# On every answer, unless a handler knows better: over TLS only, shown in nobody's frame, taken
# for nothing else than it says, and no address of ours in another site's logs (S11, S41).
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
}


LOOPBACK = "127.0.0.1"
_NOTHING: Mapping[str, str] = MappingProxyType({})
_NO_KEY = IdempotencyKey()


class Request(NamedTuple):
    """What a handler may know of the call. `now` is when the gateway received it, in UTC.

    `claims` are those of the token that the gateway's authoriser checked, if it did; `api_url` is
    the API's own address, as the gateway knows it, without a slash at its end; `parameters`
    is the query as the route's model reads it, `key` what the request is recognised by if it
    comes again, `accepted` the media type that the answer shall have, and `told` what the
    deployment says of itself by the API's stage.
    """

    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, list[str]]
    now: datetime
    request_id: str
    source_ip: str
    claims: Mapping[str, str] = _NOTHING
    api_url: str = ""
    parameters: Any = None
    key: IdempotencyKey = _NO_KEY
    accepted: str = JSON
    told: Mapping[str, str] = _NOTHING

    def header(self, name: str) -> str | None:
        """Return a header's last value; names are matched in lower case."""
        values = self.headers.get(name)
        return values[-1] if values else None


@dataclass(frozen=True, slots=True)
class Response:
    """An answer that is not simply the route's status with a JSON body."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = JSON


class Options(TypedDict, total=False):
    """What a route may say beside its method and path; `Route` explains each."""

    status: int
    audience: str
    cache: str
    max_bytes: int
    media_types: tuple[str, ...]
    query: type[Query] | None
    headers: tuple[str, ...]
    produces: tuple[str, ...]
    answer: Any
    answers: Mapping[int, str]
    mails: bool
    sent: str
    admit: Callable[[Request], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the API, as its decorator declared it.

    Attributes:
        method: GET, POST, PATCH or DELETE.
        path: what follows the API's own address, `/v1/things/{thing_id}`.
        handler: what serves it.
        body: the model of the body, if it takes one.
        wants_request: whether the handler takes the request.
        status: the status of a plain answer.
        audience: who may call: PUBLIC, SUBJECT, SERVICE or STAFF.
        cache: the Cache-Control of a plain answer.
        max_bytes: how large a body is read, in bytes.
        media_types: what a body may be called.
        query: the model of the query; None for what is opened by links, as pages are: any
            parameter may come, and the handler reads the path itself.
        headers: the request headers that steer the operation.
        produces: the media types an answer may have; the first one if the caller has no wish.
        answer: the shape of a JSON answer, where the handler returns a `Response`.
        answers: further statuses of the operation, with what each means.
        mails: a call has a mail sent to an address that the caller names.
        sent: where a page's form goes when it was taken, relative to the route.
        admit: lets the caller in before anything else is read, or raises; what it returns is
            the handler's `admitted`.
    """

    method: str
    path: str
    handler: Callable[..., Any]
    body: type[Body] | None
    wants_request: bool
    status: int = 200
    audience: str = PUBLIC
    cache: str = "no-store"
    max_bytes: int = MAX_BYTES
    media_types: tuple[str, ...] = (JSON,)
    query: type[Query] | None = NoQuery
    headers: tuple[str, ...] = ()
    produces: tuple[str, ...] = (JSON,)
    answer: Any = None
    answers: Mapping[int, str] = field(default_factory=dict)
    mails: bool = False
    sent: str | None = None
    admit: Callable[[Request], Any] | None = None

    @property
    def is_page(self) -> bool:
        """Tell whether people open it, by links of any query, and no program calls it."""
        return not self.path.startswith(PREFIXES)

    @property
    def idempotent(self) -> bool:
        """Tell whether the operation takes an Idempotency-Key."""
        return self.method in idempotency.METHODS


class Api:
    """The routes of one function, and the Lambda handler that serves them.

    A handler takes the route's path parameters by name, `body` (a `Body` model by its
    annotation), `request` and `admitted` if it names them; it returns what becomes the JSON body.
    """

    def __init__(self) -> None:
        """Start without routes."""
        self.routes: dict[tuple[str, str], Route] = {}
        log.start()

    def route(
        self, method: str, path: str, **options: Unpack[Options]
    ) -> Callable[[Handler], Handler]:
        """Declare an operation; `Route` says what the options mean.

        Each is checked in this order: who calls, what the address says, which form of answer is
        asked for, the body, the Idempotency-Key (of every POST and PATCH). So who may not do
        something learns nothing of how it is done, and nothing is done that is refused.
        """
        if not path.startswith(PREFIXES):
            options.setdefault("query", None)

        def declare(handler: Handler) -> Handler:
            takes = handler.__annotations__
            wants_request = "request" in takes
            self.routes[method, path] = Route(
                method, path, handler, takes.get("body"), wants_request, **options
            )
            return handler

        return declare

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Serve one proxy event; every fault becomes a problem, none escapes."""
        with time_left.of(context):
            return self._answer(event)

    def _answer(self, event: dict[str, Any]) -> dict[str, Any]:
        request_id = event["requestContext"]["requestId"]
        correlation.begin(request_id)
        headers = _headers(event)
        route = self.routes[event["httpMethod"], event["resource"]]
        try:
            response = _call(route, event, _request(event, headers, request_id))
        except Exception as fault:  # noqa: BLE001 - the edge: the error table says what is told
            response = _problem(fault, request_id)
            if _from_page(route, headers) or _shown(route, headers):
                response = _as_page(response, fault, request_id, event, headers)
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
        api_url=_api_url(event, headers),
        told=event.get("stageVariables") or {},
    )


def _api_url(event: dict[str, Any], headers: Mapping[str, list[str]]) -> str:
    """Return the API's own address: the gateway's domain and stage, never what a caller claims.

    On a developer's machine it is the host that was asked, which the local server has checked.
    """
    context = event["requestContext"]
    domain = context.get("domainName", "")
    if domain == LOOPBACK:
        return f"http://{headers.get('host', [domain])[-1]}"
    steps = event["path"].strip("/").count("/") + (event["path"] != "/")
    below = context.get("path", "").rstrip("/").rsplit("/", steps)[0]
    return f"https://{domain}{below.rstrip('/')}"


def _call(route: Route, event: dict[str, Any], request: Request) -> Response:
    arguments: dict[str, Any] = dict(request.path)
    if route.admit is not None:
        arguments["admitted"] = route.admit(request)
    parameters = None
    if route.query is not None:
        check_path(request.path)
        given = event.get("multiValueQueryStringParameters") or {}
        parameters = read_query(route.query, given)
    accepted = _accepted(route, request)
    if route.body is not None:
        arguments["body"] = _body(route, event, request)
    key = _key(route, request, arguments.get("body"))
    if route.wants_request:
        arguments["request"] = request._replace(parameters=parameters, key=key, accepted=accepted)
    result = route.handler(**arguments)
    response = result if isinstance(result, Response) else Response(route.status, result)
    if _from_page(route, request.headers):
        # The page that follows is in the language of the form that was sent.
        language = getattr(arguments["body"], "language", None)
        follows = f"{route.sent}&lang={language}" if language else str(route.sent)
        response = Response(HTTPStatus.SEE_OTHER, None, {"Location": follows})
    response.headers.setdefault("Cache-Control", route.cache)
    return response


def _accepted(route: Route, request: Request) -> str:
    """Choose the form of the answer; what is written is not refused for want of another form."""
    accept, usual = request.headers.get("accept", ()), route.produces[0]
    one = len(route.produces) == 1
    if route.method == "GET" and not (one and route.query is None):
        return chosen(accept, route.produces)
    return usual if one else preferred(accept, route.produces) or usual


def _body(route: Route, event: dict[str, Any], request: Request) -> Body:
    content = event["body"] or ""
    raw = base64.b64decode(content) if event["isBase64Encoded"] else content.encode()
    assert route.body is not None  # noqa: S101 - the caller has looked
    media_type = request.header("content-type")
    return parse(route.body, raw, media_type, route.max_bytes, route.media_types)


def _key(route: Route, request: Request, body: Body | None) -> IdempotencyKey:
    if not route.idempotent:
        return IdempotencyKey()
    return idempotency.read(
        request.headers.get("idempotency-key"),
        f"{route.method} {route.path}",
        request.path,
        request.query,
        body,
        named=route.audience != PUBLIC,
    )


def _from_page(route: Route, headers: Mapping[str, list[str]]) -> bool:
    """Tell whether a page without scripts sent its form: its reader sees what is answered."""
    media_type = (headers.get("content-type") or [""])[-1]
    return route.sent is not None and essence(media_type) == FORM


def _shown(route: Route, headers: Mapping[str, list[str]]) -> bool:
    """Tell whether a browser shows the answer to a form as a page."""
    offered = route.produces
    if route.method == "GET" or HTML not in offered:
        return False
    return preferred(headers.get("accept", ()), offered) == HTML


def _problem(fault: Exception, request_id: str) -> Response:
    problem = problems.find(fault)
    headers = {"Cache-Control": "no-store", **problems.headers(fault, problem.status)}
    if problem is problems.UNKNOWN:
        log.fault(fault, request_id)
    text = problems.body(problem, fault, request_id)
    return Response(problem.status, text, headers, problems.MEDIA_TYPE)


def _as_page(
    problem: Response,
    fault: Exception,
    request_id: str,
    event: dict[str, Any],
    headers: Mapping[str, list[str]],
) -> Response:
    from shared.edge import plain_page, problem_page  # noqa: PLC0415 - few forms are refused

    language = problem_page.language(event, headers)
    text = problem_page.write(problem.status, fault, request_id, language)
    told = {**problem.headers, **plain_page.headers(language)}
    return Response(problem.status, text, told, plain_page.MEDIA_TYPE)


def _proxy(response: Response, request_id: str, origin: list[str] | None) -> dict[str, Any]:
    content = response.body
    if content is None:
        content = ""
    elif not isinstance(content, str):
        content = to_json(content).decode()
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
