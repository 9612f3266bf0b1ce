"""Another e-mail address: two mailed links, and what was held goes over whole (S55, S56)."""

import re
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from fulfilment import new_address
from fulfilment.access_copy import collection
from fulfilment.erasure import erasure_run
from local.functions import Functions
from shared.domain import rectification
from shared.domain.address_change import TIME_TO_STOP
from shared.domain.errors import Busy
from shared.domain.record_classes import CARRIED, DESCRIBING, RecordClass
from shared.edge import current_time
from shared.services import apply_action
from shared.storage import consent_states, holds, ledger, policies, records
from shared.storage.hold_items import Hold
from shared.storage.requests import follow_ups, request_store
from tests import factories
from tests.functions import desking
from tests.functions.asking import Asker
from tests.functions.people import TOKEN, Person, somebody, text
from tests.functions.test_erasure import disclosure
from tests.functions.visiting import browser
from tests.support import NOW, Answer, call

LATER = NOW + timedelta(hours=1)
WAITS, CHANGED = "address_waits", "address_changed"


@pytest.fixture
def asker(cloud: object, functions: Functions, sam: Person) -> Asker:
    return Asker(sam, functions)


@pytest.fixture
def new() -> Person:
    return somebody()


def ask(asker: Asker, new: Person, *others: dict[str, str]) -> None:
    wanted = [{"field": "email", "value": new.email}, *others]
    assert asker.ask("rectification", corrections=wanted).status == 202
    assert asker.verify().status == 200
    asker.deliver()


def token(new: Person) -> str:
    texts = "".join(map(text, new.mails()))
    return str(re.findall(rf"/address/confirmation#token=({TOKEN})", texts)[-1])


def press(new: Person, **more: Any) -> Answer:
    return call("access", "POST", "/v1/address/confirmation", {"token": token(new)}, **more)


def change(asker: Asker, new: Person) -> None:
    """Ask from the old address, press in the new one, and let the workers do what follows."""
    ask(asker, new)
    assert press(new).status == 200
    asker.deliver("fulfilment")
    asker.deliver("fulfilment", "notifications")
    assert asker.case.status == "completed"


def starts(person: Person) -> dict[str, str]:
    """Return when the period of each record began, by its key."""
    found = boto3.client("dynamodb").query(
        TableName="RecordsTable",
        KeyConditionExpression="person = :person",
        ExpressionAttributeValues={":person": {"S": person.id}},
    )
    return {item["record"]["S"]: item["retention_start"]["S"] for item in found["Items"]}


def test_all_that_is_held_goes_over_and_its_periods_go_on(asker: Asker, new: Person) -> None:
    sam, seen_in = asker.person, browser(NOW)
    sam.subscribe()
    for kind in CARRIED - {RecordClass.LINKED_BROWSER, RecordClass.SUBSCRIPTION}:
        fields = {"email": sam.email, "name": "Sam", "organisation": "Sample", "recipient": "x"}
        made = factories.record(sam.id, kind, id="a" * 26, fields=fields, kept_from="2025-07-01")
        records.overwrite(made)
    sam.open_link_in(seen_in)
    before, kinds = starts(sam), {record.kind for record in sam.held()}
    assert kinds >= CARRIED

    change(asker, new)

    after = starts(new)
    left = {record.kind for record in sam.held()}
    assert left.isdisjoint(CARRIED)
    moved = {key: start for key, start in before.items() if key.partition("#")[0] in CARRIED}
    assert {key: after[key] for key in moved} == moved
    told = {r.kind: r.fields["email"] for r in new.held() if "email" in r.fields}
    assert {told[kind] for kind in CARRIED & DESCRIBING & told.keys()} == {new.email}
    (notice,) = (r for r in new.held(RecordClass.RECIPIENT_NOTICE) if "carried" in r.facts)
    assert notice.fields["email"] == sam.email  # a recipient's, which only looks like the person's
    head = ledger.head(seen_in)
    assert head is not None
    assert head.people == (new.id,)


def test_both_addresses_answer_at_once_and_no_grant_grows(asker: Asker, new: Person) -> None:
    asker.person.subscribe()
    before = asker.person.standing.choices["direct_marketing"]
    change(asker, new)
    assert asker.person.allowed() == (False, "objected")
    assert new.allowed(now=LATER) == (True, "granted")
    assert new.standing.choices["direct_marketing"] == before
    old, fresh = asker.person.events[-1], new.events[-1]
    assert old["linked"] == fresh["linked"] is not None
    assert (old["kind"], fresh["kind"], fresh["decided"]) == ("withdrawal", "decision", [])
    assert len(asker.person.events) == 2  # the chain is as it was, and ends


def test_where_one_of_the_two_said_no_the_no_counts(asker: Asker, new: Person) -> None:
    asker.person.subscribe()
    new.subscribe()
    assert desking.write_in(new, choices={"direct_marketing": False}).status == 201
    change(asker, new)
    assert new.allowed(now=LATER)[0] is False
    # What was kept for the purpose is not carried to where it is refused.
    assert all("carried" not in each.facts for each in new.held("subscription"))


def test_a_no_of_the_old_address_is_one_of_the_new(asker: Asker, new: Person) -> None:
    new.subscribe()
    refused = {"direct_marketing": False}
    answer = desking.write_in(asker.person, choices=refused, email=asker.person.email)
    assert answer.status == 201
    change(asker, new)
    allowed, _ = new.allowed(now=LATER)
    assert not allowed
    assert "direct_marketing" in new.events[-1]["decided"]


def test_the_new_mailbox_learns_nothing_of_the_old(asker: Asker, new: Person) -> None:
    asker.person.send("/v1/contact", name="Sam Exmaple", message="A secret")
    ask(asker, new)
    (mail,) = new.mails()
    said = text(mail) + str(mail["Subject"])
    assert asker.person.email not in said
    assert "Sam" not in said
    assert "secret" not in said


def test_the_answer_tells_nobody_whether_the_new_address_is_known(
    asker: Asker, new: Person
) -> None:
    known = somebody()
    known.subscribe()
    answers = []
    for address in (new, known):
        ask(asker, address)
        answers.append(press(address))
    assert answers[0].status == answers[1].status == 200
    assert answers[0].json == answers[1].json


def test_a_press_is_answered_the_same_however_often(asker: Asker, new: Person) -> None:
    ask(asker, new)
    first = press(new)
    asker.deliver("fulfilment")
    again = press(new, now=LATER)
    assert (first.status, again.status) == (200, 200)
    assert again.json == first.json
    assert asker.timeline().count("address_proved") == 1


def test_the_old_address_gets_one_notice_and_the_new_one_the_answer(
    asker: Asker, new: Person
) -> None:
    change(asker, new)
    asker.deliver("fulfilment", "notifications")
    old = [str(mail["Subject"]) for mail in asker.person.mails()]
    assert old.count("Your e-mail address was changed") == 1
    assert old[-1] == "Your e-mail address was changed"
    assert "/requests/new?type=complaint" in text(asker.person.mails()[-1])
    assert str(new.mails()[-1]["Subject"]) == "Your request is done"
    assert asker.case.email == new.email


def test_a_fresh_link_is_mailed_to_both_until_it_is_pressed(asker: Asker, new: Person) -> None:
    ask(asker, new)
    asker.ask_for_link()
    asker.deliver()
    assert len(new.mails()) == 2
    assert press(new).status == 200
    asker.ask_for_link()
    asker.deliver()
    assert len(new.mails()) == 2


def test_it_waits_for_what_the_old_address_is_in_the_middle_of(
    asker: Asker, functions: Functions, new: Person
) -> None:
    other = Asker(asker.person, functions)
    other.ask("rectification", corrections=[{"field": "name", "value": "Sam"}])
    other.verify()
    asker.person.send("/v1/contact", name="Sam", message="Hello")
    ask(asker, new)
    press(new)
    asker.deliver("fulfilment")
    asker.deliver("fulfilment")
    assert asker.timeline().count(WAITS) == 1
    assert new.held() == []
    assert other.staff("refusal", reason="It is right.", ground="accurate").status == 200
    other.deliver("fulfilment", only="refusal")
    assert asker.case.status == "completed"
    assert new.held("enquiry")


def test_it_waits_for_the_end_of_a_restriction(
    asker: Asker, functions: Functions, new: Person
) -> None:
    other = Asker(asker.person, functions)
    other.ask("restriction")
    other.verify()
    other.deliver("fulfilment")
    ask(asker, new)
    press(new)
    asker.deliver("fulfilment")
    assert asker.timeline()[-1] == WAITS
    assert asker.case.status == "in_progress"


def test_one_that_fails_stops_nothing_of_the_request_that_it_waited_for(
    asker: Asker, new: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K9.5: who got wrong data is told of what was corrected, whatever else goes wrong."""
    records.add(disclosure(asker.person.id))
    ask(asker, new)
    other = Asker(asker.person, asker.functions)
    other.ask("rectification", corrections=[{"field": "name", "value": "Sam Other"}])
    other.verify()
    assert other.staff("completion").status == 200

    def fail(*_: Any) -> None:
        raise ValueError

    monkeypatch.setattr(new_address, "carry_out", fail)
    batch = other.streamed("completion")
    answer = other.functions.invoke("fulfilment", {"Records": batch})
    assert len(answer["batchItemFailures"]) == 1, "what waited comes again"
    assert len(asker.person.held(RecordClass.RECIPIENT_NOTICE)) == 1


def test_nobody_elses_request_stands_in_the_way(
    asker: Asker, functions: Functions, new: Person
) -> None:
    stranger = Asker(asker.person, functions)
    stranger.ask("erasure")
    change(asker, new)


def test_what_a_hold_keeps_stays_where_it_is_and_is_carried_too(asker: Asker, new: Person) -> None:
    asker.person.send("/v1/contact", name="Sam", message="Hello")
    kept = Hold("h_1", "A dispute", "staff-1", "2026-02-01T09:00:00.000Z", person=asker.person.id)
    holds.place(kept)
    change(asker, new)
    assert asker.person.held("enquiry")
    assert new.held("enquiry")
    holds.lift(kept, "staff-1", LATER, "It is over.")


def test_what_is_changed_at_this_moment_comes_again(
    asker: Asker, new: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker.person.send("/v1/contact", name="Sam", message="Hello")
    ask(asker, new)
    press(new)
    (form,) = asker.person.held("enquiry")
    stale = factories.record(
        form.person, "enquiry", form.id, fields={"email": form.fields["email"]}
    )
    monkeypatch.setattr(records, "for_person", lambda *_: iter([stale]))
    with pytest.raises(Busy):
        new_address.carry_out(asker.case, LATER)
    monkeypatch.undo()
    new_address.carry_out(asker.case, LATER)
    assert asker.person.held("enquiry") == []
    (carried,) = new.held("enquiry")
    assert carried.fields == {**form.fields, "email": new.email}


def test_what_the_old_mailbox_gets_after_it_is_not_theirs(
    asker: Asker, functions: Functions, new: Person
) -> None:
    """Nobody else's data: a later owner of the old mailbox begins anew."""
    asker.person.subscribe()
    change(asker, new)
    asker.person.send("/v1/contact", name="Somebody Else", message="Hello", now=LATER)
    new_address.carry_out(asker.case, LATER)
    assert asker.person.held("enquiry")
    copy = Asker(new, functions)
    copy.ask("access", now=LATER + timedelta(hours=1))
    copy.verify(now=LATER + timedelta(hours=1))
    policy = policies.published().current(NOW)
    items = list(collection.everything(copy.case, policy))
    assert "Somebody Else" not in str(items)
    subjects = {item.data.get("subject") for item in items if item.kind == "consent_evidence"}
    assert subjects == {new.id, asker.person.id}
    assert asker.id in {item.data.get("request_id") for item in items}
    theirs = Asker(asker.person, functions)
    theirs.ask("access", now=LATER + timedelta(hours=1))
    theirs.verify(now=LATER + timedelta(hours=1))
    assert new.email not in str(list(collection.everything(theirs.case, policy)))


def test_an_erasure_of_the_new_address_reaches_what_the_old_one_left(
    asker: Asker, functions: Functions, new: Person
) -> None:
    change(asker, new)
    erasing = Asker(new, functions)
    erasing.ask("erasure", now=LATER)
    erasing.verify(now=LATER)
    erasure_run.carry_out(erasing.case, LATER)
    left = request_store.get(asker.id)
    assert left is not None
    assert new.email not in str(left)
    assert asker.person.email not in str(left)


def test_back_again_is_a_change_like_any_other(
    asker: Asker, functions: Functions, new: Person
) -> None:
    asker.person.send("/v1/contact", name="Sam", message="Hello")
    change(asker, new)
    change(Asker(new, functions), asker.person)
    (form,) = asker.person.held("enquiry")
    assert form.fields["email"] == asker.person.email
    assert new.held("enquiry") == []


def test_a_letter_at_the_desk_leads_to_the_same_flow(
    asker: Asker, new: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [{"field": "email", "value": new.email}]
    answer = asker.write_a_letter(type="rectification", corrections=wanted, postal_address=None)
    assert answer.status == 201, answer.text
    asker.deliver()
    assert press(new).status == 200
    asker.deliver("fulfilment")
    assert asker.case.status == "in_progress", "the old mailbox may stop it"
    passed(asker, monkeypatch, NOW + TIME_TO_STOP - timedelta(minutes=1))
    assert asker.case.status == "in_progress"
    passed(asker, monkeypatch, NOW + TIME_TO_STOP)
    assert asker.case.status == "completed"
    assert not list(follow_ups.everything())


def test_the_old_mailbox_stops_what_nobody_asked_for_there(
    asker: Asker, new: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever convinced staff of being somebody else does not have that one's data by it."""
    asker.person.send("/v1/contact", name="Sam", message="Hello")
    wanted = [{"field": "email", "value": new.email}]
    asker.write_a_letter(type="rectification", corrections=wanted, postal_address=None)
    asker.deliver()
    (notice,) = asker.person.mails()
    assert str(notice["Subject"]) == "Your e-mail address is to be changed"
    assert new.email not in text(notice)
    assert press(new).status == 200
    asker.deliver("fulfilment")
    assert asker.verify().status == 200
    assert asker.send("POST", "/cancellation").json["status"] == "cancelled"
    passed(asker, monkeypatch, NOW + 2 * TIME_TO_STOP)
    assert asker.case.status == "cancelled"
    assert asker.person.held("enquiry")
    assert new.held() == []
    assert not list(follow_ups.everything())


def passed(asker: Asker, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Let time pass, and what is due each day be done."""
    monkeypatch.setattr(current_time, "now", lambda: now)
    asker.functions.invoke("deadlines", {})
    asker.deliver("fulfilment")


def test_with_other_corrections_it_is_asked_for_by_itself(asker: Asker, new: Person) -> None:
    ask(asker, new, {"field": "name", "value": "Sam Other"})
    assert new.mails() == []
    assert asker.staff("completion").status == 200
    refused = asker.case.result["decisions"][0]
    assert refused == {
        "field": "email",
        "accepted": False,
        "reason": rectification.REFUSED["email"],
    }


def test_staff_cannot_say_that_an_address_was_shown(asker: Asker, new: Person) -> None:
    ask(asker, new)
    said = {"field": "email", "accepted": True}
    assert asker.staff("completion", decisions=[{**said, "proved": True}]).status == 422
    assert asker.staff("completion", decisions=[said]).status == 200
    assert asker.case.result["outcome"] == "refused"
    assert press(new).status == 409


def test_a_link_that_is_too_old_changes_nothing(asker: Asker, new: Person) -> None:
    ask(asker, new)
    assert press(new, now=NOW + timedelta(days=7)).status == 410
    assert asker.case.status == "in_progress"


def test_two_writers_of_one_ledger_both_count(
    asker: Asker, new: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A no that comes in between is read again, and goes over."""
    asker.person.subscribe()
    ask(asker, new)
    press(new)
    writing = consent_states.writing
    said: list[Answer] = []

    def in_between(*given: Any) -> Any:
        writes = writing(*given)
        if not said:
            said.append(desking.write_in(asker.person, choices={"direct_marketing": False}))
        return writes

    monkeypatch.setattr(consent_states, "writing", in_between)
    new_address.carry_out(asker.case, LATER)
    assert asker.case.status == "completed"
    assert new.allowed(now=LATER)[0] is False


def test_what_was_done_is_not_done_again_after_a_stop(
    asker: Asker, new: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker.person.subscribe()
    ask(asker, new)
    press(new)

    def stop(*_: Any, **__: Any) -> Any:
        raise Busy

    monkeypatch.setattr(apply_action, "act", stop)
    with pytest.raises(Busy):
        new_address.carry_out(asker.case, LATER)
    monkeypatch.undo()
    before = (len(new.events), len(asker.person.events))
    new_address.carry_out(asker.case, LATER)
    assert (len(new.events), len(asker.person.events)) == before
    assert asker.case.status == "completed"
