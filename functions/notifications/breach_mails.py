"""What follows a breach: warnings to staff, and telling those affected, each of them once (S24)."""

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from notifications import ses
from notifications.email import Email
from shared.domain import breach as domain
from shared.domain.breach import Breach
from shared.edge import log
from shared.storage import breaches, deduplication, policies, records
from shared.storage.dynamodb.attribute_values import decode
from shared.storage.requests import request_store

NOTICE = "breach_notice"
WARNING = "breach_warning"


def of_operation(attributes: Mapping[str, Any], now: datetime) -> None:
    """Do what a stored item of the table `operations` calls for: nothing, if it is no breach's."""
    item = decode({name: attributes[name] for name in ("kind", "id")})
    kind, name = item["kind"], item["id"]
    if kind == breaches.REGISTER:
        _warn(breaches.read(attributes), 0, now)
    elif kind.startswith(breaches.WARNINGS):
        _warn_if_due(kind.removeprefix(breaches.WARNINGS), int(name), now)
    elif kind.startswith(breaches.BATCHES):
        _tell(kind.removeprefix(breaches.BATCHES), kind, decode(attributes), now)


def _warn_if_due(breach_id: str, hours: int, now: datetime) -> None:
    breach = breaches.get(breach_id)
    if breach is not None and hours in domain.warnings(breach, now):
        _warn(breach, hours, now)


def _warn(breach: Breach, hours: int, now: datetime) -> None:
    cause = f"{breach.id}/{hours}"
    if deduplication.seen(cause, WARNING):
        return
    clock = domain.clock(breach, now)
    values = {"controller": _controller(now), "breach": breach, "clock": clock, "hours": hours}
    ses.send(Email(os.environ["MAIL_INBOX"], WARNING, values))
    deduplication.remember(cause, WARNING, now)


def _tell(breach_id: str, kind: str, batch: Mapping[str, Any], now: datetime) -> None:
    """Mail to everybody of a batch, and note what became of it.

    One address that the mail service refuses keeps nobody else from being told: it is tried
    again with the batch, which the others pass.
    """
    breach = breaches.get(breach_id)
    if breach is None or breach.notification is None:
        return
    done = {"mailed": 0, "unreachable": 0}
    faults = []
    for person in batch["people"]:
        try:
            done[_told(breach, person, now)] += 1
        except Exception as fault:  # noqa: BLE001 - raised again below, when all were tried
            log.fault(fault, f"{breach_id}/{batch['id']}")
            faults.append(fault)
    if faults:
        raise faults[0]
    breaches.note_done(kind, batch["id"], done)


def _told(breach: Breach, person: Mapping[str, str], now: datetime) -> str:
    cause = f"{breach.id}/{person['person']}"
    if deduplication.seen(cause, NOTICE):
        return "mailed"
    to = _address(person)
    if to is None:
        return "unreachable"
    order = breach.notification or {}
    values = {
        "controller": _controller(now),
        "title": order.get("subject"),
        "message": order["message"],
    }
    ses.send(Email(to, NOTICE, values))
    deduplication.remember(cause, NOTICE, now)
    return "mailed"


def _address(person: Mapping[str, str]) -> str | None:
    """Read the address from the person's newest record, or else from their request."""
    known = [
        record for record in records.for_person(person["person"]) if record.fields.get("email")
    ]
    if known:
        newest = max(known, key=lambda record: record.received_at)
        return str(newest.fields["email"])
    case = request_store.get(person["request"]) if "request" in person else None
    return case.email or None if case else None


def _controller(now: datetime) -> Any:
    return policies.published().current(now).document["controller"]
