"""Domain events for the company's other systems: what happened, to which person_id, no more.

Each has a JSON Schema under events/schemas/. A browser's decisions are not told: its
consent_id is the key to its choices and belongs to the browser alone.
"""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.consent import Event
from shared.domain.record_classes import RecordClass
from shared.storage import deduplication
from shared.storage.aws_clients import client
from shared.storage.records import Record
from shared.storage.requests.request_store import TimelineEvent

SOURCE = "privacy-api"
VERSION = "1"

# What a stored ledger event or record is called outside.
_LEDGER = {
    "decision": "consent.changed",
    "withdrawal": "consent.changed",
    "objection": "objection.recorded",
    "restriction": "restriction.changed",
}
RECORDS: Mapping[str, str] = {
    RecordClass.ENQUIRY: "enquiry.received",
    RecordClass.SUBSCRIPTION: "subscription.confirmed",
    RecordClass.ACCOUNT: "account.confirmed",
    RecordClass.RECIPIENT_NOTICE: "recipient.notified",
}
# What is told of a record beside that it is there: nothing that a person wrote.
_FACTS: Mapping[str, tuple[str, ...]] = {
    RecordClass.RECIPIENT_NOTICE: ("recipient", "change", "fields")
}


class Undelivered(Exception):
    """The event bus did not take an event."""


def of_ledger(event: Event, now: datetime) -> None:
    """Tell of a person's decision, objection or restriction."""
    name = _LEDGER.get(event["kind"])
    if name is None or not event["subject"].startswith("p_"):
        return
    facts = {
        "choices": event["choices"],
        "objections": sorted(event["objections"] or {}),
        "restricted": event["restricted_since"] is not None,
        "policy_version": event["policy_version"],
    }
    cause = f"{event['subject']}/{event['sequence']}"
    _tell(name, event["subject"], cause, event["decided_at"], facts, now)


def of_record(record: Record, now: datetime) -> None:
    """Tell of a form, a confirmation or a closure, without anything that was written in it."""
    name = "account.closed" if record.facts.get("closed_accounts") else RECORDS.get(record.kind)
    if name is not None:
        facts = {fact: record.facts[fact] for fact in _FACTS.get(record.kind, ())}
        _tell(name, record.person, record.key, record.received_at, facts, now)


def of_case(happened: TimelineEvent, now: datetime) -> None:
    """Tell that a request is where it was not before, without anything that was written in it.

    With a changed address somebody has another name here, which others that know them have to know.
    """
    if happened.before == happened.status:
        return
    if happened.action == "address_changed":
        moved = {"new_person_id": happened.details["new_person"], "request_id": happened.request}
        cause = f"{happened.request}/{happened.sequence}"
        _tell("address.changed", happened.person, cause, happened.at, moved, now)
    facts = {
        "request_id": happened.request,
        "request_type": happened.type,
        "status": happened.status,
    }
    cause = f"{happened.request}/{happened.sequence}"
    _tell("request.changed", happened.person, cause, happened.at, facts, now)


def _tell(
    name: str, person: str, cause: str, at: str, facts: Mapping[str, Any], now: datetime
) -> None:
    if deduplication.seen(cause, name):
        return
    detail = {
        "version": VERSION,
        "id": cause,
        "type": name,
        "occurred_at": at,
        "person_id": person,
        **facts,
    }
    entry = {
        "EventBusName": os.environ["BUS_DOMAIN"],
        "Source": SOURCE,
        "DetailType": name,
        "Detail": json.dumps(detail),
        "Time": int(now.timestamp()),
    }
    answer = client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise Undelivered
    deduplication.remember(cause, name, now)
