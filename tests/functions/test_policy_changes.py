"""Subscribers and account holders are told what a new policy version changed (S23, S57)."""

import re
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from local.functions import Functions
from notifications import policy_mails
from shared.edge import current_time
from shared.storage import policies, policy_changes, records
from tests import factories
from tests.functions.people import Person, somebody
from tests.functions.test_notifications import sent

pytestmark = pytest.mark.usefixtures("cloud")

VERSION = "2026-10"
KNOWN = policies.load(policies.FOLDER)
DAY = datetime.fromisoformat("2026-11-25T09:00:00+00:00")


@pytest.fixture(autouse=True)
def in_force(monkeypatch: pytest.MonkeyPatch, functions: Functions) -> None:
    monkeypatch.setattr(policies, "published", lambda: KNOWN)
    monkeypatch.setattr(policy_mails, "MAX_A_DAY", 200 * policy_changes.PEOPLE)
    table = boto3.resource("dynamodb").Table(functions.cloud.table("OperationsTable"))
    for kind in (policy_changes.STATE, policy_changes.ORDERS):
        for item in table.query(
            KeyConditionExpression="kind = :kind", ExpressionAttributeValues={":kind": kind}
        )["Items"]:
            table.delete_item(Key={"kind": kind, "id": item["id"]})


def kept(person: Person, kind: str, version: str = "2023-06", **facts: Any) -> None:
    records.add(
        factories.record(
            person.id,
            kind,
            received_at="2026-01-05T09:00:00.000Z",
            fields={"email": person.email, "name": "Sam Example"},
            provenance=factories.provenance("newsletter", version),
            facts=facts,
        )
    )


def run(functions: Functions, day: datetime, monkeypatch: pytest.MonkeyPatch) -> int:
    """Have the daily run order and the worker tell; return how many orders the day had."""
    monkeypatch.setattr(current_time, "now", lambda: day)
    functions.invoke("deadlines", {})
    count = 0
    while order := next(iter(orders(functions)[count:]), None):
        policy_mails.of_order(order, day)
        count += 1
    return count


def orders(functions: Functions) -> list[policy_changes.AnnouncementOrder]:
    answer = boto3.client("dynamodb").query(
        TableName=functions.cloud.table("OperationsTable"),
        KeyConditionExpression="kind = :kind",
        ExpressionAttributeValues={":kind": {"S": policy_changes.ORDERS}},
    )
    found = [policy_changes.read_order(item) for item in answer["Items"]]
    return [order for order in found if order is not None]


def told(person: Person) -> list[Any]:
    return [mail for mail in sent(person.email) if "privacy notice has changed" in mail["Subject"]]


def test_each_is_told_once_of_what_changed_however_often_it_runs(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, fresh, gone, enquirer = (somebody() for _ in range(4))
    kept(both, "subscription")
    kept(both, "account")
    kept(fresh, "account", version=VERSION)
    kept(gone, "account", closed_at="2026-02-01T09:00:00.000Z")
    kept(enquirer, "enquiry")
    for day in range(2):
        run(functions, DAY + timedelta(days=day), monkeypatch)
    assert policy_changes.get(VERSION).finished
    assert len(told(both)) == 1
    assert told(fresh) == told(gone) == told(enquirer) == []
    assert run(functions, DAY + timedelta(days=20), monkeypatch) == 0


def test_the_mail_is_about_the_notice_and_offers_nothing(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    sam = somebody()
    kept(sam, "subscription")
    for day in range(2):
        run(functions, DAY + timedelta(days=day), monkeypatch)
    (mail,) = told(sam)
    text = mail.get_body(("plain",)).get_content()
    assert "The notice says more plainly what we do" in " ".join(text.split())
    own = KNOWN.versions[VERSION].document["changes"]
    frame = " ".join(text.split()).replace(" ".join(own.split()), "")
    assert not re.search(r"offer|news|discount|buy|price|free trial|product", frame, re.IGNORECASE)
    hosts = set(re.findall(r"https?://([^/\s]+)", frame))
    assert len(hosts) == 1, "our own pages alone"
    assert "List-Unsubscribe" not in mail


def test_a_day_has_its_number_and_the_next_goes_on(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_mails, "MAX_A_DAY", policy_changes.PEOPLE)
    assert run(functions, DAY, monkeypatch) == 1
    first = policy_changes.get(VERSION)
    assert not first.finished
    assert run(functions, DAY, monkeypatch) == 1, "the same day again: the same order"
    assert run(functions, DAY + timedelta(days=1), monkeypatch) == 1
    assert policy_changes.get(VERSION).step > first.step


def test_nobody_is_told_of_the_first_version(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = datetime.fromisoformat("2026-02-01T09:00:00+00:00")
    assert run(functions, early, monkeypatch) == 0
