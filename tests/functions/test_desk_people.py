"""People at the desk: all that is held and why, at any time; corrections, letters (S10, S48)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from desk.authorization import ALLOWED_GROUPS
from shared.storage import audit, policies, record_pages, records
from shared.storage.dynamodb import database
from tests.functions.desking import GROUPS, PEOPLE, RECORD, WISHES, correct, look, write_in
from tests.functions.people import Person, somebody, text
from tests.functions.visiting import browser
from tests.support import NOW, Answer, call, refused

pytestmark = pytest.mark.usefixtures("cloud")
LATER = NOW + timedelta(days=1)


def enquiry(sam: Person, **more: Any) -> str:
    """Have the person write; return the record's id as the desk shows it."""
    fields = {"name": "Sam Exampel", "message": "Hello", "phone": "01233 555010", **more}
    assert sam.send("/v1/contact", **fields).status == 202
    return str(look(sam)["records"][-1]["record_id"])


def read_part(sam: Person, part: str, query: dict[str, Any]) -> Answer:
    path = {"person_id": sam.id}
    return call(
        "desk", "GET", f"{PEOPLE}/{{person_id}}/{part}", path=path, query=query, staff="support"
    )


def further(sam: Person, part: str, cursor: str | None = None) -> Any:
    """Read on in one of the person's long lists."""
    query = {"cursor": cursor} if cursor else {}
    answer = read_part(sam, part, query)
    assert answer.status == 200, answer.text
    return answer.json


def permission(seen: Any, purpose: str) -> dict[str, Any]:
    (found,) = (item for item in seen["permissions"] if item["purpose"] == purpose)
    return dict(found)


def test_everything_that_is_held_is_seen_with_where_it_came_from(sam: Person) -> None:
    """S1, S10, S14, S51: records, requests, browsers, permissions and history."""
    claimed, linked = browser(NOW), browser(NOW)
    enquiry(sam, consent_id=claimed)
    sam.subscribe()
    sam.open_link_in(linked)
    ask = {"type": "access", "email": sam.email, "name": "Sam Example"}
    assert call("access", "POST", "/v1/requests", ask).status == 202
    seen = look(sam)
    assert seen["person_id"] == sam.id
    kinds = {record["kind"] for record in seen["records"]}
    assert kinds == {"enquiry", "subscription_pending", "subscription", "linked_browser"}
    record = seen["records"][0]
    assert record["provenance"]["form"] == "contact_form"
    assert record["title"] == "Messages through the contact form"
    assert [request["type"] for request in seen["requests"]] == ["access"]
    granted = permission(seen, "direct_marketing")
    assert (granted["allowed"], granted["reason"], granted["method"]) == (True, "granted", "form")
    assert (granted["decided_by"], granted["notice"]) == (1, "newsletter_form")
    assert permission(seen, "service")["reason"] == "contract"
    assert [event["kind"] for event in seen["history"]] == ["decision", "link"]
    (device,) = seen["browsers"]
    assert device["decisions"][0]["choices"]["analytics"] is True
    assert linked not in str(seen), "whole, its name would let staff decide in its place"
    assert claimed[:8] not in str(seen), "what a form claims may be a stranger's"
    assert len(seen["permissions"]) == len(policies.published().current(NOW).purposes)


def test_an_unknown_person_has_nothing_and_every_look_is_on_the_audit(sam: Person) -> None:
    """S11."""
    seen = look(sam)
    assert seen["records"] == seen["requests"] == seen["history"] == seen["browsers"] == []
    assert permission(seen, "direct_marketing")["reason"] == "never_asked"
    trail = list(audit.of_person(sam.id))
    assert {entry.action for entry in trail} == {"search_person"}
    assert sam.email not in str(trail)


def test_consent_at_a_past_moment_with_the_words_then_in_force(sam: Person) -> None:
    """S51: permission as of then, the event that decided it, and exactly what was shown."""
    sam.subscribe()
    assert write_in(sam, now=LATER, choices={"direct_marketing": False}).status == 201
    after = LATER + timedelta(hours=1)
    before = look(sam, now=after, at="2026-02-01T08:59:59Z")["then"]
    assert permission(before, "direct_marketing")["reason"] == "never_asked"
    assert before["events"] == before["notices"] == []
    then = look(sam, now=after, at="2026-02-01T10:00:00+01:00")["then"]
    assert then["at"] == "2026-02-01T09:00:00.000Z"
    granted = permission(then, "direct_marketing")
    assert (granted["allowed"], granted["since"]) == (True, "2026-02-01T09:00:00.000Z")
    assert [event["sequence"] for event in then["events"]] == [1]
    (words,) = then["notices"]
    document = policies.published().versions["2023-06"].document
    (shown,) = (item for item in document["notices"] if item["id"] == "newsletter_form")
    assert (words["sha256"], words["text"]) == (shown["sha256"], shown["text"])
    now = look(sam, now=after)
    assert now["then"] is None
    assert permission(now, "direct_marketing")["reason"] == "withdrawn"


def test_a_suppression_is_seen_at_a_past_moment_and_not_before(sam: Person) -> None:
    """S47: the opt-out box, reconstructed."""
    sam.subscribe()
    enquiry(sam, now=LATER, marketing_opt_out=True)
    after = LATER + timedelta(hours=1)
    assert look(sam, now=after, at="2026-02-01T12:00:00Z")["then"]["suppressed_since"] is None
    seen = look(sam, now=after, at="2026-02-02T09:30:00Z")
    assert seen["then"]["suppressed_since"] == seen["suppressed_since"]


def test_many_records_come_in_pages(sam: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who wrote three times and sent three letters: each is shown once, two to a page."""
    monkeypatch.setattr("desk.people.view.PAGE", 2)
    for purpose in ("improvement", "publicity", "third_party_sharing"):
        sam.send("/v1/contact", name="Sam Example", message="Hello")
        assert write_in(sam, choices={purpose: False}).status == 201
    first = look(sam)
    assert (len(first["records"]), len(first["history"])) == (2, 2)
    decisions = further(sam, "decisions", first["history_next"])
    assert (len(decisions["items"]), decisions["next"]) == (1, None)
    second = further(sam, "records", first["next"])
    last = further(sam, "records", second["next"])
    assert (len(second["items"]), len(last["items"]), last["next"]) == (2, 2, None)
    pages = first["records"] + second["items"] + last["items"]
    assert len({record["record_id"] for record in pages}) == 6


def test_reading_on_in_a_list_reads_nothing_else(sam: Person, database_calls: list[str]) -> None:
    sam.send("/v1/contact", name="Sam Example", message="Hello")
    further(sam, "records")
    database_calls.clear()
    further(sam, "records")
    further(sam, "decisions")
    assert database_calls == ["put_item", "query"] * 2, "the audit, and a page"


def test_a_page_that_is_cut_by_size_goes_on_where_it_stopped(sam: Person) -> None:
    for _ in range(3):
        sam.send("/v1/contact", name="Sam Example", message="Hello")
    found, more = record_pages.page(sam.id, None, 3)
    assert (len(found), more) == (3, None)
    found, more = record_pages.page(sam.id, found[0].key, 1, "enquiry")
    assert (len(found), more) == (1, found[0].key)
    assert record_pages.page(sam.id, None, 3, "visit") == ([], None)


@refused(
    "query",
    {
        "/email": [{}, {"email": "nobody"}],
        "/who": [{"email": "sam@example.com", "who": "x"}],
        "/at": [
            {"email": "sam@example.com", "at": "2026-02-01"},
            {"email": "sam@example.com", "at": "2026-02-30T00:00:00Z"},
            {"email": "sam@example.com", "at": "2026-02-02T00:00:00Z"},
            {"email": "sam@example.com", "at": "1999-01-01T00:00:00Z"},
        ],
    },
)
def test_a_bad_search_is_named(query: dict[str, str], pointer: str) -> None:
    answer = call("desk", "POST", f"{PEOPLE}/search", query, staff="support")
    assert (answer.status, answer.pointers) == (422, [pointer])


@pytest.mark.parametrize("path", ["records", "decisions"])
@pytest.mark.parametrize("cursor", ["!", "YQ", "a" * 701])
def test_a_bad_place_in_a_list_is_named(sam: Person, path: str, cursor: str) -> None:
    answer = read_part(sam, path, {"cursor": cursor})
    assert (answer.status, answer.pointers) == (422, ["/query/cursor"])


def test_a_correction_keeps_before_and_after_and_the_audit_only_names(sam: Person) -> None:
    """S10, S55, S56."""
    record = enquiry(sam)
    fields = {"name": "Sam Example", "phone": None, "job_title": "Clerk 4111 1111 1111 1111"}
    done = correct(sam, record, fields=fields)
    assert done.status == 200, done.text
    assert done.json["changed"] == ["name", "phone", "job_title"]
    assert done.json["redacted"] == ["job_title"], "S30"
    shown = done.json["record"]
    assert (shown["fields"]["name"], "phone" in shown["fields"]) == ("Sam Example", False)
    assert shown["changes"][0] == {
        "at": "2026-02-01T09:00:00.000Z",
        "by": "staff-support",
        "reason": "They called.",
        "field": "name",
        "before": "Sam Exampel",
        "after": "Sam Example",
    }
    assert shown["sources"]["name"] == {
        "source": "desk",
        "at": "2026-02-01T09:00:00.000Z",
        "by": "staff-support",
    }
    assert shown["provenance"]["form"] == "contact_form", "the rest still comes from there"
    (entry,) = (e for e in audit.of_person(sam.id) if e.action == "correct_record")
    assert entry.facts["fields"] == ["job_title", "name", "phone"]
    assert "Sam" not in str(entry)
    again = correct(sam, record, fields={"name": "Sam Example"})
    assert (again.status, again.json["changed"]) == (200, [])
    assert len(again.json["record"]["changes"]) == 3
    filled = correct(sam, record, fields={"phone": "01233 555010"})
    assert filled.json["record"]["fields"]["phone"] == "+441233555010"


@refused(
    "fields",
    {
        "/fields/email": [{"email": "other@example.com"}],
        "/fields/message": [{"message": "Other words"}],
        "/fields/phone": [{"phone": "12"}],
        "/fields/name": [{"name": None}, {"name": " "}, {"name": "\u202e\u200b"}],
        "/fields/language": [{"language": "?"}],
        "/fields": [{}],
    },
)
def test_a_value_that_the_forms_would_refuse_is_refused(
    sam: Person, fields: dict[str, Any], pointer: str
) -> None:
    record = enquiry(sam)
    before = sam.held()
    answer = correct(sam, record, fields={**fields, "job_title": "Clerk"} if fields else {})
    assert (answer.status, answer.pointers) == (422, [pointer])
    assert sam.held() == before, "nothing is half done"


def test_a_correction_of_what_changed_meanwhile_is_refused(
    sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = enquiry(sam)
    stale = correct(sam, record, fields={"name": "X"}, before={"name": "Somebody Else"})
    assert stale.status == 409
    (read,) = sam.held()
    assert correct(sam, record, fields={"name": "First"}).status == 200
    with monkeypatch.context() as patch:
        patch.setattr("desk.people.routes.corrections.found", lambda *_: read)
        assert correct(sam, record, fields={"name": "Second"}).status == 409
        assert correct(sam, record, fields={"job_title": "Clerk"}).status == 409
    assert sam.held()[0].fields["name"] == "First"


def test_a_correction_whose_answer_was_lost_is_told_as_it_was(
    sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = enquiry(sam)
    key = {"Idempotency-Key": "correction-of-the-name"}
    send = database.call

    def lost(operation: str, **arguments: Any) -> Any:
        answer = send(operation, **arguments)
        if operation == "transact_write_items":
            raise ConnectionError
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(database, "call", lost)
        first = correct(sam, record, headers=key, fields={"name": "Sam Example"})
        assert first.status == 500
    again = correct(sam, record, headers=key, fields={"name": "Sam Example"})
    assert (again.status, again.json["changed"]) == (200, ["name"])
    assert again.json["record"]["fields"]["name"] == "Sam Example"


def test_correcting_an_import_settles_what_it_said_against_others(sam: Person) -> None:
    """S9, S10: a mismatch is for staff to decide."""
    enquiry(sam)
    (form,) = sam.held()
    facts = {
        "outcome": "conflicting",
        "conflicts": ["name", "phone"],
        "sources": {"phone": "a list"},
    }
    fields = {"email": sam.email, "name": "S. Ample", "phone": "+441233555011"}
    records.add(replace(form, kind="import", id="row1", fields=fields, facts=facts))
    first = correct(sam, "import.row1", fields={"phone": "01233 555010"}).json["record"]
    assert (first["facts"]["conflicts"], first["facts"]["outcome"]) == (["name"], "conflicting")
    assert first["sources"]["phone"]["source"] == "desk"
    last = correct(sam, "import.row1", fields={"name": "Sam Example"}).json["record"]
    assert (last["facts"]["conflicts"], last["facts"]["outcome"]) == ([], "merged")


def test_an_unknown_record_or_person_is_not_found(sam: Person) -> None:
    enquiry(sam)
    for name in ("enquiry.aaaaaaaaaaaaaaaaaaaaaaaaaa", "enquiry", ".", "#"):
        assert correct(sam, name, fields={"name": "X"}).status == 404
    path = {"person_id": "sam", "record_id": "enquiry.x"}
    body = {"fields": {"name": "X"}, "reason": "?"}
    assert call("desk", "PATCH", RECORD, body, path=path, staff="support").status == 404


def test_a_letter_is_evidence_of_how_and_when_it_came(sam: Person) -> None:
    """S48, S51."""
    sam.subscribe()
    wishes = {"direct_marketing": False, "improvement": False}
    done = write_in(sam, choices=wishes, note="Enough! 4111 1111 1111 1111")
    assert done.status == 201, done.text
    assert sam.allowed() == (False, "withdrawn")
    assert sam.allowed("improvement") == (False, "objected")
    event = sam.events[-1]
    assert (event["method"], event["property"], event["kind"]) == ("staff", "letter", "objection")
    assert event["sign_up"] == {"at": "2026-01-30T12:00:00.000Z", "ip": None}
    (kept,) = sam.held("support_record")
    assert kept.fields["received_on"] == "2026-01-30"
    assert "4111" not in kept.fields["note"], "S30"
    assert permission(done.json, "direct_marketing")["method"] == "staff"
    (entry,) = (e for e in audit.of_person(sam.id) if e.action == "change_preferences")
    assert (entry.facts["channel"], entry.facts["choices"]) == ("letter", wishes)
    assert "Enough" not in str(entry)


def test_what_is_allowed_by_phone_counts_once_the_person_confirms_it(sam: Person) -> None:
    """S26, S48, L10: who called, nobody can show. Who is not known is named by the address."""
    wish: dict[str, Any] = {"choices": {"direct_marketing": True}, "channel": "phone"}
    assert write_in(sam, **wish).status == 404
    assert write_in(sam, **wish, email=somebody().email).pointers == ["/email"]
    assert write_in(sam, **wish, email=sam.email, note=None).pointers == ["/note"]
    wish["choices"] |= {"third_party_sharing": True, "publicity": False, "improvement": True}
    noted = write_in(sam, **wish, email=sam.email)
    assert noted.json["awaits_confirmation"] == ["direct_marketing", "third_party_sharing"]
    assert sam.allowed() == sam.allowed("third_party_sharing") == (False, "never_asked")
    assert sam.allowed("publicity") == (False, "withdrawn"), "a no counts at once"
    sam.deliver()
    told = {mail["Subject"]: text(mail) for mail in sam.mails()}
    assert "You have no objection to: Making" in told["What we noted that you allow"]
    asked = told["Please confirm what you allowed us"]
    assert "Passing your details to other companies." in asked
    token = sam.token("newsletter/confirmation")
    shown = call("contact", "POST", "/v1/confirmations/preview", {"token": token}).json
    assert (shown["email"], shown["notice"]) == (sam.email, "phone_script")
    assert sam.confirm("newsletter", token).status == 200
    assert sam.allowed() == sam.allowed("third_party_sharing") == (True, "granted")
    event = sam.events[-1]
    assert event["notice"]["id"] == "phone_script", "the words that were read out"
    assert (event["method"], event["property"]) == ("staff", "phone")
    assert event["sign_up"] == {"at": noted.json["decided_at"], "ip": None}


def test_a_no_after_a_call_voids_what_waits_and_without_an_address_nothing_can_wait(
    sam: Person,
) -> None:
    """L10."""
    yes: dict[str, Any] = {"choices": {"direct_marketing": True}, "channel": "phone"}
    assert write_in(sam, choices={"publicity": False}, email=sam.email).status == 201
    assert write_in(sam, **yes, email=sam.email).json["awaits_confirmation"] == ["direct_marketing"]
    sam.deliver()
    sam.send("/v1/contact", name="Sam", message="Stop", marketing_opt_out=True, now=LATER)
    assert sam.confirm("newsletter", sam.token("newsletter/confirmation"), now=LATER).status == 409
    assert sam.allowed() == (False, "objected")
    other = somebody()
    assert write_in(other, choices={"publicity": False}, email=other.email).status == 201
    for record in other.held("support_record"):
        database.call("delete_item", **records.delete(other.id, record.key))
    assert write_in(other, **yes).pointers == ["/email"]


def test_a_noted_permission_is_confirmed_to_the_address_that_is_known(sam: Person) -> None:
    """A refusal by letter is no occasion for a mail."""
    enquiry(sam)
    assert write_in(sam, choices={"publicity": False}).status == 201
    assert write_in(sam, choices={"publicity": True}, received_on="2026-02-01").status == 201
    first, second = sam.held("support_record")
    assert {first.fields["email"], second.fields["email"]} == {sam.email}
    sam.deliver()
    subjects = [mail["Subject"] for mail in sam.mails()]
    assert subjects.count("What we noted that you allow") == 1


def test_an_older_letter_does_not_undo_a_later_refusal(sam: Person) -> None:
    """S48: a refusal is always honoured, a grant only if it is the newer word."""
    sam.subscribe()
    sam.send("/v1/contact", name="Sam Example", message="Stop", marketing_opt_out=True)
    old = write_in(sam, choices={"direct_marketing": True}, now=LATER)
    assert old.status == 409
    assert "direct_marketing" in old.json["detail"]
    assert sam.allowed() == (False, "objected")
    newer = write_in(sam, choices={"direct_marketing": True}, received_on="2026-02-02", now=LATER)
    assert newer.status == 201
    assert sam.allowed(now=LATER) == (True, "granted")


def test_a_letter_that_allows_is_not_overtaken_by_its_own_decision(sam: Person) -> None:
    """K8: its answer may have got lost, and it is dated back."""
    told: dict[str, Any] = {"choices": {"direct_marketing": True}, "email": sam.email}
    key = {"Idempotency-Key": "letter-2-of-january"}
    first = write_in(sam, **told, headers=key)
    again = write_in(sam, **told, headers=key, now=LATER)
    assert (first.status, again.status) == (201, 201)
    assert again.json["record_id"] == first.json["record_id"]
    assert (len(sam.events), len(sam.held("support_record"))) == (1, 1)


def test_the_same_letter_twice_is_one(sam: Person) -> None:
    key = {"Idempotency-Key": "letter-1-of-january"}
    first = write_in(sam, email=sam.email, headers=key)
    again = write_in(sam, email=sam.email, headers=key, now=LATER)
    assert again.json["record_id"] == first.json["record_id"]
    assert again.json["decided_at"] == first.json["decided_at"]
    assert len(sam.events) == 1
    other = write_in(sam, email=sam.email, headers=key, channel="phone")
    assert other.json["type"].endswith("idempotency-conflict")


@refused(
    "body",
    {
        "/choices": [{"choices": {}}],
        "/choices/nothing": [{"choices": {"nothing": True}}],
        "/choices/service": [{"choices": {"service": False}}],
        "/received_on": [{"received_on": "2026-02-02"}],
        "/channel": [{"channel": "pigeon"}],
    },
)
def test_a_wish_that_cannot_be_is_refused(sam: Person, body: dict[str, Any], pointer: str) -> None:
    answer = write_in(sam, email=sam.email, **body)
    assert (answer.status, answer.pointers) == (422, [pointer])
    assert sam.events == []


@pytest.mark.parametrize("group", GROUPS)
def test_each_route_is_for_its_groups(sam: Person, group: str) -> None:
    """S11."""
    record = enquiry(sam)
    searching = call("desk", "POST", f"{PEOPLE}/search", {"email": sam.email}, staff=group)
    writing = (correct(sam, record, group, fields={"name": "S"}), write_in(sam, group))
    may_read, may_write = group != "gardener", group in ("privacy_officer", "support")
    for answer, may in (
        (searching, may_read),
        *((a, may_write) for a in writing),
    ):
        assert (answer.status == 403) is not may, answer.text
        if not may:
            assert answer.json["type"].endswith(":forbidden")
    assert (
        ALLOWED_GROUPS["PATCH", RECORD]
        == ALLOWED_GROUPS["POST", WISHES]
        == {"privacy_officer", "support"}
    )
