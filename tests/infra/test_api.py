"""The REST API of the template: routes, refusals, CORS, limits, logs."""

import fnmatch
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from openapi_spec_validator import validate

from infra import gateway_body, gateway_problems, openapi, resource_policy, routes, synth
from infra.gateway_problems import GATEWAY_PROBLEMS
from local.cloud import of_type
from local.gateway import INTEGRATION, Route, guard, guards, routes_of
from shared.edge import http
from tests.infra.reading import only

ORIGIN = "https://www.khoocommerce.example"
OWN_DOMAIN = {
    "domain": "api.example.com",
    "certificate": "arn:aws:acm:eu-west-1:123456789012:certificate"
    "/0f0f0f0f-1111-2222-3333-444444444444",
}


# The gateway's name for what guards the routes of an audience.
GUARDS = {
    http.PUBLIC: None,
    http.SUBJECT: None,
    http.SERVICE: "awsSigv4",
    http.STAFF: "cognito_user_pools",
}
# AWS's own list of what a gateway may refuse by itself.
KINDS = 21


def body_of(template: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = only(template, "AWS::ApiGateway::RestApi")["Body"]
    return body


def by_path(template: dict[str, Any]) -> list[Route]:
    return routes_of(body_of(template))


def methods(template: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method, route.path): properties
        for route in by_path(template)
        for method, properties in route.methods.items()
    }


def test_the_api_has_exactly_the_handlers_routes(template: dict[str, Any]) -> None:
    served = {
        place for place, m in methods(template).items() if m[INTEGRATION]["type"] == "aws_proxy"
    }
    assert served == {(o.route.method, o.route.path) for o in routes.declared()}
    assert ("POST", "/v1/consents") in served


def test_a_route_is_guarded_as_its_audience_asks(template: dict[str, Any]) -> None:
    """S11: and nothing that the gateway answers itself asks anybody who they are."""
    found, kinds = methods(template), guards(body_of(template))
    declared = {(o.route.method, o.route.path): o.route.audience for o in routes.declared()}
    for place, method in found.items():
        assert guard(method, kinds) == GUARDS[declared.get(place, http.PUBLIC)], place


def test_the_body_is_what_api_gateway_imports(template: dict[str, Any]) -> None:
    """OpenAPI 3.0.1 without schemas: its models are of an older JSON schema, with plain names."""
    body = body_of(template)
    assert body["openapi"] == "3.0.1"
    assert set(body["components"]) == {"securitySchemes"}
    assert '"$ref"' not in json.dumps(body)
    # The plus is API Gateway's own: as in what it exports, the parameter has the name before it.
    plain = {path.replace("+}", "}"): operations for path, operations in body["paths"].items()}
    validate({**body, "paths": plain})
    for (method, path), operation in methods(template).items():
        told = {parameter["name"] for parameter in operation.get("parameters", ())}
        assert told == set(re.findall(r"{(\w+)\+?}", path)), (method, path)
        assert operation["responses"], (method, path)
        assert INTEGRATION in operation, (method, path)


def test_both_documents_have_the_same_operations(template: dict[str, Any]) -> None:
    """One for people and programs, one for the gateway; pages are in the gateway's alone."""
    pages = {o.route.path for o in routes.declared() if o.route.is_page}
    kinds = guards(body_of(template))
    served = {
        (method, path): guard(operation, kinds)
        for (method, path), operation in methods(template).items()
        if operation[INTEGRATION]["type"] == "aws_proxy" and path not in pages
    }
    schemes = {"iam": "awsSigv4", "cognito": "cognito_user_pools", "session": None}
    assert served == {
        (name.upper(), path): schemes[next(iter(operation["security"][0]))]
        if operation["security"]
        else None
        for path, item in openapi.document()["paths"].items()
        for name, operation in item.items()
    }


def test_the_gateway_may_call_each_function_that_answers(template: dict[str, Any]) -> None:
    """Nothing makes these permissions by itself where the API is one document."""
    api = json.dumps({"Ref": next(iter(of_type(template, "AWS::ApiGateway::RestApi")))})
    allowed = {
        json.dumps(item["Properties"]["FunctionName"])
        for item in of_type(template, "AWS::Lambda::Permission").values()
        if item["Properties"]["Principal"] == "apigateway.amazonaws.com"
        and api in json.dumps(item["Properties"]["SourceArn"])
    }
    answering = {
        json.dumps(operation[INTEGRATION]["uri"]["Fn::Sub"][1]["Function"])
        for operation in methods(template).values()
        if operation[INTEGRATION]["type"] == "aws_proxy"
    }
    assert allowed == answering
    assert len(allowed) == len({o.function for o in routes.declared()})


def test_an_import_replaces_all_and_stops_at_the_first_doubt(template: dict[str, Any]) -> None:
    """What stood outside the body would be deleted by it."""
    api = only(template, "AWS::ApiGateway::RestApi")
    assert (api["Mode"], api["FailOnWarnings"]) == ("overwrite", True)
    assert api["Body"]["x-amazon-apigateway-policy"] == api["Policy"]
    for kind in ("Method", "Resource", "GatewayResponse", "Authorizer", "Model"):
        assert not of_type(template, f"AWS::ApiGateway::{kind}")


def test_no_stack_is_near_cloudformations_limits() -> None:
    """500 resources, and a megabyte of template."""
    for made in synth.templates().values():
        assert len(made["Resources"]) < 250
        assert len(json.dumps(made)) < 600_000


def test_an_audience_that_nothing_checks_stops_the_synthesis() -> None:
    """S11: better no deployment than an open door."""
    _, route = routes.declared()[0]
    vault = replace(route, method="GET", path="/v1/vault", audience="strangers")
    with pytest.raises(ValueError, match=r"GET /v1/vault is for strangers"):
        gateway_body.operation(vault, "arn")


def test_every_path_answers_preflights_and_refuses_other_methods(template: dict[str, Any]) -> None:
    for route in by_path(template):
        own = {m for m in route.methods if m not in {"OPTIONS", "ANY"}}
        if route.path.startswith(http.PREFIXES):
            preflight = response(route.methods["OPTIONS"])
            allowed = header(preflight, "Access-Control-Allow-Methods")
            assert set(allowed.split(", ")) == own
            assert "Idempotency-Key" in header(preflight, "Access-Control-Allow-Headers")
        else:
            assert "OPTIONS" not in route.methods, "pages are opened, not called"
        if route.path.endswith(gateway_body.GREEDY):
            assert set(route.methods) == {"GET"}, "nothing else is answered where nothing is"
            continue
        refusal = response(route.methods["ANY"])
        assert refusal["statusCode"] == "405"
        assert set(header(refusal, "Allow").split(", ")) == own | {"OPTIONS"}
        assert header(refusal, "Content-Type") == "application/problem+json"


def test_a_wrong_method_is_refused_whatever_its_body(template: dict[str, Any]) -> None:
    for (method, _), properties in methods(template).items():
        if method == "ANY":
            assert set(properties[INTEGRATION]["requestTemplates"]) == {
                "application/json",
                "application/x-www-form-urlencoded",
                "multipart/form-data",
                "text/plain",
            }


def test_cors_names_the_configured_origins_and_no_pattern() -> None:
    two = synth.template({"origins": "https://a.example.com,https://b.example.com"})
    for route in by_path(two):
        if "OPTIONS" not in route.methods:
            continue
        words = response(route.methods["OPTIONS"])["responseTemplates"]["application/json"]
        assert '$origin == "https://a.example.com" || $origin == "https://b.example.com"' in words
        assert "matches" not in words
        assert "Access-Control-Allow-Origin" not in str(
            response(route.methods["OPTIONS"])["responseParameters"]
        )
    assert "'*'" not in json.dumps(body_of(two))


@pytest.mark.parametrize("problem", GATEWAY_PROBLEMS, ids=lambda problem: problem.kind)
def test_the_gateways_own_refusals_are_problems(template: dict[str, Any], problem: Any) -> None:
    properties = body_of(template)["x-amazon-apigateway-gateway-responses"][problem.kind]
    document = json.loads(properties["responseTemplates"]["application/json"])
    assert set(document) == {"type", "title", "status", "detail", "request_id"}
    assert document["type"].startswith("urn:problem-type:privacy:")
    assert document["request_id"] == "$context.requestId"
    assert properties["statusCode"] == document["status"]
    parameters = properties["responseParameters"]
    origin = "gatewayresponse.header.Access-Control-Allow-Origin"
    assert parameters[origin] == "method.request.header.Origin", "every website reads its refusal"
    assert parameters["gatewayresponse.header.Vary"] == "'Origin'"
    assert parameters["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
    assert parameters["gatewayresponse.header.X-Request-Id"] == "context.requestId"
    throttled = document["status"] == 429
    assert not throttled or "gatewayresponse.header.Retry-After" in parameters


def test_the_refusals_have_the_contracts_statuses(template: dict[str, Any]) -> None:
    answers = body_of(template)["x-amazon-apigateway-gateway-responses"]
    statuses = {kind: answer["statusCode"] for kind, answer in answers.items()}
    assert len(statuses) == KINDS
    assert {
        "MISSING_AUTHENTICATION_TOKEN": 404,
        "REQUEST_TOO_LARGE": 413,
        "UNSUPPORTED_MEDIA_TYPE": 415,
        "THROTTLED": 429,
        "UNAUTHORIZED": 401,
        "ACCESS_DENIED": 403,
        "INTEGRATION_FAILURE": 502,
        "INTEGRATION_TIMEOUT": 504,
    }.items() <= statuses.items()


def test_the_access_log_tells_nothing_about_the_caller(template: dict[str, Any]) -> None:
    """S6: no address, no user agent, no path, for that has identifiers in it."""
    setting = only(template, "AWS::ApiGateway::Stage")["AccessLogSetting"]
    logged = set(json.loads(setting["Format"]).values())
    assert logged == {
        "$context.requestId",
        "$context.httpMethod",
        "$context.resourcePath",
        "$context.status",
        "$context.responseLatency",
        "$context.integrationLatency",
        "$context.error.responseType",
    }


def test_the_stage_is_throttled_and_logs_no_bodies(
    template: dict[str, Any],
) -> None:
    stage = only(template, "AWS::ApiGateway::Stage")
    everywhere, *mailing = stage["MethodSettings"]
    assert everywhere == {
        "HttpMethod": "*",
        "ResourcePath": "/*",
        "DataTraceEnabled": False,
        "ThrottlingRateLimit": 100,
        "ThrottlingBurstLimit": 200,
    }
    assert {(m["ResourcePath"], m["HttpMethod"]) for m in mailing} == {
        (path.replace("/", "~1").replace("~1", "/~1", 1), "POST") for path in routes.mailing()
    }
    for settings in mailing:
        assert settings["ThrottlingRateLimit"] == 10
        assert settings["ThrottlingBurstLimit"] == 20
        assert settings["DataTraceEnabled"] is False
    assert stage["TracingEnabled"] is False
    assert stage["StageName"] == "prod"


def test_the_api_is_regional_and_passes_text_only(template: dict[str, Any]) -> None:
    """S12: no edge location outside the EEA handles a request."""
    api = only(template, "AWS::ApiGateway::RestApi")
    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
    assert "BinaryMediaTypes" not in api


def test_the_api_speaks_tls_1_2_or_later_with_forward_secrecy(template: dict[str, Any]) -> None:
    """S11: AWS's own address would take TLS 1.0 by default."""
    api = only(template, "AWS::ApiGateway::RestApi")
    assert api["SecurityPolicy"] == "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
    assert api["EndpointAccessMode"] == "BASIC"


def test_a_change_of_the_api_is_a_new_deployment(template: dict[str, Any]) -> None:
    (one,) = of_type(template, "AWS::ApiGateway::Deployment")
    (other,) = of_type(
        synth.template({"origins": "https://c.example.com"}), "AWS::ApiGateway::Deployment"
    )
    assert one != other


def test_a_domain_of_ones_own_is_as_strict_as_the_api_and_closes_the_other_door() -> None:
    """S11: and the outputs say what its DNS must say, for it answers nowhere until then."""
    own = synth.template(OWN_DOMAIN)
    api, domain = (only(own, f"AWS::ApiGateway::{kind}") for kind in ("RestApi", "DomainName"))
    assert domain["SecurityPolicy"] == api["SecurityPolicy"]
    assert domain["EndpointAccessMode"] == api["EndpointAccessMode"] == "BASIC"
    assert domain["RegionalCertificateArn"] == OWN_DOMAIN["certificate"]
    assert api["DisableExecuteApiEndpoint"] is True
    outputs = {name: output["Value"] for name, output in own["Outputs"].items()}
    assert outputs["ApiUrl"] == "https://api.example.com"
    (logical_id,) = of_type(own, "AWS::ApiGateway::DomainName")
    assert outputs["ApiHost"] == {"Fn::GetAtt": [logical_id, "RegionalDomainName"]}
    assert outputs["ApiHostedZone"] == {"Fn::GetAtt": [logical_id, "RegionalHostedZoneId"]}


def test_both_doors_are_open_on_the_day_of_the_change() -> None:
    both = synth.template({**OWN_DOMAIN, "keep_default_endpoint": True})
    assert only(both, "AWS::ApiGateway::RestApi")["DisableExecuteApiEndpoint"] is False


def test_the_stack_says_where_the_api_is(template: dict[str, Any]) -> None:
    """And what the mail domain's DNS has to say."""
    dkim = {"MailDkim1", "MailDkim2", "MailDkim3"}
    assert set(template["Outputs"]) == {"ApiUrl", "StaffClientId", "StaffPoolId"} | dkim


def test_what_has_a_mail_sent_says_so() -> None:
    """Whatever anybody may send with somebody's address in it has one sent to that address."""
    naming = {
        o.route.path
        for o in routes.declared()
        if o.route.audience == http.PUBLIC
        and o.route.body is not None
        and "email" in o.route.body.model_fields
    }
    assert set(routes.mailing()) - naming == {"/v1/requests/{request_id}/link"}
    assert "/v1/requests" in naming <= set(routes.mailing())


def test_everybody_may_call_all_but_what_is_for_other_back_ends(template: dict[str, Any]) -> None:
    """S11: whom the API's own policy lets in needs no grant; callers of these routes need one."""
    (statement,) = only(template, "AWS::ApiGateway::RestApi")["Policy"]["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Allow", {"AWS": "*"})
    for operation in routes.declared():
        route = operation.route
        called = f"execute-api:/prod/{route.method}{route.path}"
        let_in = any(fnmatch.fnmatchcase(called, shape) for shape in statement["Resource"])
        assert let_in is (route.audience != "service"), called


def test_everybody_may_get_and_do_nothing_else_where_nothing_is(template: dict[str, Any]) -> None:
    """So an address that is nowhere is answered by a page, and signed routes stay closed."""
    (statement,) = only(template, "AWS::ApiGateway::RestApi")["Policy"]["Statement"]
    for method, let_in in (("GET", True), ("POST", False), ("DELETE", False)):
        for path in ("/nope", "/requests/x/y", "/v1/nothing", "/desk/a/b/c"):
            called = f"execute-api:/prod/{method}{path}"
            shapes = statement["Resource"]
            found = any(fnmatch.fnmatchcase(called, shape) for shape in shapes)
            assert found is (let_in or path.startswith("/requests/") or "/desk/" in path), called


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/vault"), ("POST", "/v1/consents/all"), ("GET", "/vault")]
)
def test_a_route_that_the_policy_would_leave_open_stops_the_synthesis(
    method: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S11: everybody may GET, and may do all below what is for everybody."""
    function, route = routes.declared()[0]
    vault = replace(route, method=method, path=path, audience=http.SERVICE)
    known = [*routes.declared(), routes.Operation(function, vault)]
    monkeypatch.setattr(routes, "declared", lambda: known)
    with pytest.raises(ValueError, match=f"{path} is for other back ends"):
        resource_policy.policy()


def test_the_gateways_own_answers_carry_the_security_headers(template: dict[str, Any]) -> None:
    """S11, S41: as those of the functions do."""
    assert gateway_problems.SECURITY.items() <= http.SECURITY.items()
    for answer in body_of(template)["x-amazon-apigateway-gateway-responses"].values():
        parameters = answer["responseParameters"]
        for name, said in gateway_problems.SECURITY.items():
            assert parameters[f"gatewayresponse.header.{name}"] == f"'{said}'"
    refusals = [m for (method, _), m in methods(template).items() if method == "ANY"]
    assert refusals
    for refusal in refusals:
        for name, said in gateway_problems.SECURITY.items():
            assert header(response(refusal), name) == said


def response(method: dict[str, Any]) -> dict[str, Any]:
    (only_one,) = method[INTEGRATION]["responses"].values()
    found: dict[str, Any] = only_one
    return found


def header(answer: dict[str, Any], name: str) -> str:
    value: str = answer["responseParameters"][f"method.response.header.{name}"]
    return value.strip("'")
