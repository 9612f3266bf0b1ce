"""May we? (S14, S26, S46, S47, S49, S50): anything unclear is a no."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain import permission
from shared.domain.consent import Decision, Event, NoticeReference, next_event
from shared.domain.permission import ConsentState, Permission, decide, together
from shared.domain.policy import Policies
from shared.domain.rate_limits import Limit
from tests.domain import documents
from tests.domain.test_consent import evidence_with

NOW = datetime(2026, 2, 1, 9, tzinfo=UTC)
KNOWN = documents.policies()
POLICY = KNOWN.versions["2023-06"]
PERSON, BROWSER = "p_" + "a" * 26, "c_" + "a" * 26
NAMES = POLICY.consent_purposes
MARKETING_PURPOSES = POLICY.marketing_purposes


def event(
    before: Event | None = None,
    choices: dict[str, bool] | None = None,
    *,
    objects: tuple[str, ...] = (),
    restricts: bool | None = None,
    at: datetime = NOW,
    known: Policies = KNOWN,
    erased: ConsentState | None = None,
    subject: str = PERSON,
    version: str = "2023-06",
) -> Event:
    made = Decision(
        subject=subject,
        kind="decision",
        choices=choices or {},
        evidence=evidence_with(),
        policy=known.versions[version],
        notice=NoticeReference(id="newsletter_form", sha256="n" * 64, language="en-GB"),
        at=at,
        objects=objects,
        restricts=restricts,
    )
    if erased is not None:
        suppressed = erased.suppressed
        return next_event(before, made, known, forgotten=True, suppressed=suppressed)
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
    suppressed = ConsentState(None, {"direct_marketing": "2026-01-01T00:00:00.000Z"})
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


def test_what_is_consented_to_after_a_restriction_began_is_allowed() -> None:
    """Art. 18(2): with the person's consent; what they had said before counts no more."""
    restricted = event(choices={"analytics": True}, restricts=True)
    later = NOW + timedelta(hours=1)
    again = event(restricted, {"direct_marketing": True}, at=later)
    assert reason("direct_marketing", ConsentState(again), later) == "granted"
    assert reason("analytics", ConsentState(again), later) == "restricted"
    objected = event(again, objects=MARKETING_PURPOSES, at=later)
    assert reason("direct_marketing", ConsentState(objected), later) == "restricted"


def test_a_consent_between_two_restrictions_is_older_than_the_second() -> None:
    """Whose browser it is may be several people: the later of their restrictions counts."""
    first, then = event(restricts=True), NOW + timedelta(hours=1)
    granted = event(first, {"analytics": True}, at=then)
    other = event(at=NOW + timedelta(hours=2), restricts=True)
    states = [ConsentState(granted), ConsentState(other)]
    purpose = KNOWN.current(NOW).purposes["analytics"]
    assert decide(purpose, states[:1], KNOWN, then).reason == "granted"
    found = decide(purpose, states, KNOWN, NOW + timedelta(hours=2))
    assert (found.allowed, found.reason) == (False, "restricted")


def test_every_objection_outlives_erasure_until_the_person_says_yes_to_it() -> None:
    """Marketing's and any other: an erased person is a new guest who objected (Art. 21)."""
    objects = (*MARKETING_PURPOSES, "improvement")
    everything = event(choices=dict.fromkeys(NAMES, True))
    objected = permission.after(event(everything, objects=objects))
    erased = ConsentState(None, objected.suppressed)
    for name in objects:
        assert reason(name, erased) == "suppressed"
    head = objected.event
    other = permission.after(event(head, {"analytics": True}, erased=erased))
    assert reason("personalisation", other) == "never_asked", "what was granted is forgotten"
    refused = permission.after(event(other.event, {"direct_marketing": False}))
    for name in objects:
        assert reason(name, refused) == "objected"
    yes = {"direct_marketing": True, "improvement": True}
    opted_in = permission.after(event(refused.event, yes))
    assert reason("direct_marketing", opted_in) == "granted"
    assert reason("improvement", opted_in) == "legitimate_interests"
    assert set(opted_in.suppressed) == set(objects) - yes.keys()


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
    standing = permission.after(second)
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


# Laws of the one truth: a browser and the people whose browser it is.

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
TWO = documents.policies(
    documents.document(),
    documents.document(
        "2026-03",
        "2026-03-01",
        (
            documents.purpose("analytics", words="Other words"),
            *documents.CONSENT[1:],
            *documents.OTHERS,
        ),
    ),
)
# Who says what, when (minutes around the change of words), under which words, how.
STEPS = st.lists(
    st.tuples(
        st.sampled_from([BROWSER, PERSON]),
        st.sampled_from(["yes", "no", "restrict", "lift", "other"]),
        st.integers(-20_000, 20_000),
        st.sampled_from(["2023-06", "2026-03"]),
    ),
    max_size=8,
)


def told(steps: list[tuple[str, str, int, str]]) -> tuple[ConsentState, ...]:
    """Live through the steps in their order of time; return how browser and person stand."""
    heads: dict[str, Event] = {}
    for who, what, minute, version in sorted(steps, key=lambda step: step[2]):
        at = MARCH + timedelta(minutes=minute)
        shown = version if at >= MARCH else "2023-06"
        heads[who] = event(
            heads.get(who),
            {"yes": {"analytics": True}, "no": {"analytics": False}}.get(
                what, {"personalisation": True} if what == "other" else {}
            ),
            restricts={"restrict": True, "lift": False}.get(what),
            at=at,
            known=TWO,
            subject=who,
            version=shown,
        )
    return tuple(ConsentState(heads.get(who)) for who in (BROWSER, PERSON))


@given(STEPS, st.integers(0, 300))
def test_a_no_is_weakened_only_by_a_later_yes_under_words_in_force(
    steps: list[tuple[str, str, int, str]], days: int
) -> None:
    now = MARCH + timedelta(days=days)
    heard = [step for step in steps if MARCH + timedelta(minutes=step[2]) <= now]
    states = told(heard)
    answer = decide(TWO.current(now).purposes["analytics"], states, TWO, now)
    refused = [minute for _, what, minute, _ in heard if what == "no"]
    yes = [(minute, version) for _, what, minute, version in heard if what == "yes"]
    then = [minute for minute, version in yes if minute < 0 or version == "2026-03"]
    granted = [minute for minute in then if minute >= 0]
    if answer.allowed:
        assert granted, "nobody said yes to the words in force"
        assert not refused or max(granted) >= max(refused)
    elif refused and (not then or max(refused) > max(then)):
        assert answer.reason in ("withdrawn", "restricted")


@given(STEPS)
def test_a_restriction_of_the_person_reaches_every_browser(
    steps: list[tuple[str, str, int, str]],
) -> None:
    # What was consented to while an earlier restriction was in force is no exception of this one.
    lifted = [(who, "lift", 25_000, "2026-03") for who in (BROWSER, PERSON)]
    states = told([*steps, *lifted, (PERSON, "restrict", 30_000, "2026-03")])
    now = MARCH + timedelta(days=40)
    for purpose in TWO.current(now).purposes.values():
        assert decide(purpose, states, TWO, now).reason == "restricted"


@example([(BROWSER, "other", 0, "2026-03"), (PERSON, "other", 0, "2023-06")], [1, 0])
@given(STEPS, st.permutations([0, 1]))
def test_whose_state_comes_first_does_not_matter(
    steps: list[tuple[str, str, int, str]], order: list[int]
) -> None:
    states, now = told(steps), MARCH + timedelta(days=20)
    for purpose in TWO.current(now).purposes.values():
        turned = [states[index] for index in order]
        assert decide(purpose, turned, TWO, now) == decide(purpose, states, TWO, now)


@given(
    st.lists(
        st.builds(
            Permission,
            st.booleans(),
            st.sampled_from(["granted", "expired", "withdrawn"]),
            st.sampled_from([None, "2026-01-01T00:00:00.000Z"]),
            until=st.sampled_from([None, "2026-07-01T00:00:00.000Z"]),
            policy_version=st.sampled_from([None, "2023-06", "2026-03"]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_which_browser_is_asked_first_does_not_matter(answers: list[Permission]) -> None:
    assert together(answers) == together(answers[::-1])


@given(st.integers(0, 999), st.integers(0, 999), st.booleans())
def test_within_a_second_a_no_of_either_comes_last(yes: int, no: int, person_refuses: bool) -> None:
    """Clocks: two ledgers have two, and which write came first within a second is chance."""
    refuser, granter = (PERSON, BROWSER) if person_refuses else (BROWSER, PERSON)
    states = (
        ConsentState(
            event(
                choices={"analytics": True},
                at=NOW + timedelta(milliseconds=yes),
                subject=granter,
            )
        ),
        ConsentState(
            event(
                choices={"analytics": False},
                at=NOW + timedelta(milliseconds=no),
                subject=refuser,
            )
        ),
    )
    later = NOW + timedelta(hours=1)
    assert decide(POLICY.purposes["analytics"], states, KNOWN, later).reason == "withdrawn"
