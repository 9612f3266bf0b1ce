"""The same Idempotency-Key again, on every operation that takes one (K8).

With the same body it is the first answer, from whatever network and however late; with another
body it is a 422. The document's operations are walked, so that a new one cannot be left out.
"""

import importlib
import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra import routes
from local.functions import Functions
from tests.sample_events import EVENTS, prepared

pytestmark = pytest.mark.usefixtures("cloud")

# What else the body of an operation's sample event could say.
OTHERWISE: dict[str, dict[str, Any]] = {
    "ask": {"details": "Something else."},
    "send_message": {"message": "I mean the orders of 2024."},
    **{
        name: {"consent_id": "c_k3v7q2m5x4n6p2r7s5t3w4y6za"}
        for name in ("verify", "session", "confirm_newsletter", "confirm_account")
    },
    "capture": {"choices": {"analytics": False}},
    "withdraw": {"purposes": ["advertising"]},
    "object_to": {"purposes": ["statistics"]},
    "contact": {"message": "Never mind."},
    "newsletter": {"name": "Kim Example"},
    "account": {"job_title": "Seller"},
    "change": {"display": {"theme": "light"}},
    "change_account": {"phone": "+44 1233 000002"},
    "note_activity": {"emails": ["sam@example.com"]},
    "take_visit": {"device_type": "mobile"},
    "take_in_request": {"name": "Kim A. Example"},
    "act_on_request": {"reason": "Which of your shops do you mean?"},
    "answer_for_source": {"skip": "It holds nothing of anybody."},
    "review_copy": {"redactions": []},
    "note_posted": {"on": "2026-01-31"},
    "correct_record": {"reason": "They told us so."},
    "change_preferences": {"note": "Wants none."},
    "record_breach": {"title": "Another list"},
    "decide_breach": {"reason": "Addresses with names can be misused."},
    "report_breach": {"reference": "IC-123456-A1B3"},
    "notify_people": {"advice": "Please change your password."},
    "close_breach": {"reason": "Done."},
    "place_hold": {"reason": "Another claim is before the court."},
    "import_people": {"rows": [{"email": "kim@example.com", "name": "Kim Example"}]},
    "record_disclosure": {"reference": "Shipment 4712"},
}

# What cannot be recognised by its key, and why it need not be.
NOTHING_DONE = "changes nothing, so there is no effect to do twice: it answers what holds now"
NO_BODY = "has no body that could be another one"
OWNER = "its body says whose request it is and nothing else, and a key is its owner's"
WITHOUT: dict[str, str] = {
    "preview_request": NOTHING_DONE,
    "preview_confirmation": NOTHING_DONE,
    "preview_retention": NOTHING_DONE,
    "permissions": NOTHING_DONE,
    "search_person": NOTHING_DONE,
    "search_disclosures": NOTHING_DONE,
    "confirm_address": OWNER,
    "link": OWNER,
    "ask_for_link": NO_BODY,
    "cancel": NO_BODY,
    "close_account": NO_BODY,
    "one_click": NO_BODY,
}
# Under the words of that day there is something that a browser can object to.
COUNTED = datetime(2026, 10, 2, 9, tzinfo=UTC)
TAKING = {
    operation.route.handler.__name__: operation
    for operation in routes.declared()
    if operation.route.idempotent and not operation.route.is_page
}


def _sent(functions: Functions, operation: routes.Operation, event: Any, minutes: int) -> Any:
    """Send an event, later and from another network, with the request id of a new call."""
    event = json.loads(json.dumps(event))
    context = event["requestContext"]
    context["requestId"] = str(uuid.uuid4())
    context["requestTimeEpoch"] += minutes * 60_000
    context["identity"]["sourceIp"] = f"198.51.100.{minutes}"
    return functions.invoke(operation.function, event)


def _keyed(functions: Functions, name: str) -> Any:
    operation = TAKING[name]
    event = prepared(functions, EVENTS / operation.function / f"{name}.json")
    headers = event["multiValueHeaders"]
    headers["Idempotency-Key"] = [str(uuid.uuid4())]
    if name == "object_to":
        event["requestContext"]["requestTimeEpoch"] = int(COUNTED.timestamp() * 1000)
    return event


@pytest.mark.parametrize("name", TAKING)
def test_a_key_is_answered_as_the_first_time_and_never_for_another_body(
    functions: Functions, name: str
) -> None:
    operation = TAKING[name]
    event = _keyed(functions, name)
    first = _sent(functions, operation, event, 1)
    assert 200 <= first["statusCode"] < 300, first["body"]
    again = _sent(functions, operation, event, 3)
    assert again["statusCode"] == first["statusCode"]
    if WITHOUT.get(name) != NOTHING_DONE:
        assert again["body"] == first["body"]
    if name in OTHERWISE:
        event["body"] = json.dumps(json.loads(event["body"]) | OTHERWISE[name])
        other = _sent(functions, operation, event, 5)
        problem = json.loads(other["body"])
        assert (other["statusCode"], problem.get("type", "")[-20:]) == (
            422,
            "idempotency-conflict",
        ), other["body"]


def test_what_takes_a_key_is_tried_or_has_a_reason() -> None:
    assert set(TAKING) == {*OTHERWISE, *WITHOUT}
    assert not set(OTHERWISE) & set(WITHOUT)
    for name, reason in WITHOUT.items():
        if reason == NO_BODY:
            assert TAKING[name].route.body is None, name


def test_what_failed_may_come_again_at_once_with_its_key(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that throttles in the middle of a change: the next try does it."""
    operation, event = TAKING["change"], _keyed(functions, "change")
    module = importlib.import_module("shared.services.change_preferences")
    plain = module.consent_states.change

    def busy(*_arguments: Any) -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "TransactWriteItems")

    monkeypatch.setattr(module.consent_states, "change", busy)
    assert _sent(functions, operation, event, 1)["statusCode"] == 503
    monkeypatch.setattr(module.consent_states, "change", plain)
    assert _sent(functions, operation, event, 1)["statusCode"] == 200
