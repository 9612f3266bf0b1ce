"""The ledger on the engine: append-only writes, races, paging (S51)."""

import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import boto3
import pytest

from local import engine
from ops.__main__ import main as ops
from shared.domain import identifiers as subjects
from shared.domain.consent import Decision, Event, Evidence, NoticeReference, next_event
from shared.domain.hash_chain import first_break
from shared.services.record_decision import record_decision
from shared.storage import ledger, policies
from shared.storage.dynamodb import database
from shared.storage.ledger import LedgerEntry
from tests.conftest import ENGINE
from tests.support import NOW

pytestmark = pytest.mark.usefixtures("cloud")
REAL_ENGINE = ENGINE != "moto"


def new_subject() -> str:
    return subjects.consent_id(secrets.token_bytes(16))


def decision(subject: str, minutes: int = 0) -> Decision:
    return Decision(
        subject=subject,
        kind="decision",
        choices={"analytics": minutes % 2 == 0},
        evidence=Evidence(
            method="choose",
            gpc=False,
            gpc_override=False,
            sign_up=None,
            language=None,
            page="https://www.example.com/",
            property="www.example.com",
            ip="203.0.113.0/24",
            browser="Firefox",
        ),
        policy=policies.published().versions["2023-06"],
        notice=NoticeReference(id="cookie_banner", sha256="b" * 64, language="en-GB"),
        at=NOW + timedelta(minutes=minutes),
    )


def decide(subject: str, before: Event | None, minutes: int = 0) -> Event:
    return next_event(before, decision(subject, minutes), policies.published())


def write(subject: str, count: int) -> list[Event]:
    events: list[Event] = []
    for minutes in range(count):
        events.append(decide(subject, events[-1] if events else None, minutes))
        ledger.append(LedgerEntry(events[-1], {}, None))
    return events


def test_what_is_written_reads_back_the_same() -> None:
    subject = new_subject()
    events = write(subject, 3)
    assert ledger.after(subject, 0, 10) == events
    assert ledger.after(subject, 1, 1) == [events[1]]
    head = ledger.head(subject)
    assert head is not None
    assert head.event == events[2]
    second = ledger.at(subject, 2)
    assert second is not None
    assert second.event == events[1]
    assert first_break(subject, ledger.after(subject, 0, 10)) is None


def test_an_event_is_never_written_over() -> None:
    subject = new_subject()
    (first,) = write(subject, 1)
    with pytest.raises(ledger.AlreadyAppended) as caught:
        ledger.append(LedgerEntry(decide(subject, None, 1), {}, None))
    assert caught.value.entry.event == first
    assert ledger.after(subject, 0, 10) == [first]


def test_reading_pages_through_more_than_one_answer_holds() -> None:
    subject = new_subject()
    write(subject, 12)
    table = os.environ["TABLE_LEDGER"]
    seen = []
    start: dict[str, Any] = {}
    client = boto3.client("dynamodb")
    while True:
        page = client.scan(TableName=table, Limit=5, **start)
        seen += page["Items"]
        if "LastEvaluatedKey" not in page:
            break
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert len([item for item in seen if item["subject"]["S"] == subject]) == 12


def test_an_item_fits_a_kilobyte_with_its_key_marks() -> None:
    """One write unit for the item, one for the retention index."""
    subject = new_subject()
    events = write(subject, 2)
    entry = LedgerEntry(events[1], {"abcdefgh": 1, "ijklmnop": 2}, "f" * 16)
    assert size(ledger.put(entry)["Item"]) <= 1024


def size(attributes: dict[str, Any]) -> int:
    """Bytes as DynamoDB counts them: names, values, and three for each list or map."""
    return sum(len(name.encode()) + _value(value) for name, value in attributes.items())


def _value(attribute: dict[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    if kind == "M":
        return 3 + sum(len(name) + 1 + _value(member) for name, member in value.items())
    if kind == "L":
        return 3 + sum(1 + _value(member) for member in value)
    return len(value.encode()) if kind in ("S", "N") else 1


@pytest.mark.skipif(not REAL_ENGINE, reason="moto does not guard conditions against other threads")
def test_fifty_writers_at_once_lose_nothing_and_make_one_order() -> None:
    subject = new_subject()
    (first,) = write(subject, 1)
    head = LedgerEntry(first, {}, None)

    def writer(number: int) -> Event:
        return record_decision(decision(subject, number), head).event

    with ThreadPoolExecutor(50) as writers:
        written = list(writers.map(writer, range(50)))
    events = ledger.after(subject, 0, 100)
    assert sorted(event["sequence"] for event in written) == list(range(2, 52))
    assert [event["sequence"] for event in events] == list(range(1, 52))
    assert first_break(subject, events) is None


def test_a_lost_race_goes_on_from_the_winner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deterministically: another writer comes between our read and our write, twice."""
    subject = new_subject()
    (first,) = write(subject, 1)
    plain, others = ledger.append, iter((1, 2))

    def slow(entry: LedgerEntry) -> None:
        if (minutes := next(others, None)) is not None:
            head = ledger.head(subject)
            plain(LedgerEntry(decide(subject, head.event if head else None, minutes), {}, None))
        plain(entry)

    monkeypatch.setattr(ledger, "append", slow)
    event = record_decision(decision(subject, 9), LedgerEntry(first, {}, None)).event
    assert event["sequence"] == 4
    assert first_break(subject, ledger.after(subject, 0, 10)) is None


def test_an_append_whose_answer_was_lost_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client sends a write again by itself; what stands there then is no other writer's."""
    subject = new_subject()
    (first,) = write(subject, 1)
    plain = database.call

    def twice(operation: str, **parameters: Any) -> Any:
        if operation == "put_item":
            plain(operation, **parameters)
        return plain(operation, **parameters)

    monkeypatch.setattr(database, "call", twice)
    event = record_decision(decision(subject, 1), LedgerEntry(first, {}, None)).event
    assert event["sequence"] == 2
    assert len(ledger.after(subject, 0, 10)) == 2


def tamper(subject: str, sequence: int, **changes: Any) -> None:
    boto3.client("dynamodb").update_item(
        TableName=os.environ["TABLE_LEDGER"],
        Key={"subject": {"S": subject}, "sequence": {"N": str(sequence)}},
        UpdateExpression="SET ip = :ip",
        ExpressionAttributeValues={":ip": {"S": changes["ip"]}},
    )


def test_the_command_verifies_the_table_and_names_the_first_bad_event(
    capsys: pytest.CaptureFixture[str],
) -> None:
    subject = new_subject()
    write(subject, 3)
    table = os.environ["TABLE_LEDGER"]
    assert ops(["ledger", "verify", "--table", table]) == 0
    assert "0 broken" in capsys.readouterr().out
    tamper(subject, 2, ip="198.51.100.0/24")
    assert ops(["ledger", "verify", "--table", table]) == 1
    said = capsys.readouterr().out
    assert f"{subject[:8]}… event 2: does not match its own digest: it was altered" in said
    assert subject not in said
    tamper(subject, 2, ip="203.0.113.0/24")
    assert ops(["ledger", "verify", "--table", table]) == 0


def test_nothing_of_this_machines_aws_is_in_reach() -> None:
    dummies = {"local", "FOOBARKEY"}  # ours, and the embedded engine's own
    assert os.environ["AWS_ACCESS_KEY_ID"] in dummies
    assert "AWS_PROFILE" not in os.environ
    assert os.environ["AWS_CONFIG_FILE"] == os.devnull
    assert boto3.Session().get_credentials().access_key in dummies
    assert boto3.Session().region_name == engine.REGION
