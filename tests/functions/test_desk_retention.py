"""Retention at the desk: what it did, what it would do, for machines and as a page (S13)."""

from datetime import timedelta
from itertools import islice
from typing import Any

import pytest

from desk.retention import routes as desk
from shared.domain.retention_partitions import SHARDS
from shared.edge import current_time
from tests.functions.desking import GROUPS
from tests.functions.keeping import edge, put, run, there
from tests.support import NOW, Answer, call, pages, refused

pytestmark = pytest.mark.usefixtures("cloud")

RUNS = "/v1/desk/retention"
PREVIEW = "/v1/desk/retention/preview"
# After all that other tests ran: the newest reports are a test's own.
LATER = NOW + timedelta(days=2)


@pytest.fixture(autouse=True)
def stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_time, "now", lambda: LATER)


def preview(staff: str = "privacy_officer", **body: Any) -> Answer:
    return call("desk", "POST", PREVIEW, body, staff=staff, now=LATER)


def test_a_preview_removes_nothing_and_the_run_that_follows_has_its_digest() -> None:
    place = put("records", "enquiry", edge("enquiry"))
    answer = preview(**{"class": "enquiry"})
    assert answer.status == 200
    before = answer.json
    assert (before["status"], before["dry_run"], before["only"]) == ("finished", True, "enquiry")
    assert (before["by"], before["classes"]["enquiry"]["found"]) == ("staff-privacy_officer", 1)
    assert there(place)
    after = run({"class": "enquiry"})
    assert after["digest"] == before["digest"]
    found = call("desk", "GET", RUNS, query={"limit": "100"}, staff="auditor").json["items"]
    assert {before["id"], after["id"]} <= {report["id"] for report in found}
    (kept,) = [report for report in found if report["id"] == after["id"]]
    assert kept == after


def test_a_preview_of_everything_ahead_of_time() -> None:
    put("records", "account", NOW)
    told = preview(as_of="2028-03-01T00:00:00Z").json
    assert told["as_of"] == "2028-03-01T00:00:00.000Z"
    assert told["classes"]["account"]["overdue"] >= 1
    assert told["cutoffs"]["account"] == "2026-03-01T00:00:00.000Z"


@refused(
    "body",
    {
        "/class": [{"class": "tea"}],
        "/as_of": [{"as_of": "soon"}, {"as_of": "2026-03-01T00:00:00"}],
        "/dry_run": [{"dry_run": False}],
    },
)
def test_a_preview_that_makes_no_sense_says_where(body: dict[str, Any], pointer: str) -> None:
    answer = preview(**body)
    assert (answer.status, answer.pointers) == (422, [pointer])


def test_a_preview_that_runs_out_of_time_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "SECONDS", -1)
    told = preview(**{"class": "enquiry"}).json
    assert (told["status"], told["places_left"]) == ("partial", SHARDS)


def test_reports_come_newest_first_page_by_page() -> None:
    for _ in range(3):
        run({"class": "visit"})

    def reports(**query: str) -> Answer:
        return call("desk", "GET", RUNS, query=query, staff="auditor")

    found = [report["id"] for page in islice(pages(reports), 3) for report in page["items"]]
    assert len(found) >= 3
    assert found == sorted(set(found), reverse=True)
    assert reports(cursor="%").status == 422


def test_reports_can_be_read_as_a_plain_page() -> None:
    put("records", "enquiry", edge("enquiry"))
    report = run({"class": "enquiry"})
    html = {"Accept": "text/html,application/xhtml+xml;q=0.9"}
    answer = call("desk", "GET", RUNS, query={"limit": "100"}, headers=html, staff="auditor")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "script" not in answer.text
    assert f"<code>{report['digest']}</code>" in answer.text
    assert '<th scope="row">enquiry</th><td>' in answer.text


def test_who_may_look_and_who_may_preview() -> None:
    """S11."""
    for group in GROUPS:
        reads, previews = group in ("privacy_officer", "auditor"), group == "privacy_officer"
        assert call("desk", "GET", RUNS, staff=group).status == (200 if reads else 403)
        if not previews:
            assert preview(group).status == 403
