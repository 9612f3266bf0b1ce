"""What follows a breach: warnings to staff, and telling those affected, each of them once (S24)."""

import os
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from notifications import sender
from notifications.sender import Notification, Outcome
from shared.domain import breach as breach_rules
from shared.domain.breach import Breach
from shared.storage import breaches, records
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
    if breach is not None and hours in breach_rules.warnings(breach, now):
        _warn(breach, hours, now)


def _warn(breach: Breach, hours: int, now: datetime) -> None:
    values = {"breach": breach, "clock": breach_rules.clock(breach, now), "hours": hours}
    cause, to = f"{breach.id}/{hours}", os.environ["MAIL_INBOX"]
    sender.deliver(Notification(cause, WARNING, to, breach.id, values), now)


def _tell(breach_id: str, kind: str, batch: Mapping[str, Any], now: datetime) -> None:
    """Mail to everybody of a batch, and note what became of it.

    Who cannot be mailed, because no address is known or the mail service refuses it for good,
    counts as unreachable and keeps nobody else from being told: the register says so, and staff
    reach them in another way (Art. 34(3)(c)).
    """
    breach = breaches.get(breach_id)
    if breach is None or breach.notification is None:
        return
    done = Counter(mailed=0, unreachable=0)

    def tell(person: Mapping[str, str]) -> None:
        done[_told(breach, person, now)] += 1

    sender.each(partial(tell, person) for person in batch["people"])
    breaches.note_done(kind, batch["id"], done)


def _told(breach: Breach, person: Mapping[str, str], now: datetime) -> str:
    to, language = _address(person)
    if to is None:
        return "unreachable"
    order = breach.notification or {}
    said = {name: order.get(name) for name in ("message", "consequences", "measures", "advice")}
    values = {"title": order.get("subject"), **said}
    name = person["person"]
    notice = Notification(f"{breach.id}/{name}", NOTICE, to, name, values, language=language)
    outcome = sender.deliver(notice, now)
    return "mailed" if outcome == Outcome.SENT else "unreachable"


def _address(person: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Read address and language from the person's newest record, or else from their request."""
    known = [
        record for record in records.for_person(person["person"]) if record.fields.get("email")
    ]
    if known:
        newest = max(known, key=lambda record: record.received_at)
        return str(newest.fields["email"]), newest.fields.get("language")
    case = request_store.get(person["request"]) if "request" in person else None
    return (case.email or None, case.language) if case else (None, None)
