"""May we? The one decision behind permission checks, visit capture and every mail (S14)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.consent import MARKETING_PURPOSES, Event
from shared.domain.policy import Policies, Purpose
from shared.domain.timestamps import parse_timestamp


@dataclass(frozen=True, slots=True)
class ConsentState:
    """All that is known of somebody's wishes: the newest event, and what outlives it.

    `suppressed_since` is set by an objection to marketing and survives erasure, retention
    and re-import; only the person's own opt-in lifts it.
    """

    event: Event | None = None
    suppressed_since: str | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """The answer, why, and since when it is so (null if it never was otherwise).

    `reason` is granted, never_asked, withdrawn (the person said no), objected, expired,
    restricted, suppressed, policy_changed, or, for what does not rest on consent, the
    lawful basis.
    """

    allowed: bool
    reason: str
    since: str | None


def after(before: ConsentState, event: Event) -> ConsentState:
    """Give the standing that `event` leads to.

    An objection to marketing suppresses for good; the person's own opt-in lifts it.
    """
    objection = (event["objections"] or {}).get("direct_marketing")
    if objection:
        return ConsentState(event, before.suppressed_since or objection)
    opted_in = "direct_marketing" in event["decided"] and event["choices"]["direct_marketing"]
    return ConsentState(event, None if opted_in else before.suppressed_since)


def decide(
    purpose: Purpose, standing: ConsentState, policies: Policies, now: datetime
) -> Permission:
    """Decide whether data may be used for `purpose`; anything unclear is a no.

    A restriction (Art. 18) stops all but what the law requires; an objection (Art. 21)
    outweighs an older grant; a suppression stands until the person opts in again.
    """
    event, basis = standing.event, purpose.lawful_basis
    if event and event["restricted_since"] and basis != "legal_obligation":
        return _no("restricted", event["restricted_since"])
    objection = (event["objections"] or {}).get(purpose.id) if event else None
    if objection:
        return _no("objected", objection)
    if standing.suppressed_since and purpose.id in MARKETING_PURPOSES:
        return _no("suppressed", standing.suppressed_since)
    if not purpose.asks_consent:
        return Permission(allowed=True, reason=basis, since=None)
    return _consented(purpose, event, policies, now)


def _consented(
    purpose: Purpose, event: Event | None, policies: Policies, now: datetime
) -> Permission:
    since = _decided_at(purpose.id, event)
    if event is None or since is None:
        return _no("never_asked", None)
    if not event["choices"].get(purpose.id, False):
        return _no("withdrawn", since)
    agreed = policies.versions[event["policy_version"]].purposes.get(purpose.id)
    if agreed is None or agreed.sha256 != purpose.sha256:
        return _no("policy_changed", since)
    if now >= parse_timestamp(since) + timedelta(days=purpose.lifetime_days or 0):
        return _no("expired", since)
    return Permission(allowed=True, reason="granted", since=since)


def _decided_at(purpose: str, event: Event | None) -> str | None:
    if event is None:
        return None
    if purpose in event["decided"]:
        return event["decided_at"]
    return event["carried"].get(purpose)


def _no(reason: str, since: str | None) -> Permission:
    return Permission(allowed=False, reason=reason, since=since)
