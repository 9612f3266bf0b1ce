"""Our client of AWS's JSON services does what botocore's does, in good times and in bad ones."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
import pytest
from botocore import exceptions
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as botocore_keys  # noqa: N813 - it is called
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.storage import aws_clients
from shared.storage.aws_json import connection
from shared.storage.aws_json.client import JsonClient
from shared.storage.aws_json.signature import Credentials, signed
from shared.storage.dynamodb import database

Answer = tuple[int, bytes, dict[str, str]]

BINARY = st.binary(min_size=1, max_size=40)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NUMBER = st.integers(-(10**38) + 1, 10**38 - 1).map(str)
SCALAR = st.one_of(
    st.builds(lambda v: {"S": v}, TEXT),
    st.builds(lambda v: {"N": v}, NUMBER),
    st.builds(lambda v: {"B": v}, BINARY),
    st.builds(lambda v: {"BOOL": v}, st.booleans()),
    st.just({"NULL": True}),
    st.builds(
        lambda v: {"SS": v}, st.lists(TEXT.filter(bool), min_size=1, max_size=3, unique=True)
    ),
    st.builds(lambda v: {"NS": v}, st.lists(NUMBER, min_size=1, max_size=3, unique=True)),
    st.builds(lambda v: {"BS": v}, st.lists(BINARY, min_size=1, max_size=3, unique=True)),
)
NAMES = st.sampled_from(["a", "B", "BS", "S", "é", "x.y"])
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.one_of(
        st.builds(lambda v: {"L": v}, st.lists(inner, max_size=3)),
        st.builds(lambda v: {"M": v}, st.dictionaries(NAMES, inner, max_size=3)),
    ),
    max_leaves=8,
)
ITEM = st.dictionaries(NAMES, VALUE, max_size=4)


def ours() -> Any:
    made = aws_clients.client("dynamodb")
    assert isinstance(made, JsonClient) or os.environ.get("BOTOCORE_ONLY")
    return JsonClient("dynamodb", lambda: boto3.client("dynamodb"))


def outcome(run: Callable[[], Any]) -> Any:
    """Return what a call answers or raises, but for what differs between any two calls."""
    try:
        answer = dict(run())
    except exceptions.ClientError as fault:
        answer = dict(fault.response)
        answer["raised"] = type(fault).__name__
    answer.pop("ResponseMetadata")
    return answer


def same(theirs: dict[str, Any], mine: dict[str, Any]) -> bool:
    """Tell whether all that botocore tells is told; where it has a class for a fault, ours does."""
    more = {"message", "Message"} | ({"raised"} if theirs.get("raised") == "ClientError" else set())
    told = {name: value for name, value in mine.items() if name not in more - set(theirs)}
    for name in more & {"raised"}:
        told[name] = theirs[name]
    return told == theirs


@settings(max_examples=40)
@given(item=ITEM)
def test_items_of_every_kind_are_stored_and_read_as_botocore_does(
    functions: Any, item: Any
) -> None:
    table, key = database.table("tokens"), {"token": {"S": "differential"}}
    theirs, mine = boto3.client("dynamodb"), ours()
    read = {"TableName": table, "Key": key, "ConsistentRead": True}
    found = []
    for writer, reader in ((theirs, mine), (mine, theirs)):
        done = outcome(partial(writer.put_item, TableName=table, Item={**item, **key}))
        found.append([done, outcome(partial(reader.get_item, **read))])
    assert found[0] == found[1]
    assert outcome(lambda: mine.get_item(**read)) == outcome(lambda: theirs.get_item(**read))


@pytest.mark.usefixtures("cloud")
def test_an_event_is_told_as_botocore_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {
        "EventBusName": os.environ["BUS_DOMAIN"],
        "Source": "privacy",
        "DetailType": "request.completed",
        "Detail": json.dumps({"version": "1"}),
        "Time": 1_770_000_000,
    }
    sent: list[tuple[str, str, Any]] = []

    def note(request: Any, **_: Any) -> None:
        target, kind = (request.headers[name] for name in ("X-Amz-Target", "Content-Type"))
        told = [value.decode() if isinstance(value, bytes) else value for value in (target, kind)]
        sent.append((*told, json.loads(request.body)))

    theirs, mine = boto3.client("events"), JsonClient("events", lambda: boto3.client("events"))
    theirs.meta.events.register_first("before-send.events.PutEvents", note)
    plain = connection.Connection.exchange

    def exchange(self: Any, headers: Any, body: bytes, *more: Any) -> Any:
        sent.append((headers["X-Amz-Target"], headers["Content-Type"], json.loads(body)))
        return plain(self, headers, body, *more)

    monkeypatch.setattr(connection.Connection, "exchange", exchange)
    answers = [one.put_events(Entries=[entry]) for one in (theirs, mine)]
    assert [one["FailedEntryCount"] for one in answers] == [0, 0]
    assert sent[0] == sent[1]


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("put_item", {"Item": {"token": {"S": "there"}}}),
        (
            "put_item",
            {
                "Item": {"token": {"S": "there"}},
                "ConditionExpression": "attribute_not_exists(#t)",
                "ExpressionAttributeNames": {"#t": "token"},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            },
        ),
        ("get_item", {"Key": {"wrong": {"S": "x"}}}),
        ("get_item", {"Key": {"token": {"S": "none"}}}),
        ("delete_item", {"Key": {"token": {"S": "none"}}}),
        (
            "update_item",
            {
                "Key": {"token": {"S": "n"}},
                "UpdateExpression": "SET n = :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
                "ReturnValues": "ALL_NEW",
            },
        ),
        (
            "query",
            {
                "KeyConditionExpression": "#t = :t",
                "ExpressionAttributeNames": {"#t": "token"},
                "ExpressionAttributeValues": {":t": {"S": "there"}},
            },
        ),
        ("query", {"KeyConditionExpression": "no sense"}),
        ("describe_table", {}),
    ],
)
def test_an_operation_answers_and_fails_as_botocores(
    operation: str, parameters: dict[str, Any]
) -> None:
    both = boto3.client("dynamodb"), ours()
    both[0].put_item(TableName=database.table("tokens"), Item={"token": {"S": "there"}})
    told = [
        outcome(partial(getattr(each, operation), TableName=database.table("tokens"), **parameters))
        for each in both
    ]
    assert same(*told)


@pytest.mark.usefixtures("cloud")
def test_a_cancelled_transaction_tells_each_reason() -> None:
    table = database.table("tokens")
    put = {"TableName": table, "Item": {"token": {"S": "taken"}}}
    boto3.client("dynamodb").put_item(**put)
    new = {"TableName": table, "Item": {"token": {"S": "new"}}}
    refused = {
        **put,
        "ConditionExpression": "attribute_not_exists(#t)",
        "ExpressionAttributeNames": {"#t": "token"},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    told = [
        outcome(partial(each.transact_write_items, TransactItems=[{"Put": new}, {"Put": refused}]))
        for each in (boto3.client("dynamodb"), ours())
    ]
    assert same(*told)
    assert told[1]["CancellationReasons"][1]["Item"] == put["Item"]


@given(
    body=st.binary(max_size=200),
    token=st.none() | st.text("abc/+=", min_size=1),
    secret=st.text("abc/+=", min_size=1),
    more=st.dictionaries(
        st.sampled_from(["amz-sdk-request", "X-Amz-Target", "x-other", "A"]),
        st.text("a; =1", max_size=9),
    ),
    port=st.sampled_from(["", ":8000"]),
    path=st.sampled_from(["/", "/aws/~v1/"]),
)
def test_the_signature_is_botocores(
    body: bytes, token: str | None, secret: str, more: dict[str, str], port: str, path: str
) -> None:
    host = f"dynamodb.eu-west-1.amazonaws.com{port}"
    headers = {"Host": host, "Content-Type": "application/x-amz-json-1.0", **more}
    request = AWSRequest("POST", f"https://{host}{path}", headers, body)
    keys = botocore_keys("key", secret, token)
    SigV4Auth(keys, "dynamodb", "eu-west-1").add_auth(request)
    at = datetime.strptime(request.context["timestamp"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    mine = Credentials("key", secret, token)
    told = signed(path, headers, body, mine, "dynamodb", "eu-west-1", at)
    assert told == dict(request.headers.items())
