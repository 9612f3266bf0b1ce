"""The monthly summary: what the stores hold comes out as figures, for those who may see them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.functions import Functions
from shared.domain.retention import Figures
from shared.domain.statistics import Increment
from shared.storage import statistics
from shared.storage.retention import runs
from shared.storage.retention.runs import RunReport
from tests.functions.asking import Asker
from tests.functions.people import Person
from tests.support import NOW, Answer, call

pytestmark = pytest.mark.usefixtures("cloud")

PATH = "/v1/desk/reports/{month}"


def ask(month: str, staff: str = "auditor", now: datetime = NOW, **headers: str) -> Answer:
    return call("desk", "GET", PATH, path={"month": month}, staff=staff, now=now, headers=headers)


def access(report: Any) -> Any:
    (row,) = [row for row in report["requests"] if row["type"] == "access"]
    return row


def test_requests_answered_in_a_month_are_counted(functions: Functions, sam: Person) -> None:
    before = access(ask("2026-02").json)
    asker = Asker(sam, functions)
    asker.write_a_letter()
    assert access(ask("2026-01").json)["received"] >= 1
    assert access(ask("2026-02").json)["answered"] == before["answered"]
    assert asker.staff("refusal", reason="No.").status == 200
    after = ask("2026-02").json
    assert access(after)["answered"] == before["answered"] + 1
    assert access(after)["longest_days"] >= 1
    assert after["complete"] is False
    assert ask("2026-01").json["complete"] is True


def test_consent_rates_are_made_of_what_may_be_told() -> None:
    """S8, S40."""
    day = datetime(2011, 2, 3, tzinfo=UTC)
    made = [
        ("choose", {"answered": 17, "analytics#granted": 12, "analytics#refused": 5}),
        ("reject_all", {"answered": 23, "analytics#refused": 23, "analytics#gpc": 2}),
    ]
    for method, counted in made:
        what = f"{method}#cookie_banner"
        statistics.add([Increment("consents", str(day.date()), what, counted)])
    report = ask("2011-02").json
    assert report["consents"] == [
        {"purpose": "analytics", "granted": 10, "refused": 25, "withdrawn": None, "rate": 0.29}
    ]
    assert "null" in report["explained"]


def test_of_a_run_in_parts_the_last_part_has_the_sum() -> None:
    """S13."""

    def keep(started: str, part: int, *, dry_run: bool = False, removed: int = 0) -> None:
        figures = Figures(found=removed + 1, removed=removed, held=1)
        run = runs.name(started, b"\1")
        kept = RunReport(
            run,
            part,
            started,
            started,
            started,
            dry_run,
            runs.FINISHED,
            "x",
            {},
            {"visit": figures},
        )
        assert runs.keep(kept)

    keep("2012-02-01T02:00:00.000Z", 1, removed=3)
    keep("2012-02-01T02:00:00.000Z", 2, removed=7)
    keep("2012-02-29T23:59:59.999Z", 1, removed=5)
    keep("2012-02-02T02:00:00.000Z", 1, removed=100, dry_run=True)
    keep("2012-01-31T02:00:00.000Z", 1, removed=1000)
    keep("2012-03-01T00:00:00.000Z", 1, removed=1000)
    report = ask("2012-02").json
    assert report["retention_runs"] == 2
    assert report["retention"] == [
        {"record_class": "visit", "found": 14, "removed": 12, "held": 2, "failed": 0}
    ]


def test_a_report_comes_as_csv_with_a_figure_to_a_line() -> None:
    answer = ask("2010-02", Accept="text/csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    lines = answer.text.splitlines()
    assert lines[0] == "section,name,figure,value"
    assert "requests,access,received,0" in lines
    assert "breaches,,recorded,0" in lines


@pytest.mark.parametrize("month", ["2026-13", "february", "2026-03", "2026-2"])
def test_a_month_that_is_none_or_to_come_is_named(month: str) -> None:
    answer = ask(month)
    assert (answer.status, answer.pointers) == (422, ["/month"])


def test_readers_only() -> None:
    """S11."""
    assert ask("2010-01", staff="support").status == 403
    assert ask("2010-01", staff="privacy_officer", now=NOW + timedelta(days=40)).status == 200
