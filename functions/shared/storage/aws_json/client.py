"""A client of a JSON service of AWS that costs a third of botocore's, and gives the same.

Its operations are called as botocore's are, with the same parameters, answers and faults; what it
does not know itself it has botocore's own client do. What it leaves out is what a fixed handful of
operations does not need: service models, plugins, help texts (docs/decisions/0020-thin-client.md).
"""

import base64
import json
import os
import random
import re
import time
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from http import HTTPStatus
from typing import Any, NamedTuple, cast

from botocore import exceptions
from pydantic_core import from_json, to_json

from shared.storage import time_left
from shared.storage.aws_json.answer import Answer
from shared.storage.aws_json.connection import Connection
from shared.storage.passing_faults import passes, throttled

Fields = dict[str, Any]

TRIES = 3
# Between tries, in seconds, at most: doubled each time, and any share of it is taken (full jitter).
PAUSE, THROTTLED_PAUSE, MAX_PAUSE = 0.05, 0.2, 2.0
# An answer needs this long at least: with less time left nothing is begun.
LEAST_SECONDS = 0.05
# The header by which a service asks for a longer pause, in ms, and how much longer it may be.
ASKED, LONGER = "x-amz-retry-after", 5.0
# What a process may spend on more tries: each has its price, each answer pays one back.
BUDGET, A_TRY = 500, 5
# A clock that is this far off makes signatures invalid.
SKEW = timedelta(minutes=4)

_SKEWED = frozenset({"InvalidSignatureException", "RequestExpired", "SignatureDoesNotMatch"})
_jitter = random.SystemRandom()
_BINARY = re.compile(rb'"BS?"')


class Service(NamedTuple):
    """How a service speaks: its target's prefix, its version of JSON, what it is asked here."""

    target: str
    version: str
    operations: tuple[str, ...]


SERVICES: Mapping[str, Service] = {
    "dynamodb": Service(
        "DynamoDB_20120810",
        "1.0",
        (
            "BatchGetItem",
            "DeleteItem",
            "GetItem",
            "PutItem",
            "Query",
            "Scan",
            "TransactWriteItems",
            "UpdateItem",
        ),
    ),
    "events": Service("AWSEvents", "1.1", ("PutEvents",)),
    "secretsmanager": Service("secretsmanager", "1.1", ("GetSecretValue",)),
}


class JsonClient:
    """One service's operations, `put_item` for PutItem and so on.

    They raise what botocore's raise: ClientError, as a class that is named for its code and found
    under `exceptions`, and the faults of connections.
    """

    def __init__(self, service: str, botocore_client: Callable[[], Any]) -> None:
        """Offer the operations of one of SERVICES; `botocore_client` makes who does the others."""
        self._service = SERVICES[service]
        self._connection = Connection(service)
        self._made = cache(botocore_client)
        self._budget = BUDGET
        self._clock_skew = timedelta(0)
        self.exceptions = _Exceptions()
        for operation in self._service.operations:
            name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
            setattr(self, name, partial(self._called, operation))

    def __getattr__(self, name: str) -> Any:
        """Have botocore's client do what this one does not, with the exceptions of this one."""
        made = self._made()
        made._exceptions = self.exceptions  # noqa: SLF001 - what it makes its own from, lazily
        return getattr(made, name)

    def request(self, operation: str, parameters: Mapping[str, Any]) -> Fields:
        """Call an operation, e.g. PutItem.

        Raises:
            botocore.exceptions.ClientError: the service's answer is a fault.
            botocore.exceptions.BotoCoreError: there is no whole answer, in as many tries.
        """
        if operation == "TransactWriteItems":  # the same in each try, so that it counts once
            parameters = {"ClientRequestToken": _unique(), **parameters}
        body = _written(parameters)
        headers = {
            "Content-Type": f"application/x-amz-json-{self._service.version}",
            "X-Amz-Target": f"{self._service.target}.{operation}",
            "amz-sdk-invocation-id": _unique(),
        }
        for number in range(1, TRIES + 1):
            headers["amz-sdk-request"] = f"attempt={number}; max={TRIES}"
            at, seconds = datetime.now(UTC) + self._clock_skew, time_left.seconds()
            try:
                if seconds < LEAST_SECONDS:
                    raise exceptions.ReadTimeoutError(endpoint_url=self._connection.endpoint)
                answer = self._connection.exchange(headers, body, at, seconds)
                fields = self._fields(operation, answer, number - 1)
            except (exceptions.ClientError, exceptions.BotoCoreError) as fault:
                if number == TRIES or not self._may_try_again(fault, number, at):
                    raise
            else:
                self._budget = min(BUDGET, self._budget + 1)
                return fields
        raise AssertionError  # the last try returns or raises

    def _called(self, operation: str, **parameters: Any) -> Fields:
        return self.request(operation, parameters)

    def _fields(self, operation: str, answer: Answer, retries: int) -> Fields:
        """Read an answer, or raise the fault that it tells, with what else it tells of that."""
        _check_sum(answer)
        good = answer.status == HTTPStatus.OK
        try:
            told = {**_read(answer.body)}
        except (TypeError, ValueError) as error:
            if good:  # a page of somebody in between: nothing is known to be done
                raise exceptions.HTTPClientError(error=error) from error
            told = {"message": answer.body.decode("utf-8", "replace")}
        told["ResponseMetadata"] = {
            "RequestId": answer.headers.get("x-amzn-requestid", ""),
            "HTTPStatusCode": answer.status,
            "HTTPHeaders": answer.headers,
            "RetryAttempts": retries,
        }
        if good:
            return told
        code = str(told.pop("__type", answer.status)).partition(":")[0].rpartition("#")[2]
        told["Error"] = {"Code": code, "Message": told.get("message") or told.get("Message") or ""}
        raise self.exceptions.from_code(code)(told, operation)

    def _may_try_again(self, fault: Exception, number: int, at: datetime) -> bool:
        """Wait for the next try of what was tried at some moment, if there is to be one."""
        headers, pause = {}, PAUSE
        if isinstance(fault, exceptions.ClientError):
            headers = fault.response["ResponseMetadata"]["HTTPHeaders"]
            if fault.response["Error"]["Code"] in _SKEWED:
                return self._set_clock(headers, at)
            if throttled(fault):
                pause = THROTTLED_PAUSE
        pause = _jitter.uniform(0, min(MAX_PAUSE, pause * 2**number))
        if (asked := headers.get(ASKED, "")).isdecimal():
            pause = max(pause, min(int(asked) / 1000, pause + LONGER))
        late = pause + LEAST_SECONDS > time_left.seconds()
        if late or self._budget < A_TRY or not passes(fault):
            return False
        self._budget -= A_TRY
        time.sleep(pause)
        return True

    def _set_clock(self, headers: Mapping[str, str], at: datetime) -> bool:
        """Take over the service's clock; tell whether what was signed at `at` had another."""
        from email.utils import parsedate_to_datetime  # noqa: PLC0415 - few clocks are wrong

        try:
            theirs = parsedate_to_datetime(headers["date"])
        except (KeyError, ValueError):
            return False
        self._clock_skew = theirs - datetime.now(UTC)
        return abs(theirs - at) > SKEW


class _Exceptions:
    """The faults of a service by their codes, each a class of its own."""

    ClientError = exceptions.ClientError

    def from_code(self, code: str) -> Any:
        return vars(self).setdefault(code, type(code, (exceptions.ClientError,), {}))

    __getattr__ = from_code


def _unique() -> str:
    """Name a call as no other is named: both names are text of the caller's own choice."""
    return os.urandom(16).hex()


def _check_sum(answer: Answer) -> None:
    told = answer.headers.get("x-amz-crc32")
    if told is not None and int(told) != (found := zlib.crc32(answer.body)):
        raise exceptions.ChecksumError(
            checksum_type="crc32", expected_checksum=told, actual_checksum=found
        )


def _read(body: bytes) -> Fields:
    """Read JSON, binary values as bytes."""
    if not body:
        return {}
    if _BINARY.search(body):
        return cast("Fields", json.loads(body, object_hook=_binary))
    return cast("Fields", from_json(body))


def _written(parameters: Mapping[str, Any]) -> bytes:
    """Write JSON; pydantic-core does it at half the cost, with binary values in another alphabet.

    Raises:
        TypeError: something in it is no attribute value.
    """
    body = to_json(parameters, bytes_mode="base64", fallback=_in_base64)
    return _WRITER.encode(parameters).encode() if _BINARY.search(body) else body


def _in_base64(value: Any) -> str:
    """Write a binary value.

    Raises:
        TypeError: it is something else that JSON does not know.
    """
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is no attribute value")


_WRITER = json.JSONEncoder(default=_in_base64, separators=(",", ":"), check_circular=False)


def _binary(read: Fields) -> Fields:
    """Turn a binary attribute's text into bytes; an attribute called B holds no plain text."""
    if len(read) == 1:
        match read:
            case {"B": str(text)}:
                return {"B": base64.b64decode(text)}
            case {"BS": [*texts]}:
                return {"BS": [base64.b64decode(text) for text in texts]}
    return read
