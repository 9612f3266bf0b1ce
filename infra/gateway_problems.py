"""What API Gateway itself refuses, told in the same problem documents as the functions' own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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

    def headers(self) -> dict[str, str]:
        """Return the headers in the gateway's notation.

        Whatever page asked may read the refusal: it holds nothing of anybody's, and the gateway
        can compare nothing here, only repeat the Origin that it was sent.
        """
        retry = {} if self.retry_after is None else {"Retry-After": f"'{self.retry_after}'"}
        return {
            "Access-Control-Allow-Origin": "method.request.header.Origin",
            "Access-Control-Expose-Headers": "'Retry-After, X-Request-Id'",
            "Content-Type": f"'{MEDIA_TYPE}'",
            "X-Request-Id": "context.requestId",
            "Cache-Control": "'no-store'",
            "Vary": "'Origin'",
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
_NOT_FOUND_OR_UNSIGNED = (
    "not-found",
    "Not found",
    "There is nothing at this path, or the request needs an AWS signature and has none.",
)
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
    GatewayProblem("MISSING_AUTHENTICATION_TOKEN", 404, *_NOT_FOUND_OR_UNSIGNED),
    GatewayProblem("QUOTA_EXCEEDED", 429, *_THROTTLED, retry_after=60),
    GatewayProblem("REQUEST_TOO_LARGE", 413, *_TOO_LARGE),
    GatewayProblem("RESOURCE_NOT_FOUND", 404, *_NOT_FOUND),
    GatewayProblem("THROTTLED", 429, *_THROTTLED, retry_after=1),
    GatewayProblem("UNAUTHORIZED", 401, *_UNAUTHENTICATED),
    GatewayProblem("UNSUPPORTED_MEDIA_TYPE", 415, *_MEDIA_TYPE),
    GatewayProblem("WAF_FILTERED", 403, *_FORBIDDEN),
)


def of(kind: str) -> GatewayProblem:
    """Return the problem of one kind."""
    return next(problem for problem in GATEWAY_PROBLEMS if problem.kind == kind)


def responses() -> dict[str, Any]:
    """Write all of them as the API's body has them: what is left out there would be AWS's own."""
    return {
        problem.kind: {
            "statusCode": problem.status,
            "responseParameters": {
                f"gatewayresponse.header.{name}": said for name, said in problem.headers().items()
            },
            # The gateway picks a template by application/json; the header then says what it is.
            "responseTemplates": {"application/json": problem.document()},
        }
        for problem in GATEWAY_PROBLEMS
    }
