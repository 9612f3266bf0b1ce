"""Two actions on one request at once, each several ways: what was acknowledged is in its history.

Every pair of actions that fit how a request stands; on moto, where they only come in turn, a few of
the pairs, drawn by the day.
"""

import random
import secrets as randomness
from datetime import UTC, datetime
from functools import partial
from itertools import combinations_with_replacement, pairwise
from typing import Any

import pytest

from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import Conflict
from shared.domain.request_actions import (
    ACTIONS,
    AWAITING_IDENTITY,
    AWAITING_REVIEW,
    CLOSED,
    COMPLETED,
    IN_PROGRESS,
    allowed,
)
from shared.services import apply_action
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction
from tests import factories
from tests.races.racing import REAL, on_all
from tests.support import NOW

pytestmark = pytest.mark.usefixtures("cloud")
# Each of the two so many ways.
EACH = 4 if REAL else 1
PAIRS = 1000 if REAL else 12
# Between them every action is raced.
STANDING = (
    ("access", AWAITING_IDENTITY),
    ("access", AWAITING_REVIEW),
    ("erasure", IN_PROGRESS),
    ("complaint", IN_PROGRESS),
    ("erasure", COMPLETED),
    ("restriction", COMPLETED),
    ("rectification", IN_PROGRESS),
    ("rectification", COMPLETED),
)
# A request waits for its fee or an answer only after an action that put this up.
LATER = {"opened", "resumption"}
# What an action cannot be without.
DETAILS = {"review_needed": {"version": "one"}, "address_proved": {"new_person": "p_new"}}


def test_between_them_every_action_is_raced() -> None:
    raced = {action for kind, status in STANDING for action in allowed(status, kind)}
    assert set(ACTIONS) - raced == LATER


def _pairs(kind: str, status: str) -> list[tuple[str, str]]:
    """Return the pairs of actions that no type of request before this one has in that status."""
    seen = [allowed(status, other) for other, at in STANDING if at == status]
    before = seen[: seen.index(allowed(status, kind))]
    every = combinations_with_replacement(allowed(status, kind), 2)
    return [pair for pair in every if not any(set(pair) <= set(each) for each in before)]


@pytest.mark.parametrize(("kind", "status"), STANDING)
def test_two_actions_at_once_leave_one_history(kind: str, status: str) -> None:
    pairs = _pairs(kind, status)
    chance = random.Random(f"{datetime.now(UTC):%Y-%m-%d} {kind}")
    for pair in chance.sample(pairs, min(PAIRS, len(pairs))):
        case = _opened(kind, status)
        keys = [(action, f"{action}#{number}") for action in pair for number in range(EACH)]
        chance.shuffle(keys)
        answers = on_all(partial(_act, case), keys)
        _look(case, {key for key, done in zip(keys, answers, strict=True) if done})


def _opened(kind: str, status: str) -> DataSubjectRequest:
    case = factories.request(
        id=f"r_{randomness.token_hex(13)}",
        person=f"p_{randomness.token_hex(13)}",
        type=kind,
        status=status,
        facts={"received": "2026-02-01"}
        | ({} if status == AWAITING_IDENTITY else {"identified": "2026-02-01"}),
        closed_at=factories.MORNING if status in CLOSED else None,
    )
    return request_store.open_request(case, RequestAction("opened", "system", NOW))


def _act(case: DataSubjectRequest, asked: tuple[str, str]) -> bool:
    action, key = asked
    told: dict[str, Any] = {"reason": "As asked.", "key": key, "details": DETAILS.get(action, {})}
    try:
        apply_action.act(case, RequestAction(action, "staff-1", NOW, **told))
    except Conflict:
        return False
    return True


def _look(case: DataSubjectRequest, acknowledged: set[tuple[str, str]]) -> None:
    """Each acknowledged action once, no other, each where it fits what came before it."""
    events, head = list(request_store.timeline(case.id)), request_store.get(case.id)
    assert head is not None
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    asked = [(event.action, event.key) for event in events if event.key]
    assert sorted(asked) == sorted(acknowledged)
    for before, event in pairwise(events):
        assert event.before == before.status
        assert before.status in ACTIONS[event.action].sources, (before.status, event)
    assert (head.version, head.status) == (len(events), events[-1].status)
