"""How two addresses of one person meet: no permission grows, and each no counts (S55)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import address_change, consent, permission
from shared.domain.consent import Decision, bare_evidence
from shared.domain.permission import ConsentState
from shared.domain.record_classes import CARRIED, ROWS
from shared.storage import policies
from tests import factories

POLICIES = policies.published()
FIRST = datetime(2026, 1, 1, 9, tzinfo=UTC)
NOW = FIRST + timedelta(days=30)
POLICY = POLICIES.current(NOW)
CONSENTS = POLICY.consents_of("p_x")
MARKETING = POLICY.marketing_purposes
OLD, NEW = "p_old", "p_new"

steps = st.lists(
    st.fixed_dictionaries(
        {
            "choices": st.dictionaries(st.sampled_from(sorted(CONSENTS)), st.booleans()),
            "objects": st.sets(st.sampled_from(sorted(MARKETING)), max_size=2),
        }
    ),
    max_size=4,
)


def decided(subject: str, state: ConsentState, at: datetime, **said: object) -> ConsentState:
    decision = Decision(
        subject=subject,
        kind="decision",
        evidence=bare_evidence("form"),
        policy=POLICY,
        notice=consent.words(POLICY.notices["preference_centre"]),
        at=at,
        **{"choices": {}, **said},  # type: ignore[arg-type]
    )
    event = consent.next_event(state.event, decision, POLICIES, suppressed=state.suppressed)
    return permission.after(event)


def lived(subject: str, taken: list[dict[str, object]], first: datetime) -> ConsentState:
    state = ConsentState()
    for number, step in enumerate(taken):
        state = decided(subject, state, first + timedelta(days=number), **step)
    return state


def met(old: ConsentState, new: ConsentState) -> ConsentState:
    brought = address_change.brought(old)
    return decided(
        NEW,
        new,
        NOW,
        choices=dict.fromkeys(brought.refused, False),
        objects=brought.objected,
        carries=brought.carries,
    )


@given(old=steps, new=steps)
def test_what_is_allowed_was_allowed_and_no_longer_than_before(
    old: list[dict[str, object]], new: list[dict[str, object]]
) -> None:
    before, there = lived(OLD, old, FIRST), lived(NEW, new, FIRST + timedelta(hours=1))
    after = met(before, there)
    for purpose in POLICY.purposes.values():
        answers = [permission.decide(purpose, each, POLICIES, NOW) for each in (before, there)]
        answer = permission.decide(purpose, after, POLICIES, NOW)
        if any(each.reason in permission.NO for each in answers):
            assert not answer.allowed, purpose.id
        if answer.allowed:
            assert answer in answers, purpose.id
        if any(each.allowed for each in answers) and not answer.allowed:
            assert any(each.reason in permission.NO for each in answers), purpose.id


@given(old=steps)
def test_an_address_that_was_nobodys_takes_all_as_it_stood(old: list[dict[str, object]]) -> None:
    before = lived(OLD, old, FIRST)
    after = met(before, ConsentState())
    for purpose in POLICY.purposes.values():
        was = permission.decide(purpose, before, POLICIES, NOW)
        answer = permission.decide(purpose, after, POLICIES, NOW)
        assert answer.allowed is was.allowed
        if was.allowed:
            assert answer == was


@pytest.mark.parametrize(
    ("corrections", "wanted"),
    [
        ([("email", "New@Example.com")], "new@example.com"),
        ([("email", "not an address")], None),
        ([("name", "new@example.com")], None),
        ([("email", "new@example.com"), ("name", "Sam")], None),
        ([], None),
    ],
)
def test_an_address_is_changed_by_a_request_of_its_own(
    corrections: list[tuple[str, str]], wanted: str | None
) -> None:
    asked = [{"field": field, "value": value} for field, value in corrections]
    case = factories.request(type="rectification", corrections=asked, status="in_progress")
    assert address_change.wanted(case) == wanted
    assert address_change.unproved(case) is (wanted is not None)
    assert address_change.wanted(replace(case, type="access")) is None


def test_what_is_carried_is_what_is_about_a_person_and_waits_for_no_press() -> None:
    assert {
        kind
        for kind, row in ROWS.items()
        if "records" in row.stores
        and row.owner.startswith("person")
        and kind not in ("token", "subscription_pending", "account_pending")
    } == CARRIED
