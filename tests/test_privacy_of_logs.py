"""No personal data in logs, keys or problem texts: every flow is run, then all is searched."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.catalogue import TABLES
from local.functions import Functions
from shared.edge import current_time, log
from shared.storage import policies
from shared.storage.aws_clients import client
from shared.storage.dynamodb import database
from tests.support import AGENT, NOW
from tests.walk import VERSION, Person, Walk, somebody

Search = Callable[[], str]

# Numbers that logging adds; by chance any digits may be in them.
TIMES = dict.fromkeys(("created", "msecs", "relativeCreated", "thread", "process"))


@pytest.fixture
def person() -> Person:
    return somebody("198.51.100.77")


@pytest.fixture
def walk(functions: Functions, person: Person, monkeypatch: pytest.MonkeyPatch) -> Walk:
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    return Walk(functions, person)


@pytest.fixture
def everything_told(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[Search]:
    """All that was logged, by whomever, and printed; the filter is the one of every handler."""
    caplog.set_level(logging.INFO)
    redaction = log.Redaction()
    caplog.handler.addFilter(redaction)

    def told() -> str:
        written = capfd.readouterr()
        logged = [str(vars(record) | TIMES) for record in caplog.records]
        return "\n".join((*logged, caplog.text, written.out, written.err))

    yield told
    caplog.handler.removeFilter(redaction)


def canaries(person: Person, walk: Walk) -> list[str]:
    """Return what must be told nowhere; a part of each is enough to be found by."""
    halves = [half for token in walk.seen for half in token.split(".")]
    return [
        person.canary,
        person.phone[3:],
        person.ip,
        person.card,
        "411111",
        person.id,
        AGENT,
        *halves,
    ]


def bad_requests(person: Person) -> Iterator[tuple[str, str, Any]]:
    """Yield bad bodies of every kind, with personal data in every field and name."""
    sign_up = VERSION | {"email": person.email, "name": person.name}
    bodies = {
        ("consent", "/v1/consents"): person.capture | {"consent_id": person.email},
        ("contact", "/v1/contact"): person.message,
        ("contact", "/v1/newsletter"): sign_up,
        ("contact", "/v1/newsletter/confirmation"): {"token": person.words},
        ("contact", "/v1/accounts"): sign_up | {"organisation": person.name},
        ("contact", "/v1/accounts/confirmation"): {"token": person.words},
        ("preferences", "/v1/preferences/link"): {"email": person.email},
        ("preferences", "/v1/preferences/session"): {"token": person.words},
        ("preferences", "/v1/activity"): {"emails": [person.email]},
        ("preferences", "/v1/permissions"): {"purpose": person.name, "emails": [person.email]},
        ("access", "/v1/requests"): {"type": person.name, "email": person.email, "name": "x"},
        ("visits", "/v1/visits"): {"consent_id": person.email, "visit_id": person.words},
    }
    for (function, path), body in bodies.items():
        for name in body:
            yield function, path, body | {name: [person.email, {person.words: person.phone}]}
            yield function, path, body | {name: f"\0{person.email} {person.words}"}
        yield function, path, body | {person.words: person.email}
        yield function, path, f'{{"{person.email}": "{person.words}'
        yield function, path, f'{{"{person.email}": 1, "{person.email}": 2}}'
        yield function, path, [person.email, person.words, person.phone]


@pytest.mark.usefixtures("cloud")
def test_nothing_personal_is_logged_or_printed_when_all_goes_well(
    walk: Walk, person: Person, everything_told: Search
) -> None:
    """S11."""
    walk.everywhere()
    assert len(walk.seen) > 6, "capabilities, tokens and a session came up"
    told = everything_told()
    assert [canary for canary in canaries(person, walk) if canary in told] == []


@pytest.mark.usefixtures("cloud")
def test_nothing_personal_is_logged_when_the_input_is_bad(
    walk: Walk, person: Person, everything_told: Search
) -> None:
    """S11, S30: also what looks like a path, a session or a link, and is not."""
    for function, path, body in bad_requests(person):
        answer = walk.call(function, "POST", path, body)
        # Control characters are taken out of a text, so that a form with one may be taken.
        least = 200 if isinstance(body, dict) and "\0" in "".join(map(str, body.values())) else 400
        assert least <= answer.status < 500, answer.text
    forged: dict[str, Any] = {"headers": {"Authorization": f"Bearer {person.words}"}}
    assert walk.call("preferences", "GET", "/v1/preferences", **forged).status == 401
    for path in ("", "/history", "/receipt", "/proofs"):
        named = {"path": {"consent_id": person.email}}
        answer = walk.call("consent", "GET", "/v1/consents/{consent_id}" + path, **named)
        assert answer.status == 422
    told = everything_told()
    assert [canary for canary in canaries(person, walk) if canary in told] == []


@pytest.mark.usefixtures("cloud")
def test_nothing_personal_is_logged_when_something_breaks(
    walk: Walk, person: Person, everything_told: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S11: a fault's own words are told to nobody, whoever's they are."""
    walk.consents()
    walk.forms()
    bearer = walk.session()
    unsubscribe = {"path": {"token": walk.mailed(r"/unsubscribe/([\w.-]+)")}}
    words = " ".join((person.email, person.name, person.ip, person.words, *walk.seen))

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(words) from ValueError({"body": words})

    with monkeypatch.context() as patch:
        patch.setattr(database, "call", broken)
        for answer in (
            walk.call("consent", "POST", "/v1/consents", person.capture),
            walk.call("contact", "POST", "/v1/contact", person.message),
            walk.call("preferences", "GET", "/v1/preferences", **bearer),
            walk.call("preferences", "PATCH", "/v1/preferences", {"choices": {}}, **bearer),
            walk.call("preferences", "POST", "/v1/unsubscribe/{token}", "", **unsubscribe),
        ):
            assert answer.status == 500
            assert [canary for canary in canaries(person, walk) if canary in answer.text] == []
    walk.done("contact", "POST", "/v1/contact", person.message)
    with monkeypatch.context() as patch:
        patch.setattr(client("sesv2"), "send_email", broken)
        with pytest.raises(AssertionError, match="batchItemFailures"):
            walk.notifications.deliver()
    told = everything_told()
    assert told.count("fault RuntimeError") >= 6, "the faults themselves are told"
    assert "'request_id': '[" not in told, "and can be found"
    assert [canary for canary in canaries(person, walk) if canary in told] == []


@pytest.mark.usefixtures("cloud")
def test_no_key_holds_personal_data_and_every_item_has_an_end(walk: Walk, person: Person) -> None:
    """S11, S13: keys go to logs, metrics and traces of AWS; nothing is kept without a rule."""
    walk.everywhere()
    policy = policies.published().current(NOW)
    classes = {item["id"] for item in policy.document["retention"]}
    secrets = [secret for _, _, secret in (seen.partition(".") for seen in walk.seen) if secret]
    secrets += [person.canary, person.phone, person.ip]
    for table in TABLES:
        for item in _items(table.name):
            keys = {table.partition, table.sort, "retention_class", "retention_start"}
            text = json.dumps({name: value for name, value in item.items() if name in keys})
            assert [secret for secret in secrets if secret in text] == []
            if table.name == "requests" and item["entry"]["S"] != "case":
                continue  # it goes with its request
            if table.name == "requests" and "closed_at" not in item:
                assert "due" in item, "an answer is owed, and its day is watched"
                continue
            if item.get("kind", {}).get("S") == "follow_up":
                assert "after" in item, "it is taken off when its time has come"
                continue
            if walk.person.id in str(item) or walk.seen[0] in str(item):
                kept = item.get("retention_class", {"S": ""})["S"].partition("#")[0]
                ends = kept in classes if table.retained else table.ttl in item
                assert ends, f"{table.name}: {text}"


def _items(table: str) -> Iterator[dict[str, Any]]:
    name = database.table(table)
    for page in boto3.client("dynamodb").get_paginator("scan").paginate(TableName=name):
        yield from page["Items"]


@pytest.mark.usefixtures("cloud")
def test_a_fault_of_aws_is_told_as_busy_or_as_internal_and_without_its_words(
    walk: Walk, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code, status in (("ThrottlingException", 503), ("ValidationException", 500)):

        def refuse(code: str = code, **_: Any) -> None:
            raise ClientError({"Error": {"Code": code, "Message": person.email}}, "PutItem")

        with monkeypatch.context() as patch:
            patch.setattr(client("dynamodb"), "put_item", refuse)
            answer = walk.call("consent", "POST", "/v1/consents", person.capture)
        assert answer.status == status
        assert person.canary not in answer.text
        if status == 503:
            assert answer.headers["Retry-After"] == "1"
