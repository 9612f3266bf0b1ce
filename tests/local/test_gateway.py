"""The local gateway on a miniature template: events as API Gateway writes them."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local import proxy
from local.gateway import INTEGRATION, MAX_BYTES, Gateway
from local.proxy import Answer, Call, Headers, RequestPlace

NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)
KINDS = (
    "MISSING_AUTHENTICATION_TOKEN",
    "REQUEST_TOO_LARGE",
    "INTEGRATION_FAILURE",
    "UNAUTHORIZED",
    "ACCESS_DENIED",
)


def method(*schemes: str) -> dict[str, Any]:
    uri = {"Fn::Sub": ["${Function}", {"Function": {"Fn::GetAtt": ["ThingFunction", "Arn"]}}]}
    return {
        "security": [{scheme: []} for scheme in schemes],
        INTEGRATION: {"type": "aws_proxy", "uri": uri},
    }


def refusal(kind: str) -> dict[str, Any]:
    return {
        "statusCode": 499,
        "responseTemplates": {"application/json": f'{{"kind": "{kind}"}}'},
        "responseParameters": {
            "gatewayresponse.header.X-Request-Id": "context.requestId",
            "gatewayresponse.header.Access-Control-Allow-Origin": "method.request.header.Origin",
        },
    }


BODY = {
    "paths": {
        "/things/{thing_id}": {
            "get": method(),
            "post": method(),
            "put": method("signed"),
            "patch": method("staff"),
        },
        "/things/known": {"get": method()},
        "/{place+}": {"get": method()},
    },
    "components": {
        "securitySchemes": {
            "signed": {"x-amazon-apigateway-authtype": "awsSigv4"},
            "staff": {"x-amazon-apigateway-authtype": "cognito_user_pools"},
        }
    },
    "x-amazon-apigateway-gateway-responses": {kind: refusal(kind) for kind in KINDS},
}
TEMPLATE = {
    "Resources": {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": BODY}},
        "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": {"StageName": "prod"}},
        "ThingFunction": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Handler": "thing.handler.api"},
        },
    }
}


class Functions:
    """Keeps the last event and gives what it is told to."""

    def __init__(self, result: Callable[[], Any]) -> None:
        self.event: dict[str, Any] = {}
        self.result = result

    def invoke(self, name: str, event: dict[str, Any]) -> Any:
        assert name == "thing"
        self.event = event
        return self.result()


def call(
    verb: str = "GET",
    path: str = "/things/1",
    query: str = "",
    headers: Headers | None = None,
    body: bytes = b"",
) -> Call:
    return Call(verb, path, query, headers or [], body, "127.0.0.1")


def through(asked: Call, result: Callable[[], Any] = lambda: {"statusCode": 200}) -> Any:
    functions = Functions(result)
    answer, _ = Gateway(TEMPLATE, functions, ()).answer(asked, NOW)
    return answer, functions.event


def refused(answer: Answer) -> str:
    assert answer.status == 499
    return answer.body.decode().split('"')[3]


def test_an_event_has_all_that_the_gateway_says() -> None:
    headers = [("Sec-GPC", "0"), ("User-Agent", "curl"), ("Sec-GPC", "1")]
    asked = call("POST", "/things/a%2Fb%20c", "x=1&y=&x=2", headers, b"{}")
    _, event = through(asked)
    assert event["resource"] == "/things/{thing_id}"
    assert event["path"] == "/things/a%2Fb%20c"
    assert event["pathParameters"] == {"thing_id": "a/b c"}
    assert event["multiValueHeaders"]["Sec-GPC"] == ["0", "1"]
    assert event["headers"]["Sec-GPC"] == "1"
    assert event["queryStringParameters"] == {"x": "2", "y": ""}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "y": [""]}
    assert (event["body"], event["isBase64Encoded"]) == ("{}", False)
    context = event["requestContext"]
    assert context["path"] == "/prod/things/a%2Fb%20c"
    assert context["resourcePath"] == "/things/{thing_id}"
    assert context["requestTimeEpoch"] == 1_769_936_400_000
    assert context["requestTime"] == "01/Feb/2026:09:00:00 +0000"
    assert context["identity"] == {"sourceIp": "127.0.0.1", "userAgent": "curl"}


def test_what_is_not_there_is_null() -> None:
    _, event = through(call())
    absent = (
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "stageVariables",
        "body",
    )
    assert [event[name] for name in absent] == [None] * len(absent)


def test_a_forwarded_address_is_not_believed() -> None:
    _, event = through(call(headers=[("X-Forwarded-For", "198.51.100.7")]))
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"


def test_a_literal_segment_wins_over_a_parameter() -> None:
    _, event = through(call(path="/things/known"))
    assert (event["resource"], event["pathParameters"]) == ("/things/known", None)


@pytest.mark.parametrize("path", ["/nowhere", "/things", "/things/known/better", "/a//b"])
def test_what_no_other_path_takes_goes_to_the_greedy_one(path: str) -> None:
    _, event = through(call(path=path))
    assert (event["resource"], event["pathParameters"]) == ("/{place+}", {"place": path[1:]})


def test_a_path_without_the_method_is_none_as_in_aws() -> None:
    """API Gateway looks for a path and a method together, in the order of how exact they are."""
    _, event = through(call("POST", "/things/known"))
    assert (event["resource"], event["pathParameters"]) == (
        "/things/{thing_id}",
        {"thing_id": "known"},
    )
    answer, _ = through(call("POST", "/nowhere"))
    assert refused(answer) == "MISSING_AUTHENTICATION_TOKEN"


@given(st.binary(min_size=1, max_size=200))
def test_every_body_arrives_whole(body: bytes) -> None:
    event = proxy.event(call("POST", body=body), RequestPlace("/x", {}, "prod", "id", NOW), {})
    text = event["body"]
    assert body == (base64.b64decode(text) if event["isBase64Encoded"] else text.encode())


def test_each_request_has_an_id_of_its_own() -> None:
    ids = {through(call())[1]["requestContext"]["requestId"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize(
    "result",
    [None, {}, "text", {"statusCode": None}, {"statusCode": 200, "body": {"a": 1}}],
)
def test_a_malformed_result_is_502(result: Any) -> None:
    answer, _ = through(call(), lambda: result)
    assert refused(answer) == "INTEGRATION_FAILURE"


def test_a_crash_is_502_and_its_words_stay_inside(capsys: pytest.CaptureFixture[str]) -> None:
    def crash() -> None:
        raise RuntimeError("sam@example.com")

    answer, _ = through(call(), crash)
    assert refused(answer) == "INTEGRATION_FAILURE"
    said = capsys.readouterr().out
    assert "RuntimeError" in said
    assert "sam@" not in said + answer.body.decode()


def test_a_result_becomes_the_response() -> None:
    result = {
        "statusCode": 201,
        "headers": {"X-One": "a", "Set-Cookie": "gone"},
        "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
        "body": base64.b64encode(b"\xff\x00").decode(),
        "isBase64Encoded": True,
    }
    answer, _ = through(call(), lambda: result)
    assert answer == Answer(
        201, [("X-One", "a"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], b"\xff\x00"
    )


def test_ten_megabytes_pass_and_a_byte_more_does_not() -> None:
    answer, event = through(call("POST", body=b" " * MAX_BYTES))
    assert answer.status == 200
    assert len(event["body"]) == MAX_BYTES
    answer, event = through(call("POST", body=b" " * (MAX_BYTES + 1)))
    assert refused(answer) == "REQUEST_TOO_LARGE"
    assert event == {}


@pytest.mark.parametrize(
    ("verb", "authorisation", "kind"),
    [
        ("PUT", None, "UNAUTHORIZED"),
        ("PUT", "service", "ACCESS_DENIED"),
        ("PUT", "local-service", "ACCESS_DENIED"),
        ("PUT", "Bearer service", "ACCESS_DENIED"),
        ("PUT", "Bearer local-support", "ACCESS_DENIED"),
        ("PATCH", None, "UNAUTHORIZED"),
        ("PATCH", "Bearer local-service", "ACCESS_DENIED"),
        ("PATCH", "Bearer local-", "ACCESS_DENIED"),
    ],
)
def test_nobody_else_gets_through_to_the_function(
    verb: str, authorisation: str | None, kind: str
) -> None:
    headers = [("Authorization", authorisation)] if authorisation is not None else []
    answer, event = through(call(verb, headers=headers))
    assert refused(answer) == kind
    assert event == {}


def test_whoever_asks_may_read_the_refusal() -> None:
    answer, _ = through(call("PUT", headers=[("Origin", "https://shop.example")]))
    assert ("Access-Control-Allow-Origin", "https://shop.example") in answer.headers
    answer, _ = through(call("PUT"))
    assert [name for name, _ in answer.headers] == ["X-Request-Id"]


def test_another_back_end_is_known_by_its_role() -> None:
    _, event = through(call("PUT", headers=[("Authorization", "Bearer local-service")]))
    assert ":assumed-role/service/" in event["requestContext"]["identity"]["userArn"]
    assert "authorizer" not in event["requestContext"]


@pytest.mark.parametrize("group", ["privacy_officer", "support", "auditor"])
def test_staff_are_known_by_their_group(group: str) -> None:
    _, event = through(call("PATCH", headers=[("Authorization", f"Bearer local-{group}")]))
    assert event["requestContext"]["authorizer"]["claims"]["cognito:groups"] == group
