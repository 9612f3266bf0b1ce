"""Notifications under faults: nothing lost, nothing doubled but in the one known window."""

import email as mime
import secrets
from email.message import EmailMessage
from email.policy import default
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import example, given
from hypothesis import strategies as st

from local.cloud import ACCOUNT, REGION
from notifications import handler
from notifications.email import Email, compose, subject_line
from shared.edge import current_time
from shared.storage import deduplication
from shared.storage.aws_clients import client
from tests.support import NOW, call

pytestmark = pytest.mark.usefixtures("cloud")


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_time, "now", lambda: NOW)


@pytest.fixture
def address() -> str:
    return f"{secrets.token_hex(6)}@example.com"


def sent(address: str) -> list[EmailMessage]:
    from moto.backends import get_backend  # noqa: PLC0415

    backend: Any = get_backend("ses")[ACCOUNT][REGION]
    letters = [
        mime.message_from_string(item.raw_data, EmailMessage, policy=default)
        for item in backend.sent_messages
    ]
    return [letter for letter in letters if letter["To"] == address]


def stored(form: dict[str, Any], path: str = "/v1/contact") -> dict[str, Any]:
    """Send a form; give the stream record of the item that it stored."""
    answer = call("contact", "POST", path, {"policy_version": "2023-06"} | form)
    assert answer.status == 202, answer.text
    table = boto3.client("dynamodb")
    pages = table.get_paginator("scan").paginate(TableName="RecordsTable")
    items = [item for page in pages for item in page["Items"]]
    (mine,) = [
        i
        for i in items
        if "fields" in i and i["fields"]["M"].get("email", {}).get("S") == form["email"]
    ]
    return {
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": "arn:aws:dynamodb:eu-west-1:1:table/RecordsTable/stream/x",
        "dynamodb": {
            "NewImage": mine,
            "Keys": {"person": mine["person"]},
            "SequenceNumber": secrets.token_hex(8),
        },
    }


def message(address: str, **more: Any) -> dict[str, Any]:
    return {"name": "Sam", "email": address, "message": "Hello"} | more


def deliver(*records: dict[str, Any]) -> list[str]:
    answer = handler.handle({"Records": list(records)}, None)
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def test_a_repeated_batch_sends_nothing_twice(address: str) -> None:
    record = stored(message(address))
    for _ in range(3):
        assert deliver(record) == []
    assert len(sent(address)) == 1


def test_a_crash_between_sending_and_marking_is_the_one_window_that_doubles(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = stored(message(address))
    plain, crashes = deduplication.remember, iter((True,))

    def mark(*arguments: Any) -> None:
        if next(crashes, False):
            raise ConnectionError("gone")
        plain(*arguments)

    monkeypatch.setattr(deduplication, "remember", mark)
    assert deliver(record) == [record["dynamodb"]["SequenceNumber"]]
    for _ in range(2):
        assert deliver(record) == []
    assert len(sent(address)) == 2


def test_a_mail_sent_twice_carries_the_same_link(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = stored({"email": address}, "/v1/newsletter")
    plain, crashes = deduplication.remember, iter((True,))

    def mark(*arguments: Any) -> None:
        if next(crashes, False):
            raise ConnectionError("gone")
        plain(*arguments)

    monkeypatch.setattr(deduplication, "remember", mark)
    deliver(record)
    deliver(record)
    one, other = (letter.get_body(("plain",)) for letter in sent(address))
    assert one is not None
    assert other is not None
    assert one.get_content() == other.get_content()


@pytest.fixture
def throttled(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """SES refuses for as long as the list holds anything."""
    refusing = [True]
    plain = client("sesv2").send_email

    def send(**parameters: Any) -> Any:
        if refusing:
            raise ClientError({"Error": {"Code": "TooManyRequestsException"}}, "SendEmail")
        return plain(**parameters)

    monkeypatch.setattr(client("sesv2"), "send_email", send)
    return refusing


def test_a_throttled_mail_comes_again_however_often(address: str, throttled: list[bool]) -> None:
    record = stored(message(address))
    for _ in range(30):
        assert deliver(record) == [record["dynamodb"]["SequenceNumber"]]
    throttled.clear()
    assert deliver(record) == []
    assert len(sent(address)) == 1, "trying again does not use the address's limit up"


def test_a_poison_record_is_reported_and_the_others_are_delivered(address: str) -> None:
    good = stored(message(address))
    poison = {**good, "dynamodb": {**good["dynamodb"], "SequenceNumber": "poison"}}
    poison["dynamodb"]["NewImage"] = {"person": {"S": "p_x"}, "record": {"S": "x"}, "fields": {}}
    assert deliver(poison, good) == ["poison"]
    assert len(sent(address)) == 1


def test_changes_and_removals_call_for_nothing(address: str) -> None:
    record = stored(message(address))
    assert deliver({**record, "eventName": "MODIFY"}, {**record, "eventName": "REMOVE"}) == []
    assert sent(address) == []


def test_one_address_is_not_mailed_without_end_and_nobody_learns_of_it(address: str) -> None:
    """The forms are answered as ever; what is over the limit is withheld."""
    person = stored(message(address))
    image = person["dynamodb"]["NewImage"]
    for number in range(25):
        other = {**image, "record": {"S": f"enquiry#{number:026d}"}}
        deliver({**person, "dynamodb": {**person["dynamodb"], "NewImage": other}})
    assert len(sent(address)) == 20


def test_service_mails_carry_no_way_out_of_marketing_and_no_promotion_s23(address: str) -> None:
    deliver(stored(message(address)))
    (letter,) = sent(address)
    assert letter["List-Unsubscribe"] is None
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "offer" not in str(letter.get_body(("plain",))).lower()


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", 'x" onload="y', "a & b"])
def test_what_people_write_is_escaped_in_html(name: str) -> None:
    values = {
        "controller": {"name": "K", "postal_address": "A", "url": "https://x.example"},
        "fields": {"name": name, "email": "a@example.com", "message": name},
        "facts": {"reference": "R", "opt_out": False, "redacted": []},
    }
    raw = compose(Email("a@example.com", "enquiry_notice", values), "b@example.com")
    letter = mime.message_from_bytes(raw, EmailMessage, policy=default)
    page = letter.get_body(("html",))
    assert page is not None
    assert "<script>" not in page.get_content()
    assert 'onload="y' not in page.get_content()


@example(reference="R\nBcc: victim@example.com")
@example(reference="=?utf-8?q?=0d=0aBcc=3a?= x@example.com")
@example(reference="=?=?utf-8?q?=61?=")
@given(reference=st.text() | st.text(st.sampled_from("=?utf-8qb0dnBc:a \r\n")))
def test_no_text_writes_a_header(reference: str) -> None:
    values = {
        "controller": {"name": "K", "postal_address": "A", "url": "https://x.example"},
        "fields": {"name": "Sam", "email": "a@example.com", "message": "Hello"},
        "facts": {"reference": reference, "opt_out": False, "redacted": []},
    }
    raw = compose(Email("o'neil=x?+y@example.com", "enquiry_notice", values), "b@example.com")
    letter = mime.message_from_bytes(raw, EmailMessage, policy=default)
    assert letter.keys().count("Subject") == letter.keys().count("To") == 1
    assert "Bcc" not in letter
    assert letter["To"] == "o'neil=x?+y@example.com"
    assert "".join(str(letter["Subject"]).split()) == "".join(
        subject_line(f"Enquiry {reference}").split()
    )
