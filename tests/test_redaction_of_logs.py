"""The logger's own redaction: nothing personal passes, what finds a fault does."""

import json
import logging
import sys
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import identifiers
from shared.domain.timestamps import format_timestamp
from shared.edge import log

AROUND = st.sampled_from(
    ["{}", "from {} today", "({})", "x={};", '"{}"', "/v1/{}/x", "a,{},b", "<{}>"]
)
SECRETS = st.binary(min_size=16, max_size=16)


def logged(message: str, *arguments: Any, **extra: Any) -> logging.LogRecord:
    record = logging.makeLogRecord({"msg": message, "args": arguments, **extra})
    assert log.Redaction().filter(record)
    return record


@given(st.emails(), AROUND)
def test_an_address_never_survives(email: str, around: str) -> None:
    """S11."""
    for written in (email, email.replace("@", "%40")):
        assert email.partition("@")[0] + "@" not in log.redact(around.format(written))
        assert written not in log.redact(around.format(written))


@pytest.mark.parametrize("email", ['"sam example"@example.com', "2026-02-01@example.com"])
def test_an_unusual_address_leaves_nothing_behind(email: str) -> None:
    assert log.redact(f"to {email} now") == "to [email] now"


@given(st.ip_addresses(), AROUND)
def test_an_ip_never_survives(address: Any, around: str) -> None:
    """S6: in full or as networks write it short."""
    for written in (str(address), address.exploded, str(address).upper()):
        if written != "::":  # no address at all
            assert written not in log.redact(around.format(written))


@given(SECRETS, AROUND)
def test_identifiers_never_survive(randomness: bytes, around: str) -> None:
    browser = identifiers.consent_id(randomness)
    person = identifiers.person_id(randomness, "sam@example.com")
    for name in (browser, person, "r_" + browser[2:], f"effect_{person}", f"{person}_x"):
        assert name[-20:-2] not in log.redact(around.format(name))


@given(st.from_regex(r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22}", fullmatch=True), AROUND)
def test_tokens_and_sessions_never_survive(token: str, around: str) -> None:
    assert token not in log.redact(around.format(token))


@pytest.mark.parametrize(
    "number",
    [
        "+44 20 7946 0018",
        "020 7946 0018",
        "(020) 7946-0018",
        "020/7946/0018",
        "+442079460018",
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
    ],
)
def test_phone_and_card_numbers_never_survive(number: str) -> None:
    """S30."""
    left = log.redact(f"call {number}.")
    assert not [digit for digit in "1478" if digit in left]


@given(st.uuids(), st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)))
def test_request_ids_and_moments_stay_readable(request_id: uuid.UUID, at: datetime) -> None:
    for text in (
        f"fault {request_id}",
        f"at {format_timestamp(at.replace(tzinfo=UTC))}",
        f"{at.date()} x",
    ):
        assert log.redact(text) == text
    record = logged("fault %s", "KeyError", request_id=str(request_id))
    assert record.getMessage() == "fault KeyError"
    assert vars(record)["request_id"] == str(request_id)


def test_a_stream_records_number_stays_readable_where_it_is_the_request_id() -> None:
    number = "111100000000000000000000012"
    assert vars(logged("x", request_id=number))["request_id"] == number
    assert vars(logged("x", at=number))["at"] == "[number]"
    assert vars(logged("x", request_id="4111111111111111"))["request_id"] == "[number]"


def test_extra_fields_are_cleaned_however_deep_and_of_whatever_kind() -> None:
    """S11: a call site cannot forget what the filter does."""
    email = "sam@example.com"
    fields = {
        "body": {email: [email, {"x": (email,)}], "n": 1},
        "raw": email.encode(),
        "fault": ValueError(email),
    }
    record = logged("%s wrote", email, **fields)
    assert email not in json.dumps([vars(record)[name] for name in ("msg", *fields)])
    assert vars(record)["body"]["n"] == 1


def test_an_exception_is_logged_by_kind_and_place_alone() -> None:
    try:
        int("sam@example.com")
    except ValueError:
        record = logged("failed", exc_info=sys.exc_info())
    text = logging.Formatter().format(record)
    assert record.exc_info is None, "Lambda's formatter would write it out"
    assert "ValueError at " in text
    assert "sam@example.com" not in text


def test_every_handler_of_the_process_gets_the_redaction_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """S11: Lambda's own handler is there before ours is imported."""
    handler = logging.NullHandler()
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    log.start()
    log.start()
    assert [type(item) for item in handler.filters] == [log.Redaction]
