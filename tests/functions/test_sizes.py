"""Sizes at the edge: what is as large as it may be, or larger, has a clear answer."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fulfilment.erasure import erasure_executor
from fulfilment.sources import source_client
from local.functions import Functions
from notifications import domain_events
from shared.domain.errors import Busy
from shared.edge import current_time
from shared.services import notify_recipients
from shared.services.shown_timeline import LEFT_OUT
from shared.storage import corrections, records
from shared.storage.aws_clients import client
from shared.storage.corrections import RecordChange
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.retention import removal
from tests.faults.world import _ses
from tests.functions.asking import Asker
from tests.functions.keeping import edge, of, person, put, there
from tests.functions.people import Person
from tests.functions.test_erasure import disclosure
from tests.support import NOW, call

pytestmark = pytest.mark.usefixtures("cloud")

ITEM, TRANSACTION = 400_000, 4_000_000
ANSWER, EVENT, MAIL = 6_000_000, 256_000, 40_000_000
# Four bytes each in UTF-8.
LONG = "🙂" * 10_000
# The longest that a body of 64 KiB takes as escapes.
WORDS = "é" * 10_000


def test_a_record_that_is_corrected_without_end_stays_an_item(sam: Person) -> None:
    record = replace(disclosure(sam.id), kind="account", fields={"organisation_details": LONG})
    for number in range(300):
        before, after = record.fields["organisation_details"], f"{LONG[:-1]}{number % 10}"
        change = RecordChange("organisation_details", before, after)
        told = {"at": "2026-02-01T09:00:00.000Z", "by": "person"}
        write = corrections.write(record, [change], told)["Update"]
        values = decode(write["ExpressionAttributeValues"])
        record = replace(record, fields={"organisation_details": after}, facts=values[":facts"])
    changes = record.facts["changes"]
    assert (changes[-1]["before"], changes[-1]["after"]) == (before, after)
    assert len(changes) == corrections.MAX_CHANGES
    item = records.put(record)["Item"]
    assert len(json.dumps(item, ensure_ascii=False).encode()) < ITEM


def test_a_request_written_about_three_hundred_times_is_one_answer(
    sam: Person, functions: Functions
) -> None:
    asker = Asker(sam, functions)
    asker.ask("complaint", details="It came late.")
    assert asker.verify().status == 200
    assert asker.send("POST", "/message", {"message": WORDS}).status == 200
    table = boto3.resource("dynamodb").Table(database.table("requests"))
    found = table.query(
        KeyConditionExpression="#r = :r AND begins_with(entry, :e)",
        ExpressionAttributeNames={"#r": "request"},
        ExpressionAttributeValues={":r": asker.id, ":e": "event#"},
    )["Items"]
    message = next(item for item in found if item["action"] == "message")
    for number in range(100, 400):
        table.put_item(Item={**message, "entry": f"event#{number:05}", "sequence": number})
    path = {"request_id": asker.id}
    for answer in (
        asker.send("GET"),
        call("desk", "GET", "/v1/desk/requests/{request_id}", path=path, staff="support"),
    ):
        assert answer.status == 200
        assert len(answer.text.encode()) < ANSWER / 3
        told = [it["reason"] for it in answer.json["timeline"] if it["action"] == "message"]
        assert len(told) == 301
        assert (told[0], told[-1]) == (LEFT_OUT, WORDS)


@pytest.mark.parametrize("number", [98, 250])
def test_any_number_of_recipients_is_told_once_each(
    sam: Person, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K9.3."""
    for one in range(number):
        fields = {"recipient": f"carrier {one}", "fields": ["name"], "email": "s@example.com"}
        records.add(replace(disclosure(sam.id), id=f"d{one}", fields=fields))
    sent, plain = list[list[Any]](), database.call

    def kept(operation: str, **parameters: Any) -> Any:
        if operation == "transact_write_items":
            sent.append(parameters["TransactItems"])
        return plain(operation, **parameters)

    monkeypatch.setattr(database, "call", kept)
    for _ in range(2):
        assert notify_recipients.notify(sam.id, "erased", ("*",), NOW, "r_x") == number
    names = [write["Put"]["Item"]["record"]["S"] for batch in sent for write in batch]
    assert max(map(len, sent)) <= database.MEMBERS
    assert names[:number] == names[number:]
    assert len(set(names)) == number


def test_an_erasure_is_cut_at_what_a_transaction_takes_in_members_and_in_size() -> None:
    for each, number in ((ITEM, 30), (1_000, 250)):
        items: Any = [SimpleNamespace(bytes=each) for _ in range(number)]
        batches = list(erasure_executor._batches(items))
        assert sum(map(len, batches)) == number
        assert max(map(len, batches)) < database.MEMBERS
        assert max(map(len, batches)) * each < TRANSACTION


@pytest.mark.parametrize("each", [40_000, 70_000, ITEM])
def test_what_is_due_goes_however_large_it_is_together(
    each: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service counts what is stored; DynamoDB Local only what is sent."""
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    due = edge("enquiry")
    places = [put("records", "enquiry", due, retention_class="enquiry#3") for _ in range(130)]
    plain, sent, refused = database.call, list[int](), list[int]()

    def limited(operation: str, **parameters: Any) -> Any:
        members = parameters.get("TransactItems", ())
        deletes = sum("Delete" in member for member in members)
        if len(members) > database.MEMBERS or deletes * each > TRANSACTION:
            refused.append(deletes)
            fault: Any = {"Error": {"Code": "ValidationException"}}
            raise database.TransactionRefused from ClientError(fault, operation)
        sent.append(deletes)
        return plain(operation, **parameters)

    monkeypatch.setattr(database, "call", limited)
    told = of("enquiry")
    assert (told["found"], told["removed"], told["failed"]) == (130, 130, 0)
    assert not any(map(there, places))
    assert bool(refused) == (each * removal.GROUP > TRANSACTION)


def test_what_no_transaction_takes_is_left_and_told_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    owners = [person(), person()]
    places = [put("records", "enquiry", edge("enquiry"), owner) for owner in owners]
    plain = client("dynamodb").transact_write_items

    def refusing(TransactItems: Any) -> Any:  # noqa: N803
        if owners[0] in str(TransactItems):
            raise ClientError({"Error": {"Code": "ValidationException"}}, "TransactWriteItems")
        return plain(TransactItems=TransactItems)

    monkeypatch.setattr(client("dynamodb"), "transact_write_items", refusing)
    told = of("enquiry")
    assert (told["removed"], told["failed"]) == (1, 1)
    assert [there(place) for place in places] == [True, False]


@pytest.mark.parametrize("code", ["ValidationError", "ItemCollectionSizeLimitExceeded"])
def test_what_stays_refused_is_no_throttling(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what passes is answered 503 and tried again."""
    told: Any = {"Error": {"Code": "TransactionCanceledException"}}
    told["CancellationReasons"] = [{"Code": "None"}, {"Code": code}]

    def refusing(TransactItems: Any) -> Any:  # noqa: N803
        raise ClientError(told, "TransactWriteItems")

    monkeypatch.setattr(client("dynamodb"), "transact_write_items", refusing)
    with pytest.raises(database.TransactionRefused):
        database.call("transact_write_items", TransactItems=[])


def test_a_link_to_a_copy_ends_after_five_minutes_and_the_same_button_gives_another(
    sam: Person, functions: Functions
) -> None:
    asker = Asker(sam, functions)
    asker.ask("access")
    asker.verify()
    asker.deliver("fulfilment")
    for later in (0, 6):
        answer = asker.send("GET", "/export", now=NOW + timedelta(minutes=later))
        assert answer.status == 303
        assert "X-Amz-Expires=300&" in f"{answer.headers['Location']}&"


def test_the_largest_event_is_far_from_what_the_bus_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[dict[str, Any]] = []

    class Bus:
        def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
            sent.extend(Entries)
            return {"FailedEntryCount": 0, "Entries": [{}]}

    monkeypatch.setattr(domain_events, "client", lambda _: Bus())
    names = [f"purpose_{number:056}" for number in range(64)]
    event: Any = {
        "kind": "decision",
        "subject": "p_" + "a" * 26,
        "sequence": 10**9,
        "decided_at": "2026-02-01T09:00:00.000Z",
        "choices": dict.fromkeys(names, False),
        "objections": dict.fromkeys(names, "2026-02-01T09:00:00.000Z"),
        "restricted_since": None,
        "policy_version": "2023-06",
    }
    domain_events.of_ledger(event, NOW)
    assert 5_000 < len(json.dumps(sent).encode()) < EVENT / 10


def test_the_longest_words_make_a_mail_far_from_what_the_service_takes(sam: Person) -> None:
    assert sam.send("/v1/contact", name=WORDS[:200], message=WORDS).status == 202
    before = len(_ses().sent_messages)
    sam.deliver()
    sizes = [len(mail.raw_data) for mail in _ses().sent_messages[before:]]
    assert 50_000 < max(sizes) < MAIL / 100


class Dripping:
    """A source that answers without end, a little at a time."""

    def __init__(self, chunk: bytes) -> None:
        self.chunk, self.read = chunk, 0

    def read1(self, _amount: int, *, decode_content: bool) -> bytes:
        self.read += len(self.chunk)
        return self.chunk


def test_a_source_that_answers_without_end_is_left_after_five_megabytes() -> None:
    answer: Any = Dripping(b" " * 65_536)
    with pytest.raises(source_client.Fault, match="too_large"):
        source_client._read(answer, float("inf"))
    assert answer.read <= source_client.MAX_BYTES + 65_536


def test_a_source_that_drips_is_left_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    answer: Any = Dripping(b" ")
    minutes: Iterator[float] = iter(range(0, 10_000, 7))
    monkeypatch.setattr("fulfilment.sources.source_client.time.monotonic", lambda: next(minutes))
    with pytest.raises(source_client.Fault, match="unreachable"):
        source_client._read(answer, source_client.MAX_SECONDS)
    assert answer.read < 12


@pytest.mark.parametrize("rows", [10_001, 50_000])
def test_an_import_of_too_many_rows_names_them(rows: int) -> None:
    told = {
        "source": "public_resources",
        "obtained_on": "2026-01-20",
        "lawful_basis": "legitimate_interests",
        "rows": [{"email": "x@example.com"}] * rows,
    }
    answer = call("desk", "POST", "/v1/desk/imports", told, staff="support")
    assert (answer.status, answer.pointers) == (422, ["/rows"])
    assert "10000" in answer.text


def test_what_a_batch_left_unread_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [encode({"person": f"p_{number}"}) for number in range(100)]
    left = list(keys)

    def some(_operation: str, RequestItems: Any) -> Any:  # noqa: N803
        asked = RequestItems["t"]["Keys"]
        done, rest = asked[:25], asked[25:]
        del left[: len(done)]
        unread = {"t": {"Keys": rest}} if rest else {}
        return {"Responses": {"t": done}, "UnprocessedKeys": unread}

    monkeypatch.setattr(database, "call", some)
    assert list(database.batch_get("t", keys)) == keys
    monkeypatch.setattr(
        database,
        "call",
        lambda _operation, RequestItems: {"Responses": {}, "UnprocessedKeys": RequestItems},  # noqa: N803
    )
    with pytest.raises(Busy):
        list(database.batch_get("t", keys))


def test_a_record_of_the_stream_that_comes_a_day_late_is_acted_on_once(
    sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streams keep a day, dead letters fourteen; marks and used links are remembered longer."""
    sam.send("/v1/newsletter", name="Sam")
    for days in (1, 2, 15):
        at = NOW + timedelta(days=days)
        monkeypatch.setattr(current_time, "now", lambda at=at: at)
        sam.deliver()
    (mail,) = sam.mails()
    assert mail["To"] == sam.email
