"""How wishes stood at a moment: the same as asking at that moment would have said (S51)."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain import permission, point_in_time, preference_changes
from shared.domain.consent import Event, bare_evidence, next_event
from shared.domain.permission import ConsentState
from shared.domain.timestamps import format_timestamp
from shared.storage import policies
from tests.support import NOW

KNOWN = policies.published()
POLICY = KNOWN.current(NOW)
NOTICE = POLICY.notices["preference_centre"]
PERSON = "p_aaaaaaaaaaaaaaaaaaaaaaaaaa"
SEEN = bare_evidence("staff")
CHOICES = st.dictionaries(
    st.sampled_from([*POLICY.consent_purposes, "improvement"]), st.booleans(), min_size=1
)
LIVES = st.lists(CHOICES, min_size=1, max_size=6)


def lived(life: list[dict[str, bool]]) -> list[Event]:
    """Return the events of a life in which something is decided every hour."""
    events: list[Event] = []
    for number, choices in enumerate(life):
        at = NOW + timedelta(hours=number)
        decision = preference_changes.decision(PERSON, choices, SEEN, (POLICY, NOTICE), at)
        events.append(next_event(events[-1] if events else None, decision, KNOWN))
    return events


@given(LIVES, st.integers(-1, 6))
def test_the_past_is_what_it_was_when_it_was_now(life: list[dict[str, bool]], hour: int) -> None:
    """S51: for every moment, also between events, before the first and after the last."""
    events = lived(life)
    consent_states = [ConsentState(), *map(permission.after, events)]
    moment = NOW + timedelta(hours=hour, minutes=30)
    seen = point_in_time.at(format_timestamp(moment), events, consent_states[-1])
    then = consent_states[max(0, min(hour + 1, len(events)))]
    assert seen.consent_state.event == then.event
    for name in seen.origins:
        assert name in seen.origins[name]["decided"] or name in (
            seen.origins[name]["objections"] or {}
        )
    for purpose in POLICY.purposes.values():
        was = permission.decide(purpose, then, KNOWN, moment)
        assert permission.decide(purpose, seen.consent_state, KNOWN, moment) == was


def test_an_event_counts_from_its_very_moment() -> None:
    (event,) = lived([{"publicity": True}])
    assert (
        point_in_time.at(event["decided_at"], [event], ConsentState()).consent_state.event == event
    )
    before = format_timestamp(NOW - timedelta(milliseconds=1))
    assert point_in_time.at(before, [event], ConsentState()).consent_state.event is None


def test_a_suppression_outlives_the_event_that_began_it() -> None:
    since = format_timestamp(NOW)
    now = ConsentState(None, {"direct_marketing": since})
    assert point_in_time.at(since, [], now).consent_state == now
    assert point_in_time.at(format_timestamp(_before(NOW)), [], now).consent_state == ConsentState()


def test_what_was_erased_counts_no_more_though_its_evidence_stays() -> None:
    events = lived([{"publicity": True}])
    gone, later = (
        format_timestamp(NOW + timedelta(hours=1)),
        format_timestamp(NOW + timedelta(hours=2)),
    )
    now = ConsentState()
    assert point_in_time.at(later, events, now, [gone]).consent_state == ConsentState()
    assert (
        point_in_time.at(format_timestamp(NOW), events, now, [gone]).consent_state.event
        == events[0]
    )


def _before(moment: datetime) -> datetime:
    return moment - timedelta(milliseconds=1)
