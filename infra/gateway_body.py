"""The REST API as API Gateway imports it: one OpenAPI 3.0.1 document with its extensions.

It has what the gateway decides and nothing else: paths, who is let in, which function answers,
preflights, wrong methods and the gateway's own refusals. It has no schemas: the functions check
what they are sent and say more than the gateway could. The document for people and programs is
made from the same routes (infra/openapi.py).
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from infra import cors, gateway_problems, routes
from infra.context import Context
from infra.sign_in import SCOPE

if TYPE_CHECKING:
    from shared.edge.http import Route

STAFF_SCHEME, SERVICE_SCHEME = "staff", "service"
# Who proves what to whom: subjects show their own bearer session, which the handler checks;
# other back ends sign with their role; staff show an access token of the user pool that has the
# desk's scope (with a scope to ask for, API Gateway takes no ID token), and in it their groups.
_SECURITY: Mapping[str, list[dict[str, list[str]]]] = {
    "public": [],
    "subject": [],
    "service": [{SERVICE_SCHEME: []}],
    "staff": [{STAFF_SCHEME: [SCOPE]}],
}
# How a path ends that takes all which no other takes: API Gateway sends it what has elsewhere
# no such path, or no such method of it.
GREEDY = "+}"
_AUTHORIZATION = {"type": "apiKey", "name": "Authorization", "in": "header"}
# Lambda's own version of the API by which the gateway calls a function, and its partition.
_INVOKE = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
    "${Function}/invocations"
)


def document(
    context: Context, functions: Mapping[str, Any], staff_pool: Any, policy: Any
) -> dict[str, Any]:
    """Write the API's body.

    Arguments:
        context: the deployment's values; `origins` may read answers.
        functions: each function's ARN by its name.
        staff_pool: the ARN of the user pool whose access tokens let staff in.
        policy: whom the API lets in before anything else; an import keeps only what is in it.
    """
    paths: dict[str, dict[str, Any]] = {}
    called = set()
    for function, route in routes.declared():
        operations = paths.setdefault(route.path, {})
        operations[route.method.lower()] = operation(route, functions[function])
        called |= set() if route.is_page else {route.path}
    for path, operations in paths.items():
        methods = [method.upper() for method in operations]
        if path in called:  # pages are opened, not called
            operations["options"] = cors.preflight(methods, context.origins)
        if not path.endswith(GREEDY):  # what is nowhere has no right method either
            operations["x-amazon-apigateway-any-method"] = cors.wrong_method(
                methods, context.origins
            )
        for each in operations.values():
            each.update(_parameters(path))
    return {
        "openapi": "3.0.1",
        "info": {
            "title": f"privacy-{context.stage}",
            "version": "1.0.0",
            "description": "Keeps the promises of the published privacy notice.",
        },
        "paths": paths,
        "components": {"securitySchemes": _schemes(staff_pool)},
        "x-amazon-apigateway-gateway-responses": gateway_problems.responses(),
        "x-amazon-apigateway-policy": policy,
    }


def operation(route: "Route", function: Any) -> dict[str, Any]:
    """Let a function answer a route, and only who its audience is call it.

    Raises:
        ValueError: nothing here can check that audience, so the route would stand open.
    """
    if route.audience not in _SECURITY:
        raise ValueError(
            f"{route.method} {route.path} is for {route.audience}, "
            "and no authoriser lets only them in"
        )
    return {
        "security": _SECURITY[route.audience],
        "responses": {"200": {"description": "What the function answers."}},
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "passthroughBehavior": "when_no_match",
            "uri": {"Fn::Sub": [_INVOKE, {"Function": function}]},
        },
    }


def _parameters(path: str) -> dict[str, Any]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)\+?}", path)
    ]
    return {"parameters": found} if found else {}


def _schemes(staff_pool: Any) -> dict[str, Any]:
    return {
        STAFF_SCHEME: {
            **_AUTHORIZATION,
            "x-amazon-apigateway-authtype": "cognito_user_pools",
            "x-amazon-apigateway-authorizer": {
                "type": "cognito_user_pools",
                "providerARNs": [staff_pool],
                # What it found is not remembered: who is put out is out at once.
                "authorizerResultTtlInSeconds": 0,
            },
        },
        SERVICE_SCHEME: {**_AUTHORIZATION, "x-amazon-apigateway-authtype": "awsSigv4"},
    }
