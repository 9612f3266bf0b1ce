"""Strict readers: one form each, and no arithmetic off the ends of the calendar."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain import calendar_dates, readers
from tests.support import NOW

READERS: dict[str, Callable[[str], Any]] = {
    "day": readers.day,
    "month": readers.month,
    "moment": readers.moment,
    "number": lambda text: readers.number(text, 1, 100),
}
ENDS = st.sampled_from(
    [
        "0001-01-01",
        "9999-12-31",
        "2026-W05-1",
        "2026-02-30",
        "20260201",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "9999-12",
        "\u0662\u0660\u0662\u0666-\u0660\u0662-\u0660\u0661",
        "²",
        "9" * 5000,
        "1e9",
        "-1",
        "+1",
        " 1",
        "2026-02-01T09:00:00",
        "2026-02-01 09:00:00Z",
        "2026-02-01T09:00:00+25:00",
        "NaN",
        "",
    ]
)


@pytest.mark.parametrize("name", READERS)
@given(text=st.one_of(ENDS, st.text(max_size=30)))
def test_a_reader_reads_its_form_within_reach_or_raises_one_error(name: str, text: str) -> None:
    try:
        found = READERS[name](text)
    except ValueError:
        return
    assert text.isascii()
    if isinstance(found, date):
        day = found.astimezone(UTC).date() if isinstance(found, datetime) else found
        assert readers.FIRST_DAY - timedelta(days=1) <= day <= readers.LAST_DAY + timedelta(days=1)


@given(
    st.datetimes(datetime(1975, 1, 2), datetime(2999, 12, 30)).map(
        lambda at: at.replace(tzinfo=UTC)
    )
)
def test_what_is_in_reach_is_read(at: datetime) -> None:
    assert readers.moment(at.isoformat()) == at
    assert readers.day(str(at.date())) == at.date()
    assert readers.month(str(at.date())[:7]) == at.date().replace(day=1)


@example(-1, None)
@example(0, 0)
@example(1, 2)
@given(st.integers(-3, 3), st.none() | st.integers(-3, 3))
def test_what_reached_us_may_be_dated_back_to_what_it_answers(back: int, asked: int | None) -> None:
    today = NOW.date()
    on = today - timedelta(days=back)
    after = None if asked is None else today - timedelta(days=asked)
    fits = on <= today and (after is None or on >= after)
    if fits:
        assert calendar_dates.reached_us(on, NOW, after) == on
    else:
        with pytest.raises(ValueError, match=r"future|answers"):
            calendar_dates.reached_us(on, NOW, after)
