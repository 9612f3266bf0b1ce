"""The OpenAPI document is valid and complete."""

from typing import Any

import pytest
from openapi_spec_validator import validate

from infra import openapi, routes


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document()


def test_it_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document)


def test_every_route_is_in_it_with_words_and_problems(document: dict[str, Any]) -> None:
    for function, route in routes.declared():
        if function == "pages":
            assert route.path not in document["paths"], "pages are for people"
            continue
        operation = document["paths"][route.path][route.method.lower()]
        assert operation["tags"] == [function]
        assert operation["summary"]
        assert str(route.status) in operation["responses"]
        assert "500" in operation["responses"]
        if route.body is not None:
            assert "requestBody" in operation
        assert bool(operation.get("security")) is (route.audience != "public")


def test_nothing_of_the_generators_own_error_form_is_left(document: dict[str, Any]) -> None:
    assert "ValidationError" not in str(document)


def test_headers_and_queries_that_handlers_read_are_in_it(document: dict[str, Any]) -> None:
    history = document["paths"]["/v1/consents/{consent_id}/history"]["get"]["parameters"]
    assert {("path", "consent_id"), ("query", "cursor")} == {(p["in"], p["name"]) for p in history}
    policy = document["paths"]["/v1/policy"]["get"]["parameters"]
    assert [(p["in"], p["name"]) for p in policy] == [("header", "If-None-Match")]
