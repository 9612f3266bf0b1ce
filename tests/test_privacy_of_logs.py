"""No personal data in logs, keys or problem texts: every flow is run, then all is searched."""

import importlib
import json
import logging
import re
import secrets as randomness
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.catalogue import TABLES
from local.functions import Functions
from local.streams import Streams
from shared.edge import log
from shared.storage import dynamo
from shared.storage.aws import client
from tests.support import call

CANARY = randomness.token_hex(5)
EMAIL = f"canary.{CANARY}@example.com"
NAME = f"Canary{CANARY}"
PHONE = "+442079460018"
WORDS = f"private words {CANARY}"
IP = "198.51.100.77"
FORM = {
    "policy_version": "2023-06",
    "email": EMAIL,
    "name": NAME,
    "phone": PHONE,
    "message": f"{WORDS} 4111 1111 1111 1111",
    "organisation": NAME,
}
CAPTURE = {
    "policy_version": "2023-06",
    "notice_id": "cookie_banner",
    "choices": {"analytics": True},
    "method": "choose",
    "page": f"https://www.example.com/{EMAIL}?q={NAME}",
}


def post(function: str, resource: str, body: Any, **more: Any) -> Any:
    return call(function, "POST", resource, body, ip=IP, **more)


@pytest.fixture
def streams(functions: Functions) -> Iterator[Streams]:
    running = Streams(functions)
    running.start()
    yield running
    running.stop()


def mailed_tokens() -> list[str]:
    from local import mail  # noqa: PLC0415

    mine = [item for item in mail.everything() if item["to"].lower() == EMAIL]
    return [found for item in mine for found in re.findall(r"[\w-]{22}\.[\w-]{22}", item["text"])]


def break_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"{EMAIL} {NAME} {IP} {PHONE} {WORDS}")

    monkeypatch.setattr(dynamo, "call", broken)


def run_every_flow(monkeypatch: pytest.MonkeyPatch, streams: Streams) -> list[str]:
    """Run what there is, well and badly, and give the secrets that came up on the way."""
    seen: list[str] = []
    state = post("consent", "/v1/consents", CAPTURE).json
    seen += [state["consent_id"], state["digest"]]
    named = {"consent_id": state["consent_id"]}
    for name in ("", "/history", "/receipt"):
        call("consent", "GET", "/v1/consents/{consent_id}" + name, path=named, ip=IP)
    post("consent", "/v1/consents/{consent_id}/withdrawal", {}, path=named)

    forms = {k: v for k, v in FORM.items() if k not in ("phone", "message", "organisation")}
    post("contact", "/v1/contact", {k: v for k, v in FORM.items() if k != "organisation"} | named)
    post("contact", "/v1/contact", FORM | {"marketing_opt_out": True})
    post("contact", "/v1/newsletter", forms)
    post("contact", "/v1/accounts", forms | {"organisation": NAME})
    post("preferences", "/v1/preferences/link", {"email": EMAIL})
    streams.drain()
    for token in mailed_tokens():
        seen.append(token)
        for path in ("/v1/newsletter/confirmation", "/v1/accounts/confirmation"):
            post("contact", path, {"token": token})
        opened = post("preferences", "/v1/preferences/session", {"token": token})
        if opened.status == 200:
            seen.append(opened.json["session"])
            bearer = {"Authorization": f"Bearer {opened.json['session']}"}
            call("preferences", "GET", "/v1/preferences", headers=bearer, ip=IP)
            change = {"choices": {"publicity": True}, "display": {"theme": "dark"}}
            call("preferences", "PATCH", "/v1/preferences", change, headers=bearer, ip=IP)
    asked = {"purpose": "direct_marketing", "emails": [EMAIL]}
    post("preferences", "/v1/permissions", asked)
    streams.drain()
    for token in set(mailed_tokens()) - set(seen):
        seen.append(token)
        link: dict[str, Any] = {"path": {"token": token}}
        call("preferences", "GET", "/v1/unsubscribe/{token}", ip=IP, **link)
        assert post("preferences", "/v1/unsubscribe/{token}", "", **link).status == 200
    run_badly(monkeypatch)
    return seen


def run_badly(monkeypatch: pytest.MonkeyPatch) -> None:
    for function, path, good in (
        ("consent", "/v1/consents", CAPTURE),
        ("contact", "/v1/contact", FORM),
        ("preferences", "/v1/preferences/link", {"email": EMAIL}),
    ):
        for field in good:
            post(function, path, good | {field: [EMAIL, WORDS]})
        post(function, path, good | {WORDS: EMAIL})
        post(function, path, f'{{"{EMAIL}": "{WORDS}')
        with monkeypatch.context() as patch:
            break_the_store(patch)
            assert post(function, path, good).status in (422, 500)
    courier = importlib.import_module("courier.handler")
    image = {"person": {"S": EMAIL}, "record": {"S": f"enquiry#{NAME}"}, "fields": {"S": WORDS}}
    record = {
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": "arn:aws:dynamodb:eu-west-1:1:table/RecordsTable/stream/x",
        "dynamodb": {"NewImage": image, "SequenceNumber": "1", "Keys": {"person": {"S": EMAIL}}},
    }
    answer = courier.handle({"Records": [record]}, None)
    assert answer["batchItemFailures"], "a poison record is reported"


@pytest.mark.usefixtures("cloud")
def test_nothing_personal_is_logged_printed_or_kept_in_keys(
    monkeypatch: pytest.MonkeyPatch,
    streams: Streams,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG, logger="privacy")
    caplog.handler.addFilter(log.Redaction())
    secret = run_every_flow(monkeypatch, streams)
    assert len(secret) > 6, "tokens and sessions came up"
    printed = capfd.readouterr()
    logged = "\n".join(
        json.dumps(
            {k: str(v) for k, v in record.__dict__.items() if k not in ("pathname", "filename")}
        )
        for record in caplog.records
        if record.name.startswith("privacy")
    )
    assert "fault RuntimeError" in logged, "the faults themselves are logged"
    everything = logged + printed.out + printed.err
    for canary in (EMAIL, CANARY, PHONE, PHONE[3:], WORDS, IP, "4111", *secret):
        assert canary not in everything

    keys = json.dumps(list(_keys()))
    for canary in (EMAIL, CANARY, PHONE, IP, *(token.partition(".")[2] for token in secret[2:])):
        assert canary == "" or canary not in keys


def _keys() -> Iterator[Any]:
    for table in TABLES:
        logical = f"{table.name.title()}Table"
        for page in boto3.client("dynamodb").get_paginator("scan").paginate(TableName=logical):
            for item in page["Items"]:
                names = {table.partition, table.sort, "retention_class", "retention_start"}
                yield {name: item[name] for name in names if name in item}


@pytest.mark.usefixtures("cloud")
def test_a_fault_of_aws_is_told_as_busy_or_as_internal_and_without_its_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from botocore.exceptions import ClientError  # noqa: PLC0415

    for code, status in (("ThrottlingException", 503), ("ValidationException", 500)):

        def refuse(code: str = code, **_: Any) -> None:
            raise ClientError({"Error": {"Code": code, "Message": EMAIL}}, "PutItem")

        with monkeypatch.context() as patch:
            patch.setattr(client("dynamodb"), "put_item", refuse)
            answer = post("consent", "/v1/consents", CAPTURE)
        assert answer.status == status
        assert EMAIL not in answer.text
        if status == 503:
            assert answer.headers["Retry-After"] == "1"


@given(st.emails())
def test_an_address_never_survives_the_logger(email: str) -> None:
    assert email not in log.redact(f"sent to {email} today")


@given(st.ip_addresses(v=4))
def test_an_ip_never_survives_the_logger(address: object) -> None:
    assert str(address) not in log.redact(f"from {address}")


@pytest.mark.parametrize(
    "text",
    ["c_" + "a" * 26, "p_" + "b" * 26, "+44 20 7946 0018", "020 7946 0018", "4111111111111111"],
)
def test_identifiers_and_long_numbers_never_survive_the_logger(text: str) -> None:
    assert text not in log.redact(f"about {text}.")


def test_what_operators_need_stays_readable() -> None:
    record = logging.makeLogRecord(
        {
            "msg": "fault %s",
            "args": ("KeyError",),
            "request_id": "5f6c2a0e-7d2b-4c3f-9a51-0c4f5f9d8e11",
        }
    )
    log.Redaction().filter(record)
    assert record.getMessage() == "fault KeyError"
    assert record.__dict__["request_id"] == "5f6c2a0e-7d2b-4c3f-9a51-0c4f5f9d8e11"
