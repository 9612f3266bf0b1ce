"""Decisions and what they leave in force (S14, S26, S29, S32, S40, S51, S57)."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import choice_validation as allowed_choices
from shared.domain import consent, hash_chain
from shared.domain.consent import Decision, Event, Evidence, NoticeReference
from shared.domain.errors import Invalid
from shared.domain.policy import Policies
from shared.domain.timestamps import format_timestamp, parse_timestamp
from tests.domain import documents

NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)
KNOWN = documents.policies()
POLICY = KNOWN.versions["2023-06"]
BANNER = POLICY.notices["cookie_banner"]
NAMES = POLICY.consent_purposes

choices_of_any_size = st.dictionaries(st.sampled_from(NAMES), st.booleans(), min_size=1)
moments = st.datetimes(
    datetime(2024, 1, 1),
    datetime(2030, 1, 1),
    timezones=st.just(UTC),
)


def circumstances(**changes: Any) -> Evidence:
    usual = {
        "method": "choose",
        "gpc": False,
        "gpc_override": False,
        "sign_up": None,
        "language": "en-GB",
        "page": None,
        "property": None,
        "ip": "203.0.113.0/24",
        "browser": "Firefox",
    }
    return cast("Evidence", usual | changes)


def decide(
    head: Event | None,
    choices: dict[str, bool],
    at: datetime = NOW,
    version: str = "2023-06",
    known: Policies = KNOWN,
) -> Event:
    policy = known.versions[version]
    made = Decision(
        subject="c_" + "a" * 26,
        kind="decision",
        choices=choices,
        evidence=circumstances(),
        policy=policy,
        notice=NoticeReference(id="cookie_banner", sha256="b" * 64),
        at=at,
    )
    return consent.next_event(head, made, known)


def test_nothing_is_granted_before_a_choice_is_made_s32() -> None:
    event = decide(None, {"analytics": True})
    granted = {name for name, on in event["choices"].items() if on}
    assert granted == {"analytics"}
    assert event["previous_choices"] is None


def test_an_event_holds_the_state_before_and_after_s51() -> None:
    first = decide(None, {"analytics": True, "advertising": True})
    second = decide(first, {"advertising": False}, NOW + timedelta(hours=1))
    assert second["previous_choices"] == first["choices"]
    assert second["choices"]["analytics"] is True
    assert second["choices"]["advertising"] is False
    assert second["decided"] == ["advertising"]
    assert second["carried"] == {"analytics": first["decided_at"]}


@given(st.lists(choices_of_any_size, min_size=1, max_size=8))
def test_the_newest_decision_on_a_purpose_is_the_one_in_force_s48(
    decisions: list[dict[str, bool]],
) -> None:
    head: Event | None = None
    expected = dict.fromkeys(NAMES, False)
    for index, choices in enumerate(decisions):
        head = decide(head, choices, NOW + timedelta(minutes=index))
        expected |= choices
    assert head is not None
    assert head["choices"] == expected
    assert consent.effective(head, KNOWN, NOW + timedelta(hours=1)) == expected


@given(st.lists(choices_of_any_size, min_size=1, max_size=8))
def test_a_written_chain_holds(decisions: list[dict[str, bool]]) -> None:
    events: list[Event] = []
    for index, choices in enumerate(decisions):
        events.append(decide(events[-1] if events else None, choices, NOW + timedelta(index)))
    assert hash_chain.first_break("c_" + "a" * 26, events) is None
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))


@given(choices_of_any_size, st.integers(min_value=0, max_value=1500))
def test_a_grant_counts_exactly_as_long_as_its_purpose_lives(
    choices: dict[str, bool], days: int
) -> None:
    event = decide(None, choices)
    later = NOW + timedelta(days=days)
    lives = {name: POLICY.purposes[name].lifetime_days or 0 for name in NAMES}
    expected = {name: choices.get(name, False) and days < lives[name] for name in NAMES}
    assert consent.effective(event, KNOWN, later) == expected


@given(choices_of_any_size, moments)
def test_renewal_is_needed_from_the_moment_it_expires(
    choices: dict[str, bool], at: datetime
) -> None:
    event = decide(None, choices, at)
    expiry = parse_timestamp(event["expires_at"])
    assert consent.renewal(event, KNOWN, expiry - timedelta(milliseconds=1))["needed"] is False
    assert consent.renewal(event, KNOWN, expiry) == {"needed": True, "reason": "expired"}


def test_a_later_choice_does_not_refresh_an_older_grant() -> None:
    first = decide(None, {"analytics": True})
    second = decide(first, {"advertising": True}, NOW + timedelta(days=100))
    assert second["expires_at"] == format_timestamp(NOW + timedelta(days=182))
    after = consent.effective(second, KNOWN, NOW + timedelta(days=183))
    assert after["analytics"] is False
    assert after["advertising"] is True


def test_an_expired_grant_is_not_carried_into_a_new_event() -> None:
    first = decide(None, {"analytics": True})
    second = decide(first, {"advertising": False}, NOW + timedelta(days=200))
    assert second["choices"]["analytics"] is False
    assert "analytics" not in second["carried"]


@pytest.fixture
def two_versions() -> Policies:
    """A second version in which the words of analytics differ and a purpose is new (S29)."""
    changed = tuple(
        documents.purpose("analytics", words="Now with replays") if p["id"] == "analytics" else p
        for p in documents.CONSENT
    )
    new = (*changed, documents.purpose("surveys"), *documents.OTHERS)
    return documents.policies(
        documents.document(), documents.document("2026-03", "2026-03-01", new)
    )


def test_new_or_changed_purposes_ask_again_s57(two_versions: Policies) -> None:
    event = decide(None, {"analytics": True, "advertising": True}, known=two_versions)
    march = datetime(2026, 3, 1, tzinfo=UTC)
    before = consent.renewal(event, two_versions, march - timedelta(seconds=1))
    assert before == {"needed": False, "reason": None}
    assert consent.renewal(event, two_versions, march) == {
        "needed": True,
        "reason": "policy_changed",
    }
    now = consent.effective(event, two_versions, march)
    assert now["advertising"] is True, "its words are the same"
    assert now["analytics"] is False, "what was agreed to is not what is asked now"
    assert now["surveys"] is False


def test_a_decision_under_the_new_version_carries_only_unchanged_purposes(
    two_versions: Policies,
) -> None:
    march = datetime(2026, 3, 2, tzinfo=UTC)
    old = decide(None, {"analytics": True, "advertising": True}, known=two_versions)
    new = decide(old, {"surveys": True}, march, "2026-03", two_versions)
    assert new["choices"]["analytics"] is False
    assert new["choices"]["advertising"] is True
    assert new["carried"] == {"advertising": old["decided_at"]}


@given(choices_of_any_size, st.booleans(), st.booleans())
def test_gpc_refuses_its_purposes_unless_overridden(
    choices: dict[str, bool], signal: bool, override: bool
) -> None:
    told = circumstances(gpc=signal, gpc_override=signal and override)
    result = allowed_choices.with_gpc(choices, told)
    if signal and not override:
        assert all(result[name] is False for name in allowed_choices.GPC_PURPOSES)
        rest = {k: v for k, v in choices.items() if k not in allowed_choices.GPC_PURPOSES}
        assert result == rest | dict.fromkeys(allowed_choices.GPC_PURPOSES, False)
    else:
        assert result == choices


def faults(choices: dict[str, bool], notice: str = "cookie_banner", **told: Any) -> list[str]:
    try:
        allowed_choices.check(POLICY, POLICY.notices[notice], choices, circumstances(**told))
    except Invalid as invalid:
        return [error.pointer for error in invalid.errors]
    return []


@pytest.mark.parametrize(
    ("choices", "told", "pointers"),
    [
        ({"fortune_telling": True}, {}, ["/choices/fortune_telling"]),
        ({"strictly_necessary": False}, {}, ["/choices/strictly_necessary"]),
        ({"strictly_necessary": True}, {}, []),
        ({"improvement": False}, {}, ["/choices/improvement"]),
        ({}, {}, ["/choices"]),
        ({}, {"method": "gpc", "gpc": True}, []),
        ({}, {"method": "gpc"}, ["/method"]),
        ({"analytics": True}, {"method": "gpc", "gpc": True}, ["/choices/analytics"]),
        ({"analytics": True}, {"method": "reject_all"}, ["/choices/analytics"]),
        ({"analytics": False}, {"method": "reject_all"}, []),
        ({"a": True, "b": True}, {}, ["/choices/a", "/choices/b"]),
    ],
)
def test_choices_that_contradict_the_policy_are_refused(
    choices: dict[str, bool], told: dict[str, Any], pointers: list[str]
) -> None:
    assert faults(choices, **told) == pointers


def test_a_grant_needs_a_notice_that_asked_for_it_s26() -> None:
    assert faults({"analytics": True}, "newsletter_form") == ["/choices/analytics"]
    assert faults({"analytics": False}, "newsletter_form") == [], "a refusal is always honoured"
    assert faults({"direct_marketing": True}, "newsletter_form") == []


def test_a_withdrawal_takes_back_everything_or_what_is_named_s48() -> None:
    event = decide(None, {"analytics": True, "direct_marketing": True})
    assert allowed_choices.withdrawn(event, KNOWN, None, NOW) == dict.fromkeys(NAMES, False)
    assert allowed_choices.withdrawn(event, KNOWN, ["analytics"], NOW) == {"analytics": False}
    with pytest.raises(Invalid) as caught:
        allowed_choices.withdrawn(event, KNOWN, ["analytics", "nothing", "strictly_necessary"], NOW)
    assert [error.pointer for error in caught.value.errors] == ["/purposes/1", "/purposes/2"]
