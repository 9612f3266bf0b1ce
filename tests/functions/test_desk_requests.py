"""Requests at the desk: intake, list, every action, who may do it, and the trail it leaves."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from desk.authorization import ALLOWED_GROUPS
from local.functions import Functions
from shared.domain.request_actions import STAFF_ACTIONS
from shared.edge import current_time
from shared.services import apply_action
from shared.storage import audit, holds, policies
from shared.storage.requests.request_store import RequestAction
from tests.functions.asking import Asker
from tests.functions.people import Person, somebody, text
from tests.functions.visiting import browser
from tests.support import NOW, Answer, call, pages

GROUPS = ("privacy_officer", "support", "auditor")
LIST = "/v1/desk/requests"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def asker(cloud: object, functions: Functions, sam: Person) -> Asker:
    return Asker(sam, functions)


def listed(staff: str = "auditor", **query: str) -> Answer:
    return call("desk", "GET", LIST, query=query, staff=staff)


def test_each_request_says_where_it_arose(asker: Asker) -> None:
    """S1: a host of ours, another website, a program or a channel, and never nothing."""
    hosts = {
        "https://www.khoocommerce.example": "www.khoocommerce.example",
        "https://shop.stranger.example": "another_website",
        "": "program",
    }
    for origin, named in hosts.items():
        asker.ask("restriction", headers={"Origin": origin})
        assert asker.at_the_desk()["property"] == named
    for channel in ("post", "phone", "email", "in_person", "social_media"):
        asker.write_a_letter(type="restriction", channel=channel, ground="accuracy")
        assert asker.at_the_desk()["property"] == channel


def test_a_letter_counts_from_the_day_it_came(asker: Asker) -> None:
    """S54: the day that identity is shown by the letter itself is that day, too."""
    answer = asker.write_a_letter()
    assert answer.status == 201
    shown = answer.json
    assert (shown["status"], shown["due_on"]) == ("in_progress", "2026-03-02")
    assert shown["channel"] == "post"
    extended = asker.staff("extension", reason="Ten thousand messages.")
    assert extended.json["due_on"] == "2026-04-30"
    assert extended.json["timeline"][-1]["by"] == "staff-privacy_officer"


@pytest.mark.parametrize("channel", ["phone", "in_person", "social_media"])
def test_a_call_without_proof_is_mailed_for_it(asker: Asker, channel: str) -> None:
    answer = asker.write_a_letter(channel=channel, identity_shown=False)
    assert answer.json["status"] == "awaiting_identity"
    assert asker.mailed() == ["Please confirm your request"]
    assert asker.verify().status == 200
    assert asker.staff("identity").status == 409


def test_identity_shown_earlier_starts_the_clock_then(asker: Asker) -> None:
    asker.write_a_letter(identity_shown=False)
    assert asker.staff("identity", "support", on="2026-01-30").pointers == ["/on"]
    assert asker.staff("identity", "support", on="2026-02-02").pointers == ["/on"]
    shown = asker.staff("identity", "support", on="2026-02-01")
    assert shown.json["due_on"] == "2026-03-02"


def test_intake_names_what_is_wrong(asker: Asker) -> None:
    assert asker.write_a_letter(received_on="2026-02-02").pointers == ["/received_on"]
    assert asker.write_a_letter(received_on="yesterday").pointers == ["/received_on"]
    assert asker.write_a_letter(channel="pigeon").pointers == ["/channel"]
    assert asker.write_a_letter(type="rectification").pointers == ["/corrections"]


def test_the_list_has_the_first_due_first_and_pages(asker: Asker) -> None:
    asked = []
    for day in (20, 10, 31, 15):
        other = Asker(somebody(), asker.functions)
        other.write_a_letter(received_on=f"2026-01-{day}")
        asked.append(other.id)
    waiting = Asker(somebody(), asker.functions)
    waiting.write_a_letter(identity_shown=False)
    ids = [item["request_id"] for page in pages(listed) for item in page["items"]]
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
    asker.write_a_letter()
    asked = asker.staff("clarification", "support", reason="Which of your orders?")
    assert (asked.json["status"], asked.json["due_on"]) == ("awaiting_clarification", None)
    assert asker.mailed()[-1] == "A question about your request"
    answered = asker.staff("resumption", "support", NOW + timedelta(days=10))
    assert answered.json["due_on"] == "2026-03-10"


def test_a_fee_is_asked_with_ground_and_calculation_and_paid_or_waived_apart(asker: Asker) -> None:
    """S53, Art. 12(5)."""
    fee = {"ground": "manifestly_excessive", "amount": "12.50", "calculation": "Half an hour."}
    asker.write_a_letter()
    assert asker.staff("fee", **fee).pointers == ["/reason"]
    why = "The fifth time this month."
    assert asker.staff("fee", reason=why).pointers == ["/ground"]
    assert asker.staff("fee", reason=why, ground="complex").pointers == ["/ground"]
    bare = {"ground": fee["ground"], "amount": "12.50"}
    assert asker.staff("fee", reason=why, **bare).pointers == ["/calculation"]
    assert asker.staff("payment").status == 409
    assert asker.staff("fee", reason=why, **fee).json["status"] == "awaiting_fee"
    assert asker.staff("fee", reason=why, **fee).status == 409, "asking twice is not paying"
    asker.mailed()
    words = text(asker.person.mails()[-1])
    assert "GBP 12.50" in words
    assert "Half an hour." in words
    paid = asker.staff("payment", "support", NOW + timedelta(days=3))
    assert (paid.json["status"], paid.json["due_on"]) == ("in_progress", "2026-03-04")


@pytest.mark.parametrize("kind", ["objection", "complaint"])
def test_no_fee_and_no_refusal_of_an_objection_or_a_complaint(asker: Asker, kind: str) -> None:
    asker.write_a_letter(type=kind)
    body = {"reason": "No.", "ground": "manifestly_unfounded"}
    assert asker.staff("refusal", **body).status == 409
    assert asker.staff("fee", amount="1.00", calculation="None.", **body).status == 409


def test_what_we_did_is_dated_by_us_and_what_came_may_be_dated_back(asker: Asker) -> None:
    asker.write_a_letter()
    for ours in ("clarification", "extension"):
        assert asker.staff(ours, reason="Why.", on="2026-01-31").pointers == ["/on"]
    officer = "privacy_officer"
    asker.staff("clarification", officer, NOW + timedelta(days=5), reason="Which?")
    later = NOW + timedelta(days=7)
    for wrong in ("2026-02-05", "2026-02-09"):
        assert asker.staff("resumption", officer, later, on=wrong).pointers == ["/on"]
    came = asker.staff("resumption", officer, later, on="2026-02-07")
    assert (came.status, came.json["status"]) == (200, "in_progress")


@pytest.mark.parametrize("action", ["note", "clarification", "extension", "fee", "refusal"])
def test_an_action_repeated_with_its_key_is_done_once(asker: Asker, action: str) -> None:
    asker.write_a_letter()
    key = {"Idempotency-Key": "3f1d0a52-6f7e-4a0e-8a35-6f1d7e6f2f10"}
    body = {"reason": "It is manifestly excessive."} if action == "fee" else {"reason": "Why."}
    first = asker.staff(action, headers=key, **body)
    again = asker.staff(action, headers=key, **body)
    assert (first.status, again.status) == (200, 200), first.text
    assert again.json["status"] == first.json["status"]
    assert asker.timeline().count(action) == 1
    body = {"reason": "Something else, manifestly excessive."}
    assert asker.staff(action, headers=key, **body).status == 422


def test_the_regime_of_the_notice_asks_everybody_for_the_fee(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S53: the notice's own words, where a deployment chooses them."""
    monkeypatch.setenv("REGIME", "dpa_1998")
    asked = asker.write_a_letter()
    assert asked.json["status"] == "awaiting_fee"
    waived = asker.staff("waiver")
    assert (waived.json["status"], waived.json["due_on"]) == ("in_progress", "2026-03-12")


def test_a_refusal_says_why_and_where_to_complain(asker: Asker) -> None:
    asker.write_a_letter()
    assert asker.staff("refusal").pointers == ["/reason"]
    assert asker.staff("refusal", reason="No.", ground="claims").pointers == ["/ground"]
    said = asker.staff("refusal", reason="It is about somebody else.", ground="rights_of_others")
    assert said.json["status"] == "refused"
    assert asker.mailed()[-1] == "We do not do what your request asks"
    words = text(asker.person.mails()[-1])
    assert "It is about somebody else." in words
    assert "rights of others (UK GDPR Art. 15(4)" in words
    assert "Information Commissioner's Office" in words
    assert "s.164A" in words
    assert "court" in words
    assert asker.staff("refusal", reason="Once more.").status == 409


def test_a_rectification_refused_wholly_is_told_as_a_refusal(asker: Asker) -> None:
    """Art. 12(4)."""
    wrong = [{"field": "phone", "value": "+44 1233 000000"}]
    asker.write_a_letter(type="rectification", corrections=wrong)
    no: dict[str, Any] = {"decisions": [{"field": "phone", "accepted": False}]}
    assert asker.staff("completion", **no).pointers == ["/decisions/0/reason"]
    no["decisions"][0]["reason"] = "You rang from the old number today."
    assert asker.staff("completion", **no).json["status"] == "completed"
    assert asker.mailed()[-1] == "We do not do what your request asks"
    words = text(asker.person.mails()[-1])
    assert "You rang from the old number today." in words
    assert "court" in words
    assert "passed the data on" not in words


def test_staff_weigh_an_objection_and_the_use_goes_on_or_stops(asker: Asker) -> None:
    """Art. 21(1): a use stops unless we show compelling grounds; marketing never goes on."""
    asker.write_a_letter(type="objection", details="I do not want to be part of this.")
    assert asker.person.allowed("improvement") == (False, "objected")
    assert asker.person.allowed("service_notices")[0], "while it is weighed"
    said = {"reason": "Without it nobody could use the site.", "ground": "compelling_grounds"}
    whole = asker.at_the_desk()
    offered = [use["purpose"] for use in whole["may_go_on"]]
    assert "improvement" in offered
    others = [name for name in policies.published().current(NOW).purposes if name not in offered]
    assert "direct_marketing" in others
    for wrong, pointer in (
        *(({**said, "goes_on": [name]}, "/goes_on/0") for name in others),
        ({"reason": "Because.", "goes_on": ["improvement"]}, "/ground"),
    ):
        assert asker.staff("completion", **wrong).pointers == [pointer]
    assert asker.staff("completion", **said, goes_on=["improvement"]).status == 200
    assert asker.person.allowed("improvement")[0]
    assert asker.person.allowed("service_notices") == (False, "objected")
    assert asker.person.allowed() == (False, "objected")
    *_, event = asker.person.events
    assert (event["kind"], event["method"]) == ("objection", "staff")
    asker.deliver()
    told = " ".join(text(asker.person.mails()[-1]).split())
    known = policies.published().current(NOW).purposes
    named = {name for name in offered if f"“{known[name].title}”" in told}
    assert named == {"improvement"}, "the person reads which use it is"


GOES_ON = {"reason": "We may.", "ground": "claims", "goes_on": ["improvement"]}


def test_a_use_goes_on_only_in_spite_of_the_objections_that_are_answered(asker: Asker) -> None:
    """K2, K4: one that waits keeps its effect until it is answered, alone or together."""
    asker.write_a_letter(type="objection", details="I do not want to be part of this.")
    waits = asker.id
    asker.write_a_letter(type="objection", details="And my company has forbidden it.")
    assert asker.staff("completion", **GOES_ON).pointers == ["/goes_on/0"]
    assert asker.person.allowed("improvement") == (False, "objected")
    assert asker.staff("completion", **GOES_ON, also=[waits]).status == 200
    assert asker.person.allowed("improvement")[0]


@pytest.mark.parametrize("answer", [{}, {"ground": "claims"}])
def test_a_use_that_an_objection_ended_does_not_go_on_by_the_answer_to_another(
    asker: Asker, answer: dict[str, Any]
) -> None:
    """K4: asking once more, also by a letter of an earlier day, takes back no no."""
    asker.write_a_letter(type="objection", received_on="2026-02-01")
    assert asker.staff("completion", reason="It stops.", **answer).status == 200
    asker.write_a_letter(type="objection", received_on="2026-01-05", now=LATER)
    assert asker.staff("completion", "privacy_officer", LATER, **GOES_ON).pointers == ["/goes_on/0"]
    assert asker.person.allowed("improvement") == (False, "objected")
    assert asker.staff("completion", "privacy_officer", LATER, reason="It stops.").status == 200


def test_requests_that_are_answered_together_are_answered_all_or_none(asker: Asker) -> None:
    """A17: what one of them refuses is decided before anything is done to another."""
    asker.write_a_letter(type="objection", identity_shown=False)
    unknown = asker.id
    asker.write_a_letter(type="objection")
    assert asker.staff("completion", reason="It stops.", also=[unknown]).status == 409
    assert asker.case.status == "in_progress"
    assert asker.staff("completion", reason="It stops.").status == 200


@pytest.mark.parametrize("ground", [None, "compelling_grounds"])
def test_an_objection_that_nobody_can_outweigh_stops_every_use(
    asker: Asker, ground: str | None
) -> None:
    """A ground for which no use is named changes nothing by itself."""
    asker.write_a_letter(type="objection", details="I do not want to be part of this.")
    assert asker.staff("completion", reason="We agree.", ground=ground).status == 200
    assert asker.person.allowed("service_notices")[0] is (ground is not None)


def test_what_restricted_data_is_used_for_is_recorded_and_allows_nothing_else(
    asker: Asker,
) -> None:
    """Art. 18(2)."""
    asker.write_a_letter(type="restriction")
    for wrong, pointer in (
        ({}, "/reason"),
        ({"reason": "It is needed.", "ground": "convenience"}, "/ground"),
        ({"reason": "It is needed.", "ground": "claims", "purpose": "fun"}, "/purpose"),
    ):
        assert asker.staff("permitted_use", **wrong).pointers == [pointer]
    why = "Our defence in the dispute about invoice 17."
    used = {"reason": why, "ground": "claims", "purpose": "service"}
    assert asker.staff("permitted_use", "support", **used).status == 403
    answer = asker.staff("permitted_use", **used)
    assert answer.json["timeline"][-1]["details"] == {"ground": "claims", "purpose": "service"}
    found = call(
        "desk",
        "POST",
        "/v1/desk/people/search",
        {"email": asker.person.email},
        staff="privacy_officer",
    ).json
    (use,) = found["permitted_uses"]
    assert (use["request_id"], use["ground"], use["reason"]) == (asker.id, "claims", why)
    seen = [entry.facts.get("ground") for entry in audit.of_person(asker.person.id)]
    assert "claims" in seen
    assert asker.person.allowed("service") == (False, "restricted")
    assert why not in str(asker.send("GET").json)


def test_a_restriction_is_lifted_after_a_notice_with_a_reason(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Art. 18(3): told before, and only then at an end."""
    asker.person.subscribe()
    asker.write_a_letter(type="restriction")
    assert asker.person.allowed() == (False, "restricted")
    assert asker.staff("completion", reason="In force.").json["status"] == "completed"
    assert asker.staff("lifting").pointers == ["/reason"]
    why = "The address is correct now."
    assert asker.staff("lifting", reason=why, ends_on="2026-02-01").pointers == ["/ends_on"]
    assert asker.staff("lifting", reason=why).status == 200
    assert asker.mailed()[-1] == "We will use your data again"
    assert "15 February 2026" in text(asker.person.mails()[-1])
    monkeypatch.setattr(current_time, "now", lambda: NOW + timedelta(days=13))
    asker.functions.invoke("deadlines", {})
    assert asker.person.allowed() == (False, "restricted")
    monkeypatch.setattr(current_time, "now", lambda: NOW + timedelta(days=14))
    asker.functions.invoke("deadlines", {})
    assert asker.person.allowed(now=NOW + timedelta(days=14)) == (True, "granted")
    assert asker.timeline()[-1] == "lifted"


def test_a_restriction_does_not_end_for_somebody_whom_the_mail_about_it_did_not_reach(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Art. 18(3): told before it ends; where no mail goes, staff note how they told them."""
    asker.write_a_letter(type="restriction", ground="accuracy")
    asker.deliver("fulfilment")
    assert asker.staff("lifting", reason="It is settled.").status == 200
    lost = {"mail": "restriction_ending"}
    apply_action.act(asker.case, RequestAction("mail_refused", "system", NOW, details=lost))
    ends = NOW + timedelta(days=14)
    monkeypatch.setattr(current_time, "now", lambda: ends)
    asker.functions.invoke("deadlines", {})
    assert asker.person.allowed("improvement", now=ends) == (False, "restricted")
    told = asker.staff("note", "support", ends, reason="Told by phone: ends tomorrow.")
    assert told.status == 200
    asker.functions.invoke("deadlines", {})
    assert asker.person.allowed("improvement", now=ends)[0]
    assert asker.timeline()[-1] == "lifted"


def test_the_end_of_one_restriction_leaves_another_in_force(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = []
    for ground in ("accuracy", "objection"):
        asker.write_a_letter(type="restriction", ground=ground)
        asker.deliver("fulfilment")
        ids.append(asker.id)
    begins, answers = (NOW, NOW + timedelta(days=15)), ("restricted", "legitimate_interests")
    for asker.id, begun, why in zip(ids, begins, answers, strict=True):
        ends = begun + timedelta(days=14)
        lifted = asker.staff("lifting", "privacy_officer", begun, reason="It is settled.")
        assert lifted.status == 200
        monkeypatch.setattr(current_time, "now", lambda ends=ends: ends)
        asker.functions.invoke("deadlines", {})
        assert asker.timeline()[-1] == "lifted"
        assert asker.person.allowed("improvement", now=ends)[1] == why


@pytest.mark.parametrize(
    ("ground", "kept"),
    [("claims", True), ("unlawful", True), ("accuracy", False), ("objection", False)],
)
def test_what_is_restricted_to_be_kept_is_kept_from_retention_until_that_ends(
    asker: Asker, monkeypatch: pytest.MonkeyPatch, ground: str, kept: bool
) -> None:
    """Art. 18(1)(b) and (c): who needs it, or is against its erasure, finds it again."""
    linked = browser(NOW)
    asker.person.open_link_in(linked)
    asker.write_a_letter(type="restriction", ground=ground, identity_shown=False)
    asker.deliver("fulfilment")
    assert not holds.on(asker.person.id), "whoever asks in somebody's name keeps nothing of theirs"
    assert asker.staff("identity").status == 200
    for _ in range(2):
        asker.deliver("fulfilment")
    assert asker.case.status == "completed"
    assert bool(holds.on(linked)) is kept
    placed = [(each.id, each.by) for each in holds.of_person(asker.person.id)]
    assert placed == ([(asker.id, "system")] if kept else [])
    assert bool(holds.on(asker.person.id)) is kept
    assert asker.staff("lifting", reason="It is settled.").status == 200
    later = NOW + timedelta(days=14)
    monkeypatch.setattr(current_time, "now", lambda: later)
    asker.functions.invoke("deadlines", {})
    asker.deliver("fulfilment")
    assert not holds.on(asker.person.id)
    assert not holds.on(linked)
    assert all(each.lifted_at for each in holds.of_person(asker.person.id))


def test_a_complaint_is_acknowledged_and_completed_with_its_outcome(asker: Asker) -> None:
    """S.164A: no identity is needed to answer one."""
    asker.write_a_letter(type="complaint", identity_shown=False)
    assert asker.case.due == "2026-03-02"
    assert asker.case.status == "in_progress"
    assert asker.mailed() == ["We have your complaint"]
    assert asker.case.facts["acknowledged"]
    assert asker.staff("acknowledgement").status == 409
    assert asker.staff("completion").pointers == ["/reason"]
    done = asker.staff("completion", reason="You are right; we changed it.", outcome="upheld")
    assert done.json["status"] == "completed"
    assert asker.staff("completion").status == 200, "again changes nothing"
    assert asker.mailed()[-1] == "Our answer to your complaint"


def test_submissions_of_one_person_stand_side_by_side_and_are_answered_together(
    asker: Asker,
) -> None:
    first = asker.write_a_letter(type="complaint", details="The first words.").json["request_id"]
    second = asker.write_a_letter(type="complaint", details="The second words.").json
    assert [other["request_id"] for other in second["related"]] == [first]
    stranger = Asker(somebody(), asker.functions)
    stranger.write_a_letter(type="complaint")
    mended = {"reason": "Mended.", "outcome": "upheld"}
    wrong = asker.staff("completion", **mended, also=[stranger.id])
    assert wrong.pointers == ["/also/0"]
    assert asker.staff("completion", **mended, also=[first]).status == 200
    asker.id = first
    assert asker.case.status == "completed"


def test_two_who_act_at_once_do_not_both_act(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    asker.write_a_letter()
    before = asker.case
    monkeypatch.setattr("desk.requests.routes.request_store.get", lambda _: before)
    assert asker.staff("refusal", reason="No.").status == 200
    second = asker.staff("clarification", reason="Which?")
    assert (second.status, second.json["type"].rpartition(":")[2]) == (409, "conflict")
    assert asker.timeline()[-1] == "refusal"


@pytest.mark.parametrize("action", sorted(STAFF_ACTIONS))
@pytest.mark.parametrize("group", GROUPS)
def test_an_action_is_for_its_groups(asker: Asker, action: str, group: str) -> None:
    asker.write_a_letter()
    answer = asker.staff(action, group, reason="Because.")
    assert (answer.status == 403) is (group not in STAFF_ACTIONS[action]), answer.text


def test_who_may_not_act_is_turned_away_before_the_body_is_read_and_stands_in_the_audit(
    asker: Asker,
) -> None:
    asker.write_a_letter()
    for action in ("refusal", "fee", "waiver", "extension", "completion", "lifting"):
        assert asker.staff(action, "support", nonsense=1).status == 403, action
        assert asker.staff(action, "auditor", nonsense=1).status == 403, action
    query = {"actor": "staff-support", "limit": "100"}
    later = NOW + timedelta(seconds=1)
    tried = call("desk", "GET", "/v1/desk/audit", staff="auditor", query=query, now=later)
    refused = [each for each in tried.json["items"] if each["facts"].get("refused")]
    assert len(refused) >= 6
    assert {each["action"] for each in refused} == {"act_on_request"}


@pytest.mark.parametrize("group", GROUPS)
def test_reading_is_for_everybody_and_intake_for_workers(asker: Asker, group: str) -> None:
    assert listed(group).status == 200
    assert asker.write_a_letter(group).status == (403 if group == "auditor" else 201)
    assert ALLOWED_GROUPS["POST", LIST] == {"privacy_officer", "support"}
    assert listed("cleaner").status == 403


def test_what_staff_do_is_on_the_audit(asker: Asker) -> None:
    """S11: reading, too, with whose data it was."""
    asker.write_a_letter()
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


def test_what_is_typed_for_a_name_of_ours_is_not_on_the_audit(asker: Asker) -> None:
    asker.write_a_letter()
    typed = "jane.doe@example.com"
    asker.staff("note", "support", reason="Hm.", ground=typed, also=[typed])
    asker.staff("refusal", "privacy_officer", reason="No.", ground="manifestly_unfounded")
    trail = [each.facts for each in audit.of_person(asker.person.id) if "action" in each.facts]
    assert typed not in str(trail)
    grounds = [str(each.get("ground")) for each in trail]
    assert sorted(grounds) == ["None", "manifestly_unfounded"]


def test_a_list_is_a_table_too_page_by_page(asker: Asker) -> None:
    for number in range(3):
        asker.write_a_letter(type="complaint", name=f"=cmd|{number}")
    first = call(
        "desk", "GET", LIST, query={"limit": "2"}, headers={"Accept": "text/csv"}, staff="auditor"
    )
    assert first.headers["Content-Type"].startswith("text/csv")
    header, *rows = first.text.splitlines()
    assert header.lstrip("\ufeff").startswith("request_id")
    assert len(rows) == 2
    assert "cmd" not in first.text
    link, _, relation = first.headers["Link"].partition("; ")
    assert relation == 'rel="next"'
    # RFC 3986, 5.2: a reference that is a query takes the place of the whole query.
    assert link.startswith("<?limit=2&cursor=")


def test_the_next_page_of_a_table_is_of_the_same_list(asker: Asker) -> None:
    for kind in ("complaint", "erasure", "complaint", "erasure", "complaint"):
        asker.write_a_letter(type=kind)
    query, rows = {"type": "complaint", "limit": "1"}, list[str]()
    while query:
        answer = call(
            "desk", "GET", LIST, query=query, headers={"Accept": "text/csv"}, staff="auditor"
        )
        rows += answer.text.splitlines()[1:]
        found = re.match(r"<\?(.*)>;", answer.headers.get("Link", ""))
        query = dict(parse_qsl(found[1])) if found else {}
    assert len(rows) >= 3
    assert {row.split(",")[1] for row in rows} == {"complaint"}


def test_an_action_on_what_was_changed_meanwhile_is_refused_with_the_difference(
    asker: Asker,
) -> None:
    seen = asker.write_a_letter(type="complaint").json["version"]
    key = {"Idempotency-Key": "a-key-of-sixteen-characters", "If-Match": f'"{seen}"'}
    assert asker.staff("note", "support", headers=key, reason="Called.").status == 200
    late = asker.staff("completion", headers={"If-Match": f'"{seen}"'}, reason="Sorry.")
    assert late.status == 412
    assert "note by staff-support" in late.json["detail"]
    assert asker.staff("note", "support", headers=key, reason="Called.").status == 200
    for anything in ("", "*"):
        answer = asker.staff("note", headers={"If-Match": anything}, reason=f"So. {anything}")
        assert answer.status == 200
    nonsense = asker.staff("note", headers={"If-Match": '"' + "9" * 5000 + '"'}, reason="x")
    assert nonsense.status == 412


@pytest.mark.parametrize("kind", ["access", "rectification", "erasure"])
def test_it_is_told_whether_a_question_stops_the_clock(asker: Asker, kind: str) -> None:
    """Art. 12A(5): what `pauses` says is what the last day does."""
    more: dict[str, Any] = {"corrections": [{"field": "phone", "value": "01233 555 000"}]}
    asker.write_a_letter(type=kind, **(more if kind == "rectification" else {}))
    whole = asker.staff("clarification", reason="Which years?").json
    assert whole["status"] == "awaiting_clarification"
    assert whole["pauses"] is (whole["due_on"] is None)
    assert whole["pauses"] is (kind == "access")
