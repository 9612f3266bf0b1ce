"""A breach's 72 hours, what may follow what, and who is warned when (S24)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.breach import (
    Breach,
    Cause,
    clock,
    happened,
    progress,
    warnings,
)
from shared.domain.errors import Conflict, IdempotencyConflict
from shared.domain.timestamps import format_timestamp
from tests import factories

FOUND = datetime(2026, 2, 1, 9, tzinfo=UTC)
MINUTES = st.integers(0, 200 * 60).map(lambda minutes: timedelta(minutes=minutes))
ACTIONS = st.lists(
    st.sampled_from(
        [
            ("decision", {"notify_authority": True, "notify_people": True}),
            ("decision", {"notify_authority": True, "notify_people": False}),
            ("decision", {"notify_authority": False, "notify_people": False}),
            ("authority", {"reported_at": format_timestamp(FOUND), "reference": "x"}),
            ("notification", {"found_all": True}),
            ("notification", {"found_all": False}),
            ("closure", {}),
        ]
    ),
    max_size=8,
)


def breach(**more: Any) -> Breach:
    return factories.breach(format_timestamp(FOUND), **more)


def after(*actions: tuple[str, dict[str, Any]]) -> Breach:
    found = breach()
    for number, (action, facts) in enumerate(actions):
        at = FOUND + timedelta(hours=number)
        cause = Cause(f"request {number}")
        found = happened(found, action, "staff", at, cause, reason="r", **facts)
    return found


def test_what_a_request_caused_is_as_it_is_when_the_request_comes_again() -> None:
    """Its answer was lost, or it is tried again: nothing is decided, reported or closed twice."""
    found = breach()
    for action, facts in (YES, TOLD, ("closure", {})):
        cause = Cause(action, "what it asks")
        found = happened(found, action, "staff", FOUND, cause, **facts)
        assert happened(found, action, "staff", FOUND, cause, **facts) is found
        with pytest.raises(IdempotencyConflict):
            happened(found, action, "staff", FOUND, replace(cause, fingerprint="else"), **facts)


@given(MINUTES)
def test_the_clock_counts_seventy_two_hours_from_discovery(passed: timedelta) -> None:
    shown = clock(breach(), FOUND + passed)
    assert shown.due_at == "2026-02-04T09:00:00.000Z"
    assert shown.overdue == (passed > timedelta(hours=72))
    assert shown.hours_left == (timedelta(hours=72) - passed) // timedelta(hours=1)
    assert not shown.stopped


@given(MINUTES)
def test_warnings_come_at_24_48_and_66_hours(passed: timedelta) -> None:
    hours = warnings(breach(), FOUND + passed)
    assert hours == [mark for mark in (24, 48, 66) if passed >= timedelta(hours=mark)]


YES = ("decision", {"notify_authority": True, "notify_people": False})
NO = ("decision", {"notify_authority": False, "notify_people": False})
TOLD = (
    "authority",
    {"reported_at": format_timestamp(FOUND + timedelta(hours=80)), "reference": "x"},
)


def test_the_clock_stops_when_the_authority_is_told_or_need_not_be() -> None:
    later = FOUND + timedelta(days=9)
    assert not clock(after(YES), later).stopped
    assert warnings(after(YES), later) == [24, 48, 66]
    told = clock(after(YES, TOLD), later)
    assert (told.stopped, told.hours_left, told.overdue) == (True, -8, True)
    need_not = clock(after(NO), later)
    assert (need_not.stopped, need_not.hours_left, need_not.overdue) == (True, 72, False)
    assert warnings(after(NO), later) == warnings(after(YES, TOLD), later) == []


@given(ACTIONS)
def test_whatever_is_tried_nothing_is_skipped(actions: list[tuple[str, dict[str, Any]]]) -> None:
    found, done = breach(), 0
    for number, (action, facts) in enumerate(actions):
        before = found
        try:
            found = happened(found, action, "staff", FOUND, Cause(f"{number}"), reason="r", **facts)
        except Conflict:
            assert found is before
            continue
        done += 1
        assert before.closed_at is None, "nothing happens to a closed one"
        decision = before.decision or {}
        if action in ("authority", "notification"):
            wanted = {"authority": "notify_authority", "notification": "notify_people"}[action]
            assert decision[wanted]
        if action == "closure":
            assert bool(decision)
            assert not decision["notify_authority"] or before.authority
            assert not decision["notify_people"] or (before.notification or {})["found_all"]
    assert len(found.events) == done


def test_a_refusal_says_what_comes_first() -> None:
    with pytest.raises(Conflict, match="Decide first who"):
        after(("closure", {}))
    with pytest.raises(Conflict, match="authority has not been told"):
        after(YES, ("closure", {}))


BATCHES = st.lists(
    st.integers(1, 10).flatmap(
        lambda size: st.integers(0, size).flatmap(
            lambda mailed: st.sampled_from(
                [
                    {"people": ["p"] * size},
                    {
                        "people": ["p"] * size,
                        "done": {"mailed": mailed, "unreachable": size - mailed},
                    },
                ]
            )
        )
    )
)


@given(BATCHES)
def test_progress_adds_up(batches: list[dict[str, Any]]) -> None:
    told = progress(batches)
    assert told.found == told.mailed + told.unreachable + told.waiting
    assert told.waiting == sum(len(batch["people"]) for batch in batches if "done" not in batch)
