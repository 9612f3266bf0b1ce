"""Decisions and what they leave in force (S14, S26, S29, S32, S40, S51, S57)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import choice_validation as allowed_choices
from shared.domain import consent, hash_chain, permission
from shared.domain.consent import Decision, Event, Evidence, NoticeReference
from shared.domain.errors import Invalid
from shared.domain.permission import ConsentState
from shared.domain.policy import Policies
from shared.domain.timestamps import format_timestamp, parse_timestamp
from tests.domain import documents

NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)
KNOWN = documents.policies()
POLICY = KNOWN.versions["2023-06"]
BANNER = POLICY.notices["cookie_banner"]
BROWSER = "c_" + "a" * 26
PERSON = "p_" + "a" * 26
NAMES = POLICY.consents_of(BROWSER)

choices_of_any_size = st.dictionaries(st.sampled_from(NAMES), st.booleans(), min_size=1)
moments = st.datetimes(
    datetime(2024, 1, 1),
    datetime(2030, 1, 1),
    timezones=st.just(UTC),
)


def evidence_with(**changes: Any) -> Evidence:
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


def decision(choices: dict[str, bool], told: Evidence | None = None) -> Decision:
    return Decision(
        subject=BROWSER,
        kind="decision",
        choices=choices,
        evidence=told or evidence_with(),
        policy=POLICY,
        notice=NoticeReference(id="cookie_banner", sha256="b" * 64, language="en-GB"),
        at=NOW,
    )


def decide(
    head: Event | None,
    choices: dict[str, bool],
    at: datetime = NOW,
    version: str = "2023-06",
    known: Policies = KNOWN,
) -> Event:
    made = replace(decision(choices), policy=known.versions[version], at=at)
    return consent.next_event(head, made, known)


def granted(event: Event, known: Policies, at: datetime) -> dict[str, bool]:
    found = permission.effective((ConsentState(event),), NAMES, known, at)
    return {name: answer.allowed for name, answer in found.items()}


def test_nothing_is_granted_before_a_choice_is_made_s32() -> None:
    event = decide(None, {"analytics": True})
    assert {name for name, on in event["choices"].items() if on} == {"analytics"}
    assert set(event["choices"]) == set(NAMES), "a browser decides a browser's purposes"
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
    assert granted(head, KNOWN, NOW + timedelta(hours=1)) == expected


@given(st.lists(choices_of_any_size, min_size=1, max_size=8))
def test_a_written_chain_holds(decisions: list[dict[str, bool]]) -> None:
    events: list[Event] = []
    for index, choices in enumerate(decisions):
        events.append(decide(events[-1] if events else None, choices, NOW + timedelta(index)))
    assert hash_chain.first_break(BROWSER, events) is None
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))


@given(choices_of_any_size, st.integers(min_value=0, max_value=1500))
def test_a_grant_counts_exactly_as_long_as_its_purpose_lives(
    choices: dict[str, bool], days: int
) -> None:
    event = decide(None, choices)
    later = NOW + timedelta(days=days)
    lives = {name: POLICY.purposes[name].lifetime_days or 0 for name in NAMES}
    expected = {name: choices.get(name, False) and days < lives[name] for name in NAMES}
    assert granted(event, KNOWN, later) == expected


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
    after = granted(second, KNOWN, NOW + timedelta(days=183))
    assert after["analytics"] is False
    assert after["advertising"] is True


def test_what_ran_out_stays_decided_and_is_no_refusal() -> None:
    first = decide(None, {"analytics": True})
    later = NOW + timedelta(days=200)
    second = decide(first, {"advertising": True}, later)
    assert second["choices"]["analytics"] is True
    assert second["carried"] == {"analytics": first["decided_at"]}
    assert granted(second, KNOWN, later)["analytics"] is False
    assert second["expires_at"] == format_timestamp(later + timedelta(days=182))


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
    now = granted(event, two_versions, march)
    assert now["advertising"] is True, "its words are the same"
    assert now["analytics"] is False, "what was agreed to is not what is asked now"


MARCH = datetime(2026, 3, 2, tzinfo=UTC)


def test_a_decision_under_new_words_changes_only_what_it_names(two_versions: Policies) -> None:
    old = decide(None, {"analytics": True, "advertising": True}, known=two_versions)
    new = decide(old, {"personalisation": True}, MARCH, "2026-03", two_versions)
    assert new["choices"] == {**old["choices"], "personalisation": True}
    assert new["carried"] == dict.fromkeys(("analytics", "advertising"), old["decided_at"])
    assert new["words"] == dict.fromkeys(("analytics", "advertising"), "2023-06")
    now = granted(new, two_versions, MARCH)
    assert (now["analytics"], now["advertising"]) == (False, True)
    assert consent.renewal(new, two_versions, MARCH)["needed"] is True


def test_an_old_tab_turns_nothing_off_and_its_yes_changes_nothing(two_versions: Policies) -> None:
    latest = decide(None, {"analytics": True}, MARCH, "2026-03", two_versions)
    later = MARCH + timedelta(hours=1)
    old = decide(latest, {"advertising": True, "analytics": True}, later, "2023-06", two_versions)
    assert old["superseded"] == ["analytics"]
    assert old["decided"] == ["advertising"]
    assert old["words"] == {"analytics": "2026-03"}
    now = granted(old, two_versions, later)
    assert (now["analytics"], now["advertising"]) == (True, True)


def test_a_yes_to_superseded_words_is_evidence_and_asks_again(two_versions: Policies) -> None:
    event = decide(None, {"analytics": True}, MARCH, "2023-06", two_versions)
    assert event["superseded"] == ["analytics"]
    assert event["decided"] == []
    assert granted(event, two_versions, MARCH)["analytics"] is False
    assert consent.renewal(event, two_versions, MARCH)["reason"] == "policy_changed"


def test_a_yes_to_superseded_words_weakens_no_no(two_versions: Policies) -> None:
    no = decide(None, {"analytics": False}, MARCH, "2026-03", two_versions)
    yes = decide(no, {"analytics": True}, MARCH + timedelta(days=1), "2023-06", two_versions)
    assert yes["choices"]["analytics"] is False
    assert yes["carried"] == {"analytics": no["decided_at"]}


def test_a_no_under_superseded_words_is_a_no(two_versions: Policies) -> None:
    yes = decide(None, {"analytics": True}, MARCH, "2026-03", two_versions)
    no = decide(yes, {"analytics": False}, MARCH + timedelta(days=1), "2023-06", two_versions)
    assert no["decided"] == ["analytics"]
    assert no["choices"]["analytics"] is False


@given(choices_of_any_size, choices_of_any_size, st.booleans(), st.booleans())
def test_gpc_refuses_its_purposes_unless_overridden(
    before: dict[str, bool], choices: dict[str, bool], signal: bool, override: bool
) -> None:
    told = evidence_with(gpc=signal, gpc_override=signal and override)
    heard = allowed_choices.heard(BROWSER, POLICY, choices, told, decide(None, before))
    if signal and not override:
        assert heard.choices == {**choices, "advertising": False}
        would = choices.get("advertising", before.get("advertising", False))
        assert heard.turned_off == (("advertising",) if would else ())
    else:
        assert heard == (choices, ())


@given(st.dictionaries(st.sampled_from(POLICY.consent_purposes), st.booleans()))
def test_a_persons_signal_decides_only_what_they_would_grant(choices: dict[str, bool]) -> None:
    heard = allowed_choices.heard(PERSON, POLICY, choices, evidence_with(gpc=True), None)
    off = {name for name, on in choices.items() if on and POLICY.purposes[name].gpc}
    assert heard.choices == choices | dict.fromkeys(off, False)
    assert set(heard.turned_off) == off


def test_a_grant_that_overrode_the_signal_holds_under_it() -> None:
    told = evidence_with(gpc=True, gpc_override=True)
    made = consent.next_event(None, decision({"advertising": True}, told), KNOWN)
    for event in (made, decide(made, {"analytics": True})):
        answers = permission.effective((ConsentState(event),), NAMES, KNOWN, NOW, signal=True)
        assert answers["advertising"].allowed
    unaware = decide(made, {"advertising": True})
    answers = permission.effective((ConsentState(unaware),), NAMES, KNOWN, NOW, signal=True)
    assert answers["advertising"].reason == "gpc"


def faults(choices: dict[str, bool], notice: str = "cookie_banner", **told: Any) -> list[str]:
    try:
        subject = PERSON if notice != "cookie_banner" else BROWSER
        shown = POLICY.notices[notice]
        allowed_choices.check(subject, POLICY, shown, choices, evidence_with(**told))
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
        ({"analytics": False}, {"method": "accept_all"}, ["/choices/analytics"]),
        ({"analytics": True}, {"method": "accept_all"}, []),
        ({"direct_marketing": True}, {}, ["/choices/direct_marketing"]),
        ({"third_party_sharing": False}, {}, ["/choices/third_party_sharing"]),
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
    event = decide(None, {"analytics": True, "advertising": True})
    assert allowed_choices.withdrawn(event, POLICY, None) == dict.fromkeys(NAMES, False)
    assert allowed_choices.withdrawn(event, POLICY, ["analytics"]) == {"analytics": False}
    wrong = ["analytics", "nothing", "strictly_necessary", "direct_marketing"]
    with pytest.raises(Invalid) as caught:
        allowed_choices.withdrawn(event, POLICY, wrong)
    pointers = [error.pointer for error in caught.value.errors]
    assert pointers == ["/purposes/1", "/purposes/2", "/purposes/3"]


def test_a_browser_objects_to_what_is_exempt_and_its_own() -> None:
    exempt = (*documents.CONSENT, documents.purpose("statistics", "exempt"), *documents.OTHERS)
    policy = documents.policy(purposes=exempt)
    assert allowed_choices.objected(policy, None) == ("statistics",)
    wrong = ["analytics", "improvement", "strictly_necessary", "nothing", "statistics"]
    with pytest.raises(Invalid) as caught:
        allowed_choices.objected(policy, wrong)
    pointers = [error.pointer for error in caught.value.errors]
    assert pointers == [f"/purposes/{index}" for index in range(4)]
    assert allowed_choices.objected(POLICY, None) == ()


def test_what_is_so_already_is_no_change(two_versions: Policies) -> None:
    first = decide(None, {"analytics": True, "advertising": False}, known=two_versions)
    for same in ({"analytics": True}, {"advertising": False}):
        again = decide(first, same, NOW + timedelta(hours=1), known=two_versions)
        assert not consent.changes(first, again, two_versions)
    for other in ({"analytics": False}, {"advertising": True}, {"personalisation": False}):
        again = decide(first, other, NOW + timedelta(hours=1), known=two_versions)
        assert consent.changes(first, again, two_versions)
    anew = decide(first, {"analytics": True}, MARCH, "2026-03", two_versions)
    assert consent.changes(first, anew, two_versions), "other words: a new yes"
