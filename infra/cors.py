"""What API Gateway answers by itself: CORS preflights, and wrong methods on known paths."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from infra.gateway_problems import MEDIA_TYPE, SECURITY, document

# What a browser page may send beside the headers that need no permission.
REQUEST_HEADERS = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
)
PREFLIGHT_SECONDS = 3600
_BODIES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
)


def preflight(methods: Iterable[str], origins: Iterable[str]) -> dict[str, Any]:
    """Answer OPTIONS on a path with `methods`: yes to the configured origins, else silence."""
    headers = {
        "Access-Control-Allow-Methods": ", ".join(sorted(methods)),
        "Access-Control-Allow-Headers": ", ".join(REQUEST_HEADERS),
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        "Vary": "Origin",
    }
    return _mock(204, headers, _echo_origin(origins))


def wrong_method(methods: Iterable[str], origins: Iterable[str]) -> dict[str, Any]:
    """Answer every method but `methods` on their path: 405 and what there is."""
    allowed = ", ".join(sorted({*methods, "OPTIONS"}))
    problem = document(
        "method-not-allowed", 405, "Method not allowed", f"This path allows {allowed}."
    )
    headers = {
        "Allow": allowed,
        "Cache-Control": "no-store",
        "Content-Type": MEDIA_TYPE,
        "Vary": "Origin",
        **SECURITY,
    }
    return _mock(405, headers, _echo_origin(origins) + _REQUEST_ID + problem)


_REQUEST_ID = "#set($context.responseOverride.header.X-Request-Id = $context.requestId)\n"


def _echo_origin(origins: Iterable[str]) -> str:
    """Write VTL that allows the request's own origin if it is one of `origins`, exactly."""
    known = " || ".join(f"$origin == {json.dumps(origin)}" for origin in origins)
    return (
        '#set($origin = $input.params().header.get("Origin"))\n'
        '#if(!$origin)#set($origin = $input.params().header.get("origin"))#end\n'
        f"#if({known})\n"
        "#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)\n"
        "#end\n"
    )


def _mock(status: int, headers: Mapping[str, str], template: str) -> dict[str, Any]:
    """Write an operation that the gateway answers itself, with nobody's leave."""
    parameters = {f"method.response.header.{name}": f"'{said}'" for name, said in headers.items()}
    told = {name: {"schema": {"type": "string"}} for name in headers}
    return {
        "security": [],
        "responses": {str(status): {"description": "A constant.", "headers": told}},
        "x-amazon-apigateway-integration": {
            "type": "mock",
            "passthroughBehavior": "never",
            "requestTemplates": dict.fromkeys(_BODIES, json.dumps({"statusCode": status})),
            "responses": {
                "default": {
                    "statusCode": str(status),
                    "responseParameters": parameters,
                    "responseTemplates": {"application/json": template},
                }
            },
        },
    }
