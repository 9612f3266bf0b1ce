"""The state machine of requests, walked at random and by example (S46, S52 to S56)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bank_holidays import england
from shared.domain import data_subject_request
from shared.domain.data_subject_request import DataSubjectRequest, MailNote
from shared.domain.errors import Conflict, Invalid
from shared.domain.regime import REGIMES
from shared.domain.request_actions import (
    ACTIONS,
    AWAITING_CLARIFICATION,
    AWAITING_FEE,
    AWAITING_IDENTITY,
    CLOSED,
    IN_PROGRESS,
    ONWARD,
    OPEN,
    STATUSES,
    STAYS,
    WORKERS,
    allowed,
)
from shared.domain.request_facts import dated
from shared.domain.request_types import TYPES, row
from tests import factories

NOW = datetime(2026, 2, 10, 9, tzinfo=UTC)


def case(**changes: object) -> DataSubjectRequest:
    plain = factories.request(
        status=AWAITING_IDENTITY,
        received_at="2026-02-10T09:00:00.000Z",
        facts={"received": "2026-02-10"},
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def walked(*actions: str, begun: DataSubjectRequest | None = None) -> DataSubjectRequest:
    stands = begun or case()
    for days, action in enumerate(actions):
        stands = data_subject_request.apply_action(
            stands, action, NOW + timedelta(days=days), "why"
        )
    return stands


def test_every_action_leads_from_statuses_to_a_status() -> None:
    for each in ACTIONS.values():
        assert set(each.sources) <= set(STATUSES)
        assert each.target in {*STATUSES, STAYS, ONWARD}
        assert set(each.types) <= set(TYPES)
        assert each.groups <= WORKERS
    reached = {name for name, each in ACTIONS.items() if each.target in CLOSED}
    assert all(set(ACTIONS[name].sources) <= set(OPEN) for name in reached)


@given(st.sampled_from(TYPES), st.lists(st.sampled_from([*ACTIONS, "sing"]), max_size=12))
def test_whatever_is_tried_the_status_follows_the_facts_and_closed_stays_closed(
    kind: str, actions: list[str]
) -> None:
    received = {"received": "2026-02-10"}
    stands = case(type=kind, status=data_subject_request.first_status(kind, received))
    for action in actions:
        before = stands
        try:
            stands = data_subject_request.apply_action(
                stands, action, NOW, "why", None, {"version": "1"}
            )
        except Conflict:
            continue
        assert action in allowed(before.status, kind)
        if not before.open:
            assert stands.status == before.status, "nothing opens what is closed"
        assert (stands.closed_at is not None) is (not stands.open)
        if stands.status == IN_PROGRESS and row(kind).identity != "nothing":
            assert stands.facts["identified"], "nothing is done for somebody unknown"
        if stands.facts.get("begun"):
            assert stands.status not in ("cancelled", "refused", "lapsed")
        if stands.open:
            assert data_subject_request.first_status(kind, stands.facts) == stands.status


@given(st.sampled_from(TYPES), st.sampled_from(sorted(REGIMES)))
def test_the_dates_follow_from_the_facts(kind: str, regime: str) -> None:
    terms = REGIMES[regime].terms(kind)
    begun = data_subject_request.with_dates(case(type=kind), terms, england())
    assert (begun.due is None) is terms.waits
    shown = data_subject_request.with_dates(walked("verified", begun=begun), terms, england())
    assert shown.due is not None
    assert date.fromisoformat(shown.due) > NOW.date()


def test_obstacles_fall_away_one_by_one() -> None:
    owing = case(facts={"received": "2026-02-10", "fee_asked": True})
    assert walked("verified", begun=owing).status == AWAITING_FEE
    assert walked("verified", "payment", begun=owing).status == IN_PROGRESS
    assert walked("waiver", "verified", begun=owing).status == IN_PROGRESS
    assert walked("verified", "clarification").status == AWAITING_CLARIFICATION
    assert walked("verified", "clarification", "resumption").status == IN_PROGRESS
    assert walked("verified", "clarification", "message").status == IN_PROGRESS


def test_asking_for_a_fee_paying_and_waiving_it_are_three_things() -> None:
    """S53, Art. 12(5)."""
    shown = walked("verified")
    with pytest.raises(Invalid):
        data_subject_request.apply_action(shown, "fee", NOW, None)
    for early in ("payment", "waiver"):
        with pytest.raises(Conflict):
            data_subject_request.apply_action(shown, early, NOW)
    asked = data_subject_request.apply_action(shown, "fee", NOW, "The fourth time this month.")
    assert asked.status == AWAITING_FEE
    with pytest.raises(Conflict):
        data_subject_request.apply_action(asked, "fee", NOW, "The fourth time this month.")
    paid = data_subject_request.apply_action(asked, "payment", NOW)
    assert paid.facts["fee_paid"] == "2026-02-10"
    with pytest.raises(Conflict):
        data_subject_request.apply_action(paid, "payment", NOW)
    again = data_subject_request.apply_action(paid, "fee", NOW, "And a fifth.")
    assert data_subject_request.first_status("access", again.facts) == again.status == AWAITING_FEE


@pytest.mark.parametrize("kind", ["objection", "complaint"])
@pytest.mark.parametrize("action", ["fee", "refusal"])
def test_the_law_knows_no_fee_and_no_refusal_for_some_types(kind: str, action: str) -> None:
    """UK GDPR Art. 21(3), Data Protection Act 2018 s.164A."""
    shown = walked("verified", begun=case(type=kind))
    with pytest.raises(Conflict):
        data_subject_request.apply_action(shown, action, NOW, "why")


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_only_what_reached_us_can_be_dated_back(action: str) -> None:
    """Never before what it answers, nor into the future."""
    day = date(2026, 2, 10)
    facts = {
        "received": "2026-02-03",
        "fee_asked_on": "2026-02-05",
        "pauses": [{"asked": "2026-02-05"}],
    }
    earlier = date(2026, 2, 6)
    if ACTIONS[action].dated == "us":
        with pytest.raises(Invalid, match="/on"):
            dated(facts, action, earlier, day)
        assert dated(facts, action, None, day) == day
        return
    assert dated(facts, action, earlier, day) == earlier
    for wrong in (date(2026, 2, 2), date(2026, 2, 11)):
        with pytest.raises(Invalid, match="/on"):
            dated(facts, action, wrong, day)


def test_patience_runs_from_when_the_person_was_last_asked() -> None:
    """A letter of May that is entered in June does not lapse in June."""
    mailed = case(facts={"received": "2025-05-14"})
    other = MailNote("request_message", "2026-02-10T09:00:00.000Z", "sent")
    held = MailNote("request_received", "2026-02-10T09:00:00.000Z", "withheld")
    sent = MailNote("request_received", "2026-02-13T09:00:00.000Z", "sent")
    assert data_subject_request.patience_ends(mailed, []) is None
    assert data_subject_request.patience_ends(mailed, [other, held]) is None
    assert data_subject_request.patience_ends(mailed, [held, sent]) == NOW + timedelta(days=33)
    letter = replace(mailed, email=None)
    assert data_subject_request.patience_ends(letter, [sent]) is None
    posted = data_subject_request.apply_action(letter, "letter_posted", NOW)
    assert data_subject_request.patience_ends(posted, []) == datetime(
        2026, 3, 12, 23, 59, 59, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("action", "mail", "fact"),
    [
        ("clarification", "request_clarification", "pauses"),
        ("extension", "request_extension", "extension"),
        ("fee", "request_fee", "fee_asked"),
    ],
)
def test_what_a_mail_asked_or_told_that_did_not_arrive_counts_for_nothing(
    action: str, mail: str, fact: str
) -> None:
    """Neither does the clock stand for a question that nobody got."""
    details = {"ground": "complex", "amount": "12.00", "currency": "GBP"}
    begun = walked("verified")
    asked = data_subject_request.apply_action(begun, action, NOW, "Why.", details=details)
    assert asked.facts[fact]
    lost = data_subject_request.apply_action(asked, "mail_refused", NOW, details={"mail": mail})
    assert not lost.facts.get(fact)
    assert lost.status == "in_progress"
    other = data_subject_request.apply_action(
        asked, "mail_refused", NOW, details={"mail": "request_progress"}
    )
    assert other.status == asked.status
    assert other.facts == {**asked.facts, "mail_refused": other.facts["mail_refused"]}
    closed = replace(asked, status="completed")
    assert (
        data_subject_request.apply_action(closed, "mail_refused", NOW, details={}).status
        == "completed"
    )


@pytest.mark.parametrize("action", ["clarification", "refusal", "extension"])
def test_what_the_person_is_told_has_a_reason(action: str) -> None:
    for empty in (None, "", "  "):
        with pytest.raises(Invalid):
            data_subject_request.apply_action(walked("verified"), action, NOW, empty)


def test_a_conflict_says_how_it_stands_and_what_fits() -> None:
    with pytest.raises(Conflict, match=r"in_progress; there, waiver does not fit: .*refusal"):
        walked("verified", "waiver")
    with pytest.raises(Conflict, match="shown before"):
        walked("verified", "verified")


def test_an_extension_is_allowed_inside_the_first_month_only() -> None:
    """Art. 12A(4)."""
    terms = REGIMES["uk_gdpr"].terms("access")
    shown = walked("verified")
    data_subject_request.refuse_extension(shown, terms, NOW + timedelta(days=20), england())
    with pytest.raises(Conflict, match="had to be told by 2026-03-10"):
        data_subject_request.refuse_extension(shown, terms, NOW + timedelta(days=40), england())


def test_in_summer_a_late_evening_is_already_tomorrow_in_london() -> None:
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    shown = data_subject_request.apply_action(
        case(facts={"received": "2026-07-01"}), "identity", late
    )
    assert shown.facts["identified"] == "2026-07-02"
