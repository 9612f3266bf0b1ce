"""Breaches: the 72 hours, who is affected, and telling each of them exactly once (S24)."""

import json
import secrets as randomness
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from desk.breaches import notification as breach_notification
from local.cloud import ACCOUNT, REGION
from notifications import breach_mails as courier_breaches
from notifications import handler as notifications
from notifications import ses
from shared.domain.errors import Conflict
from shared.domain.retention_partitions import shard
from shared.domain.timestamps import format_timestamp
from shared.edge import current_time
from shared.storage import audit, breach_recipients, breaches, records
from shared.storage.aws_clients import client
from shared.storage.dynamodb import database
from shared.storage.records import Record
from tests import factories
from tests.functions.asking import Asker
from tests.functions.people import Person, somebody, text
from tests.support import NOW, Answer, call, refused

pytestmark = pytest.mark.usefixtures("cloud")

PATH = "/v1/desk/breaches"
_days = iter(range(10_000))

WORDS = {
    "message": "A list went astray.\nBeware of strangers.",
    "consequences": "Somebody may write to you in our name.",
    "measures": "The list was deleted.",
}


@pytest.fixture
def day() -> datetime:
    """A day that no other test has records on."""
    return datetime.fromisoformat("1990-01-01T00:00:00Z") + timedelta(days=next(_days))


@pytest.fixture(autouse=True)
def _standing_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_time, "now", lambda: NOW)


def found(
    day: datetime, staff: str = "privacy_officer", key: str | None = None, **more: Any
) -> Answer:
    body = {
        "title": "A list went astray",
        "facts": "It was attached to a mail.",
        "severity": "high",
        "discovered_at": "2026-02-01T08:00:00Z",
        "classes": ["enquiry", "import"],
        "from": format_timestamp(day),
        "to": format_timestamp(day + timedelta(hours=23)),
        **more,
    }
    headers = {"Idempotency-Key": key} if key else None
    return call("desk", "POST", PATH, body, staff=staff, headers=headers)


def act(name: str, action: str, staff: str = "privacy_officer", **body: Any) -> Answer:
    path = {"breach_id": name}
    now = body.pop("now", NOW)
    return call(
        "desk", "POST", f"{PATH}/{{breach_id}}/{action}", body, path=path, staff=staff, now=now
    )


def see(name: str, staff: str = "auditor", now: datetime = NOW) -> Any:
    path = {"breach_id": name}
    return call("desk", "GET", PATH + "/{breach_id}", path=path, staff=staff, now=now).json


def decided(day: datetime, **more: Any) -> str:
    """Record a breach of which the people are to be told."""
    name = str(found(day, **more).json["breach_id"])
    decision: Any = {
        "notify_authority": True,
        "notify_people": True,
        "reason": "Names and addresses.",
    }
    assert act(name, "decision", **decision).status == 200
    return name


def order(name: str) -> Any:
    answer = act(name, "notification", **WORDS)
    assert answer.status == 200, answer.text
    return answer.json["notification"]


def keep(person: Person, day: datetime, kind: str = "enquiry", **facts: Any) -> None:
    fields: dict[str, Any] = {"email": person.email, "name": "Sam"} if person.email else {}
    name = randomness.token_hex(8)
    at = format_timestamp(day + timedelta(hours=1))
    records.add(factories.record(person.id, kind, name, received_at=at, fields=fields, facts=facts))


def told(day: datetime, number: int) -> tuple[list[Person], str]:
    """Have so many people, found side by side, told of a breach; the mails have not left yet."""
    anybody = iter(somebody, None)
    people = list(islice((each for each in anybody if shard(each.id) == 0), number))
    for person in people:
        keep(person, day)
    name = decided(day)
    order(name)
    return people, name


def deliver(name: str) -> Any:
    """Hand the notifications worker all batches of a breach, as the stream would."""
    items = list(_items(f"breach_batch#{name}"))
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{database.table('operations')}/stream/x"
    batch = [
        {
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "eventSourceARN": arn,
            "dynamodb": {"NewImage": item, "SequenceNumber": str(number)},
        }
        for number, item in enumerate(items, 1)
    ]
    return notifications.handle({"Records": batch}, None)


def _items(kind: str) -> Iterator[dict[str, Any]]:
    answer = boto3.client("dynamodb").query(
        TableName=database.table("operations"),
        KeyConditionExpression="kind = :kind",
        ExpressionAttributeValues={":kind": {"S": kind}},
    )
    return iter(answer["Items"])


def test_the_clock_runs_from_discovery_until_the_authority_is_told(day: datetime) -> None:
    """S24: UK GDPR Art. 33."""
    answer = found(day)
    assert answer.status == 201, answer.text
    shown = answer.json
    assert shown["clock"] == {
        "due_at": "2026-02-04T08:00:00.000Z",
        "hours_left": 71,
        "stopped": False,
        "overdue": False,
    }
    name = shown["breach_id"]
    assert (
        act(name, "authority", reported_at="2026-02-01T09:00:00Z", reference="IC-1").status == 409
    )
    assert act(name, "closure", reason="x").status == 409
    late = NOW + timedelta(days=4)
    assert see(name, now=late)["clock"]["overdue"] is True
    decision: Any = {"notify_authority": True, "notify_people": False, "reason": "No risk is left."}
    assert act(name, "decision", **decision).pointers == ["/ground"], "Art. 34(3)"
    decision["ground"] = "risk_averted"
    assert act(name, "decision", **decision).json["decided"] is True
    early = act(name, "authority", reported_at="2026-01-31T09:00:00Z", reference="IC-1")
    assert early.pointers == ["/reported_at"]
    told = act(name, "authority", reported_at="2026-02-01T09:00:00Z", reference="IC-1").json
    assert told["clock"]["stopped"] is True
    closed = act(name, "closure", reason="Done.").json
    assert closed["closed_at"] == format_timestamp(NOW)
    assert [event["action"] for event in closed["events"]] == [
        "recorded",
        "decision",
        "authority",
        "closure",
    ]
    assert act(name, "decision", **decision).status == 409


def test_what_the_law_wants_told_is_told_and_a_late_report_says_why(
    sam: Person, day: datetime
) -> None:
    """Art. 33(1), (3), (4) and 34(2), (3)(c)."""
    keep(sam, day)
    name = decided(day)
    for missing in ("consequences", "measures"):
        words = {field: text for field, text in WORDS.items() if field != missing}
        assert act(name, "notification", **words).pointers == [f"/{missing}"]
    order(name)
    deliver(name)
    told = text(sam.mails()[-1])
    for said in (*WORDS.values(), "complain, to us", "court"):
        assert said.splitlines()[0] in told
    now = NOW + timedelta(days=4)
    report: Any = {"reported_at": "2026-02-05T08:30:00Z", "reference": "IC-1", "now": now}
    assert act(name, "authority", **report).pointers == ["/late_reason"]
    facts: Any = {"people": 1, "records": 2, "measures": "The list was deleted."}
    first = act(name, "authority", **report, late_reason="Found on a Friday.", **facts)
    assert first.status == 200, first.text
    more = {**report, "reported_at": "2026-02-05T08:45:00Z", "consequences": "Unwanted mail."}
    both = act(name, "authority", **more).json["authority"]
    assert both["reported_at"] == "2026-02-05T08:30:00.000Z"
    known = {**facts, "late_reason": "Found on a Friday.", "consequences": "Unwanted mail."}
    assert {key: both[key] for key in known} == known, "a later report says only what is new"
    assert len(both["reports"]) == 2
    closed = act(name, "closure", reason="Done.", public_communication="On our home page.", now=now)
    assert closed.json["public_communication"] == "On our home page."
    last = decided(day)
    in_time: Any = {"reported_at": "2026-02-04T08:00:00Z", "reference": "IC-2", "now": now}
    assert act(last, "authority", **in_time).status == 200, "the seventy-second hour is in time"


def test_what_is_open_cannot_fall_to_retention_and_what_is_closed_can(day: datetime) -> None:
    """S13: the six years begin when it is closed."""
    name = found(day).json["breach_id"]

    def item() -> Any:
        key = {"kind": {"S": "breach"}, "id": {"S": name}}
        return boto3.client("dynamodb").get_item(TableName=database.table("operations"), Key=key)[
            "Item"
        ]

    assert "retention_start" not in item()
    nobody: Any = {"notify_authority": False, "notify_people": False, "reason": "Encrypted."}
    act(name, "decision", **nobody, ground="unintelligible_to_others")
    act(name, "closure", reason="Done.")
    assert item()["retention_start"]["S"] == format_timestamp(NOW)
    assert item()["retention_class"]["S"].startswith("breach#")


def test_everybody_affected_is_told_once_however_often_it_is_tried(day: datetime) -> None:
    """S23, S24: plain words and no promotion."""
    people = [somebody() for _ in range(12)]
    for person in people:
        keep(person, day)
    keep(people[0], day, "import", source="public_resources")
    others = [somebody(), somebody()]
    keep(others[0], day + timedelta(days=400))
    keep(others[1], day, "account")
    name = decided(day)
    told = order(name)
    assert (told["found_all"], told["found"], told["waiting"]) == (True, 12, 12)
    assert all(len(batch["people"]) <= breaches.PEOPLE for batch in breaches.batches(name))
    for _ in range(2):
        assert deliver(name) == {"batchItemFailures": []}
    assert order(name)["mailed"] == 12, "the same order again changes nothing"
    deliver(name)
    for person in people:
        (mail,) = person.mails()
        assert "Beware of strangers." in text(mail)
        assert mail["List-Unsubscribe"] is None
    assert [person.mails() for person in others] == [[], []]
    shown = see(name)["notification"]
    assert (shown["mailed"], shown["unreachable"], shown["waiting"]) == (12, 0, 0)
    assert act(name, "notification", **{**WORDS, "message": "Something else."}).status == 409


def test_who_said_no_to_marketing_is_told_all_the_same(day: datetime, sam: Person) -> None:
    """S24: a warning is no promotion."""
    sam.send("/v1/contact", name="Sam", message="Hello", marketing_opt_out=True)
    keep(sam, day)
    name = decided(day)
    order(name)
    deliver(name)
    assert len(sam.mails()) == 1


def test_a_source_narrows_who_is_affected(day: datetime) -> None:
    bought, came = somebody(), somebody()
    keep(bought, day, "import", source="marketing_associates")
    keep(came, day)
    name = decided(day, sources=["marketing_associates"])
    assert order(name)["found"] == 1
    deliver(name)
    assert (len(bought.mails()), len(came.mails())) == (1, 0)


def test_a_search_that_is_broken_off_goes_on_and_names_nobody_twice(
    day: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S24: by time, or by a crash in between."""
    monkeypatch.setattr(breach_notification, "SECONDS", -1.0)
    monkeypatch.setattr(breach_recipients, "PAGE", 2)
    people = [somebody() for _ in range(7)]
    for person in people:
        keep(person, day)
        keep(person, day, "import", source="public_resources")
    name = decided(day)
    calls = 0
    while not (told := order(name))["found_all"]:
        assert "same order again" in told["next_step"]
        calls += 1
        assert calls < 100
    assert calls > 2
    named = [each["person"] for batch in breaches.batches(name) for each in batch["people"]]
    assert sorted(named) == sorted(person.id for person in people)
    assert act(name, "closure", reason="x").status == 409, "the authority is not told yet"


def test_one_refused_address_keeps_nobody_else_waiting(
    day: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K9.2."""
    people, name = told(day, 4)
    plain = ses.send
    (batch,) = breaches.batches(name)
    first = batch["people"][0]["person"]
    refused_one = next(person for person in people if person.id == first)

    def refusing(letter: Any) -> None:
        if letter.to == refused_one.email:
            raise ConnectionError("for a moment")
        plain(letter)

    with monkeypatch.context() as refused:
        refused.setattr(ses, "send", refusing)
        assert len(deliver(name)["batchItemFailures"]) == 1
    assert [len(person.mails()) for person in people] == [each.id != first for each in people]
    shown = see(name)["notification"]
    assert shown["waiting"] >= 1, "all of that batch"
    assert shown["waiting"] + shown["mailed"] == 4
    deliver(name)
    assert [len(person.mails()) for person in people] == [1] * 4
    assert see(name)["notification"]["mailed"] == 4


def test_an_address_refused_for_good_is_unreachable_and_staff_are_told_what_to_do(
    day: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K9.2."""
    people, name = told(day, 3)
    plain = client("sesv2").send_email

    def refusing(**parameters: Any) -> Any:
        if parameters["Destination"]["ToAddresses"] == [people[1].email]:
            raise ClientError({"Error": {"Code": "MessageRejected"}}, "SendEmail")
        return plain(**parameters)

    monkeypatch.setattr(client("sesv2"), "send_email", refusing)
    for _ in range(2):  # and a batch that comes again says the same
        assert deliver(name)["batchItemFailures"] == []
        shown = see(name)["notification"]
        assert (shown["mailed"], shown["unreachable"], shown["waiting"]) == (2, 1, 0)
        assert "another way" in shown["next_step"]
    assert [len(person.mails()) for person in people] == [1, 0, 1]


def test_who_has_no_address_is_counted_and_not_forgotten(day: datetime) -> None:
    nobody = somebody()
    keep(nobody, day)
    name = decided(day, classes=["enquiry", "visit"])
    order(name)
    (record,) = nobody.held()
    database.call("delete_item", TableName=database.table("records"), Key=_key(record))
    deliver(name)
    assert see(name)["notification"]["unreachable"] == 1


def _key(record: Record) -> Any:
    return {"person": {"S": record.person}, "record": {"S": record.key}}


def test_requests_are_found_open_or_closed(functions: Any, sam: Person) -> None:
    asker = Asker(sam, functions)
    asker.write_a_letter()
    span = {"from": "2026-01-31T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
    breach = breaches.get(decided(NOW, classes=["case"], **span))
    assert breach is not None

    def concerned() -> list[breach_recipients.Person]:
        places = breach_recipients.places(breach.affected)
        return [
            each
            for place in places
            for each in breach_recipients.page(breach.affected, place, None)[0]
        ]

    assert {"person": sam.id, "request": asker.id} in concerned()
    asker.staff("cancellation")
    asker.staff("refusal", reason="No.")
    assert [each for each in concerned() if each["person"] == sam.id] == [
        {"person": sam.id, "request": asker.id}
    ]
    assert courier_breaches._address({"person": sam.id, "request": asker.id}) == (sam.email, None)


def test_staff_are_warned_once_while_the_clock_runs(
    day: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(ses, "send", lambda letter: sent.append(f"{letter.values['hours']}"))
    name = found(day).json["breach_id"]
    breach = breaches.get(name)
    assert breach is not None
    later = NOW + timedelta(hours=30)
    assert [breaches.warn(breach, hours, later) for hours in (24, 24)] == [True, False]
    (entry,) = [item for item in _items("breach") if item["id"]["S"] == name]
    for _ in range(2):
        courier_breaches.of_operation(entry, NOW)
        for item in _items(f"breach_warning#{name}"):
            courier_breaches.of_operation(item, later)
    assert sent == ["0", "24"]
    nobody: Any = {"notify_authority": False, "notify_people": False, "reason": "Encrypted."}
    act(name, "decision", **nobody, ground="unintelligible_to_others")
    breaches.warn(breach, 48, later)
    for item in _items(f"breach_warning#{name}"):
        courier_breaches.of_operation(item, later + timedelta(days=1))
    assert sent == ["0", "24"], "the clock has stopped"
    courier_breaches.of_operation({"kind": {"S": "held"}, "id": {"S": "person#x"}}, later)


def test_the_register_is_a_file_to_hand_over(day: datetime) -> None:
    """S24: UK GDPR Art. 33(5)."""
    name = found(day, title="=HYPERLINK()").json["breach_id"]
    items = call("desk", "GET", PATH, staff="auditor").json["items"]
    assert name in [item["breach_id"] for item in items]
    csv = call("desk", "GET", PATH, headers={"Accept": "text/csv"}, staff="auditor")
    assert csv.headers["Content-Type"].startswith("text/csv")
    (row,) = [line for line in csv.text.splitlines() if line.startswith(name)]
    assert ",'=HYPERLINK()," in row


@refused(
    "more",
    {
        "/discovered_at": [
            {"discovered_at": "2026-02-01T09:00:01Z"},
            {"discovered_at": "2026-02-01T08:00:00"},
        ],
        "/happened_at": [{"happened_at": "2026-02-01T08:30:00Z"}],
        "/from": [{"to": "1980-01-01T00:00:00Z"}],
        "/classes": [{"classes": []}],
        "/classes/1": [{"classes": ["enquiry", "gossip"]}],
        "/classes/0": [{"classes": ["visit_statistics"]}],
        "/sources/0": [{"sources": ["gossip"]}],
        "/severity": [{"severity": "cosmic"}],
    },
)
def test_what_cannot_be_is_named(day: datetime, more: dict[str, Any], pointer: str) -> None:
    answer = found(day, **more)
    assert (answer.status, answer.pointers) == (422, [pointer])


def test_the_same_key_is_the_same_breach(day: datetime) -> None:
    key = randomness.token_hex(8)
    first = found(day, key=key)
    assert found(day, key=key).json["breach_id"] == first.json["breach_id"]
    assert found(day, key=key, title="u").json["type"].endswith("idempotency-conflict")


STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("decision", {"notify_authority": True, "notify_people": True, "reason": "Names."}),
    ("authority", {"reported_at": "2026-02-01T08:30:00Z", "reference": "ICO 17"}),
    ("notification", WORDS),
    ("closure", {"reason": "All is done."}),
)


def test_a_key_does_each_step_once_and_nothing_else(
    day: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the write came through and its answer did not, or the same came meanwhile."""
    name = found(day).json["breach_id"]
    write = breaches.change

    def write_and_lose_the_answer(*given: Any) -> Any:
        write(*given)
        raise Conflict

    for number, (action, body) in enumerate(STEPS, 1):
        headers: Any = {"Idempotency-Key": randomness.token_hex(8)}

        def send(
            headers: Any = headers, action: str = action, body: Any = body, **more: Any
        ) -> Answer:
            path, place = {"breach_id": name}, f"{PATH}/{{breach_id}}/{action}"
            staff = "privacy_officer"
            return call("desk", "POST", place, body | more, path=path, headers=headers, staff=staff)

        if action != "notification":  # its search is written, too
            monkeypatch.setattr(breaches, "change", write_and_lose_the_answer)
        first = send()
        monkeypatch.setattr(breaches, "change", write)
        assert first.status == 200, first.text
        assert send().json == first.json
        other = send(
            **{
                "reference"
                if action == "authority"
                else "reason"
                if "reason" in body
                else "message": "Something else."
            }
        )
        assert other.status == 422, other.text
        assert other.json["type"].endswith("idempotency-conflict")
        assert len(see(name)["events"]) == 1 + number


def test_officers_act_and_auditors_look_and_all_of_it_is_on_the_audit(day: datetime) -> None:
    """S11."""
    assert found(day, staff="support").status == 403
    assert found(day, staff="auditor").status == 403
    name = found(day).json["breach_id"]
    assert act(name, "closure", staff="auditor", reason="x").status == 403
    path = {"breach_id": name}
    assert call("desk", "GET", PATH + "/{breach_id}", path=path, staff="support").status == 403
    see(name)
    missing = {"breach_id": "b_none"}
    assert call("desk", "GET", PATH + "/{breach_id}", path=missing, staff="auditor").status == 404
    actions = [
        entry.action for entry in audit.of_day(str(NOW.date())) if entry.facts.get("breach") == name
    ]
    assert sorted(actions) == ["read_breach", "record_breach"]


@pytest.mark.usefixtures("sam")
def test_a_sample_batch_of_operations_is_delivered_and_warns_staff_once(
    functions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(ses, "send", lambda letter: sent.append(letter.words))
    sample = Path(__file__).parents[2] / "events" / "notifications" / "operations.json"
    batch = json.loads(sample.read_text(encoding="utf-8"))
    for _ in range(2):
        assert functions.invoke("notifications", batch) == {"batchItemFailures": []}
    assert sent == ["breach_warning"]
