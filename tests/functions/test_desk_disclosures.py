"""Disclosures at the desk: recorded with a ground, else refused; recipients are told (S31, S49)."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jsonschema
import pytest

from desk.authorization import ALLOWED_GROUPS
from fulfilment.sources import source_systems
from local.functions import Functions
from shared.edge import current_time
from shared.storage import audit, disclosures, records
from shared.storage.aws_clients import client
from shared.storage.dynamodb import database
from shared.storage.requests import request_store
from tests.functions.asking import Asker
from tests.functions.desking import DISCLOSURES, GROUPS, correct, disclose, look, write_in
from tests.functions.people import Person, text
from tests.support import NOW, Answer, call, pages
from tests.test_events import SCHEMAS

pytestmark = pytest.mark.usefixtures("cloud")

SHARING: dict[str, Any] = {
    "recipient": "marketing_associates",
    "purpose": "third_party_sharing",
    "data": ["name", "e-mail address"],
    "ground": {"consent": True},
}
DETAIL = "/v1/desk/requests/{request_id}"
ORDER = {"authority": "Kent Police", "reference": "DPA 2018 Sch. 2, request 17"}


def test_sharing_is_denied_without_consent_and_recorded_with_it(sam: Person) -> None:
    """S49: never asked, then allowed, then taken back."""
    denied = disclose(sam, **SHARING)
    assert (denied.status, denied.json["type"].rpartition(":")[2]) == (403, "disclosure-denied")
    assert "never asked" in denied.json["detail"]
    assert sam.held() == []
    yes: dict[str, Any] = {"choices": {"third_party_sharing": True}, "received_on": "2026-02-01"}
    assert write_in(sam, **yes, email=sam.email).status == 201
    made = disclose(sam, **SHARING)
    assert made.status == 201, made.text
    assert (made.json["location"], made.json["recorded_by"]) == ("GB", "staff-support")
    assert write_in(sam, choices={"third_party_sharing": False}).status == 201
    assert "said no" in disclose(sam, **SHARING).json["detail"]
    tried = [e.facts for e in audit.of_person(sam.id) if e.action == "record_disclosure"]
    assert {facts.get("denied") for facts in tried} == {"never_asked", None, "withdrawn"}
    assert len(list(disclosures.for_person(sam.id))) == 1


def test_what_the_law_orders_is_recorded_with_its_authority(sam: Person) -> None:
    """S49: "or are required by law", though the person objects to everything."""
    sam.send("/v1/contact", name="Sam Example", message="Stop", marketing_opt_out=True)
    made = disclose(sam, recipient="authorities", purpose="legal_obligation", ground=ORDER)
    assert (made.status, made.json["ground"]) == (201, ORDER)


def test_a_shipment_rests_on_the_contract_and_nothing_else(sam: Person) -> None:
    """S12: the recipient's place and safeguard are the register's."""
    made = disclose(sam, disclosed_at="2026-01-31T10:00:00Z")
    assert made.status == 201, made.text
    assert made.json["recipient_name"] == "Carriers and delivery companies"
    assert made.json["disclosed_at"] == "2026-01-31T10:00:00.000Z"
    assert "does not name this recipient" in disclose(sam, purpose="improvement").json["detail"]
    assert "does not rest on the ground" in disclose(sam, ground={"consent": True}).json["detail"]
    abroad = disclose(sam, recipient="microsoft_clarity", purpose="analytics", ground=ORDER)
    assert (abroad.json["location"], bool(abroad.json["safeguard"])) == ("US", True)
    query = {"email": sam.email}
    listed = call("desk", "POST", f"{DISCLOSURES}/search", query, staff="auditor").json
    by_id = call("desk", "POST", f"{DISCLOSURES}/search", {"person_id": sam.id}, staff="auditor")
    assert listed == by_id.json
    assert {item["recipient"] for item in listed["items"]} == {"carriers", "microsoft_clarity"}
    assert {r["kind"] for r in look(sam)["records"]} == {"disclosure"}


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"recipient": "somebody"}, ["/recipient"]),
        ({"purpose": "fun"}, ["/purpose"]),
        ({"recipient": "x", "purpose": "y"}, ["/recipient", "/purpose"]),
        ({"ground": {}}, ["/ground"]),
        ({"ground": {"consent": True, "contract": True}}, ["/ground"]),
        ({"ground": {"authority": "Kent Police"}}, ["/ground/reference"]),
        ({"ground": {"consent": False}}, ["/ground/consent"]),
        ({"data": []}, ["/data"]),
        ({"data": ["sam@example.com"]}, ["/data/0"]),
        ({"reference": "sam@example.com"}, ["/reference"]),
        ({"disclosed_at": "2026-02-02T00:00:00Z"}, ["/disclosed_at"]),
        ({"email": None}, ["/email"]),
        ({"person_id": "p_aaaaaaaaaaaaaaaaaaaaaaaaaa"}, ["/email"]),
        ({"person_id": "sam"}, ["/person_id"]),
    ],
)
def test_a_wrong_disclosure_is_named(sam: Person, body: Any, pointers: list[str]) -> None:
    answer = disclose(sam, **body)
    assert (answer.status, answer.pointers) == (422, pointers), answer.text
    assert sam.held() == []


def test_a_bad_list_is_named() -> None:
    for query, pointer in (
        ({}, "/email"),
        ({"person_id": "x"}, "/person_id"),
        ({"email": "sam@example.com", "cursor": "YQ"}, "/cursor"),
    ):
        answer = call("desk", "POST", f"{DISCLOSURES}/search", query, staff="auditor")
        assert (answer.status, answer.pointers) == (422, [pointer])


def test_the_same_disclosure_twice_is_one(sam: Person) -> None:
    key = {"Idempotency-Key": "shipment-4711-of-may"}
    first = disclose(sam, headers=key)
    again = disclose(sam, headers=key, now=NOW + timedelta(hours=1))
    assert again.json == first.json
    assert disclose(sam, headers=key, reference="Other").json["type"].endswith("conflict")
    assert len(list(disclosures.for_person(sam.id))) == 1


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], list[dict[str, Any]]]:
    """Notes what one operation of a service is called with from now on."""

    def watch(service: str, operation: str) -> list[dict[str, Any]]:
        seen: list[dict[str, Any]] = []
        plain = getattr(client(service), operation)

        def noting(**parameters: Any) -> Any:
            seen.append(parameters)
            return plain(**parameters)

        monkeypatch.setattr(client(service), operation, noting)
        return seen

    return watch


def test_recipients_are_told_of_a_correction_once_each(
    sam: Person,
    functions: Functions,
    watched: Callable[[str, str], list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """S31, S56, Art. 19: by mail where an address is known, on the bus in any case.

    The company's other systems are asked to make it, too, as with any correction.
    """
    asked: list[tuple[str, list[dict[str, str]]]] = []

    def follow(verb: str, case: Any, source: str, now: Any) -> dict[str, Any]:
        asked.append((verb, case.corrections))
        return {"status": "corrected"}

    monkeypatch.setattr(source_systems, "names", lambda: ("orders",))
    monkeypatch.setattr(source_systems, "ask", follow)
    told, mails = watched("events", "put_events"), watched("sesv2", "send_email")
    sam.send("/v1/contact", name="Sam Exampel", message="Hello")
    disclose(sam)
    disclose(sam, reference="Shipment 4712")
    disclose(sam, recipient="authorities", ground=ORDER, recipient_email=None)
    record = next(r["record_id"] for r in look(sam)["records"] if r["kind"] == "enquiry")
    done = correct(sam, record, fields={"name": "Sam Example"})
    recipients = {item["recipient"]: item["mailed"] for item in done.json["recipients"]}
    assert recipients == {"carriers": True, "authorities": False}
    (case,) = request_store.for_person(sam.id)
    made = Asker(sam, functions, case.id)
    before = len(mails)
    for _ in range(2):
        made.deliver("notifications", "fulfilment")
    assert made.timeline() == ["opened", "completion", "applied"], "a request that is answered"
    assert asked == [("correct", [{"field": "name", "value": "Sam Example"}])]
    assert len(mails) == before, "nobody asked, and so nobody is answered"
    for _ in range(2):
        sam.deliver()
    letters = [m for m in mails if m["Destination"]["ToAddresses"] == ["privacy@carrier.example"]]
    assert len(letters) == 1
    words = letters[0]["Content"]["Raw"]["Data"].decode()
    assert "Shipment 4711" in words
    assert "Shipment 4712" in words
    assert "2026-02-01" in words
    assert sam.email not in words
    assert "Exampel" not in words
    entries = [entry for put in told for entry in put["Entries"]]
    details = [json.loads(e["Detail"]) for e in entries if e["DetailType"] == "recipient.notified"]
    assert {detail["recipient"] for detail in details} == {"carriers", "authorities"}
    assert len(details) == 2
    for detail in details:
        jsonschema.validate(detail, SCHEMAS["recipient.notified"])
        assert (detail["change"], detail["fields"]) == ("corrected", ["name"])


@pytest.mark.parametrize("change", ["corrected", "erased", "restricted", "unrestricted"])
def test_a_notice_has_words_for_every_change_and_the_same_cause_is_one(
    sam: Person, change: Any
) -> None:
    """S31."""
    disclose(sam)
    for _ in range(2):
        members = disclosures.notices(sam.id, change, ("*",), NOW, "r_cause")
        database.call("transact_write_items", TransactItems=members)
    (notice,) = records.for_person(sam.id, "recipient_notice")
    assert notice.facts["fields"] == ["*"]
    sam.deliver()
    assert disclosures.notices(sam.id, change, ("*",), NOW, "r_other")[0] != members[0]


@pytest.mark.parametrize("group", GROUPS)
def test_each_route_is_for_its_groups(sam: Person, group: str) -> None:
    """S11."""
    query = {"email": sam.email}
    reading = call("desk", "POST", f"{DISCLOSURES}/search", query, staff=group)
    assert (reading.status == 403) is (group == "gardener"), reading.text
    writing = disclose(sam, group)
    assert (writing.status == 403) is (group in ("auditor", "gardener"))
    if writing.status == 403:
        assert writing.json["type"].endswith(":forbidden")
    assert ALLOWED_GROUPS["POST", DISCLOSURES] == {"privacy_officer", "support"}


def test_who_has_no_address_is_written_to_and_the_person_reads_who_is_told(
    sam: Person, functions: Functions
) -> None:
    """Art. 19: the letter lies with the request, staff are told, and note when it is posted."""
    disclose(sam)
    disclose(sam, recipient_email=None, recipient="authorities", ground=ORDER)
    asker = Asker(sam, functions)
    asker.ask("restriction")
    asker.verify()
    asker.deliver("fulfilment")
    sam.deliver()
    assert asker.mailed()[-1] == "Your request is done"
    words = text(sam.mails()[-1])
    assert "By letter, as we know no e-mail address: " in words
    path = {"request_id": asker.id}
    shown = call("desk", "GET", DETAIL, path=path, staff="support").json["recipients"]
    assert {each["recipient"]: each["mailed"] for each in shown} == {
        "carriers": True,
        "authorities": False,
    }
    (waiting,) = [each for each in shown if not each["mailed"]]
    letter = {**path, "letter_id": waiting["letter_id"]}
    printed = call("desk", "GET", f"{DETAIL}/letters/{{letter_id}}", path=letter, staff="support")
    assert "may not be used" in printed.text
    assert sam.email not in printed.text
    posted = call(
        "desk", "POST", f"{DETAIL}/letters/{{letter_id}}/posted", {}, path=letter, staff="support"
    )
    assert posted.status == 200, posted.text
    again = call("desk", "GET", DETAIL, path=path, staff="support").json["recipients"]
    assert {each["posted_on"] for each in again} == {None, "2026-02-01"}


def test_who_was_told_of_a_restriction_is_told_of_its_end(
    sam: Person, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Art. 18(3), 19; L6: what may not be used "until we tell you otherwise" is told otherwise."""
    disclose(sam)
    asker = Asker(sam, functions)
    asker.write_a_letter(type="restriction")
    asker.deliver("fulfilment")
    assert asker.staff("lifting", reason="The address is correct now.").status == 200
    monkeypatch.setattr(current_time, "now", lambda: NOW + timedelta(days=14))
    for _ in range(2):
        functions.invoke("deadlines", {})
        asker.deliver("fulfilment")
    told = sorted(sam.held("recipient_notice"), key=lambda each: each.received_at)
    assert [notice.facts["change"] for notice in told] == ["restricted", "unrestricted"]
    assert len({notice.facts["recipient"] for notice in told}) == 1


REGISTER = "/v1/desk/disclosures"
ONE = "/v1/desk/people/{person_id}/disclosures/{disclosure_id}"


def test_the_register_has_everybodys_the_last_recorded_first_page_by_page(sam: Person) -> None:
    """Several of one moment, too, stand there once each."""
    made = [
        disclose(sam, recipient="carriers", purpose="service", now=NOW + timedelta(hours=hours))
        for hours in (1, 2, 2, 2, 3)
    ]
    known = [answer.json["disclosure_id"] for answer in made]

    def register(**query: str) -> Answer:
        return call("desk", "GET", REGISTER, query=query, staff="support")

    seen = [each for page in pages(register) for each in page["items"]]
    names = [each["disclosure_id"] for each in seen]
    assert len(names) == len(set(names))
    ours = [name for name in names if name in known]
    assert sorted(ours) == sorted(known)
    assert (ours[0], ours[-1]) == (known[-1], known[0])
    times = [each["recorded_at"] for each in seen]
    assert times == sorted(times, reverse=True)


def test_one_disclosure_is_read_and_what_is_none_is_not_found(sam: Person) -> None:
    made = disclose(sam, recipient="carriers", purpose="service").json
    path = {"person_id": sam.id, "disclosure_id": made["disclosure_id"]}
    assert call("desk", "GET", ONE, path=path, staff="auditor").json == made
    other = Person(f"other-{sam.email}")
    for wrong in (
        {**path, "person_id": other.id},
        {**path, "person_id": "nobody"},
        {**path, "disclosure_id": "none"},
    ):
        assert call("desk", "GET", ONE, path=wrong, staff="auditor").status == 404


def test_the_register_leaves_as_a_file_for_readers_alone(sam: Person) -> None:
    disclose(sam, recipient="carriers", purpose="service")
    csv = {"headers": {"Accept": "text/csv"}}
    assert call("desk", "GET", REGISTER, staff="support", **csv).status == 403
    told = call("desk", "GET", REGISTER, staff="auditor", **csv)
    assert told.text.lstrip("\ufeff").startswith("disclosure_id,person_id")
    assert sam.email not in told.text
    for cursor in ("Iw", "fn5-", "!"):
        answer = call("desk", "GET", REGISTER, query={"cursor": cursor}, staff="auditor")
        assert answer.status == 422, cursor
