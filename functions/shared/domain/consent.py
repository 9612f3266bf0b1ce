"""Consent decisions: what a new one makes of the state before it, and what holds now.

An event carries the full state after it, so "now" is the newest event alone.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from shared.domain import hash_chain
from shared.domain.policy import Policies, Policy, Purpose
from shared.domain.timestamps import format_timestamp, parse_timestamp

Kind = Literal["decision", "withdrawal", "objection", "restriction"]

# What the opt-out box of a form vetoes: marketing by anybody (S47).
MARKETING_PURPOSES = (
    "direct_marketing",
    "third_party_promotions",
    "third_party_sharing",
    "publicity",
)


class SignUp(TypedDict):
    """When and from which network the form came that a mailed confirmation refers to."""

    at: str
    ip: str | None


class Evidence(TypedDict):
    """The circumstances of a decision, truncated at the door: no full IP, no raw user agent.

    `sign_up` is set where the decision confirms an earlier form (double opt-in), or was entered
    by staff from a letter or call: when that came. `left_out` names optional evidence that
    came and could not be kept.
    """

    method: str
    gpc: bool
    gpc_override: bool
    sign_up: SignUp | None
    language: str | None
    page: str | None
    property: str | None
    ip: str | None
    browser: str | None
    left_out: NotRequired[list[str]]


class NoticeReference(TypedDict):
    """Which words were shown: `sha256` is of exactly those."""

    id: str
    sha256: str


class Event(Evidence):
    """One entry of the ledger, as stored, as hashed and as history shows it (S51).

    `choices` holds every consent purpose of the policy version; `decided` names those that
    this event decides, `carried` those for which an earlier decision stands, with its time.
    A purpose in neither was never decided and is off. `previous_choices` is null in the first.
    `objections` are the purposes objected to, with the time (Art. 21); `restricted_since` is
    when all use was restricted (Art. 18), or null.
    """

    subject: str
    sequence: int
    kind: Kind
    decided_at: str
    expires_at: str
    policy_version: str
    notice: NoticeReference
    choices: dict[str, bool]
    previous_choices: dict[str, bool] | None
    decided: list[str]
    carried: dict[str, str]
    objections: dict[str, str] | None
    restricted_since: str | None
    previous_digest: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided, shown which words, in which circumstances, at which moment.

    `objects` are purposes objected to; granting one later lifts the objection to it.
    `restricts` sets or lifts the restriction of all use; None leaves it as it is.
    """

    subject: str
    kind: Kind
    choices: Mapping[str, bool]
    evidence: Evidence
    policy: Policy
    notice: NoticeReference
    at: datetime
    objects: Collection[str] = ()
    restricts: bool | None = None


class Renewal(TypedDict):
    """Whether to ask again, and why: `expired`, `policy_changed` or null."""

    needed: bool
    reason: str | None


def next_event(head: Event | None, decision: Decision, policies: Policies) -> Event:
    """Write the event that follows `head`: the decision over what still stands of the state."""
    policy, at = decision.policy, format_timestamp(decision.at)
    chosen = {**decision.choices, **dict.fromkeys(decision.objects, False)}
    before = head["choices"] if head else None
    standing = _standing(head, policies, policy, decision.at) if head else ()
    carried = {name: since for name, since in standing if name not in chosen}
    decided = [name for name in policy.consent_purposes if name in chosen]
    event = Event(
        subject=decision.subject,
        sequence=head["sequence"] + 1 if head else 1,
        kind=decision.kind,
        decided_at=at,
        expires_at=_expiry(policy, {**carried, **dict.fromkeys(decided, at)}, decision.at),
        policy_version=policy.version,
        notice=decision.notice,
        choices={
            name: chosen.get(name, name in carried and bool(before and before[name]))
            for name in policy.consent_purposes
        },
        previous_choices=before,
        decided=decided,
        carried=carried,
        objections=_objections(head, decision, at),
        restricted_since=_restricted_since(head, decision, at),
        previous_digest=head["digest"] if head else None,
        digest="",
        **decision.evidence,
    )
    event["digest"] = hash_chain.digest(statement(event))
    return event


def _objections(head: Event | None, decision: Decision, at: str) -> dict[str, str] | None:
    before = (head["objections"] or {}) if head else {}
    lifted = {name for name, granted in decision.choices.items() if granted}
    after = {**dict.fromkeys(decision.objects, at), **before}
    return {name: since for name, since in after.items() if name not in lifted} or None


def _restricted_since(head: Event | None, decision: Decision, at: str) -> str | None:
    before = head["restricted_since"] if head else None
    if decision.restricts is None:
        return before
    return (before or at) if decision.restricts else None


def statement(event: Event) -> dict[str, object]:
    """Give what the digest covers: the event without its digest."""
    return {name: value for name, value in event.items() if name != "digest"}


def effective(event: Event, policies: Policies, now: datetime) -> dict[str, bool]:
    """Tell for each consent purpose of the current policy whether it is granted now.

    A grant counts while it is young enough and while the purpose's words are still those
    that were agreed to.
    """
    policy = policies.current(now)
    standing = dict(_standing(event, policies, policy, now))
    return {name: name in standing and event["choices"][name] for name in policy.consent_purposes}


def renewal(event: Event, policies: Policies, now: datetime) -> Renewal:
    """Tell whether to ask again: the decision has expired, or purposes changed since (S29, S57)."""
    if format_timestamp(now) >= event["expires_at"]:
        return Renewal(needed=True, reason="expired")
    policy = policies.current(now)
    changed = any(
        not _same_words(policies, event["policy_version"], policy, name)
        for name in policy.consent_purposes
    )
    return Renewal(needed=changed, reason="policy_changed" if changed else None)


def _standing(
    event: Event, policies: Policies, policy: Policy, now: datetime
) -> Iterator[tuple[str, str]]:
    """Give the purposes of `policy` whose decision still stands, with the decision's time."""
    decisions = {**event["carried"], **dict.fromkeys(event["decided"], event["decided_at"])}
    for name, since in decisions.items():
        if not _same_words(policies, event["policy_version"], policy, name):
            continue
        if now < parse_timestamp(since) + _lifetime(policy.purposes[name]):
            yield name, since


def _same_words(policies: Policies, version: str, policy: Policy, name: str) -> bool:
    agreed = policies.versions[version].purposes.get(name)
    asked = policy.purposes.get(name)
    return agreed is not None and asked is not None and agreed.sha256 == asked.sha256


def _expiry(policy: Policy, decisions: Mapping[str, str], now: datetime) -> str:
    """The first moment at which something decided has to be asked again."""
    if not decisions:
        return format_timestamp(now + min(map(_lifetime, _consents(policy))))
    return format_timestamp(
        min(
            parse_timestamp(since) + _lifetime(policy.purposes[name])
            for name, since in decisions.items()
        )
    )


def _consents(policy: Policy) -> Iterator[Purpose]:
    return (policy.purposes[name] for name in policy.consent_purposes)


def _lifetime(purpose: Purpose) -> timedelta:
    return timedelta(days=purpose.lifetime_days or 0)
