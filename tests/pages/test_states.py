"""What a page is shown in place of the API's answers, the API really answers."""

import re
from typing import Any

import pytest

from infra import openapi
from tests.pages.page_states import STATES
from tests.sample_answers import check

FAKED = {
    (operation, status): body
    for state in STATES
    for operation, (status, body) in state.answers.items()
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document, for answers that may leave out what a page does not read."""
    return dict(partial(openapi.document()))


def partial(value: Any) -> Any:
    """Return a schema, or what has some in it, that requires nothing and allows nothing else."""
    if isinstance(value, list):
        return [partial(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {name: partial(item) for name, item in value.items() if name != "required"}
    strict = {"additionalProperties": False} if isinstance(value.get("properties"), dict) else {}
    return {**strict, **kept}


def declared(document: dict[str, Any], operation: str) -> dict[str, Any]:
    """Return the document's statuses of `POST v1/requests/r_…`."""
    method, _, path = operation.partition(" ")
    for template, item in document["paths"].items():
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template.lstrip("/")))
        if re.fullmatch(pattern, path.partition("?")[0]) and method.lower() in item:
            return dict(item[method.lower()]["responses"])
    raise LookupError(operation)


@pytest.mark.parametrize(("operation", "status"), FAKED, ids=str)
def test_a_faked_answer_is_one_of_the_document(
    document: dict[str, Any], operation: str, status: int
) -> None:
    answer = declared(document, operation)[str(status)]
    body = FAKED[operation, status]
    if status < 300 and body:
        check(body, answer["content"]["application/json"]["schema"], document)
