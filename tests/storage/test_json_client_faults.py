"""Our client of AWS's JSON services in bad times: what it tries again, what it tells, and when."""

import json
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore import exceptions
from botocore.config import Config
from botocore.retries.standard import (
    ExponentialBackoff,
    RetryContext,
    StandardRetryConditions,
    ThrottledRetryableChecker,
    TransientRetryableChecker,
)

from shared.storage import aws_clients, passing_faults, time_left
from shared.storage.aws_json import client as json_client
from shared.storage.aws_json import connection
from shared.storage.aws_json.client import SERVICES, JsonClient
from tests.storage.test_json_client import outcome, same

Answer = tuple[int, bytes, dict[str, str]]
MANY = 20


class Faulty:
    """A service on loopback that answers as it was told, one after the other."""

    def __init__(self) -> None:
        self.answers: list[Answer | None] = []
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.judge: Callable[[dict[str, str]], Answer | None] = lambda _: self.answers.pop(0)
        faulty = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                faulty.requests.append((dict(self.headers.items()), body))
                answer = faulty.judge(dict(self.headers.items()))
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

        class Server(ThreadingHTTPServer):
            request_queue_size = MANY

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


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


def test_a_budget_ends_tries_where_all_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def exchange(*_: Any) -> Any:
        asked.append(1)
        raise exceptions.ConnectionClosedError(endpoint_url="")

    monkeypatch.setattr(json_client, "PAUSE", 0)
    monkeypatch.setattr(connection.Connection, "exchange", exchange)
    client, calls = JsonClient("dynamodb", lambda: None), 200
    for _ in range(calls):
        with pytest.raises(exceptions.ConnectionClosedError):
            client.get_item()
    assert len(asked) == calls + json_client.BUDGET // json_client.A_TRY


def test_threads_whose_clock_is_wrong_all_learn_it_from_what_each_is_told(
    service: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to one that was signed before another set the clock is none that lasts."""
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 60)
    monkeypatch.setattr(connection, "READ_SECONDS", 60)
    at_once, client = threading.Barrier(MANY), JsonClient("dynamodb", lambda: None)
    theirs = datetime.now(UTC) + timedelta(hours=2)

    def judged(headers: dict[str, str]) -> Answer:
        said = datetime.strptime(headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if abs(said - theirs) < timedelta(hours=1):
            return ok()
        at_once.wait(60)
        return fault("InvalidSignatureException", Date=format_datetime(theirs, usegmt=True))

    service.judge = judged
    with ThreadPoolExecutor(MANY) as pool:
        tries = [
            answer["ResponseMetadata"]["RetryAttempts"]
            for answer in pool.map(lambda _: client.get_item(), range(MANY))
        ]
    assert tries == [1] * MANY
    assert len(client._connection._kept) <= connection.KEPT


def test_a_kept_connection_that_has_ended_is_not_used_or_its_call_is_made_again(
    service: Faulty,
) -> None:
    client = JsonClient("dynamodb", lambda: None)
    service.answers = [ok(), None, ok(), (200, b"{}", {"Connection": "close"}), ok()]
    tries, kept = [], []
    for _ in range(4):
        tries.append(client.get_item()["ResponseMetadata"]["RetryAttempts"])
        kept.append(len(client._connection._kept))
    assert (tries, kept) == ([0, 1, 0, 0], [1, 1, 0, 1])
    (line,) = client._connection._kept
    line.shutdown(socket.SHUT_RD)  # what it looks like when the other side has gone
    service.answers = [ok()]
    assert client.get_item()["ResponseMetadata"]["RetryAttempts"] == 0
    assert client._connection._kept != [line]


@pytest.mark.parametrize(
    ("asked", "least", "most"), [("300", 0.3, 0.3), ("90000", 5, 5.1), ("soon", 0, 0.1)]
)
def test_a_pause_that_is_asked_for_is_made_within_reason(
    service: Faulty, monkeypatch: pytest.MonkeyPatch, asked: str, least: float, most: float
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    told = {"x-amz-retry-after": asked}
    service.answers = [(400, b'{"__type": "ThrottlingException"}', told), ok()]
    get()
    assert least <= slept[0] <= most


@pytest.mark.parametrize(
    "answer",
    [
        (413, b"<html>Too large</html>", {}),
        (400, b"<html>Bad request</html>", {}),
        (400, b"", {}),
        (429, b"", {}),
        (400, b'{"__type":"com.x#Throttling:http://x/coral/","Message":"m"}', {}),
        (400, b'{"message":"m"}', {}),
    ],
)
def test_a_fault_that_is_told_otherwise_is_read_and_tried_as_botocore_does(
    service: Faulty, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0)
    standard = Config(retries={"mode": "standard", "total_max_attempts": json_client.TRIES})
    told, tries = [], []
    for each in (boto3.client("dynamodb", config=standard), JsonClient("dynamodb", lambda: None)):
        service.answers, before = [answer] * 3, len(service.requests)
        told.append(outcome(partial(each.get_item, TableName="t", Key={})))
        tries.append(len(service.requests) - before)
    assert same(*told)
    assert tries[0] == tries[1]


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b'{"Item":', b"null", b"[]"])
def test_a_good_answer_of_somebody_in_between_is_none(service: Faulty, body: bytes) -> None:
    """Where botocore reads nothing and goes on: what it was to write may be nowhere."""
    service.answers = [(200, body, {})] * 3
    with pytest.raises(exceptions.HTTPClientError):
        get()
    service.answers = [(503, body, {})] * 3
    with pytest.raises(exceptions.ClientError):
        get()
    assert len(service.requests) == 6


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_tried_again_is_what_botocore_tries_again(service: str) -> None:
    client = boto3.client(service)
    codes = {"Other", "Throttling", *ThrottledRetryableChecker._THROTTLED_ERROR_CODES}
    codes |= set(TransientRetryableChecker._TRANSIENT_ERROR_CODES)
    for operation in SERVICES[service].operations:
        model = client.meta.service_model.operation_model(operation)
        cases = [("Other", status) for status in (403, 408, 413, 429, 500, 502, 503, 504)]
        cases += [(code, 400) for code in codes]
        cases += [(shape.error_code, 400) for shape in model.error_shapes]
        for code, status in cases:
            parsed = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
            came = SimpleNamespace(status_code=status, headers={})
            context = RetryContext(1, model, parsed, came)
            told = exceptions.ClientError(parsed, operation)
            assert passing_faults.passes(told) == StandardRetryConditions().is_retryable(context)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1:1", exceptions.EndpointConnectionError),
        ("https://localhost:{}", exceptions.ConnectTimeoutError),
        ("http://127.0.0.1:{}", exceptions.ReadTimeoutError),
    ],
)
def test_who_cannot_be_reached_is_told_as_botocore_tells_it(
    url: str, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_client, "PAUSE", 0)
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 0.1)
    monkeypatch.setattr(connection, "READ_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url.format(silent.getsockname()[1]))
        with pytest.raises(kind):
            get()
