"""What is not for support stands in nothing that support can read, however it is asked for."""

from typing import Any

import pytest

from desk.authorization import ALLOWED_GROUPS
from shared.storage.requests import request_store
from tests.functions.people import somebody
from tests.support import NOW, Answer, call

pytestmark = pytest.mark.usefixtures("cloud")

# Words that stand only where support has no business.
HOLD, BREACH, LIFTED = "quincunx", "zephyrine", "halcyonic"
ASKED = {"Accept": ("application/json", "text/html", "*/*", "text/csv;q=0.1, application/json")}


def put(path: str, body: Any, staff: str = "privacy_officer", **parts: str) -> Any:
    answer = call("desk", "POST", path, body, staff=staff, path=parts or None)
    assert answer.status in (200, 201), answer.text
    return answer.json


@pytest.fixture
def known() -> dict[str, str]:
    """Somebody of whom there is everything: a hold, a breach, a request, a disclosure, a letter."""
    email = somebody().email
    held = put("/v1/desk/holds", {"email": email, "reason": f"Order {HOLD}."})
    put("/v1/desk/holds", {"class": "enquiry", "reason": f"Order {HOLD}."})
    breach = {
        "title": f"Loss {BREACH}",
        "facts": f"Lost {BREACH}.",
        "severity": "low",
        "discovered_at": NOW.isoformat(),
        "classes": ["enquiry"],
        "from": "2026-01-01T00:00:00Z",
        "to": NOW.isoformat(),
    }
    breach_id = put("/v1/desk/breaches", breach)["breach_id"]
    letter = {
        "type": "erasure",
        "name": "Kim Example",
        "email": email,
        "channel": "post",
        "received_on": "2026-01-30",
        "identity_shown": True,
    }
    asked = put("/v1/desk/requests", letter, "support")
    told = {"email": email, "recipient": "carriers", "purpose": "service", "data": ["name"]}
    disclosed = put("/v1/desk/disclosures", {**told, "ground": {"contract": True}}, "support")
    lifted = call(
        "desk",
        "DELETE",
        "/v1/desk/holds/{hold_id}",
        {"reason": f"Over {LIFTED}."},
        path={"hold_id": held["hold_id"]},
        staff="privacy_officer",
    )
    assert lifted.status == 200
    return {
        "email": email,
        "request_id": asked["request_id"],
        "person_id": asked["person_id"],
        "disclosure_id": disclosed["disclosure_id"],
        "hold_id": held["hold_id"],
        "breach_id": breach_id,
        "month": "2026-01",
        "import_id": "none",
        "letter_id": "none",
    }


def read_as(staff: str, known: dict[str, str], accept: str) -> dict[tuple[str, str], Answer]:
    """Ask every operation that only looks for what is known."""
    found = {}
    for method, path in ALLOWED_GROUPS:
        if method != "GET" and not path.endswith("/search"):
            continue
        parts = {name: known[name] for name in known if f"{{{name}}}" in path}
        body = {"email": known["email"]} if method == "POST" else None
        headers = {"Accept": accept}
        found[method, path] = call(
            "desk", method, path, body, path=parts or None, staff=staff, headers=headers
        )
    return found


@pytest.mark.parametrize("accept", ASKED["Accept"])
def test_support_finds_nothing_of_holds_breaches_and_the_audit(
    known: dict[str, str], accept: str
) -> None:
    for place, answer in read_as("support", known, accept).items():
        assert answer.status in (200, 403, 404, 406), (place, answer.text)
        assert (answer.status == 403) == ("support" not in ALLOWED_GROUPS[place]), (
            place,
            answer.status,
        )
        for word in (HOLD, BREACH, LIFTED, known["hold_id"], known["breach_id"]):
            assert word not in answer.text, (place, word)
        assert not answer.headers.get("Content-Disposition", "").startswith("attachment"), place


def test_what_is_hidden_from_support_is_there_for_an_auditor(known: dict[str, str]) -> None:
    """Else the words above would be absent because nobody wrote them."""
    text = "".join(each.text for each in read_as("auditor", known, "application/json").values())
    for word in (HOLD, BREACH, LIFTED, known["hold_id"], known["breach_id"]):
        assert word in text


def test_an_auditors_words_change_nothing(known: dict[str, str]) -> None:
    before = request_store.get(known["request_id"])
    for method, path in ALLOWED_GROUPS:
        if method == "GET" or path.endswith("/search"):
            continue
        parts = {name: known[name] for name in known if f"{{{name}}}" in path}
        parts |= {"action": "note", "source": "orders", "record_id": "enquiry.none"}
        parts = {name: it for name, it in parts.items() if f"{{{name}}}" in path}
        body = {"reason": "I was here.", "email": known["email"]}
        answer = call("desk", method, path, body, path=parts or None, staff="auditor")
        assert answer.status == 403, (method, path)
    assert request_store.get(known["request_id"]) == before


def test_both_roles_at_once_may_what_either_may_and_no_more() -> None:
    """Cognito gives several groups in one claim."""
    for staff, wanted in (("support auditor", 200), ("[support auditor]", 200), ("supports", 403)):
        assert call("desk", "GET", "/v1/desk/audit", staff=staff).status == wanted, staff
