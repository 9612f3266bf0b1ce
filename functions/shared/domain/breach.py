"""A personal data breach as it is dealt with: its 72 hours, what may follow what, who is warned.

UK GDPR Art. 33 gives 72 hours from becoming aware of a breach to tell the supervisory authority,
Art. 34 has the people told without undue delay where the risk to them is high, and Art. 33(5)
has every breach documented, told or not (S24).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain.errors import Conflict
from shared.domain.idempotency import assert_same
from shared.domain.timestamps import format_timestamp, parse_timestamp

TO_REPORT = timedelta(hours=72)
# What a report says beside when it was made and how it is called (Art. 33(1) and (3)).
REPORTED = ("people", "records", "consequences", "measures", "late_reason")
WARNED_AFTER = (24, 48, 66)  # hours
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AffectedRecords:
    """Who is affected: by record classes, sources (none: all) and when the records began.

    `start` and `end` are RFC 3339 in UTC, both included.
    """

    classes: tuple[str, ...]
    start: str
    end: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Breach:
    """One entry of the register. Times are RFC 3339 in UTC.

    `decision`, `authority` and `notification` are None until they happen; `events` tells who did
    what, when; `version` counts the writes, so that two cannot overwrite each other.
    """

    id: str
    title: str
    facts: str
    severity: str
    affected: AffectedRecords
    discovered_at: str
    recorded_at: str
    by: str
    happened_at: str | None = None
    decision: Mapping[str, Any] | None = None
    authority: Mapping[str, Any] | None = None
    notification: Mapping[str, Any] | None = None
    closed_at: str | None = None
    public_communication: str | None = None
    events: tuple[Mapping[str, Any], ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class Clock:
    """The 72 hours as they stand; `hours_left` is whole hours, negative when they are over.

    The clock `stopped` when the authority was told, or it was decided that it need not be.
    """

    due_at: str
    hours_left: int
    stopped: bool
    overdue: bool


def clock(breach: Breach, now: datetime) -> Clock:
    """Read the clock; once stopped it shows what was left then."""
    due = parse_timestamp(breach.discovered_at) + TO_REPORT
    ended = _stopped_at(breach)
    left = due - (parse_timestamp(ended) if ended else now)
    return Clock(
        due_at=format_timestamp(due),
        hours_left=left // _HOUR,
        stopped=ended is not None,
        overdue=left < timedelta(0),
    )


def warnings(breach: Breach, now: datetime) -> list[int]:
    """Return the marks of 24, 48 and 66 hours that are passed with the authority still untold.

    Nothing while the clock is stopped or the entry closed. Each is to be mailed once.
    """
    if breach.closed_at or _stopped_at(breach):
        return []
    passed = now - parse_timestamp(breach.discovered_at)
    return [hours for hours in WARNED_AFTER if passed >= hours * _HOUR]


@dataclass(frozen=True, slots=True)
class Cause:
    """The request that something came of: its name, the same each time it comes, what it asks."""

    name: str
    fingerprint: str | None = None


def caused(breach: Breach, cause: Cause) -> bool:
    """Tell whether a request has already done to a breach what it asks.

    Raises:
        IdempotencyConflict: it did something, and asked for something else.
    """
    for event in breach.events:
        if event.get("cause") == cause.name:
            assert_same(event.get("fingerprint"), cause.fingerprint)
            return True
    return False


def happened(
    breach: Breach, action: str, by: str, now: datetime, cause: Cause, **facts: Any
) -> Breach:
    """Return the breach after an action that fits how it stands; `facts` is what the action says.

    What a request has caused once stays as it is when the request comes again.

    Raises:
        Conflict: it does not fit; the message says why.
        IdempotencyConflict: the request came before and asked for something else.
    """
    if caused(breach, cause):
        return breach
    refused = _refused(breach, action)
    if refused:
        raise Conflict(refused)
    told = {"at": format_timestamp(now), "by": by, **facts}
    asked = {"cause": cause.name, "fingerprint": cause.fingerprint}
    event = {"at": format_timestamp(now), "by": by, "action": action, **asked}
    events = (*breach.events, event)
    if action == "closure":
        public = facts.get("public_communication")
        return replace(
            breach, closed_at=format_timestamp(now), public_communication=public, events=events
        )
    changes: dict[str, Any] = {action: told}
    return replace(breach, events=events, **changes)


def reported(breach: Breach, report: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of the reports to the authority after a further one (Art. 33(4)).

    When the first was made stays, for that is what stopped the clock; what a later one says counts.
    """
    before = dict(breach.authority or {})
    reports = [*before.get("reports", ()), dict(report)]
    first = {name: before.get(name, report[name]) for name in ("reported_at", "reference")}
    later = {name: value for name, value in report.items() if name not in first}
    known = {name: value for name, value in before.items() if name in REPORTED}
    return {**known, **later, **first, "reports": reports}


def _refused(breach: Breach, action: str) -> str | None:
    decision = breach.decision or {}
    if breach.closed_at:
        return "The breach is closed."
    if action == "decision" and breach.notification:
        return "The people are being told already."
    if action == "authority" and not decision.get("notify_authority"):
        return "Decide first that the authority is told."
    if action == "notification" and not decision.get("notify_people"):
        return "Decide first that the people are told."
    if action == "notification" and breach.notification:
        return "The notification is ordered already."
    return _left(breach, decision) if action == "closure" else None


def _left(breach: Breach, decision: Mapping[str, Any]) -> str | None:
    """Say what is left to do before a breach can be closed."""
    if not decision:
        return "Decide first who is told."
    if decision["notify_authority"] and not breach.authority:
        return "The authority has not been told yet."
    if decision["notify_people"] and not (breach.notification or {}).get("found_all"):
        return "Not all of the people have been found and told yet."
    return None


def _stopped_at(breach: Breach) -> str | None:
    if breach.authority:
        return str(breach.authority["reported_at"])
    if breach.decision and not breach.decision["notify_authority"]:
        return str(breach.decision["at"])
    return None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the mails are, in people."""

    found: int = 0
    mailed: int = 0
    unreachable: int = 0
    waiting: int = 0


def progress(batches: Iterable[Mapping[str, Any]]) -> Progress:
    """Add up what the batches tell: whom each lists, and once it is done, what became of them."""
    listed = mailed = unreachable = 0
    for batch in batches:
        done = batch.get("done") or {"mailed": 0, "unreachable": 0}
        listed += len(batch["people"])
        mailed += done["mailed"]
        unreachable += done["unreachable"]
    return Progress(listed, mailed, unreachable, listed - mailed - unreachable)
