"""Erasure, whole: what goes, what stays and why, and what the certificate says (Art. 17, S13)."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from fulfilment.erasure import erasure_executor, erasure_plan, erasure_run
from local import aws_calls
from local.functions import Functions
from shared import languages
from shared.domain import erasure
from shared.domain.errors import Busy
from shared.domain.permission import ConsentState
from shared.domain.record_classes import RecordClass
from shared.domain.timestamps import format_timestamp
from shared.storage import consent_states, erasure_list, holds, ledger, objects, policies, records
from shared.storage.dynamodb import database
from shared.storage.hold_items import Hold
from shared.storage.records import Record
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction
from tests import factories
from tests.functions.asking import Asker
from tests.functions.people import Person, somebody
from tests.functions.visiting import browser, visit
from tests.support import NOW, call

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def asker(cloud: object, functions: Functions, sam: Person) -> Asker:
    return Asker(sam, functions)


def lines(asker: Asker) -> dict[tuple[str, str], dict[str, Any]]:
    certificate = request_store.entry(asker.id, "certificate")
    assert certificate is not None
    return {(line["store"], line["kind"]): line for line in certificate["stores"]}


def erased(asker: Asker, now: datetime = LATER, linked: str | None = None) -> None:
    """Ask, show who asks in the browser `linked`, and let the worker do it."""
    assert asker.ask("erasure").status == 202
    assert asker.verify(consent_id=linked).status == 200
    erasure_run.carry_out(asker.case, now)


def disclosure(person: str) -> Record:
    return factories.record(
        person,
        "disclosure",
        "d1",
        fields={"recipient": "carrier", "fields": ["name", "phone"], "email": "s@example.com"},
        provenance=factories.provenance("desk"),
    )


def keys(prefix: str) -> list[str]:
    found = boto3.client("s3").list_objects_v2(Bucket=objects.bucket(), Prefix=prefix)
    return [item["Key"] for item in found.get("Contents", ())]


def everywhere(asker: Asker) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every item of every table, with the table's name."""
    for name in ("ledger", "consent_states", "records", "requests", "operations", "tokens"):
        pages = boto3.client("dynamodb").get_paginator("scan")
        for page in pages.paginate(TableName=database.table(name)):
            yield from ((name, item) for item in page["Items"])


def test_nothing_is_asked_for_more_often_than_looks_need_it(asker: Asker) -> None:
    """A look and a second look read each thing once; a bucket is asked for what is over alone."""
    asker.person.send("/v1/contact", name="Sam Example", message="Hello")
    asker.ask("erasure")
    asker.verify()
    calls: Counter[str] = Counter()

    def note(service: str, operation: str, parameters: dict[str, Any]) -> None:
        read = operation in ("Query", "GetItem", "ListObjectsV2")
        what = [parameters.get(name) for name in ("TableName", "IndexName", "Key")]
        values = parameters.get("ExpressionAttributeValues")
        calls[f"{service} {operation} {what} {values}" if read else operation] += 1

    case = asker.case
    with aws_calls.seen(("dynamodb", "s3"), note):
        erasure_run.carry_out(case, LATER)
    assert asker.case.status == "completed"
    reads = {name: count for name, count in calls.items() if "Table" in name}
    assert max(reads.values()) == 2, (
        "not even whether another request is open, which is looked at first"
    )
    assert not any(name.startswith("s3") for name in calls)
    assert calls["PutItem"] == 3, "plan, list, and the certificate before other systems are asked"


def test_what_goes_is_gone_and_what_stays_has_its_ground(asker: Asker) -> None:
    """S13, S31, S51: forms, visits, links and copies go; evidence, suppression and cases stay."""
    sam, earlier = asker.person, Asker(asker.person, asker.functions)
    linked = browser(NOW)
    visit(linked, NOW, "/")
    visit(linked, NOW, "/pricing")
    sam.subscribe()
    assert sam.unsubscribe_token()
    sam.send("/v1/contact", name="Sam Example", message="Hello", consent_id=linked)
    sam.send("/v1/contact", name="Sam Example", message="No more", marketing_opt_out=True)
    records.add(disclosure(sam.id))
    earlier.ask("access", details="Everything about Sam, please")
    earlier.verify()
    closing = RequestAction("fulfilled", "system", NOW, status="completed")
    request_store.advance(earlier.case, closing)
    objects.put_json(f"exports/{earlier.id}/all.zip", {})
    objects.put_json(f"uploads/{earlier.id}/orders.json", {})
    # A copy whose time is over, and that retention has not come to.
    old = {"files": {}, "prepared_at": "2025-06-01T09:00:00Z"}
    request_store.put_entry(earlier.id, "export", old, RecordClass.EXPORT, format_timestamp(NOW))
    assert asker.ask("erasure").status == 202
    assert asker.verify(consent_id=linked).status == 200
    before = sam.events
    erasure_run.carry_out(asker.case, LATER)

    assert {record.kind for record in sam.held()} == {"disclosure", "recipient_notice"}
    (kept,) = sam.held("disclosure")
    assert kept.fields == {"recipient": "carrier", "fields": ["name", "phone"]}
    assert list(records.for_person(linked)) == []
    assert sam.events == before
    assert ledger.head(linked) is not None
    assert sam.standing.event is None
    assert sam.standing.suppressed_since == format_timestamp(NOW)
    assert keys("exports/") == keys("uploads/") == []
    assert request_store.entry(earlier.id, "export") is None
    assert (earlier.case.email, earlier.case.name, earlier.case.details) == ("", "", None)
    assert earlier.case.status == "completed"
    assert (asker.case.status, asker.case.email) == ("completed", sam.email)

    said = lines(asker)
    assert {place: line["erased"] for place, line in said.items() if line["erased"]} == {
        ("records", "visit"): 2,
        ("records", "linked_browser"): 1,
        ("records", "enquiry"): 2,
        ("records", "subscription"): 1,
        ("records", "subscription_pending"): 1,
        ("exports", "export"): 2,
        ("requests", "export"): 1,
        ("tokens", "token"): 3,
    }
    assert {place: line["reduced"] for place, line in said.items() if line["reduced"]} == {
        ("records", "disclosure"): 1,
        ("consent_states", "consent_evidence"): 1,
        ("requests", "case"): 2,  # the earlier request, and what became of its mail
    }
    stays = {place: line["kept"] for place, line in said.items() if line["kept"]}
    assert stays == {
        ("ledger", "consent_evidence"): len(before) + len(ledger.after(linked, 0, 9)),
        ("consent_states", "suppression"): 1,
        ("records", "disclosure"): 1,
        ("requests", "case"): 2,
        ("operations", "erasure_list"): 1,
    }
    assert all(line["ground"] for line in said.values() if line["kept"])
    assert not any(line["failed"] or line["held"] for line in said.values())
    certificate = request_store.entry(asker.id, "certificate")
    assert certificate is not None
    assert certificate["second_look"] == {
        "at": format_timestamp(LATER),
        "found": 0,
        "rounds": 1,
        "left": 0,
    }
    assert asker.case.result["erased"] == 13


def test_the_address_is_nowhere_but_in_the_request_itself(asker: Asker) -> None:
    sam = asker.person
    sam.send("/v1/contact", name="Sam Example", message=f"Write to {sam.email}")
    erased(asker)
    holding = {
        (table, item.get("entry", {}).get("S"))
        for table, item in everywhere(asker)
        if sam.email in str(item)
    }
    assert holding == {("requests", "case")}


def test_the_person_sees_the_certificate(asker: Asker) -> None:
    asker.person.subscribe()
    erased(asker)
    shown = asker.send("GET").json
    assert shown["certificate"]["second_look"]["left"] == 0
    assert asker.mailed()[-1] == "Your request is answered", "some of it has to be kept"


def test_the_certificate_is_in_the_language_of_the_request(asker: Asker) -> None:
    """Art. 12(1): its titles, grounds and notes are in the words of whoever asked."""
    asker.person.subscribe()
    assert asker.ask("erasure", language="de").status == 202
    assert asker.verify().status == 200
    known = policies.load(policies.FOLDER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(policies, "published", lambda: known)
        erasure_run.carry_out(asker.case, datetime(2026, 12, 1, tzinfo=UTC))
    certificate = asker.send("GET").json["certificate"]
    german = languages.read("de")
    assert certificate["language"] == "de"
    assert certificate["notes"] == [german.say(note) for note in erasure_plan.NOTES]
    assert not set(certificate["notes"]) & set(erasure_plan.NOTES)
    told = {(line["title"], line["ground"]) for line in certificate["stores"] if line["ground"]}
    assert {title for title, _ in told} >= {"Ihre Entscheidungen über Einwilligungen"}
    rules = erasure.rules(german.shown(known.versions["2026-10"].document))
    assert {ground for _, ground in told} <= {rule.ground for rule in rules.values()}


def test_nobody_else_loses_anything(asker: Asker) -> None:
    other = somebody()
    other.subscribe()
    asker.person.subscribe()
    held, standing = other.held(), other.standing
    erased(asker)
    assert (other.held(), other.standing) == (held, standing)
    assert other.allowed() == (True, "granted")


def test_it_is_on_the_list_of_erasures_without_contact_data(asker: Asker) -> None:
    linked = browser(NOW)
    asker.person.send("/v1/contact", name="Sam", message="Hello", consent_id=linked)
    erased(asker, linked=linked)
    (listed,) = erasure_list.of(asker.person.id)
    assert (listed.request, listed.browsers) == (asker.id, frozenset({linked}))
    assert listed.at == format_timestamp(LATER)
    assert listed in list(erasure_list.everything("2026-02-01"))
    assert listed not in list(erasure_list.everything("2026-02-02"))


def test_an_erasure_that_has_begun_is_neither_cancelled_nor_refused(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker.person.subscribe()
    asker.ask("erasure")
    asker.verify()

    def killed(*_: object) -> None:
        raise Busy

    with monkeypatch.context() as broken:
        broken.setattr(erasure_executor, "sweep", killed)
        with pytest.raises(Busy):
            erasure_run.carry_out(asker.case, LATER)
    assert asker.send("POST", "/cancellation").status == 409
    assert asker.staff("refusal", reason="It is manifestly excessive.").status == 409
    erasure_run.carry_out(asker.case, LATER)
    assert asker.case.status == "completed"


def test_doing_it_again_changes_nothing(asker: Asker) -> None:
    asker.person.subscribe()
    asker.ask("erasure")
    asker.verify()
    before = asker.case
    erasure_run.carry_out(before, LATER)
    first = request_store.entry(asker.id, "certificate")
    with pytest.raises(Exception, match="does not fit"):
        erasure_run.carry_out(before, LATER)
    assert request_store.entry(asker.id, "certificate") == first


def writes_on(asker: Asker, monkeypatch: pytest.MonkeyPatch, message: str, *, once: bool) -> None:
    """Have the person write whenever something was swept, or after the first sweep alone."""
    sweep = erasure_executor.sweep

    def followed(*arguments: Any) -> None:
        sweep(*arguments)
        if once:
            monkeypatch.setattr(erasure_executor, "sweep", sweep)
        asker.person.send("/v1/contact", name="Sam", message=message)

    asker.person.send("/v1/contact", name="Sam", message="Hello")
    monkeypatch.setattr(erasure_executor, "sweep", followed)


def test_what_arrives_meanwhile_goes_in_another_round(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes_on(asker, monkeypatch, "One more thing", once=True)
    erased(asker)
    assert asker.person.held() == []
    assert lines(asker)["records", "enquiry"]["erased"] == 2
    certificate = request_store.entry(asker.id, "certificate")
    assert certificate is not None
    assert (certificate["second_look"]["found"], certificate["second_look"]["rounds"]) == (1, 2)


def test_what_keeps_arriving_is_told_as_failed(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes_on(asker, monkeypatch, "Again", once=False)
    erased(asker)
    line = lines(asker)["records", "enquiry"]
    assert (line["erased"], line["failed"]) == (3, 1)
    assert asker.case.result["left"] == 1


def test_an_objection_outlives_it_and_a_later_decision_follows_the_chain(asker: Asker) -> None:
    """S47, S51: the next event carries on where the evidence ends."""
    sam = asker.person
    sam.send("/v1/contact", name="Sam", message="No", marketing_opt_out=True)
    erased(asker)
    assert sam.allowed() == (False, "suppressed")
    before = sam.events
    sam.send("/v1/contact", name="Sam", message="Still no", marketing_opt_out=True)
    assert [event["sequence"] for event in sam.events] == [1, 2]
    assert sam.events[-1]["previous_digest"] == before[-1]["digest"]
    assert sam.standing.suppressed_since == format_timestamp(NOW)


def test_a_later_decision_follows_a_chain_whose_beginning_retention_removed(asker: Asker) -> None:
    """S13, S51: after erasure and retention the chain neither begins again nor forks."""
    sam = asker.person
    sam.subscribe()
    sam.send("/v1/contact", name="Sam", message="No", marketing_opt_out=True)
    erased(asker)
    first = {"subject": {"S": sam.id}, "sequence": {"N": "1"}}
    boto3.client("dynamodb").delete_item(TableName=database.table("ledger"), Key=first)
    sam.send("/v1/contact", name="Sam", message="Still no", marketing_opt_out=True)
    assert [event["sequence"] for event in sam.events] == [2, 3]
    assert sam.events[1]["previous_digest"] == sam.events[0]["digest"]


def test_somebody_without_a_suppression_leaves_no_standing(asker: Asker) -> None:
    asker.person.subscribe()
    erased(asker)
    assert consent_states.get(asker.person.id) == ConsentState()
    assert asker.person.allowed() == (False, "never_asked")
    asker.person.subscribe()
    assert asker.person.allowed() == (True, "granted")
    assert [event["sequence"] for event in asker.person.events] == [1, 2]


def test_an_open_request_of_another_type_still_gets_its_answer(asker: Asker) -> None:
    other = Asker(asker.person, asker.functions)
    other.ask("complaint", details="You wrote too often.")
    other.verify()
    erased(asker)
    assert other.case.email == asker.person.email
    assert other.case.details == "You wrote too often."


def test_the_words_of_staffs_notes_go_with_a_later_erasure(asker: Asker) -> None:
    earlier = Asker(asker.person, asker.functions)
    earlier.ask("complaint")
    earlier.verify()
    earlier.staff("note", reason="Sam called about it.")
    earlier.staff("completion", reason="You are right.", outcome="upheld")
    erased(asker)
    reasons = [event.reason for event in request_store.timeline(earlier.id)]
    assert "You are right." in reasons
    assert "Sam called about it." not in reasons


def test_a_desks_reading_is_counted_as_kept(asker: Asker) -> None:
    """S11: who looked at what stays, without what they saw."""
    asker.ask("erasure")
    path = {"request_id": asker.id}
    call("desk", "GET", "/v1/desk/requests/{request_id}", path=path, staff="auditor")
    asker.verify()
    erasure_run.carry_out(asker.case, LATER)
    assert lines(asker)["audit", "desk_audit"]["kept"] == 1


def hold(person: str) -> None:
    holds.place(Hold(f"h-{person}", "A claim.", "staff-1", format_timestamp(NOW), person=person))


def test_a_legal_hold_keeps_what_it_is_on_and_says_so(asker: Asker) -> None:
    """S13, Art. 17(3)(e)."""
    linked = browser(NOW)
    visit(linked, NOW, "/")
    asker.person.send("/v1/contact", name="Sam", message="Hello", consent_id=linked)
    hold(asker.person.id)
    erased(asker, linked=linked)
    assert len(asker.person.held("enquiry")) == 1
    assert len(list(records.for_person(linked))) == 1
    line = lines(asker)["records", "enquiry"]
    assert (line["erased"], line["held"], line["failed"]) == (0, 1, 0)
    assert "Legal claims" in str(line["ground"])
    assert asker.case.status == "completed"


def test_a_hold_placed_while_it_runs_wins(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """S13: the check is part of the transaction that erases."""
    asker.person.send("/v1/contact", name="Sam", message="Hello")
    transact = erasure_executor._transact

    def first_a_hold(members: Any) -> Any:
        monkeypatch.setattr(erasure_executor, "_transact", transact)
        hold(asker.person.id)
        return transact(members)

    monkeypatch.setattr(erasure_executor, "_transact", first_a_hold)
    erased(asker)
    assert len(asker.person.held("enquiry")) == 1
    line = lines(asker)["records", "enquiry"]
    assert (line["erased"], line["held"], line["failed"]) == (0, 1, 0)


def test_a_hold_placed_between_two_looks_keeps_what_came_since(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S13: holds are read once an erasure, and each of its transactions asks whether that is so."""
    asker.person.send("/v1/contact", name="Sam", message="Hello")
    sweep = erasure_executor.sweep

    def then_a_hold(*arguments: Any) -> None:
        sweep(*arguments)
        monkeypatch.setattr(erasure_executor, "sweep", sweep)
        asker.person.send("/v1/contact", name="Sam", message="One more thing")
        hold(asker.person.id)

    monkeypatch.setattr(erasure_executor, "sweep", then_a_hold)
    erased(asker)
    (kept,) = asker.person.held("enquiry")
    assert kept.fields["message"] == "One more thing"
    line = lines(asker)["records", "enquiry"]
    assert (line["erased"], line["held"], line["failed"]) == (1, 1, 0)


def test_recipients_are_told_once_that_it_was_erased(asker: Asker) -> None:
    """S31, Art. 19."""
    records.add(disclosure(asker.person.id))
    erased(asker)
    (notice,) = asker.person.held("recipient_notice")
    assert (notice.facts["change"], notice.facts["fields"]) == ("erased", ["*"])
    certificate = request_store.entry(asker.id, "certificate")
    assert certificate is not None
    assert certificate["recipients_told"] == 1


def test_a_source_that_fails_leaves_it_to_the_staff_and_a_retry_ends_it(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S5, S22: what statute makes a source keep is on the certificate."""
    states = {"orders": {"status": "failed", "why": "timeout"}, "invoices": {"status": "kept"}}
    monkeypatch.setattr(
        "fulfilment.sources.source_requests.source_systems.names", lambda: tuple(states)
    )
    monkeypatch.setattr(
        "fulfilment.sources.source_requests.source_systems.ask",
        lambda verb, case, source, now: states[source],
    )
    asker.person.subscribe()
    erased(asker)
    assert asker.case.status == "in_progress"
    assert asker.timeline()[-1] == "source_failed"
    erasure_run.carry_out(asker.case, LATER)
    assert asker.timeline().count("source_failed") == 1, "it waits for the staff"
    asker.person.send("/v1/contact", name="Sam", message="I am back")
    states["orders"] = {"status": "erased"}
    pending = {**asker.case.sources, "orders": {"status": "pending"}}
    request_store.advance(
        asker.case, RequestAction("retry", "staff-1", LATER, changes={"sources": pending})
    )
    erasure_run.carry_out(asker.case, LATER)
    assert asker.case.status == "completed"
    assert len(asker.person.held("enquiry")) == 1, "who comes back is a new guest"
    certificate = request_store.entry(asker.id, "certificate")
    assert certificate is not None
    assert certificate["sources"] == {
        "orders": {"status": "erased"},
        "invoices": states["invoices"],
    }
