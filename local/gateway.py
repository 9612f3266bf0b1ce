"""What API Gateway does, from the API's body in the template: routes, events, its own answers."""

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from local import loopback, proxy
from local.cloud import ACCOUNT, Template, of_type
from local.proxy import Answer, Call, RequestPlace
from local.staff_pool import StaffPool
from shared.edge.http import SERVICE

# API Gateway's own limit; the functions' is lower.
MAX_BYTES = 10 * 1024 * 1024
# Who the local sign-in tokens stand for (never in AWS: there it is Cognito and IAM).
GROUPS = ("privacy_officer", "support", "auditor")
_TOKEN = "Bearer local-"  # noqa: S105 - no secret


# How the API's body spells what is no part of OpenAPI.
INTEGRATION = "x-amazon-apigateway-integration"
_ORIGIN = "method.request.header.Origin"
_ANY = "X-AMAZON-APIGATEWAY-ANY-METHOD"
COGNITO = "cognito_user_pools"


@dataclass(frozen=True)
class Route:
    """A path of the API's body with its operations by their methods, ANY among them."""

    path: str
    pattern: re.Pattern[str]
    methods: Mapping[str, Any]

    def taking(self, method: str) -> Any:
        """Return the operation that takes a method, if there is one."""
        return self.methods.get(method) or self.methods.get("ANY")


class Gateway:
    """The REST API of a template. `invoke` runs a function by its name."""

    def __init__(
        self,
        template: Template,
        functions: Any,
        origins: Iterable[str],
        pool: StaffPool | None = None,
    ) -> None:
        """Read routes, gateway responses and the stage from the template.

        With a `pool`, staff prove to it who they are; else a role's name is enough.
        """
        self._pool = pool
        self._template = template
        self._functions = functions
        self.origins = frozenset(origins)
        (api,) = of_type(template, "AWS::ApiGateway::RestApi").values()
        body = api["Properties"]["Body"]
        self.routes = routes_of(body)
        self._guards = guards(body)
        self._answers = body["x-amazon-apigateway-gateway-responses"]
        (stage,) = of_type(template, "AWS::ApiGateway::Stage").values()
        self.stage = stage["Properties"]["StageName"]

    def answer(self, call: Call, now: datetime) -> tuple[Answer, str]:
        """Answer a call; also gives the route's template, for the access log."""
        answer, route = self._answer(call, now)
        return _for_loopback(answer, call.header("origin")), route

    def _answer(self, call: Call, now: datetime) -> tuple[Answer, str]:
        request_id = str(uuid.uuid4())
        found = self._find(call.method, call.path)
        if len(call.body) > MAX_BYTES or found is None:
            kind = "REQUEST_TOO_LARGE" if found else "MISSING_AUTHENTICATION_TOKEN"
            return self._own(kind, request_id, call), "-"
        route, parameters = found
        method = route.taking(call.method)
        if method[INTEGRATION]["type"] == "mock":
            return self._mock(method, call, request_id), route.path
        authorization = call.header("authorization")
        caller = self._caller(guard(method, self._guards), authorization, method)
        if caller is None:
            refusal = "ACCESS_DENIED" if authorization and not self._pool else "UNAUTHORIZED"
            return self._own(refusal, request_id, call), route.path
        told = self._pool.variables if self._pool else None
        place = RequestPlace(route.path, parameters, self.stage, request_id, now, told)
        event = proxy.event(call, place, caller)
        return self._integrate(method, event, request_id, call), route.path

    def _caller(
        self, kind: str | None, authorization: str | None, method: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        if kind != COGNITO or self._pool is None:
            return _caller(kind, authorization)
        scopes = [
            scope for scheme in method["security"] for one in scheme.values() for scope in one
        ]
        claims = self._pool.claims(authorization, scopes)
        return None if claims is None else {"authorizer": {"claims": claims}}

    def _find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """Find the first route that has the path and the method: as in AWS, it needs both."""
        path = path.rstrip("/") or "/"
        for route in self.routes:
            match = route.pattern.fullmatch(path)
            if match and route.taking(method):
                return route, {name: unquote(value) for name, value in match.groupdict().items()}
        return None

    def _integrate(
        self, method: Mapping[str, Any], event: dict[str, Any], request_id: str, call: Call
    ) -> Answer:
        name = _function_of(method, self._template)
        try:
            return proxy.answer(self._functions.invoke(name, event))
        except Exception as fault:  # noqa: BLE001 - as in AWS: 502 to the caller, the reason to the log
            print(f"  {name} failed: {type(fault).__name__}", flush=True)
            return self._own("INTEGRATION_FAILURE", request_id, call)

    def _own(self, kind: str, request_id: str, call: Call) -> Answer:
        """Return one of the gateway's own responses, as the template words it."""
        words = self._answers[kind]
        body = words["responseTemplates"]["application/json"]
        headers = [
            (name.removeprefix("gatewayresponse.header."), _value(value, request_id))
            for name, value in words["responseParameters"].items()
        ]
        origin = call.header("origin")
        if origin is None:
            headers = [(name, value) for name, value in headers if value != _ORIGIN]
        else:
            headers = [(name, origin if value == _ORIGIN else value) for name, value in headers]
        text = body.replace("$context.requestId", request_id)
        return Answer(int(words["statusCode"]), headers, text.encode())

    def _mock(self, method: Mapping[str, Any], call: Call, request_id: str) -> Answer:
        """Answer as a MOCK integration does: preflights, and 405 for what a path lacks.

        The template's directives (lines with #) only echo a configured origin and the
        request id; that is done here, their text is not interpreted.
        """
        media_type = (call.header("content-type") or "application/json").partition(";")[0]
        if media_type not in method[INTEGRATION]["requestTemplates"]:
            return self._own("UNSUPPORTED_MEDIA_TYPE", request_id, call)
        (response,) = method[INTEGRATION]["responses"].values()
        headers = [
            (name.removeprefix("method.response.header."), _value(value, request_id))
            for name, value in response["responseParameters"].items()
        ]
        headers.append(("X-Request-Id", request_id))
        origin = call.header("origin")
        if origin is not None and origin in self.origins:
            headers.append(("Access-Control-Allow-Origin", origin))
        lines = response["responseTemplates"]["application/json"].splitlines()
        text = "\n".join(line for line in lines if not line.startswith("#"))
        body = text.replace("$context.requestId", request_id)
        return Answer(int(response["statusCode"]), headers, body.encode())


def _for_loopback(answer: Answer, origin: str | None) -> Answer:
    """Let a website on this machine read the answer, whatever its port: only here, not in AWS."""
    if origin is None or not loopback.is_origin(origin):
        return answer
    allow, expose = "Access-Control-Allow-Origin", "Access-Control-Expose-Headers"
    others = [item for item in answer.headers if item[0] not in (allow, expose)]
    allowing = [(allow, origin), (expose, "ETag, Retry-After, X-Request-Id")]
    return Answer(answer.status, others + allowing, answer.body)


def allowed(route: Route) -> list[str]:
    """Return the methods that a path answers itself."""
    return sorted(method for method in route.methods if method not in ("ANY", "OPTIONS"))


def routes_of(body: Mapping[str, Any]) -> list[Route]:
    """List the paths of an API's body, each before those that are less exact, as in AWS."""
    methods: dict[str, dict[str, Any]] = {
        path: {
            "ANY" if name.upper() == _ANY else name.upper(): operation
            for name, operation in operations.items()
        }
        for path, operations in body["paths"].items()
    }
    ordered = sorted(methods, key=lambda place: (place.endswith("+}"), place.count("{"), place))
    return [Route(place, _pattern(place), methods[place]) for place in ordered]


def guards(body: Mapping[str, Any]) -> dict[str, str]:
    """Return the kind of each of the body's security schemes, as API Gateway calls it."""
    schemes = body["components"]["securitySchemes"]
    return {name: scheme["x-amazon-apigateway-authtype"] for name, scheme in schemes.items()}


def guard(operation: Mapping[str, Any], kinds: Mapping[str, str]) -> str | None:
    """Return the kind of what guards an operation; None if it stands open."""
    names = [name for scheme in operation["security"] for name in scheme]
    return kinds[names[0]] if names else None


def _pattern(path: str) -> re.Pattern[str]:
    """Write what matches a path: `{name}` is one segment, `{name+}` all that are left."""
    words = re.split(r"{(\w+\+?)}", path)  # every second one is a parameter's name
    for place, word in enumerate(words):
        shape = "[^/]+" if not word.endswith("+") else ".+"
        words[place] = f"(?P<{word.rstrip('+')}>{shape})" if place % 2 else re.escape(word)
    return re.compile("".join(words))


def _function_of(method: Mapping[str, Any], template: Template) -> str:
    """Find the function that a proxy integration's address names."""
    uri = json.dumps(method[INTEGRATION]["uri"])
    return next(
        str(resource["Properties"]["Handler"]).split(".")[0]
        for name, resource in of_type(template, "AWS::Lambda::Function").items()
        if f'"{name}"' in uri
    )


def _value(value: str, request_id: str) -> str:
    return request_id if value == "context.requestId" else value.strip("'")


def _caller(kind: str | None, authorization: str | None) -> dict[str, Any] | None:
    """Check the local stand-ins for Cognito and IAM; None if the caller may not come in."""
    if kind is None:
        return {}
    if authorization is None or not authorization.startswith(_TOKEN):
        return None
    name = authorization.removeprefix(_TOKEN)
    if kind == "awsSigv4":
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{SERVICE}/local"
        return {"identity": {"accountId": ACCOUNT, "userArn": arn}} if name == SERVICE else None
    if name not in GROUPS:
        return None
    claims = {"sub": f"local-{name}", "cognito:groups": name, "cognito:username": name}
    return {"authorizer": {"claims": claims}}
