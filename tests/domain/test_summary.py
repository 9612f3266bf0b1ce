"""A month in figures, of whatever requests and breaches there are."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import monthly_report
from shared.domain.breach import Breach
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.request_actions import STATUSES
from shared.domain.request_types import TYPES
from shared.domain.timestamps import format_timestamp
from tests import factories

FEBRUARY = monthly_report.month("2026-02")
TODAY = date(2026, 3, 15)
DAYS = st.dates(date(2025, 12, 1), date(2026, 4, 30))


def case(
    kind: str, status: str, received: date, due: date | None, closed: date | None
) -> DataSubjectRequest:
    at = datetime(closed.year, closed.month, closed.day, 12, tzinfo=UTC) if closed else None
    return factories.request(
        type=kind,
        status=status,
        facts={"received": received.isoformat()},
        due=due.isoformat() if due else None,
        closed_at=format_timestamp(at) if at else None,
    )


CASES = st.lists(
    st.builds(
        case,
        st.sampled_from(TYPES),
        st.sampled_from(STATUSES),
        DAYS,
        st.none() | DAYS,
        st.none() | DAYS,
    )
)


@pytest.mark.parametrize(
    ("text", "last"), [("2026-02", 28), ("2024-02", 29), ("2026-04", 30), ("2026-12", 31)]
)
def test_a_month_has_its_own_last_day(text: str, last: int) -> None:
    span = monthly_report.month(text)
    assert (span.first.day, span.last.day, len(span.days)) == (1, last, last)
    assert span.first.month == span.last.month


@pytest.mark.parametrize("text", ["2026", "2026-13", "2026-2", "202602", "2026-02-01", "", "x"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        monthly_report.month(text)


@given(CASES)
def test_every_type_is_there_and_the_sums_are_those_of_the_parts(
    cases: list[DataSubjectRequest],
) -> None:
    told = monthly_report.requests(cases, FEBRUARY, TODAY)
    assert [each["type"] for each in told] == list(TYPES)
    received = [date.fromisoformat(each.facts["received"]) for each in cases]
    assert sum(each["received"] for each in told) == sum(map(FEBRUARY.has, received))
    for each in told:
        assert (
            (each["median_days"] is None)
            == (each["longest_days"] is None)
            == (each["answered"] == 0)
        )
        if each["median_days"] is not None and each["longest_days"] is not None:
            assert each["median_days"] <= each["longest_days"]


def test_days_are_counted_from_receipt_to_answer() -> None:
    """S52 to S56: what was given up was not answered."""
    day = date(2026, 2, 1)
    cases = [
        case("access", "completed", day, None, day + timedelta(days=number))
        for number in (2, 4, 20)
    ]
    cases.append(case("access", "lapsed", day, None, day + timedelta(days=27)))
    cases.append(case("access", "completed", day, None, date(2026, 3, 1)))
    told = monthly_report.requests(cases, FEBRUARY, TODAY)[0]
    assert (told["received"], told["answered"]) == (5, 3)
    assert (told["median_days"], told["longest_days"]) == (4.0, 20)


@pytest.mark.parametrize(
    ("due", "closed", "overdue"),
    [
        (date(2026, 2, 10), date(2026, 2, 10), 0),
        (date(2026, 2, 10), date(2026, 2, 11), 1),
        (date(2026, 2, 10), None, 1),
        (date(2026, 3, 2), None, 0),
        (None, None, 0),
    ],
)
def test_what_had_no_answer_on_its_last_day_is_overdue(
    due: date | None, closed: date | None, overdue: int
) -> None:
    found = case("erasure", "completed" if closed else "in_progress", FEBRUARY.first, due, closed)
    told = {each["type"]: each for each in monthly_report.requests([found], FEBRUARY, TODAY)}
    assert told["erasure"]["overdue"] == overdue


def test_breaches_are_those_recorded_in_the_month_and_told_late_after_72_hours() -> None:
    """S24."""
    at = datetime(2026, 2, 3, tzinfo=UTC)
    first = factories.breach(format_timestamp(at), severity="high")

    def told(hours: int) -> Breach:
        return replace(
            first, authority={"reported_at": format_timestamp(at + timedelta(hours=hours))}
        )

    other = replace(first, recorded_at="2026-03-01T00:00:00.000Z")
    found = monthly_report.breaches([first, told(72), told(73), other], FEBRUARY)
    assert (found.recorded, found.by_severity) == (3, {"high": 3})
    assert (found.reported, found.reported_late) == (2, 1)


@pytest.mark.parametrize(
    ("granted", "refused", "rate"),
    [(None, None, None), (15, 5, 0.75), (5, None, None), (None, 10, None), (0, 0, None)],
)
def test_a_rate_is_of_what_may_be_told(
    granted: int | None, refused: int | None, rate: float | None
) -> None:
    """S8."""
    assert monthly_report.rate(granted, refused) == rate
