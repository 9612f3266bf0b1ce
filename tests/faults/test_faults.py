"""The campaign itself: a few injections of every flow, and that it finds what is really broken."""

import itertools
from collections.abc import Iterator

import pytest

from contact import submission
from local.functions import Functions
from shared.storage import deduplication
from tests.faults import campaign, coverage, explained, sample_flows
from tests.faults.__main__ import WRITTEN
from tests.faults.campaign import Campaign, Outcome, Rehearsed
from tests.faults.dead_letters import DeadLetters
from tests.faults.explained import unexplained
from tests.faults.flows import Flow

NAMED = {flow.name: flow for flow in (*WRITTEN, *(flow for _, flow in sample_flows.flows()))}


@pytest.fixture
def made(functions: Functions) -> Iterator[Campaign]:
    with campaign.campaign(functions) as begun:
        yield begun
        begun.life.put_back(begun.empty)


def outcomes(made: Campaign, flow: Flow, *kinds: str) -> list[Outcome]:
    rehearsed = made.rehearse(flow)
    found = [made.inject(rehearsed, each) for each in rehearsed.injections() if each.kind in kinds]
    assert found, "one was broken at least"
    return found


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
    monkeypatch.setattr(submission, "record_id", lambda *_: next(made_up))
    assert differing(outcomes(made, NAMED["contact"], "answer_lost", "killed_after")) != []


def test_any_beginning_of_the_order_has_every_flow_and_fault(made: Campaign) -> None:
    found: list[Rehearsed] = [made.rehearse(NAMED[name]) for name in ("capture", "visit")]
    every = [each for rehearsed in found for each in rehearsed.injections()]
    ordered = campaign.shuffled(every, "a seed")
    assert sorted(map(str, ordered)) == sorted(map(str, every))
    kinds = {(each.flow, each.kind) for each in every}
    assert {(each.flow, each.kind) for each in ordered[: len(kinds)]} == kinds
    assert campaign.shuffled(every, "a seed") == ordered


def test_what_no_flow_comes_to_is_told_by_its_name(made: Campaign) -> None:
    """The campaign itself fails by these names: it rehearses every flow."""
    reached = made.rehearse(NAMED["lapse"]).reached
    assert {"action lapse", "schedule deadlines", "event request.changed"} <= reached
    told = coverage.missing(reached, coverage.wanted() - {"action lapse", "route desk/today"})
    assert told == ["route desk/today"]


def test_every_route_has_a_flow_written_or_of_its_sample(made: Campaign) -> None:
    today = made.rehearse(NAMED["sample desk/today"])
    assert "route desk/today" in today.reached
    assert {flow.name for flow in sample_flows.beyond(today.reached)} == {
        flow.name for route, flow in sample_flows.flows() if route != "route desk/today"
    }


def test_a_worker_whose_time_is_over_hands_back_what_is_not_done(made: Campaign) -> None:
    for name in ("contact", "reminder"):
        found = outcomes(made, NAMED[name], "out_of_time")
        assert found
        assert differing(found) == [], name


@pytest.mark.parametrize("kind", ["late", "reversed", "poison"])
def test_records_that_come_late_reversed_or_after_a_redrive_end_the_same(
    made: Campaign, kind: str
) -> None:
    found = outcomes(made, NAMED["newsletter"], kind)
    assert found
    assert differing(found) == []


def test_a_poison_record_that_is_not_among_the_dead_letters_is_found(
    made: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DeadLetters, "put_batch", lambda *_: None)
    assert "+ not among the dead letters" in str(
        differing(outcomes(made, NAMED["visit"], "poison"))
    )


def test_a_run_that_met_throttling_is_run_again_the_same_day(made: Campaign) -> None:
    """A request that had no turn is not put off to the next day: a last day may be today."""
    for name in ("lapse", "reminder"):
        kinds = ("throttled", "in_conflict", "server_error")
        assert differing(outcomes(made, NAMED[name], *kinds)) == [], name


def test_a_mail_that_was_withheld_and_asked_for_again_goes_out_once(made: Campaign) -> None:
    assert differing(outcomes(made, NAMED["mail withheld"], "again")) == []


def test_an_explanation_that_nothing_needs_is_told(made: Campaign) -> None:
    flow = made.rehearse(NAMED["capture"])
    same = made.inject(flow, next(flow.injections()))
    assert explained.stale([same]) == list(explained.TABLE)
