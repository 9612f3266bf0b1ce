"""Whatever is sent: never a fault, every refusal a problem that names the field, nothing logged.

`make fuzz` sends for `FUZZ_SECONDS`; here it is a few seconds of a seed that is the day's.
"""

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from infra import routes
from local.functions import Functions
from shared.edge import current_time
from tests import hostile
from tests.hostile import Hostile
from tests.openapi_checks import MEDIA_TYPE, WHOLE
from tests.sample_events import EVENTS, prepared
from tests.support import NOW

SEED = os.environ.get("SEED") or f"{datetime.now(UTC):%Y%m%d}"
SECONDS = float(os.environ.get("FUZZ_SECONDS", "12"))
# Of a processor, for one request of 64 KiB at most; of an upload it is more.
MUCH = 2.0


class Sample(NamedTuple):
    """A sample event, ready to be sent, of a function."""

    function: str
    event: dict[str, Any]


@pytest.fixture(scope="module")
def samples(functions: Functions) -> list[Sample]:
    """One event of each operation, with what it names made."""
    return [
        Sample(
            function,
            prepared(functions, EVENTS / function / f"{route.handler.__name__}.json"),
        )
        for function, route in routes.declared()
    ]


def faults_of(answer: dict[str, Any]) -> Iterator[str]:
    """Tell what is wrong about an answer."""
    status, headers = answer["statusCode"], answer["headers"]
    if status >= 500:
        yield f"answered {status}"
    answer["body"].encode()
    if status < 400 or headers.get("Content-Type", "").startswith("text/html"):
        return
    if headers.get("Content-Type") != MEDIA_TYPE:
        yield f"refused as {headers.get('Content-Type')}"
        return
    problem = json.loads(answer["body"])
    if problem["status"] != status or problem["request_id"] != headers["X-Request-Id"]:
        yield "a problem of another request"
    if status == 422 and problem["type"] not in WHOLE:
        errors = problem.get("errors", [])
        if not errors or not all(
            error["detail"].strip() and error["pointer"][:1] in ("", "/") for error in errors
        ):
            yield "which field?"


@pytest.mark.usefixtures("cloud")
def test_nothing_hostile_leads_to_a_fault_or_into_a_log(
    functions: Functions,
    samples: list[Sample],
    logged: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    with capsys.disabled():
        print(f"\nhostile requests of seed {SEED}", flush=True)  # noqa: T201 - to send them again
    wrong: list[str] = []
    number, until = 0, time.monotonic() + SECONDS
    while time.monotonic() < until and len(wrong) < 20:
        sample = samples[number % len(samples)]
        sent = hostile.made(sample.event, SEED, number)
        found = list(_sent(functions, sample.function, sent, logged))
        if found:
            where = f"{sent.event['httpMethod']} {sent.event['resource']}"
            wrong.append(f"{number} {where} ({', '.join(sent.done)}): {'; '.join(found)}")
        number += 1
    with capsys.disabled():
        print(f"{number} sent", flush=True)  # noqa: T201 - how much that was
    assert number > len(samples), "each operation had its turn"
    assert not wrong, "\n" + "\n".join(wrong)


def _sent(
    functions: Functions, function: str, sent: Hostile, logged: pytest.LogCaptureFixture
) -> Iterator[str]:
    logged.clear()
    begun = time.process_time()
    try:
        answer = functions.invoke(function, sent.event)
    except Exception as error:  # noqa: BLE001 - what a caller would see as 502
        yield f"raised {type(error).__name__}"
        return
    if time.process_time() - begun > MUCH and len(sent.event["body"] or "") < 100_000:
        yield f"took {time.process_time() - begun:.1f} s"
    try:
        yield from faults_of(answer)
    except UnicodeEncodeError:
        yield "cannot be written as UTF-8"
    told = logged.text + "".join(str(vars(record)) for record in logged.records)
    if sent.mark in told:
        yield "is in the log"
