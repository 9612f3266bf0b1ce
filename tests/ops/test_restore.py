"""What a backup has and the table lacks comes back, once, and nothing that is there changes."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from local.cloud import Cloud
from ops import CommandError, restore
from ops.__main__ import main
from tests.conftest import ENGINE

pytestmark = pytest.mark.skipif(ENGINE != "moto", reason="restores are the embedded engine's")
RESTORED = "privacy-test-restored-records"
WORDS = ["restore", "--stack", "privacy-test"]


def item(number: int, said: str = "then") -> dict[str, Any]:
    return {"person": {"S": f"p_{number}"}, "record": {"S": "enquiry#1"}, "said": {"S": said}}


@pytest.fixture
def table(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A deployed table that lost one item and has one changed and one new since the backup."""
    name, dynamodb = cloud.table("RecordsTable"), boto3.client("dynamodb")
    for number in range(3):
        dynamodb.put_item(TableName=name, Item=item(number))
    schema = dynamodb.describe_table(TableName=name)["Table"]
    keys = {each["AttributeName"] for each in schema["KeySchema"]}
    dynamodb.create_table(
        TableName=RESTORED,
        KeySchema=schema["KeySchema"],
        AttributeDefinitions=[
            each for each in schema["AttributeDefinitions"] if each["AttributeName"] in keys
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(3):
        dynamodb.put_item(TableName=RESTORED, Item=item(number))
    dynamodb.delete_item(TableName=name, Key={k: v for k, v in item(0).items() if k != "said"})
    dynamodb.put_item(TableName=name, Item=item(1, "now"))
    dynamodb.put_item(TableName=name, Item=item(9))
    monkeypatch.setattr("ops.stores.resources", lambda _: {"RecordsTable": name})
    monkeypatch.setattr(restore, "_refuse_while_heard", lambda _: None)
    yield name
    dynamodb.delete_table(TableName=RESTORED)


def held(name: str) -> dict[str, str]:
    found = boto3.client("dynamodb").scan(TableName=name)["Items"]
    return {each["person"]["S"]: each["said"]["S"] for each in found if "said" in each}


def test_what_is_missing_comes_back_and_what_is_there_stays(
    table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = held(table)
    assert main([*WORDS, "--dry-run", "records", RESTORED]) == 0
    assert capsys.readouterr().out.startswith("1 would be put back, 1 the same, 1 newer")
    assert held(table) == before
    assert main([*WORDS, "records", RESTORED]) == 0
    assert held(table) == {"p_0": "then", "p_1": "now", "p_2": "then", "p_9": "then"}
    capsys.readouterr()
    assert main([*WORDS, "records", RESTORED]) == 0
    assert capsys.readouterr().out.startswith("0 put back, 2 the same"), "again, it is done"


def test_a_table_of_another_kind_or_none_is_refused(
    table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*WORDS, "records", table]) == 1
    assert "is not a restored records" in capsys.readouterr().err
    assert main([*WORDS, "records", "privacy-none"]) == 1
    assert "There is no table privacy-none" in capsys.readouterr().err
    assert main([*WORDS, "audit", RESTORED]) == 1
    assert "has no table audit" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("filters", "refused"),
    [
        ([{"Pattern": '{"eventName":["INSERT"]}'}], True),
        ([], True),
        ([{"Pattern": restore.CLOSED}], False),
    ],
    ids=["open", "unfiltered", "closed"],
)
def test_nothing_is_put_back_while_a_worker_would_take_it_for_new(
    monkeypatch: pytest.MonkeyPatch, filters: list[dict[str, str]], *, refused: bool
) -> None:
    mapping = {"UUID": "u", "FilterCriteria": {"Filters": filters}}

    class Lambda:
        def get_paginator(self, _: str) -> "Lambda":
            return self

        def paginate(self, **_: str) -> list[dict[str, Any]]:
            return [{"EventSourceMappings": [mapping]}]

    monkeypatch.setattr(restore, "_client", lambda _: Lambda())
    table = {"LatestStreamArn": "arn"}
    if refused:
        with pytest.raises(CommandError, match="close the mapping u first"):
            restore._refuse_while_heard(table)
    else:
        restore._refuse_while_heard(table)
    restore._refuse_while_heard({})
