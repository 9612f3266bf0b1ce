"""What becomes of a row from elsewhere, whatever is held (S9, S10)."""

from datetime import date
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.consent import Event
from shared.domain.importing import (
    MUCH_TEXT,
    OUTCOMES,
    KnownRecord,
    barred,
    compare,
    counted,
    erased,
    late,
    part,
    tell_by,
)
from shared.domain.permission import ConsentState

FIELDS = st.dictionaries(
    st.sampled_from(["name", "job_title", "organisation", "phone"]),
    st.sampled_from(["a", "A ", "b", "c  d", "C d"]),
    max_size=4,
)
RECORDS = st.lists(st.builds(KnownRecord, st.sampled_from(["2026-01-01", "2026-01-02"]), FIELDS))


def event(**more: Any) -> Event:
    return cast("Event", {"objections": {}, "restricted_since": None} | more)


@given(FIELDS, RECORDS, st.booleans())
def test_every_field_is_added_confirmed_or_left_to_staff_and_never_two_of_these(
    fields: dict[str, str], held: list[KnownRecord], known: bool
) -> None:
    """S10."""
    found = compare(fields, held, known=known)
    parts = [*found.added, *found.confirmed, *found.conflicts]
    assert sorted(parts) == sorted(fields)
    assert (found.outcome == "conflicting") == bool(found.conflicts)
    assert (found.outcome == "accepted") == (not held and not known)
    told = {name for record in held for name in record.fields}
    assert set(found.added) == set(fields) - told


@given(FIELDS, st.booleans())
def test_what_is_held_already_is_merged(fields: dict[str, str], known: bool) -> None:
    same = KnownRecord("2026-01-01", {name: f" {value.upper()} " for name, value in fields.items()})
    assert compare(fields, [same], known=known).outcome == "merged"


def test_the_newest_word_counts() -> None:
    """S10: that an old record said something else is history, not contradiction."""
    old, new = (
        KnownRecord("2025-01-01", {"name": "Jo"}),
        KnownRecord("2026-01-01", {"name": "Joanna"}),
    )
    assert compare({"name": "Joanna"}, [new, old], known=False).outcome == "merged"
    assert compare({"name": "Jo"}, [new, old], known=False).conflicts == ("name",)


@pytest.mark.parametrize(
    ("standing", "why"),
    [
        (ConsentState(), None),
        (ConsentState(None, {"improvement": "2026-01-01T00:00:00.000Z"}), "suppressed"),
        (ConsentState(event()), None),
        (ConsentState(event(objections=None)), None),
        (ConsentState(event(objections={"improvement": "2026-01-01T00:00:00.000Z"})), "objected"),
        (ConsentState(event(restricted_since="2026-01-01T00:00:00.000Z")), "restricted"),
    ],
)
def test_who_said_no_is_not_brought_back(standing: ConsentState, why: str | None) -> None:
    """S9, S46: whatever the list is called, it is not the person's own word."""
    assert barred(standing) == why


def test_the_month_to_tell_ends_on_the_corresponding_day() -> None:
    """S9: UK GDPR Art. 14(3)(a)."""
    assert tell_by(date(2026, 1, 31)) == date(2026, 2, 28)
    assert not late(date(2026, 1, 1), "2026-02-01T23:59:59.000Z")
    assert late(date(2026, 1, 1), "2026-02-02T00:00:00.000Z")
    assert late(date(2026, 5, 30), "2026-06-30T23:00:00.000Z"), "it is the first of July in London"


MOMENTS = st.lists(st.sampled_from(["2026-01-01", "2026-01-02"]))


@given(MOMENTS, RECORDS)
def test_who_was_erased_stays_away_until_they_give_us_data_again(
    erasures: list[str], held: list[KnownRecord]
) -> None:
    since = [record for record in held if erasures and record.received_at > max(erasures)]
    assert erased(erasures, held) == (bool(erasures) and not since)


@given(st.lists(st.integers(0, 3 * MUCH_TEXT), min_size=1, max_size=9), st.integers(1, 4))
def test_parts_are_short_hold_little_text_and_leave_nothing_out(
    sizes: list[int], most: int
) -> None:
    rows = [{"name": "a" * size, "row": number} for number, size in enumerate(sizes)]
    taken: list[Any] = []
    while len(taken) < len(rows):
        now = part(rows, len(taken), most)
        assert 1 <= len(now) <= most
        assert len(now) == 1 or sum(len(row["name"]) for row in now) <= MUCH_TEXT
        taken += now
    assert taken == rows


@given(st.lists(st.sampled_from(OUTCOMES)))
def test_counts_add_up(outcomes: list[str]) -> None:
    counts = counted(outcomes)
    assert tuple(counts) == OUTCOMES
    assert sum(counts.values()) == len(outcomes)
