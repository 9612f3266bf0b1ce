"""Today at the desk: what is due, what could not be delivered, what does not work."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.cloud import STACK, ring
from shared.services import apply_action
from shared.storage.aws_clients import client
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction
from tests.support import NOW, call

pytestmark = pytest.mark.usefixtures("cloud")

REQUESTS = "/v1/desk/requests"
LETTER = {
    "type": "complaint",
    "name": "Kim Example",
    "channel": "phone",
    "received_on": "2026-01-30",
    "details": "You wrote to me again.",
}


def today(staff: str = "support", now: Any = NOW) -> Any:
    answer = call("desk", "GET", "/v1/desk/today", staff=staff, now=now)
    assert answer.status == 200, answer.text
    return answer.json


def entered(**more: Any) -> str:
    made = call("desk", "POST", REQUESTS, {**LETTER, **more}, staff="support")
    assert made.status == 201, made.text
    return str(made.json["request_id"])


@pytest.fixture
def ringing() -> Iterator[None]:
    ring("NotificationsDeadLetters", "A test.")
    yield
    boto3.client("cloudwatch").set_alarm_state(
        AlarmName=f"{STACK}-NotificationsDeadLetters", StateValue="OK", StateReason="Over."
    )


@pytest.mark.usefixtures("ringing")
def test_an_alarm_that_rings_is_shown_with_its_runbook() -> None:
    (alarm,) = [one for one in today()["alarms"] if one["name"] == "NotificationsDeadLetters"]
    assert alarm["runbook"] == "dead-letters"
    assert alarm["about"].startswith("The notifications function gave something up")


def test_alarms_that_cannot_be_read_hide_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_name: str) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "DescribeAlarms")

    monkeypatch.setattr(client("cloudwatch"), "get_paginator", refused)
    told = today()
    assert told["alarms"] is None
    assert "first" in told


def test_a_mail_that_was_refused_is_shown_until_staff_say_how_they_reached_them() -> None:
    name = entered(email="refused@example.com")
    case = request_store.get(name)
    assert case is not None
    apply_action.act(case, RequestAction("mail_refused", "system", NOW))
    assert name in [one["request_id"] for one in today()["unreached"]]
    note = {"reason": "Called her instead."}
    path = {"request_id": name, "action": "note"}
    answer = call(
        "desk", "POST", f"{REQUESTS}/{{request_id}}/{{action}}", note, path=path, staff="support"
    )
    assert answer.status == 200, answer.text
    assert name not in [one["request_id"] for one in today()["unreached"]]


def test_what_lapsed_is_shown_for_a_week() -> None:
    name = entered(type="access", email="lapsed@example.com")
    case = request_store.get(name)
    assert case is not None
    apply_action.act(case, RequestAction("lapse", "system", NOW))
    assert name in [one["request_id"] for one in today()["lapsed"]]
    later = today(now=NOW + timedelta(days=8))
    assert name not in [one["request_id"] for one in later["lapsed"]]
