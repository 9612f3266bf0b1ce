"""Requests at the desk: intake, list, every action, who may do it, and the trail it leaves."""

from datetime import timedelta
from typing import Any

import pytest

from desk.authorization import PERMITS
from desk.requests.routes import ACTIONS
from local.functions import Functions
from shared.storage import audit
from tests.functions.asking import Asker
from tests.functions.people import Person, somebody
from tests.support import NOW, Answer, call

GROUPS = ("privacy_officer", "support", "auditor")
LIST = "/v1/desk/requests"


@pytest.fixture
def asker(cloud: object, functions: Functions, sam: Person) -> Asker:
    return Asker(sam, functions)


def intake(asker: Asker, staff: str | None = "support", **more: Any) -> Answer:
    body = {
        "type": "access",
        "email": asker.person.email,
        "name": "Sam Example",
        "channel": "post",
        "received_on": "2026-01-31",
        "identity_shown": True,
        **more,
    }
    answer = call("desk", "POST", LIST, body, staff=staff)
    if answer.status == 201:
        asker.id = answer.json["request_id"]
    return answer


def listed(staff: str = "auditor", **query: str) -> Answer:
    return call("desk", "GET", LIST, query=query, staff=staff)


def test_a_letter_counts_from_the_day_it_came(asker: Asker) -> None:
    """S54: the day that identity is shown by the letter itself is that day, too."""
    answer = intake(asker)
    assert answer.status == 201
    shown = answer.json
    assert (shown["status"], shown["due_on"]) == ("in_progress", "2026-03-02")
    assert shown["channel"] == "post"
    extended = asker.staff("extension", reason="Ten thousand messages.")
    assert extended.json["due_on"] == "2026-04-30"
    assert extended.json["timeline"][-1]["by"] == "staff-privacy_officer"


def test_a_call_without_proof_is_mailed_for_it(asker: Asker) -> None:
    answer = intake(asker, channel="phone", identity_shown=False)
    assert answer.json["status"] == "awaiting_identity"
    assert asker.mailed() == ["Please confirm your request"]
    assert asker.verify().status == 200
    assert asker.staff("identity").status == 409


def test_identity_shown_earlier_starts_the_clock_then(asker: Asker) -> None:
    intake(asker, identity_shown=False)
    assert asker.staff("identity", "support", on="2026-01-30").pointers == ["/on"]
    assert asker.staff("identity", "support", on="2026-02-02").pointers == ["/on"]
    shown = asker.staff("identity", "support", on="2026-02-01")
    assert shown.json["due_on"] == "2026-03-02"


def test_intake_names_what_is_wrong(asker: Asker) -> None:
    assert intake(asker, received_on="2026-02-02").pointers == ["/received_on"]
    assert intake(asker, received_on="yesterday").pointers == ["/received_on"]
    assert intake(asker, channel="pigeon").pointers == ["/channel"]
    assert intake(asker, type="rectification").pointers == ["/corrections"]


def test_the_list_has_the_first_due_first_and_pages(asker: Asker) -> None:
    asked = []
    for day in (20, 10, 31, 15):
        other = Asker(somebody(), asker.functions)
        intake(other, received_on=f"2026-01-{day}")
        asked.append(other.id)
    waiting = Asker(somebody(), asker.functions)
    intake(waiting, identity_shown=False)
    seen: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = listed(limit="2", **cursor).json
        assert len(page["items"]) <= 2
        seen += page["items"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    ids = [item["request_id"] for item in seen]
    assert len(ids) == len(set(ids))
    ours = [name for name in ids if name in asked]
    assert ours == [asked[1], asked[3], asked[0], asked[2]]
    assert ids.index(waiting.id) > ids.index(ours[-1]), "what has no date comes last"
    only = listed(status="awaiting_identity").json["items"]
    assert {item["status"] for item in only} == {"awaiting_identity"}


def test_the_list_refuses_nonsense() -> None:
    assert listed(status="lost").pointers == ["/query/status"]
    assert listed(limit="0").pointers == ["/query/limit"]
    assert listed(cursor="%%%").pointers == ["/query/cursor"]


def test_a_clarification_stops_the_clock_of_access(asker: Asker) -> None:
    intake(asker)
    asked = asker.staff("clarification", "support", reason="Which of your orders?")
    assert (asked.json["status"], asked.json["due_on"]) == ("awaiting_clarification", None)
    assert asker.mailed()[-1] == "A question about your request"
    answered = asker.staff("resumption", "support", NOW + timedelta(days=10))
    assert answered.json["due_on"] == "2026-03-10"


def test_a_fee_is_asked_with_a_reason_paid_or_waived(asker: Asker) -> None:
    """S53, Art. 12(5)."""
    intake(asker)
    assert asker.staff("fee").pointers == ["/reason"]
    assert asker.staff("fee", reason="The fifth time this month.").json["status"] == "awaiting_fee"
    assert "A fee for your request" in asker.mailed()
    paid = asker.staff("fee", "privacy_officer", NOW + timedelta(days=3))
    assert (paid.json["status"], paid.json["due_on"]) == ("in_progress", "2026-03-04")


def test_the_regime_of_the_notice_asks_everybody_for_the_fee(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S53: the notice's own words, where a deployment chooses them."""
    monkeypatch.setenv("REGIME", "dpa_1998")
    asked = intake(asker)
    assert asked.json["status"] == "awaiting_fee"
    waived = asker.staff("waiver")
    assert (waived.json["status"], waived.json["due_on"]) == ("in_progress", "2026-03-12")


def test_a_refusal_says_why_and_where_to_complain(asker: Asker) -> None:
    intake(asker)
    assert asker.staff("refusal").pointers == ["/reason"]
    assert asker.staff("refusal", reason="It is about somebody else.").json["status"] == "refused"
    assert asker.mailed()[-1] == "We do not comply with your request"
    last = asker.person.mails()[-1].get_body(("plain",))
    assert last is not None
    words = last.get_content()
    assert "It is about somebody else." in words
    assert "Information Commissioner's Office" in words
    assert asker.staff("refusal", reason="Once more.").status == 409


def test_a_restriction_is_lifted_with_a_reason_that_is_told(asker: Asker) -> None:
    """Art. 18(3)."""
    asker.person.subscribe()
    intake(asker, type="restriction")
    assert asker.person.allowed() == (False, "restricted")
    assert asker.staff("completion", reason="In force.").json["status"] == "completed"
    assert asker.staff("lifting").pointers == ["/reason"]
    assert asker.staff("lifting", reason="The address is correct now.").status == 200
    assert asker.person.allowed() == (True, "granted")
    assert asker.mailed()[-1] == "We will use your data again"


def test_a_complaint_is_completed_with_its_outcome(asker: Asker) -> None:
    intake(asker, type="complaint", identity_shown=False)
    assert asker.case.due == "2026-03-02"
    asker.staff("identity", "support")
    done = asker.staff("completion", reason="You are right; we changed the form.")
    assert done.json["status"] == "completed"
    assert asker.staff("completion").status == 200, "again changes nothing"
    assert asker.mailed()[-1] == "Your request is done"


def test_two_who_act_at_once_do_not_both_act(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    intake(asker)
    before = asker.case
    monkeypatch.setattr("desk.requests.routes.request_store.get", lambda _: before)
    assert asker.staff("clarification", reason="Which?").status == 200
    second = asker.staff("refusal", reason="No.")
    assert (second.status, second.json["type"].rpartition(":")[2]) == (409, "conflict")


@pytest.mark.parametrize("action", sorted(ACTIONS))
@pytest.mark.parametrize("group", GROUPS)
def test_an_action_is_for_its_groups(asker: Asker, action: str, group: str) -> None:
    intake(asker)
    answer = asker.staff(action, group, reason="Because.")
    assert (answer.status == 403) is (group not in ACTIONS[action]), answer.text


@pytest.mark.parametrize("group", GROUPS)
def test_reading_is_for_everybody_and_intake_for_workers(asker: Asker, group: str) -> None:
    assert listed(group).status == 200
    assert intake(asker, group).status == (403 if group == "auditor" else 201)
    assert PERMITS["POST", LIST] == {"privacy_officer", "support"}
    assert listed("cleaner").status == 403


def test_what_staff_do_is_on_the_audit(asker: Asker) -> None:
    """S11: reading, too, with whose data it was."""
    intake(asker)
    path = {"request_id": asker.id}
    call("desk", "GET", f"{LIST}/{{request_id}}", path=path, staff="auditor")
    asker.staff("note", "support", reason="Called back.")
    trail = list(audit.of_person(asker.person.id))
    assert {(entry.action, entry.actor) for entry in trail} == {
        ("take_in_request", "staff-support"),
        ("act_on_request", "staff-support"),
        ("read_request", "staff-auditor"),
    }
    assert "Called back" not in str(trail)
