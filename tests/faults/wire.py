"""The one place below every client where a call to AWS can be broken.

Each attempt of each client passes here, whatever retries it makes by itself: the answer may be an
error, may never come, may come to nobody though the work was done, or the process may be gone
before or after it. A call is one logical call of the code; its attempts share an invocation id.
"""

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from botocore.awsrequest import AWSResponse
from botocore.endpoint import Endpoint
from botocore.exceptions import ReadTimeoutError
from moto.core.botocore_stubber import MockRawResponse

from infra.catalogue import FUNCTIONS
from shared.storage import time_left
from shared.storage.aws_json.answer import Answer
from shared.storage.aws_json.connection import Connection

Attempt = tuple[tuple[Any, dict[str, Any]] | None, Exception | None]
Send = Callable[[], Attempt]

READS = frozenset(
    {
        "BatchGetItem",
        "GetItem",
        "GetObject",
        "GetPublicKey",
        "GetSecretValue",
        "ListObjectsV2",
        "Query",
        "Scan",
        "Sign",
    }
)
# What each service says when it is asked too much; all other services say the last.
_THROTTLED = {
    "dynamodb": ("ProvisionedThroughputExceededException", 400),
    "s3": ("SlowDown", 503),
    "sesv2": ("TooManyRequestsException", 429),
    "secretsmanager": ("ThrottlingException", 400),
}
_REFUSED = {
    "server_error": ("InternalServerError", 500),
    "refused": ("AccessDeniedException", 400),
    "expired": ("ExpiredTokenException", 400),
}
# Whose time can be over before its work is done; the first look at what is left of it themselves.
WORKERS = frozenset(row.name for row in FUNCTIONS if not row.serves_http)
LOOKING_AHEAD = frozenset({"retention", "transparency"})
_OTHERS_THROTTLED = ("ThrottlingException", 400)


class Killed(BaseException):
    """The process is gone; nothing of ours may catch this."""


@dataclass(frozen=True, slots=True)
class Call:
    """One logical call: which operation of which service, and in which function."""

    service: str
    operation: str
    function: str = ""

    @property
    def writes(self) -> bool:
        """Tell whether it can leave something behind."""
        return self.operation not in READS

    def __str__(self) -> str:
        return f"{self.service}.{self.operation}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What breaks, and at which logical call, counted from 1.

    Of a fault that comes after another it is not known which call it meets: its `kind` is then
    chosen among those of the call by `choice`.
    """

    kind: str
    at: int
    choice: int | None = None

    def met(self, call: "Call") -> "Fault":
        """Return what it is for the call that it meets."""
        if self.choice is None:
            return self
        kinds = [fault.kind for fault in faults_of(self.at, call)]
        return Fault(kinds[self.choice % len(kinds)], self.at)


FOR_READS = ("throttled", "server_error", "unanswered", "refused")
FOR_WRITES = (
    "throttled",
    "server_error",
    "unanswered",
    "refused",
    "answer_lost",
    "answer_lost_once",
    "killed_after",
)


def faults_of(number: int, call: Call) -> Iterator[Fault]:
    """Yield every fault of a call's kind. To be killed before a call is to be killed after the
    write before it, so that it is tried of the first call alone."""
    kinds: tuple[str, ...] = FOR_WRITES if call.writes else FOR_READS
    kinds += ("expired",)
    if number == 1:
        kinds += ("killed_before",)
    if call.function in WORKERS:
        kinds += ("out_of_time",)
    more = {
        "BatchGetItem": ("partly",),
        "PutEvents": ("partly",),
        "Query": ("paged",),
        "TransactWriteItems": ("in_conflict",),
    }
    kinds += more.get(call.operation, ())
    return (Fault(kind, number) for kind in kinds)


@dataclass
class Wire:
    """Counts the calls of what is invoked, and breaks those that it is told to.

    `struck` tells what broke, and which call that was; `function` is what is invoked, and
    `time_over` that its time is.
    """

    calls: list[Call] = field(default_factory=list)
    faults: dict[int, Fault] = field(default_factory=dict)
    dead: bool = False
    function: str = ""
    time_over: bool = False
    struck: list[tuple[Fault, Call]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    _last: str = ""
    _tokens: dict[str, Attempt] = field(default_factory=dict)
    _attempts: int = 0

    def begin(self, calls: Sequence[Call], faults: Sequence[Fault]) -> None:
        """Begin anew behind these calls, and break what the faults name."""
        self.calls, self.faults = list(calls), {fault.at: fault for fault in faults}
        self.struck.clear()
        self._tokens.clear()

    def attempt(self, call: Call, invocation: str, body: bytes, send: Send) -> Attempt:
        """Let one attempt of a call through, or break it."""
        if self.dead:
            raise Killed
        if self.time_over and self.function not in LOOKING_AHEAD:
            self._kill()
        if invocation != self._last:
            self._last, self._attempts = invocation, 0
            self.calls.append(call)
            if len(self.calls) in self.faults:
                self.struck.append((self.faults[len(self.calls)].met(call), call))
        self._attempts += 1
        if len(self.calls) not in self.faults:
            return self._through(call, body, send)
        return self._broken(self.struck[-1][0].kind, call, body, send)

    def _broken(self, kind: str, call: Call, body: bytes, send: Send) -> Attempt:
        """Break an attempt: without its effect, or with it and without its answer, or in part."""
        if kind in ("answer_lost", "answer_lost_once"):
            first = self._attempts == 1
            if first or kind == "answer_lost_once":
                done = self._through(call, body, send)
            return (None, _lost()) if first or kind == "answer_lost" else done
        if kind == "killed_after":
            self._through(call, body, send)
        if kind.startswith("killed"):
            self._kill()
        if kind == "out_of_time":
            return self._last_call(call, body, send)
        if kind == "paged":
            return _first_page(self._through(call, body, send), body)
        return _unmade(kind, call, body)

    def give_time(self) -> None:
        """Begin an invocation that has all its time."""
        self.time_over = False
        time_left._ends.set(math.inf)

    def _kill(self) -> NoReturn:
        self.dead = True
        raise Killed

    def _last_call(self, call: Call, body: bytes, send: Send) -> Attempt:
        """Let a call through after which the invocation has no more time, or little."""
        self.time_over = True
        if call.function not in LOOKING_AHEAD:
            time_left._ends.set(time.monotonic())
        return self._through(call, body, send)

    def _through(self, call: Call, body: bytes, send: Send) -> Attempt:
        """Do it; a transaction whose token came before has happened, as in AWS."""
        token = _token(call, body)
        if token is not None and token in self._tokens:
            return self._tokens[token]
        done = send()
        happened = done[0] is not None and done[0][0].status_code < 300
        if token is not None and happened:
            self._tokens[token] = done
        if call.operation == "PutEvents" and happened:
            self.events += json.loads(body)["Entries"]
        return done


def _token(call: Call, body: bytes) -> str | None:
    if call.operation != "TransactWriteItems":
        return None
    token: str = json.loads(body)["ClientRequestToken"]
    return token


def _unmade(kind: str, call: Call, body: bytes) -> Attempt:
    """Answer in place of AWS: nothing was done."""
    if kind == "unanswered":
        return None, _lost()
    if kind == "throttled":
        return _refusal(*_THROTTLED.get(call.service, _OTHERS_THROTTLED))
    if kind == "in_conflict":
        members = json.loads(body)["TransactItems"]
        reasons = [{"Code": "TransactionConflict"} for _ in members]
        return _refusal("TransactionCanceledException", 400, CancellationReasons=reasons)
    if kind == "partly" and call.operation == "PutEvents":
        return _answer(200, {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "Internal"}]})
    if kind == "partly":
        asked = json.loads(body)["RequestItems"]
        return _answer(200, {"Responses": {}, "UnprocessedKeys": asked})
    return _refusal(*_REFUSED[kind])


def _lost() -> ReadTimeoutError:
    """Make the fault of an answer that never came: one that is raised again keeps what it saw."""
    return ReadTimeoutError(endpoint_url="https://unanswered.example")


def _refusal(code: str, status: int, **more: Any) -> Attempt:
    return _answer(status, {"Error": {"Code": code, "Message": "broken on purpose"}, **more})


def _answer(status: int, parsed: dict[str, Any]) -> Attempt:
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": {}, "RequestId": "broken"}
    response = AWSResponse("https://broken.example", status, {}, MockRawResponse(b""))
    return (response, {**parsed, "ResponseMetadata": metadata}), None


def _first_page(done: Attempt, body: bytes) -> Attempt:
    """Cut a query's answer after its first item, with the key behind which it goes on."""
    if done[0] is None or len(done[0][1].get("Items", ())) < 2:
        return done
    response, parsed = done[0]
    if "LastEvaluatedKey" in parsed or "Limit" in json.loads(body):
        return done
    first = parsed["Items"][0]
    keys = _keys_of(json.loads(body))
    cut = {**parsed, "Items": [first], "LastEvaluatedKey": {name: first[name] for name in keys}}
    return (response, cut), None


def _keys_of(query: dict[str, Any]) -> list[str]:
    from moto.backends import get_backend  # noqa: PLC0415 - heavy

    backend: Any = get_backend("dynamodb")["123456789012"]["eu-west-1"]
    table = backend.tables[query["TableName"]]
    names = list(table.table_key_attrs)
    for index in table.global_indexes:
        if index.name == query.get("IndexName"):
            names += [each["AttributeName"] for each in index.schema]
    return list(dict.fromkeys(names))


@contextmanager
def laid(wire: Wire) -> Iterator[Wire]:
    """Have every attempt of every client pass the wire for as long as the block runs."""
    of_botocore, of_ours = Endpoint._do_get_response, Connection.exchange

    def attempt(self: Any, request: Any, operation_model: Any, context: Any) -> Attempt:
        model = operation_model
        call = Call(str(model.service_model.service_name), str(model.name), wire.function)
        invocation = request.headers["amz-sdk-invocation-id"]
        name = invocation.decode() if isinstance(invocation, bytes) else str(invocation)
        body = request.body if isinstance(request.body, bytes) else b""

        def send() -> Attempt:
            done: Attempt = of_botocore(self, request, operation_model, context)
            return done

        return wire.attempt(call, name, body, send)

    def exchange(
        self: Connection, headers: Mapping[str, str], body: bytes, at: datetime, seconds: float
    ) -> Answer:
        call = Call(self.service, headers["X-Amz-Target"].rpartition(".")[2], wire.function)

        def send() -> Attempt:
            answer = of_ours(self, headers, body, at, seconds)
            response = AWSResponse(self.endpoint, answer.status, dict(answer.headers), None)
            return (response, json.loads(answer.body or b"{}")), None

        done, fault = wire.attempt(call, headers["amz-sdk-invocation-id"], body, send)
        if done is None:
            raise fault or _lost()
        return _on_the_wire(*done)

    Endpoint._do_get_response = attempt
    Connection.exchange = exchange  # type: ignore[method-assign]
    try:
        yield wire
    finally:
        Endpoint._do_get_response = of_botocore
        Connection.exchange = of_ours  # type: ignore[method-assign]


def _on_the_wire(response: Any, parsed: Mapping[str, Any]) -> Answer:
    """Write an answer as the service does, from how it is read."""
    told = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
    if "Error" in told:
        told["__type"] = told.pop("Error")["Code"]
    return Answer(response.status_code, {}, json.dumps(told).encode())
