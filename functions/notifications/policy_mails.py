"""Telling subscribers and account holders what a new policy version changed (S23, S57).

The mail is about the notice and nothing else: no news, no offer. Who gave their data under the
version in force has read it already.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from notifications import sender
from notifications.sender import Notification
from shared.domain.record_classes import RecordClass
from shared.storage import policies, policy_changes, records
from shared.storage.policy_changes import PEOPLE, AnnouncementOrder
from shared.storage.records import Record

TEMPLATE = "policy_changed"
# What a mail service lets a young account send, with room for what cannot wait.
MAX_A_DAY = 1000


def of_order(order: AnnouncementOrder, now: datetime) -> None:
    """Tell a page of people, and order the next one unless the day has had its number.

    The next order stands before it is noted how far this one came: broken off in between, the
    page comes again, and its mails are known to be sent.
    """
    current = policies.published().current(now)
    progress = policy_changes.get(order.version)
    if order.version != current.version or progress.finished:
        return
    found, after = policy_changes.page(progress)
    sender.each(partial(_tell, key, order.version, now) for key in found)
    if not after.finished and (order.number + 1) * PEOPLE < MAX_A_DAY:
        policy_changes.order(AnnouncementOrder(order.version, order.day, order.number + 1))
    policy_changes.advance(progress, after)


def _tell(key: Mapping[str, Any], version: str, now: datetime) -> None:
    record = records.get(key["person"], key["record"])
    if record is None or not _earlier(record, version) or _told_already(record, version):
        return
    to = record.fields.get("email")
    if to:
        cause, spoken = f"{version}/{record.person}", record.fields.get("language")
        mail = Notification(cause, TEMPLATE, to, record.person, {}, language=spoken)
        sender.deliver(mail, now)


def _earlier(record: Record, version: str) -> bool:
    """Tell whether somebody deals with us still, since before this version."""
    return record.provenance["policy_version"] != version and "closed_at" not in record.facts


def _told_already(record: Record, version: str) -> bool:
    """Tell whether the other of somebody's records has them told: who has both is told once."""
    if record.kind == RecordClass.SUBSCRIPTION:
        return False
    others = records.for_person(record.person, RecordClass.SUBSCRIPTION)
    return any(_earlier(other, version) for other in others)
