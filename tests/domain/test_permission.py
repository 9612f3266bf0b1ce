"""May we? (S14, S26, S46, S47, S49, S50): anything unclear is a no."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import permission
from shared.domain.consent import MARKETING_PURPOSES, Decision, Event, NoticeReference, next_event
from shared.domain.permission import ConsentState, decide
from shared.domain.policy import Policies
from shared.domain.rate_limits import Limit
from tests.domain import documents
from tests.domain.test_consent import circumstances

NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)
KNOWN = documents.policies()
POLICY = KNOWN.versions["2023-06"]
NAMES = POLICY.consent_purposes


def event(
    before: Event | None = None,
    choices: dict[str, bool] | None = None,
    objects: tuple[str, ...] = (),
    restricts: bool | None = None,
    at: datetime = NOW,
    known: Policies = KNOWN,
) -> Event:
    made = Decision(
        subject="p_" + "a" * 26,
        kind="decision",
        choices=choices or {},
        evidence=circumstances(),
        policy=known.versions["2023-06"],
        notice=NoticeReference(id="newsletter_form", sha256="n" * 64),
        at=at,
        objects=objects,
        restricts=restricts,
    )
    return next_event(before, made, known)


def reason(name: str, standing: ConsentState, now: datetime = NOW, known: Policies = KNOWN) -> str:
    answer = decide(known.current(now).purposes[name], standing, known, now)
    allowing = {"granted", "legitimate_interests", "contract", "legal_obligation"}
    assert answer.allowed is (answer.reason in allowing)
    return answer.reason


def test_every_reason_has_its_case() -> None:
    granted = event(choices={"direct_marketing": True})
    assert reason("direct_marketing", ConsentState()) == "never_asked"
    assert reason("direct_marketing", ConsentState(granted)) == "granted"
    refused = event(granted, {"direct_marketing": False})
    assert reason("direct_marketing", ConsentState(refused)) == "withdrawn"
    objected = event(granted, objects=MARKETING_PURPOSES)
    assert reason("direct_marketing", ConsentState(objected)) == "objected"
    late = NOW + timedelta(days=730)
    assert reason("direct_marketing", ConsentState(granted), late) == "expired"
    restricted = event(granted, restricts=True)
    assert reason("direct_marketing", ConsentState(restricted)) == "restricted"
    suppressed = ConsentState(None, "2026-01-01T00:00:00.000Z")
    assert reason("direct_marketing", suppressed) == "suppressed"
    assert reason("improvement", ConsentState()) == "legitimate_interests"


def test_words_that_changed_are_not_what_was_agreed_to_s29() -> None:
    words = tuple(
        documents.purpose("direct_marketing", days=730, words="More")
        if p["id"] == "direct_marketing"
        else p
        for p in documents.CONSENT
    )
    known = documents.policies(
        documents.document(), documents.document("2026-03", "2026-03-01", words + documents.OTHERS)
    )
    march = datetime(2026, 3, 2, tzinfo=UTC)
    standing = ConsentState(event(choices={"direct_marketing": True}, known=known))
    assert reason("direct_marketing", standing, march, known) == "policy_changed"


def test_an_objection_vetoes_every_marketing_purpose_s47() -> None:
    everything = event(choices=dict.fromkeys(NAMES, True))
    standing = ConsentState(event(everything, objects=MARKETING_PURPOSES))
    for name in MARKETING_PURPOSES:
        assert reason(name, standing) == "objected"
    assert reason("analytics", standing) == "granted"


def test_a_restriction_stops_all_but_what_the_law_requires_s46() -> None:
    standing = ConsentState(event(choices=dict.fromkeys(NAMES, True), restricts=True))
    for name in (*NAMES, "improvement"):
        assert reason(name, standing) == "restricted"
    lifted = event(standing.event, restricts=False)
    assert reason("analytics", ConsentState(lifted)) == "granted"


def test_suppression_stays_until_the_person_opts_in_again() -> None:
    objected = permission.after(ConsentState(), event(objects=MARKETING_PURPOSES))
    assert objected.suppressed_since
    erased = ConsentState(None, objected.suppressed_since)
    other = permission.after(erased, event(choices={"analytics": True}))
    assert reason("direct_marketing", other) == "suppressed"
    refused = permission.after(other, event(other.event, {"direct_marketing": False}))
    assert refused.suppressed_since
    opted_in = permission.after(refused, event(refused.event, {"direct_marketing": True}))
    assert opted_in.suppressed_since is None
    assert reason("direct_marketing", opted_in) == "granted"


@given(
    st.dictionaries(st.sampled_from(NAMES), st.booleans()),
    st.lists(st.sampled_from((*NAMES, "improvement")), max_size=4),
    st.none() | st.booleans(),
    st.integers(0, 800),
    st.booleans(),
)
def test_nothing_is_allowed_that_was_not_granted_or_was_objected_to(
    choices: dict[str, bool], objects: list[str], restricts: bool | None, days: int, late: bool
) -> None:
    first = event(choices=choices)
    second = event(first, objects=tuple(objects), restricts=restricts)
    standing = permission.after(ConsentState(first), second)
    now = NOW + timedelta(days=days)
    for name in (*NAMES, "improvement"):
        answer = decide(POLICY.purposes[name], standing, KNOWN, now)
        if answer.allowed:
            assert name not in objects
            assert restricts is not True
            assert name == "improvement" or choices.get(name) is True


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1)), st.integers(1, 86_400))
def test_a_limits_window_holds_its_moment(now: datetime, window: int) -> None:
    limit = Limit("x", most=1, window=window)
    assert limit.ends(now) - window <= now.timestamp() < limit.ends(now) + 1


@pytest.mark.parametrize("name", MARKETING_PURPOSES)
def test_granting_one_purpose_lifts_only_its_own_objection(name: str) -> None:
    objected = event(objects=MARKETING_PURPOSES)
    again = event(objected, {name: True})
    assert name not in (again["objections"] or {})
    assert len(again["objections"] or {}) == len(MARKETING_PURPOSES) - 1
