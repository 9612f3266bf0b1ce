"""DynamoDB stream records in; mails and domain events out; what fails comes again.

A new record is activity, too: what is kept from the last activity on is kept from then.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from notifications import (
    bounces,
    breach_mails,
    context,
    domain_events,
    policy_mails,
    recipient_letters,
    record_mails,
    request_mails,
    sender,
)
from notifications.sender import Notification, Outcome
from shared.domain.policy import LAST_ACTIVITY
from shared.domain.record_classes import RecordClass
from shared.edge import current_time, log
from shared.edge.stream import StreamRecord, worker
from shared.storage import deduplication, ledger, policies, policy_changes, records
from shared.storage.records import Record
from shared.storage.requests import link_asks, request_store

log.start()


def deliver(change: StreamRecord) -> None:
    """Do what one newly stored item calls for: each mail and event of it by itself."""
    now = current_time.now()
    if change.table == "ledger":
        domain_events.of_ledger(ledger.read(change.item), now)
    elif change.table == "requests":
        _of_request(change.item, now)
    elif change.table == "operations":
        _of_operation(change.item, now)
    elif "fields" in change.item:
        stored = records.read(change.item)
        # What went over to a new address was told of when it came.
        if "carried" not in stored.facts:
            _of_record(stored, now)


def _of_operation(item: Mapping[str, Any], now: datetime) -> None:
    if order := policy_changes.read_order(item):
        policy_mails.of_order(order, now)
    else:
        breach_mails.of_operation(item, now)


def _of_request(item: Mapping[str, Any], now: datetime) -> None:
    if happened := request_store.read_timeline_event(item):
        mails = partial(request_mails.of_happening, happened, now)
        sender.each([mails, partial(domain_events.of_case, happened, now)])
    elif ask := link_asks.read(item):
        request_mails.of_ask(ask, now)


def _of_record(stored: Record, now: datetime) -> None:
    found = context.load(stored, now)
    if found is not None:
        record = found.record
        mails = [partial(_send, record, mail, now) for mail in record_mails.called_for(found)]
        if record.kind == RecordClass.RECIPIENT_NOTICE and not mails:
            mails.append(partial(recipient_letters.write, record, now))
        events = partial(domain_events.of_record, record, now)
        sender.each([*mails, events, partial(_renew, record, now)])


def _renew(record: Record, now: datetime) -> None:
    """Begin the period of earlier ones anew, where it runs from the last activity (S13).

    Once a day: what else comes on that day begins on it by itself.
    """
    kept = policies.published().current(now).classes.get(record.kind)
    cause, effect = f"{record.person}/{record.kind}", f"renewed#{record.received_at[:10]}"
    if kept is None or kept.starts != LAST_ACTIVITY or deduplication.seen(cause, effect):
        return
    for earlier in records.for_person(record.person, record.kind):
        if earlier.received_at < record.received_at:
            records.renew(record.person, earlier.key, record.received_at)
    deduplication.remember(cause, effect, now)


def _send(record: Record, mail: Notification, now: datetime) -> None:
    outcome = sender.deliver(mail, now)
    if outcome in (Outcome.REFUSED, Outcome.WITHHELD):
        records.note_mail(record, mail.template, outcome)
    if outcome is Outcome.REFUSED and record.kind == RecordClass.RECIPIENT_NOTICE:
        recipient_letters.write(record, now)


_of_streams = worker(deliver, failures="MailsFailed")


def handle(event: dict[str, Any], context: Any) -> Any:
    """Follow new items of the tables, or what the mail service says of a mail that it took."""
    if event.get("source") == bounces.SOURCE:
        return bounces.of_event(event, current_time.now())
    return _of_streams(event, context)
