"""What the desk sees of visits and decisions: daily figures that point at nobody (S8)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from desk.statistics import view as statistics_view
from shared.domain.statistics import Increment
from shared.storage import audit, statistics
from shared.storage.statistics import Counts
from tests.functions.visiting import SITE, aggregate, browser, day, stored, visit
from tests.support import Answer, call, refused

pytestmark = pytest.mark.usefixtures("cloud")

INSIGHTS = "/v1/desk/insights"
CONSENTS = "/v1/desk/consents/statistics"


def ask(path: str, now: datetime, *, staff: str | None = "auditor", **query: str) -> Answer:
    return call("desk", "GET", path, query=query or None, now=now, staff=staff)


def look(path: str, first: datetime, last: datetime) -> Any:
    """Ask for the figures from one day to another, both included."""
    span = {"from": str(first.date()), "to": str(last.date())}
    answer = ask(path, last, **span)
    assert answer.status == 200, answer.text
    assert (answer.json["first_day"], answer.json["last_day"]) == (span["from"], span["to"])
    return answer.json


def add(book: Any, now: datetime, what: str, **counted: int) -> None:
    statistics.add([Increment(book, str(now.date()), what, counted)])


def test_a_visit_travels_from_the_browser_to_the_desk() -> None:
    """S7, S8: five visitors are seen together, one alone is not."""
    now = day()
    for number in range(6):
        name = browser(now)
        visit(name, now, "/pricing", exit=f"{SITE}/pricing")
        if number == 0:
            visit(name, now, "/seldom", device_type="mobile")
        assert aggregate(*stored(name, "records")) == []
    seen = look(INSIGHTS, now, now)
    row = {"page": "/pricing", "views": 5, "entries": 5, "exits": 5}
    expected = {
        "pages": [row | {"average_engaged_seconds": 10}],
        "pages_not_listed": 1,
        "devices": {"desktop": 5, "mobile": None},
    }
    assert seen["days"] == [{"day": str(now.date())} | expected]
    assert seen["sum"] == expected | {"pages_not_listed": 0}
    assert "/seldom" not in str(seen)
    assert "null" in seen["explained"]


def test_sums_are_made_of_what_is_shown_so_that_no_two_spans_differ_by_what_is_hidden() -> None:
    """S8."""
    now = day()
    later = now + timedelta(days=1)
    add("visits", now, "page#/a", views=17, entries=9, engaged_ms=34_000)
    add("visits", now, "page#/b", views=4, entries=4, exits=4, engaged_ms=9_000)
    add("visits", now, "device#desktop", visits=13)
    add("visits", later, "page#/a", views=8, entries=2, exits=6, engaged_ms=80_000)
    add("visits", later, "page#/b", views=9, engaged_ms=9_000)
    add("visits", later, "device#desktop", visits=2)
    one, two = look(INSIGHTS, now, now), look(INSIGHTS, later, later)
    both = look(INSIGHTS, now, later)
    assert both["days"] == one["days"] + two["days"]
    sums = {page["page"]: page for page in both["sum"]["pages"]}
    assert sums["/a"] == {
        "page": "/a",
        "views": 20,
        "entries": 5,
        "exits": 5,
        "average_engaged_seconds": 4,
    }
    assert sums["/b"]["views"] == 5, "of the first day nothing is told, here neither"
    assert both["sum"]["devices"] == {"desktop": 10}
    assert [page["page"] for page in both["sum"]["pages"]] == ["/a", "/b"], "most viewed first"


def test_a_long_list_of_pages_is_cut_and_says_so() -> None:
    rows = [Counts(f"page#/{n}", {"views": 5 + 5 * n, "engaged_ms": 0}) for n in range(105)]
    told = statistics_view.first_pages(
        statistics_view.of_visits([*rows, Counts("page#/x", {"views": 1})])
    )
    assert len(told["pages"]) == statistics_view.MAX_PAGES
    assert told["pages_not_listed"] == 6
    assert told["pages"][0]["page"] == "/104"


def test_decisions_are_shown_by_purpose_method_and_notice() -> None:
    """S40, S48."""
    now = day()
    later = now + timedelta(days=2)
    name = "choose#cookie_banner"
    made = {"analytics#granted": 12, "analytics#refused": 4, "analytics#gpc": 5}
    add("consents", now, name, answered=16, **made)
    add("consents", later, name, answered=11, **{"analytics#granted": 5, "analytics#withdrawn": 6})
    seen = look(CONSENTS, now, later)
    row = {"purpose": "analytics", "method": "choose", "notice": "cookie_banner"}
    counted = {"granted": 10, "refused": None, "withdrawn": None, "gpc": 5}
    assert [len(one["decisions"]) for one in seen["days"]] == [1, 0, 1]
    assert seen["days"][0]["decisions"] == [row | counted]
    assert seen["days"][0]["answered"] == {"cookie_banner": 15}
    summed = {"granted": 15, "refused": None, "withdrawn": 5, "gpc": 5}
    assert seen["sum"] == {"decisions": [row | summed], "answered": {"cookie_banner": 25}}


def test_decisions_travel_from_the_banner_to_the_desk() -> None:
    now = day()
    for _ in range(5):
        assert aggregate(*stored(browser(now), "ledger")) == []
    (row,) = look(CONSENTS, now, now)["sum"]["decisions"]
    assert (row["purpose"], row["granted"], row["refused"]) == ("analytics", 5, None)


@pytest.mark.parametrize("path", [INSIGHTS, CONSENTS])
def test_the_default_is_the_last_thirty_days(path: str) -> None:
    now = day()
    told = ask(path, now).json
    assert told["last_day"] == str(now.date())
    assert told["first_day"] == str((now - timedelta(days=29)).date())
    assert len(told["days"]) == 30
    month = ask(path, now, to="2026-03-30").json
    assert (month["first_day"], month["last_day"]) == ("2026-03-01", "2026-03-30")


@pytest.mark.parametrize("path", [INSIGHTS, CONSENTS])
@refused(
    "query",
    {
        "/query/from": [
            {"from": "yesterday"},
            {"from": "20260201"},
            {"from": "2026-02-30"},
            {"from": "2026-02-02", "to": "2026-02-01"},
            {"from": "2026-01-01", "to": "2026-04-03"},
        ],
        "/query/to": [{"to": "0001-01-01"}, {"to": "2026-02-01T00:00:00Z"}],
    },
)
def test_a_wrong_span_is_named(path: str, query: dict[str, str], pointer: str) -> None:
    answer = ask(path, day(), **query)
    assert (answer.status, answer.pointers) == (422, [pointer])


@pytest.mark.parametrize("path", [INSIGHTS, CONSENTS])
def test_ninety_two_days_are_not_too_many(path: str) -> None:
    answer = ask(path, day(), **{"from": "2026-01-01", "to": "2026-04-02"})
    assert len(answer.json["days"]) == 92


@pytest.mark.parametrize("path", [INSIGHTS, CONSENTS])
def test_all_groups_of_the_desk_may_look_and_nobody_else(path: str) -> None:
    """S11: and who looked is on the audit."""
    now = day()
    for group in ("privacy_officer", "support", "auditor"):
        assert ask(path, now, staff=group).status == 200
    assert ask(path, now, staff="gardener").status == 403
    entries = [entry for entry in audit.of_day(str(now.date())) if entry.facts]
    refused = [entry for entry in entries if entry.facts.get("refused")]
    assert (len(entries), [entry.actor for entry in refused]) == (4, ["staff-gardener"])
    looked = [entry for entry in entries if entry not in refused]
    assert {entry.facts["last_day"] for entry in looked} == {str(now.date())}
