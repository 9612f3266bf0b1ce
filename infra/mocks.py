"""What API Gateway answers by itself: CORS preflights, and wrong methods on known paths."""

import json
from collections.abc import Iterable, Mapping

from aws_cdk import aws_apigateway as apigateway

from infra.gateway_problems import MEDIA_TYPE, SECURITY, document

# What a browser page may send beside the headers that need no permission.
REQUEST_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match")
PREFLIGHT_SECONDS = 3600
_BODIES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
)


def preflight(
    resource: apigateway.Resource, methods: Iterable[str], origins: Iterable[str]
) -> None:
    """Answer OPTIONS on `resource`: yes to the configured origins, silence to all others."""
    headers = {
        "Access-Control-Allow-Methods": ", ".join(sorted(methods)),
        "Access-Control-Allow-Headers": ", ".join(REQUEST_HEADERS),
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        "Vary": "Origin",
    }
    _mock(resource, "OPTIONS", 204, headers, _echo_origin(origins))


def wrong_method(
    resource: apigateway.Resource, methods: Iterable[str], origins: Iterable[str]
) -> None:
    """Answer every method that `resource` does not have: 405 and what it does have."""
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
    _mock(resource, "ANY", 405, headers, _echo_origin(origins) + _REQUEST_ID + problem)


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


def _mock(
    resource: apigateway.Resource,
    method: str,
    status: int,
    headers: Mapping[str, str],
    template: str,
) -> None:
    parameters = {f"method.response.header.{name}": f"'{said}'" for name, said in headers.items()}
    resource.add_method(
        method,
        apigateway.MockIntegration(
            passthrough_behavior=apigateway.PassthroughBehavior.NEVER,
            request_templates=dict.fromkeys(_BODIES, json.dumps({"statusCode": status})),
            integration_responses=[
                apigateway.IntegrationResponse(
                    status_code=str(status),
                    response_parameters=parameters,
                    response_templates={"application/json": template},
                )
            ],
        ),
        authorization_type=apigateway.AuthorizationType.NONE,
        method_responses=[
            apigateway.MethodResponse(
                status_code=str(status), response_parameters=dict.fromkeys(parameters, True)
            )
        ],
    )
