"""The hash chain: standard form, and no change goes unseen (S51)."""

import copy
from typing import Any

import rfc8785
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.domain import hash_chain

ascii_names = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=12)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ascii_names, inner)
)


@given(st.dictionaries(ascii_names, values))
def test_the_canonical_form_is_rfc_8785s(value: dict[str, Any]) -> None:
    assert hash_chain.canonical(value) == rfc8785.dumps(value)


def linked(length: int) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    for sequence in range(1, length + 1):
        statement = {
            "subject": "c_x",
            "sequence": sequence,
            "choices": {"analytics": sequence % 2 == 0},
            "previous_digest": events[-1]["digest"] if events else None,
        }
        events.append({**statement, "digest": hash_chain.digest(statement)})
    return events


@given(st.integers(1, 6), st.data())
def test_an_altered_event_is_found(length: int, data: st.DataObject) -> None:
    events = linked(length)
    index = data.draw(st.integers(0, length - 1))
    events[index]["choices"] = {"analytics": not events[index]["choices"]["analytics"]}
    broken = hash_chain.first_break("c_x", events)
    assert broken is not None
    assert broken.sequence == index + 1
    assert "altered" in broken.reason


@given(st.integers(3, 8), st.data())
def test_a_missing_event_is_found(length: int, data: st.DataObject) -> None:
    events = linked(length)
    gone = data.draw(st.integers(1, length - 2))
    del events[gone]
    broken = hash_chain.first_break("c_x", events)
    assert broken is not None
    assert "missing" in broken.reason


@given(st.integers(2, 6), st.data())
def test_an_event_rewritten_with_a_fitting_digest_breaks_the_next_one(
    length: int, data: st.DataObject
) -> None:
    events = linked(length)
    index = data.draw(st.integers(0, length - 2))
    forged = copy.deepcopy(events[index])
    forged["choices"] = {"analytics": not forged["choices"]["analytics"]}
    forged["digest"] = hash_chain.digest({k: v for k, v in forged.items() if k != "digest"})
    events[index] = forged
    broken = hash_chain.first_break("c_x", events)
    assert broken is not None
    assert broken.sequence == index + 2


@given(st.integers(1, 6), st.integers(0, 5))
def test_a_chain_whose_oldest_events_have_gone_still_holds(length: int, removed: int) -> None:
    assume(removed < length)
    assert hash_chain.first_break("c_x", linked(length)[removed:]) is None


def test_an_event_moved_to_another_subject_is_found() -> None:
    broken = hash_chain.first_break("c_y", linked(1))
    assert broken is not None
    assert "another subject" in broken.reason


def test_a_first_event_that_names_a_predecessor_is_found() -> None:
    events = linked(2)[1:]
    events[0]["sequence"] = 1
    broken = hash_chain.first_break("c_x", events)
    assert broken is not None
    assert "first" in broken.reason
