"""The OpenAPI document is valid and complete."""

import re
from typing import Any

import pytest
from openapi_spec_validator import validate

from infra import openapi, routes
from tests import sample_answers


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


def test_what_a_route_reads_is_in_it_and_nothing_else(document: dict[str, Any]) -> None:
    for _, route in routes.declared():
        if route.is_page:
            continue
        told = document["paths"][route.path][route.method.lower()].get("parameters", [])
        assert all(parameter["description"] for parameter in told)
        fields = route.query.model_fields.items() if route.query is not None else ()
        keys = {"Idempotency-Key"} if route.method in {"POST", "PATCH"} else set()
        assert {(p["in"], p["name"]) for p in told} == {
            *(("path", name) for name in re.findall(r"{(\w+)}", route.path)),
            *(("query", field.alias or name) for name, field in fields),
            *(("header", name) for name in {*route.headers, *keys}),
        }, route.path


def test_every_form_of_an_answer_is_in_it(document: dict[str, Any]) -> None:
    for _, route in routes.declared():
        if not route.is_page and len(route.produces) > 1:
            operation = document["paths"][route.path][route.method.lower()]
            content = operation["responses"][str(route.status)]["content"]
            assert set(content) == set(route.produces)
            assert "406" in operation["responses"]


def test_operations_have_names_of_their_own_that_are_verbs(document: dict[str, Any]) -> None:
    names = [
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values()
    ]
    assert len(names) == len(set(names))
    assert {"recordConsent", "createRequest", "listHolds"} <= set(names)
    verb, thing = "[a-z]+", "([A-Z][a-z]+)+"
    assert all(re.fullmatch(f"{verb}{thing}|unsubscribe", name) for name in names)


def test_names_of_schemas_are_plain(document: dict[str, Any]) -> None:
    """No module's name, and never two things under one name."""
    assert all(name.isalnum() for name in document["components"]["schemas"])
    tags = {tag["name"] for tag in document["tags"]}
    assert tags == {function for function, route in routes.declared() if not route.is_page}


def test_every_answer_has_an_example_that_fits(document: dict[str, Any]) -> None:
    """Of what is usually answered by `make examples`, of problems by their table."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for code, response in operation["responses"].items():
                for media_type, content in response.get("content", {}).items():
                    where = f"{method} {path} {code} {media_type}"
                    assert "example" in content, f"{where}: run make examples"
                    sample_answers.check(content["example"], content["schema"], document)
