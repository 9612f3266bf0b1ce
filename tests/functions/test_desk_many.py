"""What the desk's pages cost as requests grow in number: calls, and how much they read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local import aws_calls
from local.functions import Functions
from shared.domain.identifiers import person_id
from shared.storage import secrets
from shared.storage.aws_clients import client
from shared.storage.dynamodb import database
from shared.storage.requests import request_store
from tests import factories
from tests.support import NOW, call

pytestmark = pytest.mark.usefixtures("cloud")

LIST = "/v1/desk/requests"
MANY = 80


@pytest.fixture(scope="module")
def many(functions: Functions) -> Iterator[None]:
    """Open requests of many people, which go again: other tests look at what is first due."""
    table, dynamodb = database.table("requests"), client("dynamodb")
    keys = []
    for number in range(MANY):
        person = person_id(secrets.identity(), factories.asker(number)[1])
        for item in factories.stored_request(number, person, NOW, is_open=True):
            dynamodb.put_item(TableName=table, Item=item)
            keys.append({name: item[name] for name in ("request", "entry")})
    yield
    for key in keys:
        dynamodb.delete_item(TableName=table, Key=key)


@contextmanager
def read() -> Iterator[dict[str, int]]:
    """Count the queries of the block, and the items that they give."""
    spent = {"queries": 0, "items": 0}

    def note(_service: str, operation: str, answer: Any) -> None:
        if operation == "Query":
            spent["queries"] += 1
            spent["items"] += len(answer["Items"])

    with aws_calls.seen(["dynamodb"], after=note):
        yield spent


def listed(**query: str) -> Any:
    answer = call("desk", "GET", LIST, query=query, staff="support")
    assert answer.status == 200, answer.text
    return answer.json


@pytest.mark.usefixtures("many")
def test_a_page_of_the_list_reads_no_more_than_a_page_of_each_state() -> None:
    with read() as spent:
        page = listed(limit="10")
    assert len(page["items"]) == 10
    assert page["next"]
    assert spent["items"] <= 5 * 11
    assert spent["queries"] <= 2 * 5


@pytest.mark.usefixtures("many")
def test_each_count_of_today_is_that_of_the_list_behind_it() -> None:
    told = call("desk", "GET", "/v1/desk/today", staff="support").json
    for count, query in (
        ("waiting_for_us", {"waiting": "us"}),
        ("waiting_for_them", {"waiting": "them"}),
        ("review", {"status": "awaiting_review"}),
        ("overdue", {"overdue": "true"}),
    ):
        items, page = [], listed(**query, limit="100")
        items += page["items"]
        while page["next"]:
            page = listed(**query, limit="100", cursor=page["next"])
            items += page["items"]
        assert len(items) == told[count], count
    assert listed(waiting="us", status="awaiting_fee")["items"] == []


@pytest.mark.usefixtures("many")
def test_what_is_overdue_is_found_without_reading_what_is_not() -> None:
    with read() as spent:
        page = listed(overdue="true", limit="100")
    assert page["items"]
    assert all(one["overdue"] for one in page["items"])
    assert spent["items"] == len(page["items"]) + len(page["unreadable"])
    with read() as spent:
        assert listed(overdue="true", status="awaiting_identity")["items"] == []
    assert spent["items"] == 0


@pytest.mark.usefixtures("many")
def test_a_place_behind_what_is_asked_for_is_an_empty_page() -> None:
    last = listed(limit="20")
    while last["next"]:
        cursor, last = last["next"], listed(limit="20", cursor=last["next"])
    assert listed(limit="20", cursor=cursor, overdue="true")["items"] == []


@pytest.mark.usefixtures("many")
def test_today_reads_many_of_them_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.today.routes.MAX_COUNTED", 40)
    with read() as spent:
        told = call("desk", "GET", "/v1/desk/today", staff="support").json
    assert not told["complete"]
    assert told["waiting_for_us"] + told["waiting_for_them"] <= 40
    assert spent["queries"] <= 2 * 5 + 16 + 2


def test_closed_requests_are_read_a_hundred_to_a_call(database_calls: list[str]) -> None:
    assert list(request_store.many([f"r_{number:024}none" for number in range(250)])) == []
    assert database_calls == ["batch_get_item"] * 3
