"""The statutory clock: worked examples with their sources (S52 to S56).

The months stand here, what can happen to a request in `deadline_examples.py`, with what the
sources are called.
"""

from datetime import UTC, datetime

import pytest

from shared.bank_holidays import england
from shared.domain.calendar_dates import london_date, working_days, working_days_from
from shared.domain.deadline import (
    Deadline,
    Extension,
    Facts,
    deadline,
    extension_refused,
    reminders,
)
from shared.domain.regime import REGIMES
from tests.domain.deadline_examples import CASES, OLD, UK, D, pause, ready


def clock(facts: Facts, request_type: str = "access", regime: str = UK) -> Deadline:
    return deadline(facts, REGIMES[regime].terms(request_type), england())


MONTHS = [
    ("2025-09-03", "2025-10-03", "Art. 12(3), ICO: the corresponding date"),
    ("2026-12-15", "2027-01-15", "Art. 12(3), ICO: over the year's end"),
    ("2025-01-31", "2025-02-28", "ICO: no 31st, the month's last day"),
    ("2024-01-30", "2024-02-29", "ICO: no 30th, a leap year's last day"),
    ("2028-01-31", "2028-02-29", "ICO: the same four years on"),
    ("2024-02-29", "2024-03-29|2024-04-02", "ICO: from a leap day to Good Friday, so after Easter"),
    ("2027-01-01", "2027-02-01", "ICO: received on a bank holiday, counts from that day"),
    ("2026-01-31", "2026-02-28|2026-03-02", "ICO: last day of the month is a Saturday"),
    ("2026-04-09", "2026-05-09|2026-05-11", "ICO: Saturday"),
    ("2026-02-15", "2026-03-15|2026-03-16", "ICO: Sunday"),
    ("2026-04-03", "2026-05-03|2026-05-05", "ICO: Sunday before the early May holiday"),
    ("2026-07-31", "2026-08-31|2026-09-01", "ICO: summer bank holiday"),
    ("2026-03-03", "2026-04-03|2026-04-07", "ICO: Good Friday to Easter Monday"),
    ("2027-02-26", "2027-03-26|2027-03-30", "ICO: an early Easter"),
    ("2024-11-25", "2024-12-25|2024-12-27", "ICO: Christmas and Boxing Day, its own example"),
    ("2026-11-25", "2026-12-25|2026-12-29", "ICO: Boxing Day on Saturday, its substitute Monday"),
    ("2027-11-25", "2027-12-25|2027-12-29", "ICO: both on a weekend, two substitutes"),
    ("2027-12-01", "2028-01-01|2028-01-04", "ICO: New Year's Day on a Saturday"),
    ("2026-12-02", "2027-01-02|2027-01-04", "ICO: Scotland rests on 4 January, England works"),
    ("2022-08-19", "2022-09-19|2022-09-20", "ICO: proclaimed, the Queen's funeral"),
    ("2022-05-02", "2022-06-02|2022-06-06", "ICO: proclaimed, the Platinum Jubilee"),
    ("2023-04-08", "2023-05-08|2023-05-09", "ICO: proclaimed, the King's coronation"),
    ("2020-04-08", "2020-05-08|2020-05-11", "ICO: the May holiday moved to a Friday"),
    ("2020-04-04", "2020-05-04", "ICO: and so the usual Monday was worked"),
]


@pytest.mark.parametrize(("start", "ends", "source"), MONTHS)
def test_one_month_s52(start: str, ends: str, source: str) -> None:
    raw, _, moved = ends.partition("|")
    result = clock(ready(start), "erasure")
    assert result.start == D(start), source
    assert result.tell_by == D(raw), source
    assert result.due == D(moved or raw), source


@pytest.mark.parametrize(("regime", "kind", "facts", "due", "source"), CASES)
def test_due_date_s52_s53_s54(
    regime: str, kind: str, facts: Facts, due: str | None, source: str
) -> None:
    result = clock(facts, kind, regime)
    assert result.due == (due and D(due)), source
    assert result.paused == (result.start is not None and due is None), source


def test_a_nominal_fee_is_asked_for_copies_under_the_old_act_only_s53() -> None:
    kinds = {"access", "portability", "rectification", "erasure", "objection", "complaint"}
    asked = {name: {k for k in kinds if regime.terms(k).fee} for name, regime in REGIMES.items()}
    assert asked == {UK: set(), OLD: {"access", "portability"}}


@pytest.mark.parametrize("regime", [UK, OLD])
def test_a_correction_has_a_target_of_five_working_days_s55_s56(regime: str) -> None:
    """Thursday before Easter: Tuesday to Friday are four, the fifth is Monday."""
    result = clock(ready("2026-04-02"), "rectification", regime)
    assert result.target == D("2026-04-13")
    assert result.due is not None
    assert result.due > result.target
    assert clock(ready("2026-04-02"), "access", regime).target is None


@pytest.mark.parametrize(
    ("facts", "kind", "today", "why"),
    [
        (ready("2026-01-31"), "access", "2026-01-31", None),
        (ready("2026-01-31"), "access", "2026-02-28", None),
        (ready("2026-01-31"), "access", "2026-03-01", "told by 2026-02-28"),
        (ready("2026-01-31", "2026-02-02/2026-02-05"), "access", "2026-03-03", None),
        (ready("2026-01-31", "2026-02-02/2026-02-05"), "access", "2026-03-04", "by 2026-03-03"),
        (ready("2026-01-31", "2026-02-27/"), "access", "2026-06-01", None),
        (ready("2026-01-31", "2026-03-02/2026-03-09"), "access", "2026-03-02", "by 2026-02-28"),
        (ready("2026-01-31", extended="2026-02-02"), "access", "2026-02-03", "before"),
        (Facts(D("2026-01-31")), "access", "2026-02-02", "not started"),
        (ready("2026-01-31"), "complaint", "2026-02-02", "no extension"),
    ],
)
def test_an_extension_is_decided_inside_the_first_month(
    facts: Facts, kind: str, today: str, why: str | None
) -> None:
    """Art. 12A(4) and (5)."""
    refused = extension_refused(facts, REGIMES[UK].terms(kind), D(today), england())
    assert (refused is None) if why is None else (refused is not None and why in refused)


def test_the_old_act_knows_no_extension() -> None:
    terms = REGIMES[OLD].terms("access")
    assert extension_refused(ready("2026-01-31"), terms, D("2026-02-02"), england())


def test_staff_are_reminded_on_working_days_before_the_last_s52() -> None:
    """Due on Tuesday 5 May 2026; Monday is a bank holiday."""
    result = clock(ready("2026-04-03"))
    assert result.due == D("2026-05-05")
    assert reminders(result, england()) == (D("2026-04-20"), D("2026-04-27"), D("2026-05-01"))


def test_the_target_is_a_reminder_too_and_none_is_before_the_start_s56() -> None:
    correction = clock(ready("2026-04-02"), "rectification")
    assert D("2026-04-13") in reminders(correction, england())
    short = Deadline(start=D("2026-04-27"), due=D("2026-05-05"))
    assert reminders(short, england()) == (D("2026-04-27"), D("2026-05-01"))


def test_a_clock_that_stands_reminds_nobody_and_is_never_overdue() -> None:
    for facts in (Facts(D("2026-02-10")), ready("2026-02-10", "2026-02-16/")):
        result = clock(facts)
        assert reminders(result, england()) == ()
        assert not result.overdue(D("2030-01-01"))


def test_the_last_day_is_still_in_time() -> None:
    result = clock(ready("2026-01-31"))
    assert not result.overdue(D("2026-03-02"))
    assert result.overdue(D("2026-03-03"))


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 1, 31, 23, 59, tzinfo=UTC), "2026-01-31"),
        (datetime(2026, 6, 30, 22, 59, tzinfo=UTC), "2026-06-30"),
        (datetime(2026, 6, 30, 23, 0, tzinfo=UTC), "2026-07-01"),
        (datetime(2026, 3, 29, 23, 30, tzinfo=UTC), "2026-03-30"),
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), "2026-10-25"),
        (datetime(2026, 10, 25, 23, 30, tzinfo=UTC), "2026-10-25"),
    ],
)
def test_the_day_changes_when_it_does_in_london(moment: datetime, day: str) -> None:
    """Summer time ran from 29 March to 25 October 2026."""
    assert london_date(moment) == D(day)


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        london_date(datetime(2026, 1, 31, 12))


def test_impossible_facts_are_refused() -> None:
    with pytest.raises(ValueError, match="before it is asked"):
        pause("2026-02-02/2026-02-01")
    with pytest.raises(ValueError, match="reason"):
        Extension(D("2026-02-02"), " \n")


def test_holidays_are_given_and_not_known() -> None:
    """Any calendar will do: here Wednesday is the only day off beside the weekend."""
    rest = working_days(frozenset({D("2026-03-04")}))
    facts = ready("2026-02-04")
    assert deadline(facts, REGIMES[UK].terms("erasure"), rest).due == D("2026-03-05")
    assert working_days_from(D("2026-03-05"), -1, rest) == D("2026-03-03")
