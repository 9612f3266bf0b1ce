"""Our client of AWS's JSON services does what botocore's does, in good times and in bad ones."""

import json
import os
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore import exceptions
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as botocore_keys  # noqa: N813 - it is called
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.storage import aws_clients, time_left
from shared.storage.aws_json import client as json_client
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

    def exchange(self: Any, headers: Any, body: bytes, seconds: float) -> Any:
        sent.append((headers["X-Amz-Target"], headers["Content-Type"], json.loads(body)))
        return plain(self, headers, body, seconds)

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
)
def test_the_signature_is_botocores(
    body: bytes, token: str | None, secret: str, more: dict[str, str], port: str
) -> None:
    host = f"dynamodb.eu-west-1.amazonaws.com{port}"
    headers = {"Host": host, "Content-Type": "application/x-amz-json-1.0", **more}
    request = AWSRequest("POST", f"https://{host}", headers, body)
    keys = botocore_keys("key", secret, token)
    SigV4Auth(keys, "dynamodb", "eu-west-1").add_auth(request)
    at = datetime.strptime(request.context["timestamp"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    mine = Credentials("key", secret, token)
    assert signed(headers, body, mine, "dynamodb", "eu-west-1", at) == dict(request.headers.items())


class Faulty:
    """A service on loopback that answers as it was told, one after the other."""

    def __init__(self) -> None:
        self.answers: list[Answer | None] = []
        self.requests: list[tuple[dict[str, str], bytes]] = []
        faulty = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                faulty.requests.append((dict(self.headers.items()), body))
                answer = faulty.answers.pop(0)
                if answer is None:  # the connection breaks
                    self.close_connection = True
                    return
                status, content, headers = answer
                self.send_response_only(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
                self.close_connection = "Content-Length" in headers and "Connection" not in headers

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Faulty]:
    faulty = Faulty()
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", faulty.url)
    monkeypatch.setattr(json_client, "PAUSE", 0.001)
    monkeypatch.setattr(json_client, "THROTTLED_PAUSE", 0.001)
    monkeypatch.setattr(json_client, "MAX_PAUSE", 0.002)
    monkeypatch.setattr(aws_clients, "client", lambda _: None)
    yield faulty
    faulty.server.shutdown()
    faulty.server.server_close()


def ok(**fields: Any) -> Answer:
    content = json.dumps(fields).encode()
    return 200, content, {"x-amz-crc32": str(zlib.crc32(content))}


def fault(code: str, status: int = 400, **headers: str) -> Answer:
    content = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "No."}
    return status, json.dumps(content).encode(), headers


def get() -> Any:
    made = JsonClient("dynamodb", lambda: boto3.client("dynamodb"))
    return made.get_item(TableName="t", Key={"k": {"S": "x"}})


PASSING: dict[str, Answer | None] = {
    "reset": None,
    "truncated": (200, b"{", {"Content-Length": "100"}),
    "wrong sum": (200, b"{}", {"x-amz-crc32": "1"}),
    "no service": (503, b"<html>busy</html>", {}),
    "server's fault": fault("InternalServerError", 500),
    "throttled": fault("ProvisionedThroughputExceededException"),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_tried_again_and_what_lasts_is_told(service: Faulty, name: str) -> None:
    service.answers = [PASSING[name], PASSING[name], ok(Item={"k": {"S": "x"}})]
    answer = get()
    assert answer["Item"] == {"k": {"S": "x"}}
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    service.answers = [PASSING[name]] * 3
    with pytest.raises((exceptions.ClientError, exceptions.BotoCoreError)):
        get()
    assert len(service.requests) == 6


@pytest.mark.parametrize(
    "code", ["ValidationException", "AccessDeniedException", "ExpiredTokenException"]
)
def test_what_lasts_is_tried_once(service: Faulty, code: str) -> None:
    service.answers = [fault(code)]
    with pytest.raises(exceptions.ClientError) as told:
        get()
    assert type(told.value).__name__ == told.value.response["Error"]["Code"] == code
    assert told.value.response["Error"]["Message"] == "No."


def test_a_wrong_clock_is_set_by_the_answer(service: Faulty) -> None:
    ahead = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    service.answers = [fault("InvalidSignatureException", Date=ahead), ok()]
    get()
    first, second = (r[0]["X-Amz-Date"] for r in service.requests)
    passed = datetime.fromisoformat(second) - datetime.fromisoformat(first)
    assert timedelta(hours=1, minutes=59) < passed < timedelta(hours=2, minutes=1)
    now = format_datetime(datetime.now(UTC), usegmt=True)
    service.answers = [fault("InvalidSignatureException", Date=now)]
    with pytest.raises(exceptions.ClientError):
        get()


def test_a_transaction_is_the_same_one_in_every_try(service: Faulty) -> None:
    service.answers = [None, ok()]
    JsonClient("dynamodb", lambda: None).transact_write_items(TransactItems=[])
    first, second = (json.loads(body)["ClientRequestToken"] for _, body in service.requests)
    assert first == second


def test_nothing_is_begun_without_time_left(service: Faulty) -> None:
    class Ending:
        def get_remaining_time_in_millis(self) -> int:
            return 10

    with time_left.of(Ending()), pytest.raises(exceptions.ReadTimeoutError):
        get()
    assert service.requests == []
    service.answers = [ok()]
    get()
    assert len(service.requests) == 1, "the next invocation has a time of its own"


def test_a_body_that_does_not_come_is_not_waited_for(
    service: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "READ_SECONDS", 0.1)
    service.answers = [(200, b"{", {"Content-Length": "2", "Connection": "keep-alive"})] * 3
    with pytest.raises(exceptions.ReadTimeoutError):
        get()
    assert len(service.requests) == 3


def test_a_budget_ends_tries_where_all_fails() -> None:
    budget = json_client._Budget()
    assert sum(budget.spend() for _ in range(1000)) == budget.FULL // budget.TRY
