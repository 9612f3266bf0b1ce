"""Making the request that a sample event names, in the state that the event is for."""

import secrets as randomness

from local.functions import Functions
from shared.domain.identifiers import person_id
from shared.domain.token_scopes import TokenScope
from shared.services import apply_action
from shared.storage import objects, secrets, tokens
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction
from tests.support import NOW, call

EXAMPLE = "r_agobq3roqaaaaaaaaaaaaaaaaa"
EXAMPLE_TOKEN = "AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB"
PASSAGE = {
    "id": "3f",
    "kind": "case",
    "at": None,
    "title": None,
    "system": None,
    "path": "data.timeline.2.reason",
    "text": "Called by his brother Bob Roe.",
}


def filled_in(_functions: Functions, operation: str, text: str) -> str:
    """Return the event with a real request and a real token or session for the example's."""
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


def token_of_new_address() -> str:
    """Return the token that was mailed to a new address, by which somebody asks to be known."""
    old, new = (f"{randomness.token_hex(6)}@example.com" for _ in range(2))
    wanted = [{"field": "email", "value": new}]
    body = {"type": "rectification", "email": old, "name": "Sam Example", "corrections": wanted}
    request = call("access", "POST", "/v1/requests", body).json["request_id"]
    _verified(request, "confirm_address")
    person = person_id(secrets.identity(), new)
    facts = {"request": request}
    return tokens.issue(TokenScope.CONFIRM_ADDRESS, person, request, facts, NOW)


def _verified(request: str, operation: str) -> None:
    case = request_store.get(request)
    assert case is not None
    case = apply_action.act(case, RequestAction("verified", "person", NOW))
    if operation == "answer_for_source":
        sources = {"orders": {"status": "failed"}}
        request_store.advance(
            case, RequestAction("source_failed", "system", NOW, changes={"sources": sources})
        )
    if operation in ("read_copy", "read_draft", "review_copy"):
        files = {}
        for name in ("passages", "html"):
            key = f"exports/{request}/{name}"
            objects.put_json(key, PASSAGE if name == "passages" else {})
            files[name] = {"key": key}
        draft = {"files": files, "prepared_at": "2026-02-01T09:00:00Z", "version": "v"}
        request_store.put_entry(request, "export", {**draft, "redactions": "none"})
        details = {"version": "v"}
        apply_action.act(case, RequestAction("review_needed", "system", NOW, details=details))
    if operation in ("list_letters", "print_letter", "note_posted"):
        letter = {"subject": "A letter", "html": "<p>", "written_at": "2026-02-01T09:00:00Z"}
        request_store.put_entry(request, "letter#00001-request_received", letter)
    if operation == "export":
        objects.put_json(f"exports/{request}/export.json", {})
        files = {"json": {"key": f"exports/{request}/export.json"}}
        request_store.put_entry(
            request, "export", {"files": files, "prepared_at": "2026-02-01T09:00:00Z"}
        )
        request_store.advance(case, RequestAction("fulfilled", "system", NOW, status="completed"))
