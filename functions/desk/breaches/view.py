"""How the desk sees a breach: a line of the register, the whole, and the register as CSV."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from desk import csv_export
from desk.breaches.schemas import BreachDetail, BreachSummary, NotificationProgress, ReportingClock
from shared.domain import breach as breach_rules
from shared.domain.breach import Breach
from shared.domain.field_copies import to_view
from shared.storage import breaches

GO_ON = "Send the same order again: the search goes on where it ended."
OTHERWISE = (
    "Who is unreachable was not told: reach them in another way, or tell the public so that all of"
    " them can learn of it (Art. 34(3)(c))."
)
# What recognises a request that comes again is nobody's to read.
_OF_THE_REQUEST = ("cause", "fingerprint")
_COLUMNS = (
    "breach_id",
    "title",
    "severity",
    "happened_at",
    "discovered_at",
    "recorded_at",
    "due_at",
    "facts",
    "classes",
    "from",
    "to",
    "sources",
    "notify_authority",
    "notify_people",
    "reason",
    "reported_at",
    "reference",
    "people",
    "records",
    "consequences",
    "measures",
    "late_reason",
    "public_communication",
    "people_told_at",
    "closed_at",
)


def line(breach: Breach, now: datetime) -> BreachSummary:
    """Return a breach as the list shows it."""
    return to_view(
        BreachSummary,
        breach,
        breach_id=breach.id,
        clock=to_view(ReportingClock, breach_rules.clock(breach, now)),
        decided=breach.decision is not None,
        authority_told=breach.authority is not None,
        people_told=bool((breach.notification or {}).get("found_all")),
    )


def whole(breach: Breach, now: datetime) -> BreachDetail:
    """Return a breach with everything that belongs to it."""
    return to_view(
        BreachDetail,
        breach,
        **line(breach, now),
        classes=list(breach.affected.classes),
        start=breach.affected.start,
        end=breach.affected.end,
        sources=list(breach.affected.sources),
        notification=_telling(breach),
        events=[
            {name: value for name, value in event.items() if name not in _OF_THE_REQUEST}
            for event in breach.events
        ],
    )


def _telling(breach: Breach) -> NotificationProgress | None:
    order = breach.notification
    if order is None:
        return None
    progress = breach_rules.progress(breaches.batches(breach.id))
    unreachable = progress.unreachable + order["browsers"]
    steps = ["" if order["found_all"] else GO_ON, OTHERWISE if unreachable else ""]
    return NotificationProgress(
        ordered_at=order["at"],
        subject=order.get("subject"),
        message=order["message"],
        consequences=order.get("consequences"),
        measures=order.get("measures"),
        advice=order.get("advice"),
        found_all=order["found_all"],
        found=progress.found + order["browsers"],
        mailed=progress.mailed,
        unreachable=unreachable,
        waiting=progress.waiting,
        next_step=" ".join(filter(None, steps)) or None,
    )


def register(entries: Sequence[Breach], now: datetime) -> str:
    """Write the register as CSV."""
    return csv_export.csv(_COLUMNS, (_cells(breach, now) for breach in entries))


def _cells(breach: Breach, now: datetime) -> dict[str, Any]:
    decision, authority = breach.decision or {}, breach.authority or {}
    return {
        "breach_id": breach.id,
        "title": breach.title,
        "severity": breach.severity,
        "happened_at": breach.happened_at,
        "discovered_at": breach.discovered_at,
        "recorded_at": breach.recorded_at,
        "due_at": breach_rules.clock(breach, now).due_at,
        "facts": breach.facts,
        "classes": " ".join(breach.affected.classes),
        "from": breach.affected.start,
        "to": breach.affected.end,
        "sources": " ".join(breach.affected.sources),
        "notify_authority": decision.get("notify_authority"),
        "notify_people": decision.get("notify_people"),
        "reason": decision.get("reason"),
        "reported_at": authority.get("reported_at"),
        "reference": authority.get("reference"),
        **{name: authority.get(name) for name in breach_rules.REPORTED},
        "public_communication": breach.public_communication,
        "people_told_at": (breach.notification or {}).get("at"),
        "closed_at": breach.closed_at,
    }
