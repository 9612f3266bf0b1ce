"""Counts: each stored visit and decision exactly once, through crashes and repetitions (S8)."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from shared.domain.statistics import Statistic
from shared.domain.timestamps import format_timestamp
from shared.storage import counting, policies
from shared.storage.aws_clients import client
from shared.storage.dynamodb import database
from tests.conftest import ENGINE
from tests.functions.people import somebody
from tests.functions.visiting import (
    COOKIE_BANNER,
    SITE,
    aggregate,
    browser,
    counted,
    day,
    inserted,
    rows,
    stored,
    visit,
)
from tests.support import NOW, call

pytestmark = pytest.mark.usefixtures("cloud")

EVENTS = Path(__file__).parents[2] / "events" / "aggregation"


def cancelled(code: str) -> ClientError:
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": [{"Code": "None"}, {"Code": code}],
    }
    return ClientError(answer, "TransactWriteItems")


def test_a_visit_is_counted_once_however_often_it_comes() -> None:
    """S8."""
    now = day()
    name = browser(now)
    visit(name, now, "/", "/pricing", "/", exit=f"{SITE}/pricing")
    for _ in range(3):
        assert aggregate(*stored(name, "records")) == []
    assert counted("visits", now) == {
        "page#/": {"views": 2, "engaged_ms": 20_000, "entries": 1},
        "page#/pricing": {"views": 1, "engaged_ms": 10_000, "exits": 1},
        "device#desktop": {"visits": 1},
    }


def test_parts_are_one_visit_with_one_entry_one_exit_and_one_device() -> None:
    """S8: in whatever order they come to be counted."""
    now = day()
    for backwards in (False, True):
        name = browser(now)
        one = {"visit_id": "a-visit-of-three-parts", "entry": f"{SITE}/", "exit": f"{SITE}/end"}
        for path in ("/", "/more", "/end"):
            visit(name, now, path, **one)
        parts = stored(name, "records")
        assert len(parts) == 3
        assert aggregate(*(reversed(parts) if backwards else parts)) == []
    found = counted("visits", now)
    assert found["device#desktop"] == {"visits": 2}
    assert found["page#/"] == {"views": 2, "engaged_ms": 20_000, "entries": 2}
    assert found["page#/end"] == {"views": 2, "engaged_ms": 20_000, "exits": 2}


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_neither_loses_nor_doubles(monkeypatch: pytest.MonkeyPatch, *, after: bool) -> None:
    """S8: before the transaction nothing is there, after it all of it and the mark."""
    now = day()
    name = browser(now)
    visit(name, now, "/")
    batch = stored(name, "records")
    plain = client("dynamodb").transact_write_items

    def crash(**parameters: Any) -> None:
        if after:
            plain(**parameters)
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(client("dynamodb"), "transact_write_items", crash)
        assert aggregate(*batch) == [batch[0]["dynamodb"]["SequenceNumber"]]
    assert bool(counted("visits", now)) == after
    assert aggregate(*batch) == []
    assert counted("visits", now)["device#desktop"] == {"visits": 1}


def test_two_workers_at_one_count_try_again_and_a_bad_item_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = day()
    name = browser(now)
    visit(name, now, "/")
    (good,) = stored(name, "records")
    plain, conflicts = client("dynamodb").transact_write_items, iter([True, True])

    def contended(**parameters: Any) -> Any:
        if next(conflicts, False):
            raise cancelled("TransactionConflict")
        return plain(**parameters)

    monkeypatch.setattr(client("dynamodb"), "transact_write_items", contended)
    bad = inserted({"record": {"S": "visit#bad"}}, "records")
    assert aggregate(bad, good) == [bad["dynamodb"]["SequenceNumber"]]
    assert counted("visits", now)["device#desktop"] == {"visits": 1}


@pytest.mark.skipif(ENGINE == "moto", reason="moto does not keep transactions apart")
def test_workers_with_the_same_batch_at_the_same_time_count_each_item_once() -> None:
    """S8."""
    now = day()
    names = [browser(now) for _ in range(6)]
    for name in names:
        visit(name, now, "/", exit=f"{SITE}/")
    batch = [record for name in names for record in stored(name, "records")]

    with ThreadPoolExecutor(4) as workers:
        list(
            workers.map(lambda part: aggregate(*part), [batch, batch[:3], batch[2:], batch[4:]] * 3)
        )
    assert aggregate(*batch) == [], "whoever lost each time comes again"
    row = {"views": 6, "entries": 6, "exits": 6, "engaged_ms": 60_000}
    assert counted("visits", now) == {"page#/": row, "device#desktop": {"visits": 6}}


def test_a_batch_that_comes_again_cut_otherwise_adds_what_is_missing() -> None:
    """S8: bisected, with more behind it, late and out of order; marks are a thousand numbers'."""
    now = day()
    name = browser(now)
    for _ in range(7):
        visit(name, now, "/")
    batch = stored(name, "records")
    for at, record in enumerate(batch):
        record["dynamodb"]["SequenceNumber"] = f"{99_999_000_000_996 + at}"
    for part in (batch[:4], batch[:2], batch[1:6], batch[6:], batch[3:], batch):
        assert aggregate(*part) == []
    assert counted("visits", now)["device#desktop"] == {"visits": 7}


def test_a_batch_is_one_transaction_whatever_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = day()
    name = browser(now)
    for _ in range(20):
        visit(name, now, "/", "/pricing")
    batch = stored(name, "records")
    for at, record in enumerate(batch):
        record["dynamodb"]["SequenceNumber"] = f"{88_888_000_000_100 + at}"
    plain, sent = client("dynamodb").transact_write_items, []

    def seen(**parameters: Any) -> Any:
        sent.append(parameters["TransactItems"])
        return plain(**parameters)

    monkeypatch.setattr(client("dynamodb"), "transact_write_items", seen)
    assert aggregate(*batch) == []
    assert [len(members) for members in sent] == [4], "a mark, two pages, a device"
    assert counted("visits", now)["page#/"]["views"] == 20


def test_more_pages_than_a_transaction_takes_are_several() -> None:
    now = day()
    name = browser(now)
    for part in range(3):
        visit(name, now, *(f"/{part}/{number}" for number in range(49)))
    assert aggregate(*stored(name, "records")) == []
    assert sum(row["views"] for what, row in counted("visits", now).items() if "#/" in what) == 147


def test_contention_without_end_is_tried_later(monkeypatch: pytest.MonkeyPatch) -> None:
    now = day()
    name = browser(now)
    visit(name, now, "/")
    tries: list[int] = []

    def contended(**_: Any) -> None:
        tries.append(1)
        raise cancelled("TransactionConflict")

    with monkeypatch.context() as patch:
        patch.setattr(client("dynamodb"), "transact_write_items", contended)
        assert len(aggregate(*stored(name, "records"))) == 1
    assert len(tries) == counting.TRIES
    assert aggregate(*stored(name, "records")) == []
    assert counted("visits", now)["device#desktop"] == {"visits": 1}


def test_only_new_visits_count() -> None:
    now = day()
    name, sam = browser(now), somebody()
    visit(name, now, "/")
    assert sam.send("/v1/contact", name="Sam", message="Hello", now=now).status == 202
    (record,) = stored(name, "records")
    others = [record | {"eventName": kind} for kind in ("MODIFY", "REMOVE")]
    assert aggregate(*others, *stored(sam.id, "records")) == []
    assert counted("visits", now) == {}


def test_decisions_of_browsers_and_people_are_counted_by_what_they_did() -> None:
    """S8, S40, S48."""
    now = day()
    choices = {"analytics": True, "advertising": False}
    name = browser(now, choices=choices)
    gpc = {"Sec-GPC": "1"}
    refusal = {"method": "reject_all", "consent_id": name, "choices": {"analytics": False}}
    again = COOKIE_BANNER | refusal
    call("consent", "POST", "/v1/consents", again, now=now, headers=gpc)
    path = "/v1/consents/{consent_id}/withdrawal"
    one = {"purposes": ["personalisation"]}
    call("consent", "POST", path, one, path={"consent_id": name}, now=now)
    sam = somebody()
    box = {"name": "Sam", "message": "Hello", "marketing_opt_out": True}
    assert sam.send("/v1/contact", now=now, **box).status == 202
    for _ in range(2):
        assert aggregate(*stored(name, "ledger"), *stored(sam.id, "ledger")) == []
    found = counted("consents", now)
    assert found["choose#cookie_banner"] == {
        "answered": 2,
        "analytics#granted": 1,
        "advertising#refused": 1,
        "personalisation#withdrawn": 1,
    }
    refused = found["reject_all#cookie_banner"]
    assert refused["answered"] == 1
    assert (refused["analytics#withdrawn"], refused["analytics#gpc"]) == (1, 1)
    assert (refused["advertising#refused"], refused["advertising#gpc"]) == (1, 1)
    assert found["form#contact_form"]["answered"] == 1
    assert found["form#contact_form"]["direct_marketing#refused"] == 1


def test_counts_end_by_the_policy_and_marks_by_themselves() -> None:
    """S13: and neither names anybody."""
    now = day()
    name = browser(now)
    visit(name, now, "/")
    assert aggregate(*stored(name, "records"), *stored(name, "ledger")) == []
    classes = {item["id"] for item in policies.published().current(NOW).document["retention"]}
    for book, kept in (("visits", "visit_statistics"), ("consents", "consent_statistics")):
        found = list(rows(book, now))
        assert found
        for row in found:
            assert row["retention_class"]["S"].partition("#")[0] == kept
            assert kept in classes
            assert row["retention_start"]["S"] == f"{now.date()}T00:00:00.000Z"
            assert name not in str(row)
    pages = boto3.client("dynamodb").get_paginator("scan")
    tokens = [
        item
        for page in pages.paginate(TableName=database.table("tokens"))
        for item in page["Items"]
        if item["token"]["S"].startswith("counted#")
    ]
    assert tokens
    assert all(
        "expires" in item and set(item) == {"token", "counted", "expires"} for item in tokens
    )
    assert name not in str(tokens)


def test_a_visits_day_is_of_utc() -> None:
    """S8: a minute to and a minute past midnight are two days."""
    before = day().replace(hour=23, minute=59)
    after = before + timedelta(minutes=2)
    name = browser(before)
    for now in (before, after):
        visit(name, now, "/", pages=[{"url": "/", "at": format_timestamp(before), "engaged_ms": 1}])
    assert aggregate(*stored(name, "records")) == []
    for now in (before, after):
        assert counted("visits", now)["page#/"]["views"] == 1


@pytest.mark.parametrize(("name", "book"), [("records", "visits"), ("ledger", "consents")])
def test_a_sample_batch_is_counted(name: str, book: Statistic) -> None:
    batch = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    assert aggregate(*batch["Records"]) == []
    assert counted(book, NOW)
