"""Forms through the handler (S1 to S4, S30, S47)."""

import secrets
import uuid
from typing import Any

import boto3
import pytest

from shared.domain.identifiers import person_id
from shared.domain.rate_limits import PER_SOURCE
from shared.storage import consent_states, ledger, records
from shared.storage import secrets as kept_secrets
from shared.storage.records import Record
from tests.functions.people import Person, somebody
from tests.functions.test_capture import capture
from tests.support import Answer, call

pytestmark = pytest.mark.usefixtures("cloud")


@pytest.fixture
def email() -> str:
    return f"{secrets.token_hex(6)}@example.com"


def contact(to: str, headers: Any = None, **changes: Any) -> Answer:
    usual = {
        "policy_version": "2023-06",
        "name": "Sam Example",
        "email": to,
        "message": "When will my order arrive?",
        "page": "https://www.khoocommerce.example/contact?from=mail",
    }
    body = {name: value for name, value in (usual | changes).items() if value is not ...}
    return call("contact", "POST", "/v1/contact", body, headers=headers)


def held(email: str) -> list[Record]:
    return list(records.for_person(person_id(kept_secrets.identity(), email)))


def test_a_message_is_stored_with_where_it_came_from_s1_s4(email: str) -> None:
    answer = contact(email, phone="020 7946 0018", job_title="Buyer")
    assert answer.status == 202
    (record,) = held(email)
    assert record.kind == "enquiry"
    assert record.fields["phone"] == "+442079460018"
    assert record.facts["reference"] == answer.json["reference"]
    seen = record.provenance
    assert (seen["form"], seen["policy_version"]) == ("contact_form", "2023-06")
    assert seen["page"] == "https://www.khoocommerce.example/contact"
    assert seen["property"] == "www.khoocommerce.example"
    assert len(seen["notice"]["sha256"]) == 64
    assert consent_states.get(record.person).event is None, "kept on file is not consent (S4)"


def test_a_form_links_the_browser_to_the_person(email: str) -> None:
    name = capture().json["consent_id"]
    contact(email, consent_id=name)
    (record,) = held(email)
    assert record.consent_id == name
    assert contact("x" + email, consent_id="c_x").status == 202, "evidence is never demanded"
    assert held("x" + email)[0].provenance["left_out"] == ["consent_id"]


def test_the_opt_out_box_objects_at_once_and_with_the_record_s47(email: str) -> None:
    contact(email, marketing_opt_out=True)
    (record,) = held(email)
    (event,) = ledger.after(record.person, 0, 10)
    assert event["kind"] == "objection"
    assert set(event["objections"] or {}) == {
        "direct_marketing",
        "third_party_promotions",
        "third_party_sharing",
        "publicity",
    }
    assert event["notice"]["id"] == "contact_form"
    assert consent_states.get(record.person).suppressed_since == event["decided_at"]


def test_box_and_record_are_written_together_or_not_at_all(
    email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = records.put

    def refused(record: Record) -> dict[str, Any]:
        return plain(record) | {"TableName": "NoSuchTable"}

    monkeypatch.setattr(records, "put", refused)
    assert contact(email, marketing_opt_out=True).status == 500
    monkeypatch.undo()
    assert held(email) == []
    assert ledger.head(person_id(kept_secrets.identity(), email)) is None


REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"email": "sam"}, ["/email"]),
    ({"email": "sam@@example.com"}, ["/email"]),
    ({"email": 5}, ["/email"]),
    ({"email": ...}, ["/email"]),
    ({"phone": "12"}, ["/phone"]),
    ({"phone": "call me"}, ["/phone"]),
    ({"name": ""}, ["/name"]),
    ({"name": "\u200b\u2800"}, ["/name"]),
    ({"email": "=?utf-8?q?x?=@example.com"}, ["/email"]),
    ({"email": "a" * 65 + "@example.com"}, ["/email"]),
    ({"phone": "01233 555555 and 01233 555556"}, ["/phone"]),
    ({"name": "x" * 201}, ["/name"]),
    ({"message": "   "}, ["/message"]),
    ({"message": "x" * 10_001}, ["/message"]),
    ({"policy_version": "1999-01"}, ["/policy_version"]),
    ({"surprise": 1}, ["/surprise"]),
    ({"marketing_opt_in": True, "marketing_opt_out": True}, ["/marketing_opt_out"]),
    ({"marketing_opt_out": "yes"}, ["/marketing_opt_out"]),
]


@pytest.mark.parametrize(("changes", "pointers"), REFUSED)
def test_bad_input_names_the_field_and_stores_nothing_s3(
    changes: dict[str, Any], pointers: list[str], email: str
) -> None:
    answer = contact(email, **changes)
    assert answer.status == 422
    assert answer.pointers == pointers
    assert email not in answer.text
    assert held(email) == []


def test_lines_and_other_alphabets_are_fine(email: str) -> None:
    assert contact(email, name="Zoë Ŵ 李", message="One\nTwo\r\n\tThree").status == 202


@pytest.mark.parametrize("field", ["name", "job_title", "organisation", "subject", "message"])
def test_card_numbers_are_gone_before_anything_is_stored_s30(email: str, field: str) -> None:
    answer = contact(email, **{field: "card 4111 1111 1111 1111"})
    assert answer.json["redacted"] == [field]
    (record,) = held(email)
    assert "4111" not in str(record)
    assert "1111" not in str(boto3.client("dynamodb").scan(TableName="RecordsTable")["Items"])


def test_a_robot_gets_the_usual_answer_and_nothing_is_stored(email: str) -> None:
    trapped, usual = contact(email, website="https://spam.example"), contact("x" + email)
    assert trapped.status == usual.status
    assert trapped.json.keys() == usual.json.keys()
    assert held(email) == []


def test_the_same_key_and_form_is_one_message(email: str) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = contact(email, headers=key)
    assert contact(email, headers=key).text == first.text
    assert len(held(email)) == 1
    other = contact(email, headers=key, message="Another")
    assert other.json["type"].endswith("idempotency-conflict")
    with_box = {"Idempotency-Key": str(uuid.uuid4())}
    boxed = contact(email, headers=with_box, marketing_opt_out=True)
    assert contact(email, headers=with_box, marketing_opt_out=True).text == boxed.text
    assert len(held(email)) == 2


def test_a_key_that_comes_with_two_people_loses_neither_ones_mail(sam: Person) -> None:
    """A website that reuses a key by mistake must not have one mail taken for the other."""
    other, key = somebody(), {"Idempotency-Key": str(uuid.uuid4())}
    for person in (sam, other):
        assert contact(person.email, headers=key).status == 202
        person.deliver()
    assert [len(person.mails()) for person in (sam, other)] == [1, 1]


def test_too_many_forms_from_one_source_are_told_when_to_come_back(
    email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = type(PER_SOURCE)("few", most=2, window=600)
    monkeypatch.setattr("contact.submission.PER_SOURCE", few)
    assert [contact(email).status for _ in range(3)] == [202, 202, 429]
    answer = contact(email)
    assert answer.headers["Retry-After"] == "600"
    assert answer.headers["RateLimit-Policy"] == '"source";q=2;w=600'
    assert answer.headers["RateLimit"] == '"source";r=0;t=600'
    assert len(held(email)) == 2


def test_the_newsletter_answers_the_same_for_everybody(email: str) -> None:
    body = {"policy_version": "2023-06", "email": email}
    answers = [call("contact", "POST", "/v1/newsletter", body) for _ in range(2)]
    assert answers[0].text == answers[1].text
    assert {record.kind for record in held(email)} == {"subscription_pending"}
    box = call("contact", "POST", "/v1/newsletter", body | {"marketing_opt_out": True})
    assert box.text == answers[0].text


@pytest.mark.parametrize("path", ["/v1/newsletter/confirmation", "/v1/accounts/confirmation"])
def test_a_token_that_is_none_is_refused_by_its_form_or_like_a_used_one(path: str) -> None:
    assert call("contact", "POST", path, {"token": "x"}).pointers == ["/token"]
    never = {"token": f"{'A' * 22}.{'B' * 22}"}
    assert call("contact", "POST", path, never).json["type"].endswith("token-invalid")


def test_a_repetition_from_another_network_is_the_same_form(email: str) -> None:
    """K8.1."""
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = {"policy_version": "2023-06", "name": "Sam", "email": email, "message": "When?"}
    answers = [
        call(
            "contact",
            "POST",
            "/v1/contact",
            body,
            headers={**key, "User-Agent": agent},
            ip=ip,
        )
        for ip, agent in (("203.0.113.9", "one"), ("198.51.100.9", "other"))
    ]
    assert answers[0].json == answers[1].json
    assert len(held(email)) == 1
