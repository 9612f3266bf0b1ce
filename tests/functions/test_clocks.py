"""Clocks that are wrong, apart or turned: what is done last counts last, and nothing goes early."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deadlines import handler as deadlines
from local.functions import Functions
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import InFlight
from shared.domain.hash_chain import first_break
from shared.domain.idempotency import IdempotencyKey
from shared.edge import current_time
from shared.storage import idempotency_claims, ledger, records
from tests.functions.asking import Asker
from tests.functions.keeping import SECOND, edge, of, put, there
from tests.functions.people import Person
from tests.functions.test_capture import body, capture, on
from tests.functions.test_preferences import change, link, opened, read
from tests.functions.test_visits import body as visited
from tests.functions.test_visits import page, visit
from tests.support import NOW, call

pytestmark = pytest.mark.usefixtures("cloud")

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SKEWS = [MINUTE, HOUR]


@pytest.mark.parametrize("behind", SKEWS)
def test_what_a_browser_said_last_counts_though_its_clock_was_behind(behind: timedelta) -> None:
    name = capture(body(choices={"analytics": True})).json["consent_id"]
    late = capture(body(consent_id=name, choices={"analytics": False}), now=NOW - behind)
    assert late.status == 201
    assert on("", name).json["choices"]["analytics"] is False
    events = ledger.after(name, 0, 10)
    assert [event["decided_at"] for event in events] == sorted(e["decided_at"] for e in events)
    assert first_break(name, events) is None
    again = capture(body(consent_id=name, choices={"analytics": True}), now=NOW - behind)
    assert again.json["choices"]["analytics"] is True


@pytest.mark.parametrize("ahead", SKEWS)
def test_a_no_of_a_person_reaches_a_browser_whose_clock_was_ahead(
    sam: Person, ahead: timedelta
) -> None:
    sam.subscribe()
    link(sam)
    bearer = opened(sam.token("preferences")).json["session"]
    name = capture(body(choices={"analytics": True}), now=NOW + ahead).json["consent_id"]
    sam.open_link_in(name)
    shown = change(bearer, choices={"analytics": False}).json
    assert shown["choices"]["analytics"]["allowed"] is False
    assert on("", name).json["choices"]["analytics"] is False


def test_one_click_counts_though_its_clock_was_behind(sam: Person) -> None:
    sam.subscribe()
    path, where = {"token": sam.unsubscribe_token()}, "/v1/unsubscribe/{token}"
    told = call("preferences", "POST", where, "", path=path, now=NOW - HOUR).json
    assert sam.allowed() == (False, "objected")
    events = ledger.after(sam.id, 0, 10)
    assert told["unsubscribed_at"] == events[-1]["decided_at"] == events[0]["decided_at"]


@pytest.mark.parametrize("skew", [-HOUR, -MINUTE, MINUTE, HOUR])
def test_a_link_works_once_whoever_looks_at_the_clock(sam: Person, skew: timedelta) -> None:
    sam.send("/v1/newsletter")
    token = sam.token("newsletter/confirmation")
    first = sam.confirm("newsletter", token, now=NOW + skew)
    assert first.status == 200
    assert sam.confirm("newsletter", token, now=NOW).json == first.json
    assert len(sam.held("subscription")) == 1


@pytest.mark.parametrize("skew", [-MINUTE, MINUTE])
def test_a_session_serves_processes_a_minute_apart(sam: Person, skew: timedelta) -> None:
    sam.subscribe()
    link(sam)
    bearer = opened(sam.token("preferences")).json["session"]
    assert read(bearer, NOW + skew).status == 200
    assert read(bearer, NOW + timedelta(minutes=30) + abs(skew)).status == 401


def test_who_is_at_work_is_not_overtaken_by_a_clock_that_is_a_minute_ahead() -> None:
    """No function that answers runs longer than 29 seconds; who is gone is not waited for."""
    key, owner = IdempotencyKey(str(uuid.uuid4()), "asked"), "a member of the staff"
    assert idempotency_claims.begin(owner, key, NOW) is None
    longest = NOW + timedelta(seconds=29)
    for now in (NOW - HOUR, NOW - MINUTE, longest, longest + MINUTE):
        with pytest.raises(InFlight):
            idempotency_claims.begin(owner, key, now)
    assert idempotency_claims.begin(owner, key, longest + 3 * MINUTE) is None


@pytest.mark.parametrize("behind", SKEWS)
def test_a_request_goes_on_with_a_clock_behind_and_is_due_no_earlier(
    sam: Person, functions: Functions, behind: timedelta
) -> None:
    asker = Asker(sam, functions)
    asker.ask("rectification", corrections=[{"field": "name", "value": "Sam Other"}])
    received: DataSubjectRequest = asker.case
    assert asker.verify(now=NOW - behind).status == 200
    assert asker.case.status == "in_progress"
    assert (asker.case.received_at, asker.case.due) == (received.received_at, "2026-03-02")
    key: Any = {"Idempotency-Key": str(uuid.uuid4())}
    done = asker.staff("completion", "privacy_officer", NOW - behind, headers=key)
    assert done.status == 200
    assert asker.timeline()[-1] == "completion"


# Clocks go forward at 01:00 UTC on 29 March and back on 25 October: London's days have 23 and 25
# hours.
@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-02-28T23:30:00", "2026-03-30"),
        ("2026-03-28T23:30:00", "2026-04-28"),
        ("2026-03-29T00:59:59", "2026-04-29"),
        ("2026-03-29T01:00:00", "2026-04-29"),
        ("2026-03-29T23:30:00", "2026-04-30"),
        ("2026-10-24T23:30:00", "2026-11-25"),
        ("2026-10-25T00:30:00", "2026-11-25"),
        ("2026-10-25T01:30:00", "2026-11-25"),
        ("2026-10-25T23:30:00", "2026-11-25"),
    ],
)
def test_a_month_is_counted_in_londons_days_over_both_changes_of_the_clock(
    sam: Person, functions: Functions, monkeypatch: pytest.MonkeyPatch, received: str, due: str
) -> None:
    at = datetime.fromisoformat(received).replace(tzinfo=UTC)
    monkeypatch.setattr(current_time, "now", lambda: at)
    asker = Asker(sam, functions)
    assert asker.ask("access", now=at).status == 202
    assert asker.verify(now=at).json["request"]["due_on"] == due


def test_the_hour_that_comes_twice_reminds_once(
    sam: Person, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker = Asker(sam, functions)
    asker.ask("complaint", details="It came late.", now=datetime(2026, 9, 1, tzinfo=UTC))
    for hour in (0, 1):
        at = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        monkeypatch.setattr(current_time, "now", lambda at=at: at)
        deadlines.handle({}, None)
    assert asker.timeline().count("reminder") == 1


def test_a_run_whose_clock_is_behind_takes_nothing_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    due, young = put("records", "enquiry", edge("enquiry")), edge("enquiry") + SECOND
    stays = put("records", "enquiry", young)
    monkeypatch.setattr(current_time, "now", lambda: NOW - HOUR)
    assert of("enquiry")["removed"] == 0
    assert there(due)
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    assert of("enquiry")["removed"] == 1
    assert (there(due), there(stays)) == (False, True)


@pytest.mark.parametrize("written", ["23:59:60Z", "23:59:60.25Z", "00:59:60+01:00"])
def test_a_leap_second_that_a_browser_writes_is_the_second_before_it(written: str) -> None:
    """Whoever smears it has no such second; the visit is taken, its pages in their order."""
    name = capture(body(choices={"analytics": True})).json["consent_id"]
    day = "2026-02-01" if written.startswith("00") else "2026-01-31"
    told = ["2026-01-31T23:59:58Z", f"{day}T{written}", "2026-02-01T00:00:00Z"]
    assert visit(visited(name, pages=[page(at=at) for at in told])).status == 202
    (kept,) = records.for_person(name, "visit")
    before, leap, after = (seen["at"] for seen in kept.fields["pages"])
    assert before < leap < after
    assert leap.startswith("2026-01-31T23:59:59")


def test_a_second_that_is_no_leap_second_is_refused() -> None:
    name = capture(body(choices={"analytics": True})).json["consent_id"]
    for wrong in ("23:59:61Z", "23:60:00Z", "24:00:60Z"):
        answer = visit(visited(name, pages=[page(at=f"2026-01-31T{wrong}")]))
        assert (answer.status, answer.pointers) == (422, ["/pages/0/at"])


def test_what_is_said_in_one_second_that_lasts_is_kept_in_its_order(sam: Person) -> None:
    """A clock that is slowed, or stands, gives several decisions one time."""
    name = capture(body(choices={"analytics": True})).json["consent_id"]
    for choice in (False, True, False):
        told = capture(body(consent_id=name, choices={"analytics": choice})).json
        assert told["choices"]["analytics"] is choice
    events = ledger.after(name, 0, 10)
    assert {event["decided_at"] for event in events} == {events[0]["decided_at"]}
    assert [event["choices"]["analytics"] for event in events] == [True, False, True, False]
    assert first_break(name, events) is None
    sam.subscribe()
    sam.open_link_in(name)
    assert on("", name).json["choices"]["analytics"] is False
