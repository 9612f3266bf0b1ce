"""The campaign itself: a few injections of every flow, and that it finds what is really broken."""

import itertools
from collections.abc import Iterator

import pytest

from contact import submission
from local.functions import Functions
from shared.storage import deduplication
from tests.faults import campaign, explained
from tests.faults.campaign import Campaign, Outcome, Rehearsed
from tests.faults.explained import unexplained
from tests.faults.flows import FLOWS, Flow

NAMED = {flow.name: flow for flow in FLOWS}


@pytest.fixture
def made(functions: Functions) -> Iterator[Campaign]:
    with campaign.campaign(functions) as begun:
        yield begun
        begun.life.put_back(begun.empty)


def outcomes(made: Campaign, flow: Flow, *kinds: str) -> list[Outcome]:
    rehearsed = made.rehearse(flow)
    return [made.inject(rehearsed, each) for each in rehearsed.injections() if each.kind in kinds]


def differing(found: list[Outcome]) -> list[str]:
    return [line for outcome in found for line in unexplained(outcome)]


def test_the_wire_sees_every_client(made: Campaign) -> None:
    calls = made.rehearse(NAMED["contact"]).calls
    assert {"dynamodb", "secretsmanager", "sesv2", "events"} <= {call.service for call in calls}


def test_a_link_asked_for_again_is_one_link(made: Campaign) -> None:
    """The request for a mailed link is recognised by its key, and by itself when it is late."""
    kinds = ("answer_lost", "answer_lost_once", "killed_after")
    flow = NAMED["preferences"]
    asked = Flow(flow.name, flow.steps[:2], flow.before)
    assert differing(outcomes(made, asked, *kinds)) == []


def test_a_lifted_hold_leaves_no_marker(made: Campaign) -> None:
    """A marker is named for somebody: a lifting whose answer is lost, repeated, takes it away."""
    assert differing(outcomes(made, NAMED["hold"], "answer_lost", "killed_after")) == []


def test_an_effect_without_a_mark_is_found(made: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deduplication, "seen", lambda _cause, _effect: None)
    assert differing(outcomes(made, NAMED["contact"], "again")) != []


def test_a_request_that_is_not_recognised_is_found(
    made: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up = map("{:026}".format, itertools.count())
    monkeypatch.setattr(submission, "_record_id", lambda *_: next(made_up))
    assert differing(outcomes(made, NAMED["contact"], "answer_lost", "killed_after")) != []


def test_any_beginning_of_the_order_has_every_flow_and_fault(made: Campaign) -> None:
    found: list[Rehearsed] = [made.rehearse(NAMED[name]) for name in ("capture", "visit")]
    every = [each for rehearsed in found for each in rehearsed.injections()]
    ordered = campaign.shuffled(every, "a seed")
    assert sorted(map(str, ordered)) == sorted(map(str, every))
    kinds = {(each.flow, each.kind) for each in every}
    assert {(each.flow, each.kind) for each in ordered[: len(kinds)]} == kinds
    assert campaign.shuffled(every, "a seed") == ordered


def test_an_explanation_that_nothing_needs_is_told(made: Campaign) -> None:
    flow = made.rehearse(NAMED["capture"])
    same = made.inject(flow, next(flow.injections()))
    assert explained.stale([same]) == list(explained.TABLE)
