"""Making the request that a sample event names, in the state that the event is for."""

import secrets as randomness

from local.functions import Functions
from shared.edge import casework
from shared.storage import cases, objects, tokens
from shared.storage.cases import Step
from tests.support import NOW, call

EXAMPLE = "r_agobq3roqaaaaaaaaaaaaaaaaa"
EXAMPLE_TOKEN = "AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB"


def filled_in(_functions: Functions, operation: str, text: str) -> str:
    """Give the event with a real request and a real token or session in place of the example's."""
    email = f"{randomness.token_hex(6)}@example.com"
    body = {"type": "access", "email": email, "name": "Sam Example"}
    request = call("access", "POST", "/v1/requests", body).json["request_id"]
    facts = {"request": request}
    if operation == "verify":
        token = tokens.issue(tokens.VERIFY_REQUEST, request, "event", facts, NOW)
    else:
        token = tokens.issue(tokens.REQUEST, request, "event", facts, NOW)
        _verified(request, operation)
    return text.replace(EXAMPLE, request).replace(EXAMPLE_TOKEN, token)


def _verified(request: str, operation: str) -> None:
    case = cases.get(request)
    assert case is not None
    case = casework.act(case, Step("verified", "person", NOW))
    if operation == "answer_for_source":
        sources = {"orders": {"status": "failed"}}
        cases.advance(case, Step("source_failed", "system", NOW, changes={"sources": sources}))
    if operation == "export":
        objects.put_json(f"exports/{request}/export.json", {})
        files = {"json": {"key": f"exports/{request}/export.json"}}
        cases.put_entry(request, "export", {"files": files, "prepared_at": "2026-02-01T09:00:00Z"})
        cases.advance(case, Step("fulfilled", "system", NOW, status="completed"))
