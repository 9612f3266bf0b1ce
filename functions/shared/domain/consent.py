"""Consent decisions: what a new one makes of the state before it, and what holds now.

An event carries the full state after it, so "now" is the newest event alone.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypedDict

from shared.domain import chain
from shared.domain.clock import moment, stamp
from shared.domain.errors import FieldError, Invalid
from shared.domain.policy import Notice, Policies, Policy, Purpose

Kind = Literal["decision", "withdrawal"]

# What a visitor's own browser may say of how it decided; one_click and staff are ours to say.
VISITOR_METHODS = ("accept_all", "reject_all", "choose", "form", "preference_centre", "gpc")

# Global Privacy Control opts out of sale, of sharing and of advertising across websites.
GPC_PURPOSES = ("advertising", "third_party_sharing", "third_party_promotions")


class Evidence(TypedDict):
    """The circumstances of a decision, truncated at the door: no full IP, no raw user agent."""

    method: str
    gpc: bool
    gpc_override: bool
    language: str | None
    page: str | None
    property: str | None
    ip: str | None
    browser: str | None


class NoticeReference(TypedDict):
    """Which words were shown: `sha256` is of exactly those."""

    id: str
    sha256: str


class Event(Evidence):
    """One entry of the ledger, as stored, as hashed and as history shows it (S51).

    `choices` holds every consent purpose of the policy version; `decided` names those that
    this event decides, `carried` those for which an earlier decision stands, with its time.
    A purpose in neither was never decided and is off. `previous_choices` is null in the first.
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
    previous_digest: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided, shown which words, in which circumstances, at which moment."""

    subject: str
    kind: Kind
    choices: Mapping[str, bool]
    evidence: Evidence
    policy: Policy
    notice: NoticeReference
    at: datetime


class Renewal(TypedDict):
    """Whether to ask again, and why: `expired`, `policy_changed` or null."""

    needed: bool
    reason: str | None


def check_choices(
    policy: Policy, notice: Notice, choices: Mapping[str, bool], evidence: Evidence
) -> None:
    """Refuse choices that this notice cannot have led to; a grant must be unambiguous.

    Raises:
        Invalid: an unknown purpose, one that does not rest on consent, a grant that the
            notice did not ask for, or a method that contradicts the choices.
    """
    method = evidence["method"]
    faults = [
        FieldError(f"/choices/{name}", fault)
        for name in choices
        if (fault := _choice_fault(policy.purposes.get(name), notice, choices[name], method))
    ]
    if not choices and method != "gpc":
        faults.append(FieldError("/choices", "must name at least one purpose"))
    if method == "gpc" and not evidence["gpc"]:
        faults.append(FieldError("/method", "gpc needs the request header Sec-GPC: 1"))
    if faults:
        raise Invalid(*faults)


def _choice_fault(
    purpose: Purpose | None, notice: Notice, granted: object, method: str
) -> str | None:
    if purpose is None:
        return "is not a purpose of this policy version"
    if purpose.required and not granted:
        return "is always on and cannot be refused"
    if not purpose.asks_consent:
        return None if purpose.required else "does not rest on consent; object to it instead"
    if granted and purpose.id not in notice.asks:
        return f"is not what the notice {notice.id} asks for"
    if granted and method in ("reject_all", "gpc"):
        return f"cannot be granted by {method}"
    return None


def with_gpc(choices: Mapping[str, bool], evidence: Evidence) -> dict[str, bool]:
    """Let the browser's signal decide its purposes, unless the visitor knowingly overrode it."""
    if not evidence["gpc"] or evidence["gpc_override"]:
        return dict(choices)
    return {**choices, **dict.fromkeys(GPC_PURPOSES, False)}


def next_event(head: Event | None, decision: Decision, policies: Policies) -> Event:
    """Write the event that follows `head`: the decision over what still stands of the state."""
    policy, chosen, at = decision.policy, decision.choices, stamp(decision.at)
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
        previous_digest=head["digest"] if head else None,
        digest="",
        **decision.evidence,
    )
    event["digest"] = chain.digest(statement(event))
    return event


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
    if stamp(now) >= event["expires_at"]:
        return Renewal(needed=True, reason="expired")
    policy = policies.current(now)
    changed = any(
        not _same_words(policies, event["policy_version"], policy, name)
        for name in policy.consent_purposes
    )
    return Renewal(needed=changed, reason="policy_changed" if changed else None)


def withdrawn(
    event: Event, policies: Policies, purposes: Collection[str] | None, now: datetime
) -> dict[str, bool]:
    """Turn a withdrawal into decisions: those purposes, or all that rest on consent.

    Raises:
        Invalid: a purpose that is unknown or that does not rest on consent.
    """
    policy = policies.versions[event["policy_version"]]
    known = {**policies.current(now).purposes, **policy.purposes}
    faults = [
        FieldError(f"/purposes/{index}", fault)
        for index, name in enumerate(purposes or ())
        if (fault := _withdrawal_fault(known.get(name)))
    ]
    if faults:
        raise Invalid(*faults)
    names = policy.consent_purposes if purposes is None else purposes
    return dict.fromkeys(names, False)


def _withdrawal_fault(purpose: Purpose | None) -> str | None:
    if purpose is None:
        return "is not a purpose of the policy"
    return None if purpose.asks_consent else "does not rest on consent, so none can be withdrawn"


def _standing(
    event: Event, policies: Policies, policy: Policy, now: datetime
) -> Iterator[tuple[str, str]]:
    """Give the purposes of `policy` whose decision still stands, with the decision's time."""
    decisions = {**event["carried"], **dict.fromkeys(event["decided"], event["decided_at"])}
    for name, since in decisions.items():
        if not _same_words(policies, event["policy_version"], policy, name):
            continue
        if now < moment(since) + _lifetime(policy.purposes[name]):
            yield name, since


def _same_words(policies: Policies, version: str, policy: Policy, name: str) -> bool:
    agreed = policies.versions[version].purposes.get(name)
    asked = policy.purposes.get(name)
    return agreed is not None and asked is not None and agreed.sha256 == asked.sha256


def _expiry(policy: Policy, decisions: Mapping[str, str], now: datetime) -> str:
    """The first moment at which something decided has to be asked again."""
    if not decisions:
        return stamp(now + min(map(_lifetime, _consents(policy))))
    return stamp(
        min(moment(since) + _lifetime(policy.purposes[name]) for name, since in decisions.items())
    )


def _consents(policy: Policy) -> Iterator[Purpose]:
    return (policy.purposes[name] for name in policy.consent_purposes)


def _lifetime(purpose: Purpose) -> timedelta:
    return timedelta(days=purpose.lifetime_days or 0)
