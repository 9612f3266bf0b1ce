"""May we? The one decision behind capture, preferences, permission checks, visits and mails (S14).

Who asks about a browser's purpose brings the browser's own state and those of the people whose
browser it is; who asks about a person's brings theirs. A no counts for all of them, and only a
later yes undoes it, under words in force.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from shared.domain.consent import Choice, Event, choices, counts, ends, same_words
from shared.domain.policy import Policies, Purpose
from shared.domain.timestamps import format_timestamp

# Why something is off because somebody said so, and not because nobody was asked or time passed.
NO = frozenset({"withdrawn", "objected", "suppressed", "restricted"})
# Two ledgers have two clocks: within this part of a timestamp, to the second, a no comes last.
_TO_THE_SECOND = 19


@dataclass(frozen=True)
class ConsentState:
    """All that is known of somebody's wishes: the newest event, and what outlives it.

    `suppressed` are the objections, by purpose, with their time; they survive erasure,
    retention and re-import, and only the person's own yes to that purpose lifts one.
    """

    event: Event | None = None
    suppressed: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def choices(self) -> Mapping[str, Choice]:
        """Return how each purpose was last decided."""
        return choices(self.event)

    @property
    def suppressed_since(self) -> str | None:
        """Return since when anything is suppressed at all."""
        return min(self.suppressed.values(), default=None)


class Permission(NamedTuple):
    """The answer, why, and since when it is so (null if it never was otherwise).

    `reason` is granted, never_asked, withdrawn (a no), objected, expired, restricted,
    suppressed, policy_changed, gpc (the browser's signal), or, for what does not rest on
    consent, the lawful basis. `until` is when a grant ends, `policy_version` the words agreed to.
    """

    allowed: bool
    reason: str
    since: str | None
    until: str | None = None
    policy_version: str | None = None


def after(event: Event) -> ConsentState:
    """Return the state that `event` leads to: what was objected to is kept apart, too."""
    return ConsentState(event, event["objections"] or {})


def decide(
    purpose: Purpose,
    states: ConsentState | Sequence[ConsentState],
    policies: Policies,
    now: datetime,
    *,
    signal: bool = False,
) -> Permission:
    """Decide whether data may be used for `purpose`; anything unclear is a no.

    `states` are all that have a say: somebody's own, or a browser's with its people's. A
    restriction (Art. 18) stops all but what the law requires and what was consented to after it
    began; an objection (Art. 21) outweighs a grant; a suppression stands until the person opts in
    again. `signal` is Global Privacy Control: it turns off what it stands for, unless that was
    granted knowing of it.
    """
    told = (states,) if isinstance(states, ConsentState) else states
    events = [state.event for state in told if state.event]
    restricted = [each["restricted_since"] for each in events if each["restricted_since"]]
    found = _consented(purpose, told, policies, now) if purpose.asks_consent else None
    if restricted and purpose.lawful_basis != "legal_obligation":
        since = found.since if found and found.allowed else None
        if since is None or not _later(since, max(restricted)):
            return _no("restricted", min(restricted))
    objected = _since(purpose.id, [each["objections"] or {} for each in events])
    if objected:
        return _no("objected", objected)
    suppressed = _since(purpose.id, [state.suppressed for state in told])
    if suppressed:
        return _no("suppressed", suppressed)
    answer = found or Permission(allowed=True, reason=purpose.lawful_basis, since=None)
    if answer.allowed and signal and purpose.gpc and not _overridden(purpose.id, events):
        return _no("gpc", None)
    return answer


def effective(
    states: Sequence[ConsentState],
    names: Iterable[str],
    policies: Policies,
    now: datetime,
    *,
    signal: bool = False,
) -> dict[str, Permission]:
    """Decide about several purposes of the policy in force."""
    purposes = policies.current(now).purposes
    return {name: decide(purposes[name], states, policies, now, signal=signal) for name in names}


def together(answers: Sequence[Permission]) -> Permission:
    """Tell how a purpose stands in several browsers: allowed if it is in one of them."""
    return max(answers, key=_rank)


def _rank(answer: Permission) -> tuple[bool, str, str, str, str]:
    """Put answers in an order that does not depend on who was asked first, not even at a tie."""
    since, until, version = answer.since or "", answer.until or "", answer.policy_version or ""
    return answer.allowed, since, version, answer.reason, until


def _since(name: str, objections: Iterable[Mapping[str, str]]) -> str | None:
    return min([each[name] for each in objections if name in each], default=None)


def _consented(
    purpose: Purpose, states: Sequence[ConsentState], policies: Policies, now: datetime
) -> Permission:
    made = [state.choices[purpose.id] for state in states if purpose.id in state.choices]
    refused = max([each.since for each in made if not each.granted], default="")
    later = [each for each in made if each.granted and _later(each.since, refused)]
    if not later:
        return _no("withdrawn", refused) if refused else _no("never_asked", None)
    counting = [each for each in later if counts(purpose.id, each, policies, now)]
    if counting:
        newest = max(counting)  # by when, then by version: all of them are grants
        until = format_timestamp(ends(purpose.id, newest, policies))
        return Permission(
            allowed=True,
            reason="granted",
            since=newest.since,
            until=until,
            policy_version=newest.policy_version,
        )
    newest = max(later)
    return _no(_lapsed(purpose.id, newest, policies, now), newest.since)


def _later(granted: str, refused: str) -> bool:
    return granted[:_TO_THE_SECOND] > refused[:_TO_THE_SECOND]


def _lapsed(name: str, made: Choice, policies: Policies, now: datetime) -> str:
    same = same_words(name, made.policy_version, policies, policies.current(now))
    return "expired" if same else "policy_changed"


def _overridden(name: str, events: Iterable[Event]) -> bool:
    return any(name in (each["gpc_overridden"] or ()) for each in events)


def _no(reason: str, since: str | None) -> Permission:
    return Permission(allowed=False, reason=reason, since=since)
