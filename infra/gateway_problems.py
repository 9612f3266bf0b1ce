"""What API Gateway itself refuses, told in the same problem documents as the functions' own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway

MEDIA_TYPE = "application/problem+json"
# As the functions' own answers have them (functions/shared/edge/http.py).
SECURITY = {
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class GatewayProblem:
    """One kind of refusal by the gateway (its `gatewayresponse` type) as an RFC 9457 problem."""

    kind: str
    status: int
    slug: str
    title: str
    detail: str
    retry_after: int | None = None

    def document(self) -> str:
        """Write the problem; the gateway fills in its request id."""
        return document(self.slug, self.status, self.title, self.detail)

    def headers(self, origin: str) -> dict[str, str]:
        """Give the headers in the gateway's notation.

        `origin` is the one whose pages may read the refusal: the gateway knows only constants
        here, so that with several origins the others' scripts see a network error instead.
        """
        retry = {} if self.retry_after is None else {"Retry-After": f"'{self.retry_after}'"}
        return {
            "Access-Control-Allow-Origin": f"'{origin}'",
            "Access-Control-Expose-Headers": "'Retry-After, X-Request-Id'",
            "Content-Type": f"'{MEDIA_TYPE}'",
            "X-Request-Id": "context.requestId",
            "Cache-Control": "'no-store'",
            **{name: f"'{said}'" for name, said in SECURITY.items()},
            **retry,
        }


def document(slug: str, status: int, title: str, detail: str) -> str:
    """Write a problem as text in which the gateway puts the id of the request."""
    fields: Mapping[str, object] = {
        "type": f"urn:problem-type:privacy:{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": "$context.requestId",
    }
    return json.dumps(fields)


_NOT_FOUND = ("not-found", "Not found", "There is nothing at this path.")
_FORBIDDEN = ("forbidden", "Forbidden", "These credentials do not allow this request.")
_UNAUTHENTICATED = ("unauthenticated", "Not signed in", "This request needs valid credentials.")
_THROTTLED = ("throttled", "Too many requests", "Try again after the time in Retry-After.")
_UPSTREAM = ("unavailable", "Unavailable", "The service did not answer; try again in a moment.")
_BAD_REQUEST = ("bad-request", "Bad request", "The gateway could not read this request.")
_INTERNAL = ("internal", "Internal error", "Something failed here; it has been logged.")
_TOO_LARGE = ("too-large", "Body too large", "A body has at most 64 KiB.")
_MEDIA_TYPE = ("wrong-media-type", "Wrong media type", "Send the body as application/json.")

# An unknown route is, to the gateway, a request without the token that would let it look.
GATEWAY_PROBLEMS = (
    GatewayProblem("ACCESS_DENIED", 403, *_FORBIDDEN),
    GatewayProblem("API_CONFIGURATION_ERROR", 500, *_INTERNAL),
    GatewayProblem("AUTHORIZER_CONFIGURATION_ERROR", 500, *_INTERNAL),
    GatewayProblem("AUTHORIZER_FAILURE", 500, *_INTERNAL),
    GatewayProblem("BAD_REQUEST_BODY", 400, *_BAD_REQUEST),
    GatewayProblem("BAD_REQUEST_PARAMETERS", 400, *_BAD_REQUEST),
    GatewayProblem("DEFAULT_4XX", 400, *_BAD_REQUEST),
    GatewayProblem("DEFAULT_5XX", 500, *_INTERNAL),
    GatewayProblem("EXPIRED_TOKEN", 403, *_FORBIDDEN),
    GatewayProblem("INTEGRATION_FAILURE", 502, *_UPSTREAM, retry_after=1),
    GatewayProblem("INTEGRATION_TIMEOUT", 504, *_UPSTREAM, retry_after=1),
    GatewayProblem("INVALID_API_KEY", 403, *_FORBIDDEN),
    GatewayProblem("INVALID_SIGNATURE", 403, *_FORBIDDEN),
    GatewayProblem("MISSING_AUTHENTICATION_TOKEN", 404, *_NOT_FOUND),
    GatewayProblem("QUOTA_EXCEEDED", 429, *_THROTTLED, retry_after=60),
    GatewayProblem("REQUEST_TOO_LARGE", 413, *_TOO_LARGE),
    GatewayProblem("RESOURCE_NOT_FOUND", 404, *_NOT_FOUND),
    GatewayProblem("THROTTLED", 429, *_THROTTLED, retry_after=1),
    GatewayProblem("UNAUTHORIZED", 401, *_UNAUTHENTICATED),
    GatewayProblem("UNSUPPORTED_MEDIA_TYPE", 415, *_MEDIA_TYPE),
    GatewayProblem("WAF_FILTERED", 403, *_FORBIDDEN),
)


def of(kind: str) -> GatewayProblem:
    """Give the problem of one kind."""
    return next(problem for problem in GATEWAY_PROBLEMS if problem.kind == kind)


def add(api: apigateway.RestApi, origin: str) -> None:
    """Put every problem on the API."""
    for problem in GATEWAY_PROBLEMS:
        # The gateway picks a template by application/json; the header then says what it is.
        api.add_gateway_response(
            f"Problem{problem.kind.title().replace('_', '')}",
            type=apigateway.ResponseType.of(problem.kind),
            status_code=str(problem.status),
            response_headers=problem.headers(origin),
            templates={"application/json": problem.document()},
        )
