"""The state machine of requests, walked at random and by example (S46, S52 to S56)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bank_holidays import england
from shared.domain import data_subject_request as domain
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import Conflict, Invalid
from shared.domain.regime import REGIMES

NOW = datetime(2026, 2, 10, 9, tzinfo=UTC)
ACTIONS = sorted({action for row in domain.TRANSITIONS.values() for action in row} | {"sing"})


def case(**changes: object) -> DataSubjectRequest:
    plain = DataSubjectRequest(
        id="r_1",
        person="p_1",
        type="access",
        status=domain.AWAITING_IDENTITY,
        name="Sam",
        email="sam@example.com",
        details=None,
        corrections=[],
        consent_id=None,
        policy_version="2023-06",
        channel="web",
        received_at="2026-02-10T09:00:00.000Z",
        facts={"received": "2026-02-10"},
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def walked(*actions: str, begun: DataSubjectRequest | None = None) -> DataSubjectRequest:
    stands = begun or case()
    for days, action in enumerate(actions):
        stands = domain.apply_action(stands, action, NOW + timedelta(days=days), "why")
    return stands


def test_every_status_has_its_row_and_every_target_is_a_status() -> None:
    assert set(domain.TRANSITIONS) == set(domain.STATUSES)
    for row in domain.TRANSITIONS.values():
        assert set(row.values()) <= {*domain.STATUSES, domain.STAYS, domain.ONWARD}
    assert set().union(*domain.TRANSITIONS.values()) >= domain.NEEDS_REASON


@given(st.lists(st.sampled_from(ACTIONS), max_size=12))
def test_whatever_is_tried_the_status_follows_the_facts_and_closed_stays_closed(
    actions: list[str],
) -> None:
    stands = case()
    for action in actions:
        before = stands
        try:
            stands = domain.apply_action(stands, action, NOW, "why")
        except Conflict:
            assert action not in domain.TRANSITIONS[before.status]
            continue
        assert action in domain.TRANSITIONS[before.status]
        if not before.open:
            assert stands.status == before.status, "nothing opens what is closed"
        assert (stands.closed_at is not None) is (not stands.open)
        if stands.status == domain.IN_PROGRESS:
            assert stands.facts["identified"], "nothing is done for somebody unknown"
        if stands.open:
            assert domain.first_status(stands.facts) == stands.status


@given(st.sampled_from(domain.TYPES), st.sampled_from(sorted(REGIMES)))
def test_the_dates_follow_from_the_facts(kind: str, regime: str) -> None:
    terms = REGIMES[regime].terms(kind)
    begun = domain.with_dates(case(type=kind), terms, england())
    assert (begun.due is None) is terms.waits
    shown = domain.with_dates(walked("verified", begun=begun), terms, england())
    assert shown.due is not None
    assert date.fromisoformat(shown.due) > NOW.date()


def test_obstacles_fall_away_one_by_one() -> None:
    owing = case(facts={"received": "2026-02-10", "fee_asked": True})
    assert walked("verified", begun=owing).status == domain.AWAITING_FEE
    assert walked("verified", "fee", begun=owing).status == domain.IN_PROGRESS
    assert walked("waiver", "verified", begun=owing).status == domain.IN_PROGRESS
    assert walked("verified", "clarification").status == domain.AWAITING_CLARIFICATION
    assert walked("verified", "clarification", "resumption").status == domain.IN_PROGRESS


def test_a_fee_is_asked_with_a_reason_and_then_noted_as_paid() -> None:
    """S53, Art. 12(5)."""
    shown = walked("verified")
    with pytest.raises(Invalid):
        domain.apply_action(shown, "fee", NOW, None)
    asked = domain.apply_action(shown, "fee", NOW, "The fourth time this month.")
    assert asked.status == domain.AWAITING_FEE
    paid = domain.apply_action(asked, "fee", NOW)
    assert paid.facts["fee_paid"] == "2026-02-10"
    again = domain.apply_action(paid, "fee", NOW, "And a fifth.")
    assert domain.first_status(again.facts) == again.status == domain.AWAITING_FEE


@pytest.mark.parametrize("action", ["clarification", "refusal", "extension"])
def test_what_the_person_is_told_has_a_reason(action: str) -> None:
    for empty in (None, "", "  "):
        with pytest.raises(Invalid):
            domain.apply_action(walked("verified"), action, NOW, empty)


def test_a_conflict_says_how_it_stands_and_what_fits() -> None:
    with pytest.raises(Conflict, match=r"in_progress; there, verified does not fit: .*refusal"):
        walked("verified", "verified")


def test_an_extension_is_allowed_inside_the_first_month_only() -> None:
    """Art. 12A(4)."""
    terms = REGIMES["uk_gdpr"].terms("access")
    shown = walked("verified")
    domain.refuse_extension(shown, terms, NOW + timedelta(days=20), england())
    with pytest.raises(Conflict, match="had to be told by 2026-03-10"):
        domain.refuse_extension(shown, terms, NOW + timedelta(days=40), england())


def test_in_summer_a_late_evening_is_already_tomorrow_in_london() -> None:
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    shown = domain.apply_action(case(facts={"received": "2026-07-01"}), "identity", late)
    assert shown.facts["identified"] == "2026-07-02"
