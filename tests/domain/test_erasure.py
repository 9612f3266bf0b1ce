"""What goes and what stays, as decisions: by the policy's own grounds (Art. 17(3), S13)."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.domain import erasure
from shared.domain.erasure import ERASURE_OUTCOMES, Counts, ErasureRule, outcome
from shared.domain.person_fields import PERSONAL
from shared.storage import policies
from tests import factories
from tests.support import NOW

KNOWN = erasure.rules(policies.published().current(NOW).document)
SURVIVES = {
    "consent_evidence",
    "suppression",
    "disclosure",
    "recipient_notice",
    "case",
    "erasure_list",
    "desk_audit",
    "hold",
    "breach",
    "statutory_record",
}
texts = st.text(max_size=12)
trees = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), texts, st.just("sam@example.com")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(texts, st.sampled_from(sorted(PERSONAL))), inner, max_size=3),
    ),
    max_leaves=12,
)
places = st.tuples(st.sampled_from(["records", "requests"]), st.sampled_from(["enquiry", "case"]))


def names(tree: Any) -> set[str]:
    if isinstance(tree, dict):
        return set(tree) | {name for member in tree.values() for name in names(member)}
    if isinstance(tree, list):
        return {name for member in tree for name in names(member)}
    return set()


def test_the_policy_names_what_survives_and_a_ground_for_each() -> None:
    """S13: nothing outlives an erasure without a ground that the person is told."""
    assert {kind for kind, rule in KNOWN.items() if rule.survives} == SURVIVES
    assert all(rule.ground for rule in KNOWN.values() if rule.survives)


@given(st.one_of(st.none(), st.sampled_from(sorted(KNOWN)).map(KNOWN.get)), st.booleans())
def test_a_hold_keeps_everything_and_nothing_else_keeps_what_has_no_ground(
    rule: ErasureRule | None, reducible: bool
) -> None:
    assert outcome(rule, held=True, reducible=reducible) == "hold"
    decided = outcome(rule, held=False, reducible=reducible)
    if rule is None or not rule.survives:
        assert decided == "erase"
    else:
        assert decided == ("reduce" if reducible else "keep")


def test_contact_data_where_nothing_can_be_changed_is_a_failure() -> None:
    """S51: evidence is kept without contact data; if it holds some, the certificate says so."""
    rule = KNOWN["consent_evidence"]
    assert outcome(rule, held=False, reducible=False, has_contact_data=True) == "fail"
    assert erasure.contact_data({"page": "https://www.example.com/sam%40example.com"})
    assert not erasure.contact_data({"page": "https://www.example.com/@sam/posts", "n": 7})


@given(trees)
def test_what_is_left_holds_no_address_and_no_contact_field(tree: Any) -> None:
    left = erasure.without_contact_data({"kept": tree, "email": "sam@example.com"})
    assert not erasure.contact_data(left)
    assert not names(left) & PERSONAL
    assert erasure.without_contact_data(left) == left


def test_the_names_of_passed_on_fields_stay() -> None:
    """S31: what was passed on can still be told."""
    passed_on = {"recipient": "carrier", "fields": ["name", "email"], "purpose": "service"}
    assert erasure.without_contact_data({**passed_on, "name": "Sam"}) == passed_on


@given(st.dictionaries(st.tuples(places, st.sampled_from(ERASURE_OUTCOMES)), st.integers(0, 9)))
def test_counts_read_back_as_they_were_noted(found: Any) -> None:
    counts: Counts = {(*place, what): number for (place, what), number in found.items()}
    assert erasure.read(erasure.noted(counts)) == counts


def test_lines_count_what_went_what_stays_and_why() -> None:
    first: Counts = {("records", "enquiry", "erase"): 5, ("records", "disclosure", "reduce"): 2}
    second: Counts = {("records", "enquiry", "erase"): 1, ("records", "disclosure", "keep"): 2}
    last: Counts = {("records", "disclosure", "keep"): 2}
    disclosed, enquiries = erasure.lines([first, second], last, KNOWN)
    assert (enquiries["erased"], enquiries["failed"], enquiries["ground"]) == (6, 0, None)
    assert (disclosed["reduced"], disclosed["kept"]) == (2, 2)
    assert disclosed["ground"] == KNOWN["disclosure"].ground
    assert erasure.summary([disclosed, enquiries]) == {
        "erased": 6,
        "reduced": 2,
        "kept": 2,
        "held": 0,
        "failed": 0,
    }


def test_a_hold_that_came_first_is_told_and_nothing_is_said_to_be_erased() -> None:
    planned: Counts = {("records", "enquiry", "erase"): 5}
    held: Counts = {("records", "enquiry", "hold"): 5}
    (line,) = erasure.lines([planned], held, KNOWN)
    assert (line["erased"], line["held"], line["failed"]) == (0, 5, 0)
    assert line["ground"] == KNOWN["hold"].ground


def test_what_could_not_be_reduced_is_told_as_failed() -> None:
    stuck: Counts = {("requests", "case", "reduce"): 1}
    (line,) = erasure.lines([stuck, stuck, stuck], stuck, KNOWN)
    assert (line["reduced"], line["kept"], line["failed"]) == (0, 0, 1)


def test_of_an_earlier_request_stays_what_was_asked_and_what_came_of_it() -> None:
    case = factories.request(
        type="rectification",
        status="completed",
        details="My number is wrong",
        corrections=[{"field": "phone", "value": "+441233000000"}],
        consent_id="c_1",
        facts={"received": "2026-02-01", "key": "k", "fingerprint": "f"},
        result={"corrections": [{"field": "phone", "before": "1", "after": "2", "record": "a#b"}]},
    )
    less = erasure.reduced(case)
    assert (less.name, less.email, less.details, less.consent_id) == ("", "", None, None)
    assert less.corrections == [{"field": "phone"}]
    assert less.result == {"corrections": [{"field": "phone", "record": "a#b"}]}
    assert less.facts == {"received": "2026-02-01"}
    assert (less.type, less.received_at) == (case.type, case.received_at)
    assert erasure.reduced(less) == less
