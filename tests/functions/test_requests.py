"""Requests as people make and follow them (S46, S52 to S56)."""

import re
from datetime import timedelta
from typing import Any

import boto3
import pytest

from local.functions import Functions
from shared.domain.errors import Busy
from shared.domain.request_types import TYPES, row
from shared.edge import current_time
from shared.services.link_browser import browsers_of
from shared.storage import consent_states, rate_limit_counters
from shared.storage.dynamodb import database
from shared.storage.requests import request_store
from tests.functions.asking import Asker, tags_of_mails
from tests.functions.people import Person, somebody, text
from tests.support import NOW, Answer, call, pages, source

FIXES: dict[str, Any] = {
    "rectification": {"corrections": [{"field": "phone", "value": "+44 1233 000000"}]}
}
KEY = {"Idempotency-Key": "3f1d0a52-6f7e-4a0e-8a35-6f1d7e6f2f10"}


@pytest.fixture
def asker(cloud: object, functions: Functions, sam: Person) -> Asker:
    return Asker(sam, functions)


@pytest.mark.parametrize("kind", TYPES)
def test_each_type_is_taken_mailed_about_and_verified_once(asker: Asker, kind: str) -> None:
    answer = asker.ask(kind, **FIXES.get(kind, {}))
    assert answer.status == 202
    gated = row(kind).identity != "nothing"
    assert answer.json["status"] == ("awaiting_identity" if gated else "in_progress")
    assert set(answer.json) == {"request_id", "status", "received_at", "redacted"}
    assert "Please confirm your request" in asker.mailed() or not gated
    token = asker.token()
    verified = asker.verify(token=token)
    assert (verified.status, verified.json["request"]["status"]) == (200, "in_progress")
    due = "2026-03-03" if kind == "complaint" else "2026-03-02"
    assert verified.json["request"]["due_on"] == due
    assert asker.verify(token=token).status == 410
    assert "We are working on your request" in asker.mailed() or not gated


def test_the_answer_is_the_same_for_a_known_and_an_unknown_address(asker: Asker) -> None:
    known = asker.person
    known.subscribe()
    stranger = Asker(somebody(), asker.functions)
    first, second = asker.ask("access").json, stranger.ask("access").json
    assert {**first, "request_id": ""} == {**second, "request_id": ""}
    assert first["request_id"].startswith("r_")


@pytest.mark.parametrize("kind", TYPES)
def test_every_submission_is_a_request_of_its_own(asker: Asker, kind: str) -> None:
    """Whatever else is open: nothing that was sent is lost, and nothing under way is disturbed."""
    first = asker.ask(kind, details="the first words", **FIXES.get(kind, {})).json["request_id"]
    asker.verify()
    before = asker.case
    other = Asker(asker.person, asker.functions)
    card = "the second, 4111 1111 1111 1111"
    again = other.ask(kind, now=NOW + timedelta(hours=1), details=card, **FIXES.get(kind, {}))
    assert again.json["request_id"] != first
    assert again.json["redacted"] == ["details"]
    assert again.json["received_at"] == "2026-02-01T10:00:00.000Z"
    assert (asker.case, other.case.details != before.details) == (before, True)
    assert len(list(request_store.for_person(asker.person.id))) == 2


@pytest.mark.parametrize("kind", TYPES)
def test_asking_takes_the_same_calls_whatever_is_open(
    asker: Asker, kind: str, database_calls: list[str]
) -> None:
    """No answer, id or time tells that somebody has a request open."""
    calls = database_calls
    asker.ask(kind, **FIXES.get(kind, {}))
    alone, calls[:] = list(calls), []
    asker.ask(kind, **FIXES.get(kind, {}))
    assert calls == alone or row(kind).on_receipt


def test_an_id_tells_nothing_of_its_time(asker: Asker) -> None:
    ids = {asker.ask("access", now=NOW).json["request_id"][:8] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.parametrize("kind", ["access", "objection", "complaint"])
def test_an_idempotency_key_repeats_the_first_answer_whatever_became_of_it(
    asker: Asker, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K8.1."""
    first = asker.ask(kind, headers=KEY)
    asker.verify()
    asker.deliver("fulfilment")
    monkeypatch.setattr(source, "ip", "198.51.100.7")
    headers = {**KEY, "User-Agent": "Another/1.0"}
    again = asker.ask(kind, headers=headers, now=NOW + timedelta(days=5))
    assert (again.status, again.json) == (202, first.json)
    assert len(list(request_store.for_person(asker.person.id))) == 1
    other = asker.ask(kind, headers=KEY, details="Something else.")
    assert (other.status, other.json["type"].rpartition(":")[2]) == (422, "idempotency-conflict")
    stranger = Asker(somebody(), asker.functions)
    assert stranger.ask(kind, headers=KEY).json["request_id"] != first.json["request_id"]


def test_the_link_confirms_what_its_preview_shows(asker: Asker) -> None:
    """A stranger's submission stands alone, and the mail says nothing of what was typed."""
    wrong = [{"field": "job_title", "value": "Strangersvalue"}]
    stranger = Asker(asker.person, asker.functions)
    stranger.ask("rectification", corrections=wrong, details="strange words")
    asker.ask("rectification", corrections=[{"field": "job_title", "value": "Ownvalue"}])
    token, path = asker.token(), "/preview"
    shown = asker.send("POST", path, {"token": token})
    assert (shown.status, shown.json["asked"]["corrections"][0]["value"]) == (200, "Ownvalue")
    assert "Strangersvalue" not in shown.text
    assert shown.json["what"] == "a correction of your data"
    assert shown.json["confirmed"] is False
    stranger.deliver()
    mailed = "".join(map(text, asker.person.mails()))
    assert "strange" not in mailed
    assert "Sam Example" not in mailed
    assert stranger.send("POST", path, {"token": token}).status == 410
    assert asker.send("POST", path, {"token": token}).status == 200, "a look uses nothing up"
    assert asker.verify(token=token).json["request"]["asked"] == shown.json["asked"]
    assert stranger.case.status == "awaiting_identity"
    assert asker.send("POST", path, {"token": token}).status == 410


def test_a_verification_repeated_with_its_key_is_the_same_session(asker: Asker) -> None:
    asker.ask("access")
    token = asker.token()
    first = asker.verify(token=token, headers=KEY)
    again = asker.verify(token=token, headers=KEY)
    assert (again.status, again.json["session"]) == (200, first.json["session"])
    assert asker.timeline().count("verified") == 1
    assert asker.verify(token=token).status == 410
    other = {"Idempotency-Key": "0b8f1c1e-52a6-4f0e-8a35-6f1d7e6f2f11"}
    assert asker.verify(token=token, headers=other).status == 410


def test_nothing_is_read_after_the_verification_took_effect(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K8.3."""
    asker.ask("access")
    token = asker.token()
    done: list[str] = []
    real = database.call

    def failing(operation: str, **parameters: Any) -> Any:
        if done:
            raise Busy
        answer = real(operation, **parameters)
        if operation == "transact_write_items":
            done.append(operation)
        return answer

    monkeypatch.setattr(database, "call", failing)
    assert asker.verify(token=token).status == 200
    assert done


def test_the_browser_of_the_link_is_the_persons_and_no_other(asker: Asker) -> None:
    """A browser that nobody knows, or that is named wrongly, is never in the way."""
    unknown = "c_k3v7q2m5x4n6p2r7s5t3w4y6za"
    assert asker.ask("access", consent_id=unknown).pointers == ["/consent_id"]
    for nobodys in (unknown, "c_nonsense"):
        asker.ask("access")
        assert asker.verify(consent_id=nobodys).status == 200
        assert asker.case.consent_id is None
    capture = {
        "policy_version": "2023-06",
        "notice_id": "cookie_banner",
        "choices": {"analytics": True},
        "method": "choose",
    }
    browser = call("consent", "POST", "/v1/consents", capture).json["consent_id"]
    asker.ask("access")
    assert list(browsers_of(asker.person.id)) == []
    assert asker.verify(consent_id=browser).status == 200
    assert asker.case.consent_id == browser
    assert list(browsers_of(asker.person.id)) == [browser]


def test_related_requests_are_those_that_were_verified(asker: Asker) -> None:
    asker.ask("access")
    asker.verify()
    other = Asker(asker.person, asker.functions)
    other.ask("erasure")
    stranger = Asker(asker.person, asker.functions)
    stranger.ask("complaint")
    assert asker.send("GET").json["related"] == []
    other.verify()
    (related,) = asker.send("GET").json["related"]
    assert (related["request_id"], related["type"]) == (other.id, "erasure")


def test_a_message_answers_the_question_that_is_open(asker: Asker) -> None:
    asker.ask("access")
    asker.verify()
    asker.staff("clarification", reason="Which year?")
    body = {"message": "2025, and my card is 4111 1111 1111 1111."}
    sent = asker.send("POST", "/message", body, now=NOW + timedelta(days=3), headers=KEY)
    assert sent.status == 401, "the session is over"
    sent = asker.send("POST", "/message", body, headers=KEY)
    assert (sent.status, sent.json["status"]) == (200, "in_progress")
    assert "2025" in sent.json["timeline"][-1]["reason"]
    assert "4111" not in sent.text
    assert asker.send("POST", "/message", body, headers=KEY).status == 200
    assert asker.timeline().count("message") == 1
    asker.send("POST", "/cancellation")
    assert asker.send("POST", "/message", body).status == 409


def test_an_agent_stands_with_the_request_and_the_person_confirms(asker: Asker) -> None:
    agent = {"name": "Lee Example", "email": "lee@example.org", "authority": "A signed form."}
    asker.ask("access", agent=agent)
    token = asker.token()
    assert asker.send("POST", "/preview", {"token": token}).json["asked"]["agent"] == agent
    asker.verify(token=token)
    assert asker.send("GET").json["asked"]["agent"] == agent
    assert asker.ask("access", agent={"name": "Lee"}).pointers == [
        "/agent/email",
        "/agent/authority",
    ]


def test_bad_input_names_the_field(asker: Asker) -> None:
    assert asker.ask("tea").pointers == ["/type"]
    assert asker.ask("access", corrections=FIXES["rectification"]["corrections"]).pointers == [
        "/corrections"
    ]
    assert asker.ask("rectification").pointers == ["/corrections"]
    both = [{"field": field, "value": "Sam"} for field in ("name", "job_title", "name", "name")]
    assert asker.ask("rectification", corrections=both).pointers == [
        "/corrections/2/field",
        "/corrections/3/field",
    ]
    assert asker.ask("access", ground="claims").pointers == ["/ground"]
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


@pytest.mark.parametrize("kind", ["objection", "restriction"])
def test_objection_and_restriction_are_in_force_at_once(asker: Asker, kind: str) -> None:
    """S46: in the permission decision, before any worker ran."""
    asker.person.subscribe()
    assert asker.person.allowed() == (True, "granted")
    asker.ask(kind)
    on_receipt = (False, "objected") if kind == "objection" else (True, "granted")
    assert asker.person.allowed() == on_receipt, "only marketing is stopped unproven"
    assert asker.person.allowed("improvement")[0]
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
    assert [step["by"] for step in shown] == ["you", "system", "you", "staff"]
    assert "March" not in str(shown)
    assert asker.mailed()[-1] == "News about your complaint"


def test_nobody_confirms_and_the_request_lapses(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker.ask("access")
    asker.deliver()
    monkeypatch.setattr(current_time, "now", lambda: NOW + timedelta(days=29))
    asker.functions.invoke("deadlines", {})
    assert asker.case.status == "awaiting_identity"
    monkeypatch.setattr(current_time, "now", lambda: NOW + timedelta(days=31))
    asker.functions.invoke("deadlines", {})
    assert asker.case.status == "lapsed"
    asker.functions.invoke("deadlines", {})
    assert asker.timeline() == ["opened", "lapse"]
    assert asker.mailed()[-1] == "We have closed your request"
    words = text(asker.person.mails()[-1])
    assert "complain" in words
    assert "court" in words


def test_a_withheld_mail_is_sent_within_a_day_and_patience_waits_for_it(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What strangers can cause never spends what a right needs."""
    full = rate_limit_counters.count_once
    monkeypatch.setattr(rate_limit_counters, "count_once", lambda *_: False)
    asker.ask("access")
    assert asker.mailed() == []
    assert asker.case.facts["mail_withheld"]
    monkeypatch.setattr(current_time, "now", lambda: NOW + timedelta(days=31))
    asker.functions.invoke("deadlines", {})
    assert asker.case.status == "awaiting_identity"
    monkeypatch.setattr(rate_limit_counters, "count_once", full)
    assert asker.mailed() == ["Please confirm your request"], (
        "once, though the first record came again, too"
    )
    detail = asker.at_the_desk()
    outcomes = [(mail["mail"], mail["outcome"], mail["at"][:10]) for mail in detail["mails"]]
    assert outcomes[-1] == ("request_received", "sent", "2026-03-04")
    assert detail["waits_until"] == "2026-04-03T09:00:00.000Z"
    assert asker.verify(now=NOW + timedelta(days=31)).status == 200


def test_a_question_that_bounced_was_not_asked(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock does not stand for it, and staff are told; what is no bounce changes nothing."""
    left = tags_of_mails(monkeypatch)
    asker.ask("access")
    asker.verify()
    asker.staff("clarification", reason="Which order?")
    asker.deliver()
    (tags,) = [each for each in left if each.get("mail") == ["request_clarification"]]
    bounced = {"bounceType": "Permanent"}
    for bounce in ({"bounceType": "Transient"}, {}):
        event = {"source": "aws.ses", "detail": {"mail": {"tags": tags}, "bounce": bounce}}
        asker.functions.invoke("notifications", event)
        assert asker.case.status == "awaiting_clarification"
    event = {"source": "aws.ses", "detail": {"mail": {"tags": tags}, "bounce": bounced}}
    for _ in range(2):
        asker.functions.invoke("notifications", event)
    assert (asker.case.status, asker.case.due) == ("in_progress", "2026-03-02")
    assert asker.timeline().count("mail_refused") == 1
    detail = asker.at_the_desk()
    outcomes = {mail["mail"]: mail["outcome"] for mail in detail["mails"]}
    assert outcomes["request_clarification"] == "bounced"
    # Records that come again a week later say nothing that was not known, and move no date.
    monkeypatch.setattr(current_time, "now", lambda: NOW + timedelta(days=7))
    asker.deliver()
    later = asker.at_the_desk()
    assert [note for note in later["mails"] if note in detail["mails"]] == detail["mails"]
    asker.functions.invoke("notifications", {"source": "aws.ses", "detail": {}})


@pytest.mark.parametrize("kind", ["objection", "complaint"])
def test_an_objection_and_a_complaint_never_lapse(
    asker: Asker, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    asker.ask(kind)
    asker.deliver()
    monkeypatch.setattr(current_time, "now", lambda: NOW + timedelta(days=100))
    asker.functions.invoke("deadlines", {})
    assert asker.case.status == ("completed" if kind == "objection" else "in_progress")
    assert asker.person.allowed() == (False, "objected" if kind == "objection" else "never_asked")


def test_one_unreadable_request_does_not_stop_the_run(
    asker: Asker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """K9.5."""
    asker.ask("access")
    broken = Asker(somebody(), asker.functions)
    broken.ask("access")
    asker.deliver()
    table = boto3.resource("dynamodb").Table("RequestsTable")
    table.update_item(
        Key={"request": broken.id, "entry": "case"}, UpdateExpression="REMOVE facts, received_at"
    )
    monkeypatch.setattr(current_time, "now", lambda: NOW + timedelta(days=31))
    done = asker.functions.invoke("deadlines", {})
    assert asker.case.status == "lapsed"
    assert done["unreadable"] == 1
    assert '"UnreadableRequests": 1' in capsys.readouterr().out

    def listed(**query: str) -> Answer:
        return call("desk", "GET", "/v1/desk/requests", staff="auditor", query=query)

    unreadable = [name for page in pages(listed, limit="100") for name in page["unreadable"]]
    assert unreadable == [broken.id]
    table.delete_item(Key={"request": broken.id, "entry": "case"})


def test_staff_are_reminded_once_a_day_before_due_and_on_overdue(
    asker: Asker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asker.ask("restriction")
    asker.verify()  # due on Monday 2 March 2026
    for day, actions in ((14, 0), (15, 1), (22, 2), (23, 2), (26, 3), (27, 3), (30, 4), (31, 5)):
        monkeypatch.setattr(current_time, "now", lambda day=day: NOW + timedelta(days=day))
        asker.functions.invoke("deadlines", {})
        asker.functions.invoke("deadlines", {})
        assert asker.timeline().count("reminder") == actions, day
    counted = [int(n) for n in re.findall(r'"OverdueRequests": (\d+)', capsys.readouterr().out)]
    assert counted[-1] > counted[0], "it is counted from the day after its last one"


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
