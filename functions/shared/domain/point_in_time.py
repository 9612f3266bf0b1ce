"""How somebody's wishes stood at a moment, from the events up to then (S51)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.domain import permission
from shared.domain.consent import Event
from shared.domain.permission import ConsentState


@dataclass(frozen=True, slots=True)
class State:
    """A consent state, and for each purpose the event that decided it or objected to it."""

    consent_state: ConsentState = field(default_factory=ConsentState)
    origins: Mapping[str, Event] = field(default_factory=dict)


def at(
    moment: str, events: Iterable[Event], now: ConsentState, erasures: Iterable[str] = ()
) -> State:
    """Return the state at `moment` (RFC 3339 with milliseconds, UTC); `events` are oldest first.

    A suppression that stands now and began before `moment` stood then, even where the objection's
    own event is gone. What was erased before `moment` no longer counted, though its evidence stays.
    """
    consent_state, origins = ConsentState(), dict[str, Event]()
    for event in events:
        if event["decided_at"] > moment:
            break
        consent_state = permission.after(event)
        origins.update(decided_by(event, origins))
    stands = {name: since for name, since in now.suppressed.items() if since <= moment}
    suppressed = {**consent_state.suppressed, **stands}
    erased = max((when for when in erasures if when <= moment), default="")
    newest = consent_state.event
    if newest is None or newest["decided_at"] <= erased:
        return State(ConsentState(None, suppressed))
    return State(ConsentState(newest, suppressed), origins)


def decided_by(event: Event, origins: Mapping[str, Event]) -> dict[str, Event]:
    """Return the purposes that `event` itself decides: an old objection is only carried along."""
    objections = event["objections"] or {}
    decided = [*event["decided"], *objections]
    return {
        name: event
        for name in decided
        if name in event["decided"]
        or objections.get(name) == event["decided_at"]
        or name not in origins
    }
