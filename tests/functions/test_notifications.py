"""Notifications under faults: nothing lost, nothing doubled but in the one known window."""

import email as mime
import secrets
from email.message import EmailMessage
from email.policy import default
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.cloud import ACCOUNT, REGION
from notifications import handler, ses
from notifications.email import Email, Unmailable, compose
from shared.domain.identifiers import person_id
from shared.edge import current_time
from shared.storage import deduplication, time_left
from shared.storage.aws_clients import client
from shared.storage.dynamodb.attribute_values import decode
from shared.storage.secrets import identity
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
        mime.message_from_bytes(item.raw_data.encode(), EmailMessage, policy=default)
        for item in backend.sent_messages
        if address in item.raw_data
    ]
    return [letter for letter in letters if letter["To"] == address]


def stored(form: dict[str, Any], path: str = "/v1/contact") -> dict[str, Any]:
    """Send a form; return the stream record of the item that it stored."""
    answer = call("contact", "POST", path, {"policy_version": "2023-06"} | form)
    assert answer.status == 202, answer.text
    found = boto3.client("dynamodb").query(
        TableName="RecordsTable",
        KeyConditionExpression="person = :person",
        ExpressionAttributeValues={":person": {"S": person_id(identity(), form["email"])}},
    )
    (mine,) = [
        i for i in found["Items"] if i.get("fields", {"M": {}})["M"].get("email", {}).get("S")
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


def again(record: dict[str, Any], key: str, **fields: str) -> dict[str, Any]:
    """Store a record once more under another key; return its stream record."""
    image = record["dynamodb"]["NewImage"]
    other = {**image, "record": {"S": key}}
    for name, text in fields.items():
        other["fields"] = {"M": {**other["fields"]["M"], name: {"S": text}}}
    client("dynamodb").put_item(TableName="RecordsTable", Item=other)
    return {**record, "dynamodb": {**record["dynamodb"], "NewImage": other}}


def kept(person: str) -> list[dict[str, Any]]:
    answer = client("dynamodb").query(
        TableName="RecordsTable",
        KeyConditionExpression="person = :person",
        ExpressionAttributeValues={":person": {"S": person}},
    )
    return [decode(item) for item in answer["Items"]]


def message(address: str, **more: Any) -> dict[str, Any]:
    return {"name": "Sam", "email": address, "message": "Hello"} | more


def deliver(*records: dict[str, Any]) -> list[str]:
    answer = handler.handle({"Records": list(records)}, None)
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def crash_before_marking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the next mail sent and the worker gone before it is marked, once."""
    plain, crashes = deduplication.remember, iter((True,))

    def mark(*arguments: Any) -> None:
        if next(crashes, False):
            raise ConnectionError("gone")
        plain(*arguments)

    monkeypatch.setattr(deduplication, "remember", mark)


@pytest.mark.parametrize("crashes", [False, True], ids=["whole", "crashed before marking"])
def test_a_repeated_batch_sends_nothing_twice_but_for_the_one_window_that_doubles(
    address: str, monkeypatch: pytest.MonkeyPatch, *, crashes: bool
) -> None:
    """The window is a crash between sending and marking."""
    record = stored(message(address))
    if crashes:
        crash_before_marking(monkeypatch)
    assert deliver(record) == [record["dynamodb"]["SequenceNumber"]] * crashes
    for _ in range(2):
        assert deliver(record) == []
    assert len(sent(address)) == 1 + crashes


def test_a_mail_sent_twice_carries_the_same_link(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = stored({"email": address}, "/v1/newsletter")
    crash_before_marking(monkeypatch)
    deliver(record)
    deliver(record)
    one, other = (letter.get_body(("plain",)) for letter in sent(address))
    assert one is not None
    assert other is not None
    assert one.get_content() == other.get_content()


@pytest.fixture
def throttled(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """SES refuses for as long as the list holds anything; nobody waits for it."""
    monkeypatch.setattr(ses, "PAUSES", ())
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


def test_a_mail_is_waited_for_and_asked_for_once() -> None:
    """SES may take seconds, and a second try within the call would be a second mail."""
    settings = client("sesv2").meta.config
    assert settings.retries["total_max_attempts"] == 1
    assert settings.read_timeout >= 10


@pytest.mark.parametrize(("seconds", "tries"), [(60.0, 3), (5.0, 1)])
def test_a_mail_that_comes_too_fast_for_the_account_waits_while_there_is_time(
    address: str, monkeypatch: pytest.MonkeyPatch, seconds: float, tries: int
) -> None:
    """Nothing was sent: it is no second mail, and takes none of the stream's tries."""
    asked: list[Any] = []
    plain = client("sesv2").send_email

    def send_email(**mail: Any) -> Any:
        if mail["Destination"] != {"ToAddresses": [address]}:
            return plain(**mail)
        asked.append(mail)
        if len(asked) < 3:
            told: Any = {"Error": {"Code": "TooManyRequestsException", "Message": "Too fast."}}
            raise ClientError(told, "SendEmail")
        return plain(**mail)

    record = stored(message(address))
    monkeypatch.setattr(client("sesv2"), "send_email", send_email)
    monkeypatch.setattr(ses, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(time_left, "seconds", lambda: seconds)
    assert (deliver(record) == []) is (tries == 3)
    assert len(asked) == tries
    assert [mail["To"] for mail in sent(address)].count(address) == (tries == 3)


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
        deliver(again(person, f"enquiry#{number:026d}"))
    assert len(sent(address)) == 20
    withheld = [item for item in kept(image["person"]["S"]) if "mails" in item["facts"]]
    assert {item["facts"]["mails"]["enquiry_received"] for item in withheld} == {"withheld"}
    assert len(withheld) == 5, "staff see which"


def test_tags_of_one_mailbox_are_one_mailbox(address: str) -> None:
    local, _, domain = address.partition("@")
    tagged = [f"{local}+{number}@{domain}" for number in range(25)]
    for each in tagged:
        deliver(stored(message(each)))
    assert sum(len(sent(each)) for each in tagged) == 20


def test_a_flood_of_forms_spends_nothing_of_what_another_mail_needs(address: str) -> None:
    record = stored(message(address))
    for number in range(21):
        deliver(again(record, f"enquiry#{number:026d}"))
    before = len(sent(address))
    asked = call("preferences", "POST", "/v1/preferences/link", {"email": address})
    assert asked.status == 202
    (link,) = [item for item in images(record) if item["record"]["S"].startswith("token#")]
    deliver({**record, "dynamodb": {**record["dynamodb"], "NewImage": link}})
    assert len(sent(address)) == before + 1


def test_who_is_heard_from_again_has_the_earlier_messages_kept_from_then(address: str) -> None:
    """S13: where a period runs from the last activity, a new message is one."""
    first = stored(message(address))
    later = again(first, f"enquiry#{1:026d}")
    image = later["dynamodb"]["NewImage"]
    image["received_at"] = image["retention_start"] = {"S": "2027-11-30T09:00:00.000Z"}
    client("dynamodb").put_item(TableName="RecordsTable", Item=image)
    for record in (later, first):
        assert deliver(record) == []
    starts = {item["record"]["S"]: item["retention_start"]["S"] for item in images(first)}
    assert set(starts.values()) == {"2027-11-30T09:00:00.000Z"}
    assert len(starts) == 2


def images(record: dict[str, Any]) -> list[dict[str, Any]]:
    pages = client("dynamodb").query(
        TableName="RecordsTable",
        KeyConditionExpression="person = :person",
        ExpressionAttributeValues={":person": record["dynamodb"]["NewImage"]["person"]},
    )
    return list(pages["Items"])


@pytest.mark.parametrize("code", ["MessageRejected", "BadRequestException"])
def test_a_mail_refused_for_good_is_noted_and_stops_no_other(
    code: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K9.1."""
    plain, told = client("sesv2").send_email, []

    def send(**parameters: Any) -> Any:
        if parameters["Destination"]["ToAddresses"] == [address]:
            raise ClientError({"Error": {"Code": code}}, "SendEmail")
        told.append(parameters["Destination"]["ToAddresses"][0])
        return plain(**parameters)

    monkeypatch.setattr(client("sesv2"), "send_email", send)
    events = told_on_the_bus(monkeypatch)
    record = stored(message(address))
    for _ in range(3):
        assert deliver(record) == []
    assert len(told) == 1, "the company hears of the enquiry"
    assert events == ["enquiry.received"]
    (enquiry,) = kept(record["dynamodb"]["NewImage"]["person"]["S"])
    assert enquiry["facts"]["mails"] == {"enquiry_received": "refused"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("TooManyRequestsException", "Maximum sending rate exceeded."),
        ("SendingPausedException", "Email sending is disabled."),
        ("MailFromDomainNotVerifiedException", "The MAIL FROM domain is not verified."),
        # The sender's record in the DNS is not there yet, or is gone; or the sandbox.
        ("MessageRejected", "Email address is not verified. The following identities failed: x"),
        ("MessageRejected", "Sending suspended for this account."),
    ],
)
def test_a_mail_that_cannot_be_sent_for_now_stops_no_other_and_comes_again(
    code: str, words: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K9.1: what is ours to put right is never noted as the fault of an address."""
    monkeypatch.setattr(ses, "PAUSES", (0.0,))
    plain, refusing = client("sesv2").send_email, [True]

    def send(**parameters: Any) -> Any:
        if refusing and parameters["Destination"]["ToAddresses"] == [address]:
            raise ClientError({"Error": {"Code": code, "Message": words}}, "SendEmail")
        return plain(**parameters)

    monkeypatch.setattr(client("sesv2"), "send_email", send)
    events = told_on_the_bus(monkeypatch)
    record = stored(message(address))
    for _ in range(3):
        assert deliver(record) == [record["dynamodb"]["SequenceNumber"]]
    assert events == ["enquiry.received"]
    refusing.clear()
    assert deliver(record) == []
    assert len(sent(address)) == 1


def told_on_the_bus(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []

    def put(Entries: Any) -> Any:  # noqa: N803 - AWS's own name
        told.extend(entry["DetailType"] for entry in Entries)
        return {"FailedEntryCount": 0}

    monkeypatch.setattr(client("events"), "put_events", put)
    return told


def test_a_throttled_mark_is_tried_again_where_it_is_written(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K9.4."""
    record = stored(message(address))
    monkeypatch.setattr(deduplication, "PAUSES", (0,) * 8)
    plain, refused = client("dynamodb").put_item, iter(range(6))

    def put(**parameters: Any) -> Any:
        marks = parameters["Item"]["token"]["S"].startswith("effect#")
        if marks and next(refused, None) is not None:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem")
        return plain(**parameters)

    monkeypatch.setattr(client("dynamodb"), "put_item", put)
    assert deliver(record) == []
    monkeypatch.undo()
    assert deliver(record) == []
    assert len(sent(address)) == 1


@pytest.mark.parametrize("path", ["/v1/contact", "/v1/newsletter"])
def test_nothing_is_mailed_about_what_is_gone_meanwhile(
    path: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K5.7."""
    events = told_on_the_bus(monkeypatch)
    record = stored(message(address) if path == "/v1/contact" else {"email": address}, path)
    image = record["dynamodb"]["NewImage"]
    key = {name: image[name] for name in ("person", "record")}
    client("dynamodb").delete_item(TableName="RecordsTable", Key=key)
    assert deliver(record) == []
    assert (sent(address), events) == ([], [])


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/v1/contact", {"name": "W0N", "message": "W0N", "subject": "W0N", "job_title": "W0N"}),
        ("/v1/accounts", {"name": "W0N", "organisation": "W0N", "organisation_details": "W0N"}),
        ("/v1/newsletter", {"name": "W0N"}),
    ],
)
@pytest.mark.parametrize("box", [{}, {"marketing_opt_in": True}, {"marketing_opt_out": True}])
def test_what_a_stranger_typed_is_mailed_to_nobody_unconfirmed(
    path: str, form: dict[str, Any], box: dict[str, Any], address: str
) -> None:
    if path == "/v1/newsletter":
        box = {}
    deliver(stored({"email": address} | form | box, path))
    assert sent(address)
    assert not [letter for letter in sent(address) if "W0N" in letter.as_string()]


def test_whoever_is_said_to_object_is_told_with_a_way_back(address: str) -> None:
    deliver(stored(message(address, marketing_opt_out=True)))
    (told,) = [letter for letter in sent(address) if "marketing" in letter["Subject"]]
    assert "/preferences" in str(told.get_body(("plain",)))


HOSTILE = [
    "=?utf-8?q?=0d=0aBcc=3a?=@example.com",
    "=?utf-8?q?victim=40example.org=2c?=@example.com",
    "=?utf-8?b?dmljdGltQGV4YW1wbGUub3Jn?=@example.com",
    "a,b@example.com",
    'a"b@example.com',
    "a\\b@example.com",
    "a b <victim@example.org>@example.com",
    "group:victim@example.org;@example.com",
    "(victim@example.org)a@example.com",
]


CONFIRMATION: dict[str, Any] = {
    "controller": {"name": "K", "postal_address": "A"},
    "policy": {"purposes": []},
    "facts": {"asks": []},
}


@pytest.mark.parametrize("to", HOSTILE)
def test_an_address_is_written_from_its_parts_and_reads_as_itself(to: str) -> None:
    values = {**CONFIRMATION, "link": "l", "days": 7}
    raw = compose(Email(to, "newsletter_confirmation", values), "b@example.com")
    letter = mime.message_from_bytes(raw, EmailMessage, policy=default)
    (read,) = letter["To"].addresses
    assert read.domain == "example.com"
    assert read.username == to.rpartition("@")[0]
    assert letter["Bcc"] is None


@pytest.mark.parametrize(
    "to", ["a\r\nBcc: v@example.org@example.com", "é@example.com", "@x", "a@b c"]
)
def test_what_no_header_can_hold_is_unmailable(to: str) -> None:
    values = {**CONFIRMATION, "link": "l", "days": 7}
    with pytest.raises(Unmailable):
        compose(Email(to, "newsletter_confirmation", values), "b@example.com")


@pytest.mark.parametrize("subject", ["R =?utf-8?q?=0d=0aBcc=3a?=", "Zoë" * 60, "plain"])
def test_a_subject_reads_as_it_was_written(subject: str) -> None:
    authority = {"name": "A", "url": "https://a.example"}
    controller: dict[str, Any] = {"name": "K", "postal_address": "A", "email": "k@example.com"}
    controller["supervisory_authority"] = authority
    empty = dict.fromkeys(("consequences", "measures", "advice"))
    values = {"controller": controller, "title": subject, "message": "m", **empty}
    raw = compose(Email("a@example.com", "breach_notice", values), "b@example.com")
    letter = mime.message_from_bytes(raw, EmailMessage, policy=default)
    assert str(letter["Subject"]) == subject
    assert letter["Bcc"] is None
    assert max(map(len, raw.split(b"\r\n"))) <= 998


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


def test_a_header_cannot_be_injected() -> None:
    values = {
        "controller": {"name": "K", "postal_address": "A", "url": "https://x.example"},
        "fields": {},
        "facts": {"reference": "R\nBcc: victim@example.com", "opt_out": False, "redacted": []},
    }
    with pytest.raises(ValueError, match=r"newline|linefeed|header"):
        compose(Email("a@example.com", "enquiry_received", values), "b@example.com")
