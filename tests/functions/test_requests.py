"""Requests as people make and follow them (S46, S52 to S56)."""

from datetime import timedelta
from typing import Any

import pytest

from local.functions import Functions
from shared.edge import current_time
from shared.storage import consent_states
from shared.storage.requests import request_store
from tests.functions.asking import Asker
from tests.functions.people import Person, somebody
from tests.support import NOW, call

TYPES = (
    "access",
    "portability",
    "rectification",
    "erasure",
    "restriction",
    "objection",
    "complaint",
)
FIXES: dict[str, Any] = {
    "rectification": {"corrections": [{"field": "phone", "value": "+44 1233 000000"}]}
}


@pytest.fixture
def asker(cloud: object, functions: Functions, sam: Person) -> Asker:
    return Asker(sam, functions)


@pytest.mark.parametrize("kind", TYPES)
def test_each_type_is_taken_mailed_about_and_verified_once(asker: Asker, kind: str) -> None:
    answer = asker.ask(kind, **FIXES.get(kind, {}))
    assert answer.status == 202
    assert answer.json["status"] == "awaiting_identity"
    assert set(answer.json) == {"request_id", "status", "received_at", "redacted"}
    assert asker.mailed() == ["Please confirm your request"]
    token = asker.token()
    verified = asker.verify(token=token)
    assert (verified.status, verified.json["status"]) == (200, "in_progress")
    assert verified.json["due_on"] == ("2026-03-03" if kind == "complaint" else "2026-03-02")
    assert asker.verify(token=token).status == 410
    assert "We are working on your request" in asker.mailed()


def test_the_answer_is_the_same_for_a_known_and_an_unknown_address(asker: Asker) -> None:
    known = asker.person
    known.subscribe()
    stranger = Asker(somebody(), asker.functions)
    first, second = asker.ask("access").json, stranger.ask("access").json
    assert {**first, "request_id": ""} == {**second, "request_id": ""}
    assert first["request_id"].startswith("r_")


def test_an_open_request_is_joined_not_doubled(asker: Asker) -> None:
    first = asker.ask("access").json
    again = asker.ask("access", now=NOW + timedelta(hours=1)).json
    assert again["request_id"] == first["request_id"]
    assert again["received_at"] == "2026-02-01T10:00:00.000Z"
    assert asker.timeline() == ["opened", "joined"]
    assert len(list(request_store.for_person(asker.person.id))) == 1
    other = Asker(asker.person, asker.functions)
    assert other.ask("erasure").json["request_id"] != first["request_id"]
    asker.verify()
    asker.ask("access")
    assert asker.mailed()[-1] == "Your request is already with us"
    assert asker.verify().status == 200, "its link leads back to the open one"
    asker.send("POST", "/cancellation")
    assert asker.ask("access").json["request_id"] != first["request_id"]


def test_an_idempotency_key_repeats_the_first_answer_and_no_other_request(asker: Asker) -> None:
    headers = {"Idempotency-Key": "the-first-of-these-keys"}
    first = asker.ask("access", headers=headers)
    again = asker.ask("access", headers=headers, now=NOW + timedelta(minutes=5))
    assert again.json == first.json
    assert asker.timeline() == ["opened"]
    other = asker.ask("access", headers=headers, details="Something else.")
    assert (other.status, other.json["type"].rpartition(":")[2]) == (422, "idempotency-conflict")


def test_bad_input_names_the_field(asker: Asker) -> None:
    assert asker.ask("tea").pointers == ["/type"]
    assert asker.ask("access", corrections=FIXES["rectification"]["corrections"]).pointers == [
        "/corrections"
    ]
    assert asker.ask("rectification").pointers == ["/corrections"]
    assert asker.ask("access", policy_version="1999").pointers == ["/policy_version"]
    assert asker.ask("rectification", corrections=[{"field": "phone"}]).pointers == [
        "/corrections/0/value"
    ]


def test_card_numbers_never_reach_the_case(asker: Asker) -> None:
    """S30."""
    answer = asker.ask("complaint", details="My card 4111 1111 1111 1111 was charged.")
    assert answer.json["redacted"] == ["details"]
    assert "4111" not in str(asker.case)


def test_one_session_opens_one_request(asker: Asker) -> None:
    asker.ask("access")
    asker.verify()
    other = Asker(somebody(), asker.functions)
    other.ask("access")
    other.session = asker.session
    assert other.send("GET").status == 404
    assert other.send("POST", "/cancellation").status == 404
    assert other.case.status == "awaiting_identity"
    late = asker.send("GET", now=NOW + timedelta(minutes=31))
    assert late.status == 401


def test_a_token_of_another_request_verifies_nothing(asker: Asker) -> None:
    asker.ask("access")
    token = asker.token()
    other = Asker(asker.person, asker.functions)
    other.ask("erasure")
    assert other.verify(token=token).status == 410
    assert other.case.status == "awaiting_identity"
    assert asker.verify(token=token).status == 200


def test_a_newer_link_leaves_the_older_alone(asker: Asker) -> None:
    asker.ask("access")
    older = asker.token()
    asker.ask("access")
    newer = asker.token()
    assert older != newer
    assert asker.verify(token=newer).status == 200
    assert asker.verify(token=older).status == 200


@pytest.mark.parametrize("kind", ["objection", "restriction"])
def test_objection_and_restriction_are_in_force_at_once(asker: Asker, kind: str) -> None:
    """S46: in the permission decision, before any worker ran."""
    asker.person.subscribe()
    assert asker.person.allowed() == (True, "granted")
    asker.ask(kind)
    assert asker.person.allowed() == (True, "granted"), "an unproven request changes nothing"
    asker.verify()
    refused = {"objection": "objected", "restriction": "restricted"}[kind]
    assert asker.person.allowed() == (False, refused)
    assert asker.person.allowed("improvement") == (False, refused)
    event = consent_states.get(asker.person.id).event
    assert event is not None
    assert (event["kind"], event["method"]) == (kind, "form")
    if kind == "restriction":
        assert asker.person.allowed("legal_obligation")[0], "what the law requires goes on"


def test_a_case_can_be_cancelled_once_and_closed_is_closed(asker: Asker) -> None:
    asker.ask("erasure")
    asker.verify()
    assert asker.send("POST", "/cancellation").json["status"] == "cancelled"
    assert asker.send("POST", "/cancellation").status == 200
    assert asker.timeline() == ["opened", "verified", "cancellation"]
    assert asker.mailed()[-1] == "Your request is cancelled"
    assert asker.case.closed_at is not None


def test_the_timeline_hides_who_of_the_staff_and_their_notes(asker: Asker) -> None:
    asker.ask("complaint")
    asker.verify()
    asker.staff("note", reason="Looks like the March invoice.")
    asker.staff("note", reason="We are looking into the invoice.", tell=True)
    shown = asker.send("GET").json["timeline"]
    assert [step["by"] for step in shown] == ["you", "you", "staff"]
    assert "March" not in str(shown)
    assert asker.mailed()[-1] == "News of your request"


def test_nobody_confirms_and_the_request_lapses(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker.ask("access")
    monkeypatch.setattr(current_time, "now", lambda: NOW + timedelta(days=29))
    asker.functions.invoke("deadlines", {})
    assert asker.case.status == "awaiting_identity"
    monkeypatch.setattr(current_time, "now", lambda: NOW + timedelta(days=31))
    asker.functions.invoke("deadlines", {})
    assert asker.case.status == "lapsed"
    asker.functions.invoke("deadlines", {})
    assert asker.timeline() == ["opened", "lapse"]


def test_staff_are_reminded_once_a_day_before_due_and_on_overdue(
    asker: Asker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asker.ask("complaint")
    asker.verify()  # due on Tuesday 3 March 2026
    for day, actions in ((15, 0), (16, 1), (23, 2), (24, 2), (29, 3), (30, 3), (31, 4), (32, 5)):
        monkeypatch.setattr(current_time, "now", lambda day=day: NOW + timedelta(days=day))
        asker.functions.invoke("deadlines", {})
        asker.functions.invoke("deadlines", {})
        assert asker.timeline().count("reminder") == actions, day
    metric = capsys.readouterr().out
    assert '"OverdueRequests": 1' in metric


@pytest.mark.parametrize("kind", ["access", "erasure", "objection"])
def test_what_the_worker_gave_up_comes_again_with_a_reminder(
    asker: Asker, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    asker.ask(kind)
    asker.verify()
    for day in range(1, 30):
        monkeypatch.setattr(current_time, "now", lambda day=day: NOW + timedelta(days=day))
        asker.functions.invoke("deadlines", {})
    assert asker.case.status == "in_progress"
    asker.deliver("fulfilment", only="reminder")
    assert asker.case.status == "completed"


def test_without_session_or_with_nonsense_nothing_is_told(asker: Asker) -> None:
    asker.ask("access")
    path = {"request_id": asker.id}
    for headers in ({}, {"Authorization": "Bearer x"}):
        answer = call("access", "GET", "/v1/requests/{request_id}", path=path, headers=headers)
        assert answer.status == 401
