"""Consent decisions: the event that a new one makes of the state before it.

An event carries the full state after it, so "now" is the newest event alone. What that state
allows, `permission` decides.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from typing_extensions import TypedDict

from shared.domain import hash_chain
from shared.domain.evidence import SYSTEM, RequestContext, unseen
from shared.domain.policy import Notice, Policies, Policy
from shared.domain.timestamps import format_timestamp, parse_timestamp

Kind = Literal["decision", "withdrawal", "objection", "restriction", "link"]


class SignUp(TypedDict):
    """When and from which network the form came that a mailed confirmation refers to."""

    at: str
    ip: str | None


class Evidence(RequestContext):
    """The circumstances of a decision, truncated at the door: no full IP, no raw user agent.

    `gpc` is whether the browser sent Global Privacy Control, `gpc_override` whether whoever
    decided, shown that, chose otherwise. `sign_up` is set where the decision confirms an earlier
    form (double opt-in), or was entered by staff from a letter or call: when that came.
    """

    method: str
    gpc: bool
    gpc_override: bool
    sign_up: SignUp | None
    language: str | None


def bare_evidence(method: str, context: RequestContext | None = None) -> Evidence:
    """Return the evidence of what no page asked for: no signal was heard, no language told."""
    return Evidence(
        method=method,
        gpc=False,
        gpc_override=False,
        sign_up=None,
        language=None,
        **(context or unseen(SYSTEM)),
    )


class NoticeReference(TypedDict):
    """Which words were shown, in which language: `sha256` is of exactly those."""

    id: str
    sha256: str
    language: str


class Event(Evidence):
    """One entry of the ledger, as stored, as hashed and as history shows it (S51).

    `choices` holds the consent purposes that the subject may grant, as each was last decided:
    `decided` names those that this event decides, `carried` those for which an earlier decision
    stands, with its time. A purpose in neither was never decided and is off. `words` names the
    policy version of a carried decision where it is not this event's. `superseded` are grants
    under words that were no longer in force: they are evidence and change nothing.

    `gpc_turned_off` are the purposes that the browser's signal kept off in this event,
    `gpc_overridden` those that were granted in spite of it. `objections` are the purposes
    objected to, with the time (Art. 21); `restricted_since` is when all use was restricted
    (Art. 18). `linked` is the fingerprint of a link that this event makes, between a person and a
    browser or their old and new address; it stands in both chains. `unverified`: whoever decided
    did not show that the address is theirs. All of these are null where there is nothing to tell.
    `previous_choices` is null in the first event.
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
    words: dict[str, str] | None
    superseded: list[str] | None
    gpc_turned_off: list[str] | None
    gpc_overridden: list[str] | None
    objections: dict[str, str] | None
    restricted_since: str | None
    linked: str | None
    unverified: bool | None
    previous_digest: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided, shown which words, in which circumstances, at which moment.

    `objects` are purposes objected to; granting one later lifts the objection to it, and so does
    that the company shows compelling grounds for it (Art. 21(1)): then it `goes_on`.
    `restricts` sets or lifts the restriction of all use; None leaves it as it is. `turned_off`
    are those of `choices` that the browser's signal decided; `linked` is the fingerprint of the
    link that it makes. `unverified`: whoever decided did not show that the address is theirs.
    `carries` are grants from another chain of the same person, each as it was made: one goes on
    where nothing was decided here. With `unless_so` nothing is written where all is so already.
    """

    subject: str
    kind: Kind
    choices: Mapping[str, bool]
    evidence: Evidence
    policy: Policy
    notice: NoticeReference
    at: datetime
    objects: Collection[str] = ()
    goes_on: Collection[str] = ()
    restricts: bool | None = None
    turned_off: Collection[str] = ()
    linked: str | None = None
    unverified: bool = False
    unless_so: bool = False
    carries: Mapping[str, "Choice"] = field(default_factory=dict)


class Choice(NamedTuple):
    """How a purpose was last decided: granted or refused, when, under which policy version."""

    granted: bool
    since: str
    policy_version: str


class Renewal(TypedDict):
    """Whether to ask again, and why: `expired`, `policy_changed` or null."""

    needed: bool
    reason: str | None


def words(notice: Notice, language: str | None = None) -> NoticeReference:
    """Refer to the words of a notice in the language that they were shown in.

    That is the authoritative one where there are none in the language that a page named.
    """
    shown = notice.shown_in(language) or notice.language
    return NoticeReference(id=notice.id, sha256=notice.languages[shown], language=shown)


def choices(event: Event | None) -> dict[str, Choice]:
    """Return how each purpose was last decided, as an event carries it."""
    if event is None:
        return {}
    versions = event["words"] or {}
    made = {**event["carried"], **dict.fromkeys(event["decided"], event["decided_at"])}
    return {
        name: Choice(event["choices"][name], since, versions.get(name, event["policy_version"]))
        for name, since in made.items()
    }


def next_event(
    head: Event | None,
    decision: Decision,
    policies: Policies,
    *,
    forgotten: bool = False,
    suppressed: Mapping[str, str] | None = None,
) -> Event:
    """Write the event that follows `head`: a decision changes what it names and nothing else.

    `forgotten`: the state was erased and only the chain goes on, with the objections that
    outlived it, `suppressed`.
    """
    policy, at = decision.policy, format_timestamp(decision.at)
    if head is not None:  # processes have clocks of their own; what comes after is not earlier
        at = max(at, head["decided_at"])
    state = None if forgotten else head
    objected = {**(suppressed or {}), **((head["objections"] or {}) if head else {})}
    wished = {**decision.choices, **dict.fromkeys(decision.objects, False)}
    in_force = policies.current(decision.at)
    superseded = _superseded(wished, policies, policy, in_force)
    before = {**decision.carries, **choices(state)}
    named = (name for name in in_force.consents_of(decision.subject) if name in wished)
    consents = dict.fromkeys((*policy.consents_of(decision.subject), *before, *named))
    chosen = {name: wished[name] for name in consents if name in wished and name not in superseded}
    standing = {name: made for name, made in before.items() if name not in chosen}
    known = {name: made.granted for name, made in standing.items()} | chosen
    event = Event(
        subject=decision.subject,
        sequence=head["sequence"] + 1 if head else 1,
        kind=decision.kind,
        decided_at=at,
        expires_at=at,
        policy_version=policy.version,
        notice=decision.notice,
        choices={**dict.fromkeys(consents, False), **known},
        previous_choices=state["choices"] if state else None,
        decided=list(chosen),
        carried={name: made.since for name, made in standing.items()},
        words=_other_words(standing, policy.version),
        superseded=superseded or None,
        gpc_turned_off=sorted(decision.turned_off) or None,
        gpc_overridden=_overridden(state, decision, chosen),
        objections=_objections(objected, decision, superseded, at),
        restricted_since=_restricted_since(state, decision, at),
        linked=decision.linked,
        unverified=decision.unverified or None,
        previous_digest=head["digest"] if head else None,
        digest="",
        **decision.evidence,
    )
    event["expires_at"] = _expiry(event, policies, in_force, decision.at)
    event["digest"] = hash_chain.digest(statement(event))
    return event


def changes(
    before: Event | None, after: Event, policies: Policies, *, forgotten: bool = False
) -> bool:
    """Tell whether an event makes anything other than it was.

    A grant that has run out or whose words have changed is given anew; one that still counts
    is not, though it would count longer.
    """
    if before is None or forgotten:
        return True
    if before["objections"] != after["objections"]:
        return True
    if before["restricted_since"] != after["restricted_since"]:
        return True
    made, at = choices(before), parse_timestamp(after["decided_at"])
    return any(
        name not in made
        or made[name].granted != after["choices"][name]
        or (made[name].granted and not counts(name, made[name], policies, at))
        for name in after["decided"]
    )


def statement(event: Event) -> dict[str, object]:
    """Return what the digest covers: the event without its digest."""
    covered: dict[str, object] = {**event}
    del covered["digest"]
    return covered


def renewal(event: Event, policies: Policies, now: datetime) -> Renewal:
    """Tell whether to ask again: the decision has expired, or purposes changed since (S29, S57)."""
    if now >= parse_timestamp(event["expires_at"]):
        return Renewal(needed=True, reason="expired")
    in_force, versions = policies.current(now), event["words"] or {}
    changed = event["superseded"] or any(
        not same_words(name, versions.get(name, event["policy_version"]), policies, in_force)
        for name in in_force.consents_of(event["subject"])
    )
    return Renewal(needed=bool(changed), reason="policy_changed" if changed else None)


def same_words(name: str, version: str, policies: Policies, in_force: Policy) -> bool:
    """Tell whether a purpose's words in a version are still those of the one in force."""
    agreed = policies.versions[version].purposes.get(name)
    asked = in_force.purposes.get(name)
    return agreed is not None and asked is not None and agreed.sha256 == asked.sha256


def ends(name: str, made: Choice, policies: Policies) -> datetime:
    """Return when a choice has run out: it counts as long as the policy shown said it would."""
    purpose = policies.versions[made.policy_version].purposes[name]
    return parse_timestamp(made.since) + purpose.lifetime


def counts(name: str, made: Choice, policies: Policies, now: datetime) -> bool:
    """Tell whether a choice is young enough, and of words that are still in force."""
    same = same_words(name, made.policy_version, policies, policies.current(now))
    return same and now < ends(name, made, policies)


def _superseded(
    wished: Mapping[str, bool], policies: Policies, shown: Policy, in_force: Policy
) -> list[str]:
    """Name what is granted under words that are no longer those in force."""
    return [
        name
        for name, granted in wished.items()
        if granted
        and shown.purposes[name].asks_consent
        and not same_words(name, shown.version, policies, in_force)
    ]


def _other_words(standing: Mapping[str, Choice], version: str) -> dict[str, str] | None:
    others = {name: made.policy_version for name, made in standing.items()}
    return {name: other for name, other in others.items() if other != version} or None


def _overridden(
    state: Event | None, decision: Decision, chosen: Mapping[str, bool]
) -> list[str] | None:
    before = (state["gpc_overridden"] if state else None) or []
    told = decision.evidence["gpc"] and decision.evidence["gpc_override"]
    gpc = [name for name in chosen if told and chosen[name] and decision.policy.purposes[name].gpc]
    return [*(name for name in before if name not in chosen), *gpc] or None


def _objections(
    before: Mapping[str, str], decision: Decision, superseded: Collection[str], at: str
) -> dict[str, str] | None:
    granted = {name for name, on in decision.choices.items() if on and name not in superseded}
    lifted = granted | {*decision.goes_on}
    after = {**dict.fromkeys(decision.objects, at), **before}
    return {name: since for name, since in after.items() if name not in lifted} or None


def _restricted_since(state: Event | None, decision: Decision, at: str) -> str | None:
    before = state["restricted_since"] if state else None
    if decision.restricts is None:
        return before
    return (before or at) if decision.restricts else None


def _expiry(event: Event, policies: Policies, in_force: Policy, now: datetime) -> str:
    """Return the first moment at which something decided, and still counting, is asked again."""
    moments = [end for name, made in choices(event).items()
               if same_words(name, made.policy_version, policies, in_force)
               and now < (end := ends(name, made, policies))]  # fmt: skip
    if moments:
        return format_timestamp(min(moments))
    policy = policies.versions[event["policy_version"]]
    asked = policy.consents_of(event["subject"])
    return format_timestamp(now + min(policy.purposes[name].lifetime for name in asked))
