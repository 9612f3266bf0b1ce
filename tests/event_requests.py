"""Making the request that a sample event names, in the state that the event is for."""

import secrets as randomness

from local.functions import Functions
from shared.domain.token_scopes import TokenScope
from shared.services import apply_action
from shared.storage import objects, tokens
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction
from tests.support import NOW, call

EXAMPLE = "r_agobq3roqaaaaaaaaaaaaaaaaa"
EXAMPLE_TOKEN = "AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB"


def filled_in(_functions: Functions, operation: str, text: str) -> str:
    """Give the event with a real request and a real token or session in place of the example's."""
    email = f"{randomness.token_hex(6)}@example.com"
    body = {"type": "access", "email": email, "name": "Sam Example"}
    request = call("access", "POST", "/v1/requests", body).json["request_id"]
    facts = {"request": request}
    if operation in ("verify", "preview_request"):
        token = tokens.issue(TokenScope.VERIFY_REQUEST, "p_x", request, facts, NOW)
    else:
        token = tokens.issue(TokenScope.REQUEST, "p_x", request, facts, NOW)
        _verified(request, operation)
    return text.replace(EXAMPLE, request).replace(EXAMPLE_TOKEN, token)


def _verified(request: str, operation: str) -> None:
    case = request_store.get(request)
    assert case is not None
    case = apply_action.act(case, RequestAction("verified", "person", NOW))
    if operation == "answer_for_source":
        sources = {"orders": {"status": "failed"}}
        request_store.advance(
            case, RequestAction("source_failed", "system", NOW, changes={"sources": sources})
        )
    if operation == "export":
        objects.put_json(f"exports/{request}/export.json", {})
        files = {"json": {"key": f"exports/{request}/export.json"}}
        request_store.put_entry(
            request, "export", {"files": files, "prepared_at": "2026-02-01T09:00:00Z"}
        )
        request_store.advance(case, RequestAction("fulfilled", "system", NOW, status="completed"))
