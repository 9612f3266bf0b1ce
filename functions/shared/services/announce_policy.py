"""Having people told that a new policy version changed something: once each, so many a day."""

from datetime import datetime

from shared.domain.calendar_dates import london_date
from shared.storage import policies, policy_changes
from shared.storage.policy_changes import AnnouncementOrder


def proceed(now: datetime) -> bool:
    """Order the day's first page of people to be told of the version in force.

    Nobody is told of the first version, nor of one that says of nothing that it changed.
    Safe to run again on the same day: the same order is written once.
    """
    known = policies.published()
    current = known.current(now)
    later = any(policy.since < current.since for policy in known.versions.values())
    if not later or not current.document.get("changes"):
        return False
    day = london_date(now).isoformat()
    policy_changes.remove_orders(day)
    if policy_changes.get(current.version).finished:
        return False
    return policy_changes.order(AnnouncementOrder(current.version, day, 0))
