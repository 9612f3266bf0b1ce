"""What holds of the statutory clock on any day and after any facts (S52 to S56)."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from dateutil.relativedelta import relativedelta  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from shared.bank_holidays import england
from shared.domain.calendar_dates import Period
from shared.domain.deadline import (
    Extension,
    Facts,
    Pause,
    deadline,
    extension_refused,
    reminders,
)
from shared.domain.regime import REGIMES, Terms

DAY = timedelta(days=1)
UK = REGIMES["uk_gdpr"]
ACCESS = UK.terms("access")

days = st.dates(date(2019, 1, 1), date(2045, 12, 31))
lengths = st.integers(0, 400)
every_terms = st.sampled_from(
    [
        regime.terms(kind)
        for regime in REGIMES.values()
        for kind in ("access", "portability", "rectification", "complaint", "erasure")
    ]
)
moved = every_terms.filter(lambda terms: terms.to_working_day)
extendable = every_terms.filter(lambda terms: terms.extended is not None)


def every_day_is_worked(_: date) -> bool:
    return True


def ready(start: date, *pauses: Pause) -> Facts:
    return Facts(received=start, identified=start, pauses=pauses)


@st.composite
def clarified(draw: st.DrawFn) -> Facts:
    """Up to five clarifications around the period, overlapping or not, answered or open."""
    start = draw(days)
    pauses = []
    for _ in range(draw(st.integers(0, 5))):
        asked = start + DAY * draw(st.integers(-10, 120))
        waited = draw(st.none() | st.integers(0, 40))
        pauses.append(Pause(asked, None if waited is None else asked + DAY * waited))
    return ready(start, *pauses)


@st.composite
def answered(draw: st.DrawFn) -> Facts:
    facts = draw(clarified())
    closed = tuple(p if p.answered else Pause(p.asked, p.asked + DAY) for p in facts.pauses)
    return replace(facts, pauses=closed)


def due(facts: Facts, terms: Terms) -> date:
    found = deadline(facts, terms, england()).due
    assert found is not None
    return found


@given(days, st.integers(0, 30), st.integers(-40, 40))
def test_a_period_is_what_dateutil_makes_of_it(start: date, months: int, count: int) -> None:
    """The same rule, by somebody else's code."""
    assert Period(months, count).after(start) == start + relativedelta(months=months, days=count)


@given(days, moved)
def test_the_last_day_is_the_first_working_day_from_the_raw_date(start: date, terms: Terms) -> None:
    """ICO: never earlier than the raw date, and no working day is passed over."""
    raw, last = terms.answer.after(start), due(ready(start), terms)
    assert england()(last)
    assert raw <= last <= raw + 4 * DAY
    assert not any(england()(raw + DAY * n) for n in range((last - raw).days))


@given(answered(), moved)
def test_the_last_day_is_worked_whatever_was_clarified(facts: Facts, terms: Terms) -> None:
    assert england()(due(facts, terms))


@given(days, every_terms)
def test_the_time_to_answer_is_bounded(start: date, terms: Terms) -> None:
    """A month has 28 to 31 days, and no rest in England is longer than four."""
    length = (due(ready(start), terms) - start).days
    assert length == 40 if terms.answer.days == 40 else 28 <= length <= 35


@given(days, lengths, every_terms)
def test_who_starts_later_is_never_due_earlier(start: date, later: int, terms: Terms) -> None:
    assert due(ready(start), terms) <= due(ready(start + DAY * later), terms)


@given(days, st.integers(0, 28), lengths)
def test_a_pause_gives_exactly_its_days(start: date, after: int, length: int) -> None:
    """Art. 12A(5), where every day is worked; nothing but the pause moves the date."""
    pause = Pause(start + DAY * after, start + DAY * (after + length))
    plain = deadline(ready(start), ACCESS, every_day_is_worked)
    paused = deadline(ready(start, pause), ACCESS, every_day_is_worked)
    assert plain.due is not None
    assert paused.due == plain.due + DAY * length
    assert paused.tell_by == paused.due


@given(answered(), every_terms)
def test_clarification_never_shortens_nor_gives_more_than_its_days(
    facts: Facts, terms: Terms
) -> None:
    spent = sum(((p.answered or p.asked) - p.asked for p in facts.pauses), timedelta(0))
    without = due(replace(facts, pauses=()), terms)
    assert without <= due(facts, terms) <= without + spent + 4 * DAY


@given(clarified(), st.randoms(use_true_random=False), every_terms)
def test_the_order_in_which_pauses_are_listed_says_nothing(
    facts: Facts, random: Random, terms: Terms
) -> None:
    shuffled = list(facts.pauses)
    random.shuffle(shuffled)
    again = replace(facts, pauses=tuple(shuffled))
    assert deadline(again, terms, england()) == deadline(facts, terms, england())


@given(days, st.integers(0, 28))
def test_an_open_clarification_leaves_no_date(start: date, after: int) -> None:
    found = deadline(ready(start, Pause(start + DAY * after)), ACCESS, england())
    assert (found.start, found.due, found.tell_by, found.paused) == (start, None, None, True)


@given(answered(), extendable, st.integers(0, 200))
def test_an_extension_helps_exactly_when_it_was_allowed(
    facts: Facts, terms: Terms, after: int
) -> None:
    """Art. 12A(3) and (4): never earlier than the first date; told too late it does nothing."""
    today = facts.received + DAY * after
    extended = replace(facts, extension=Extension(today, "Many requests."))
    first, second = due(facts, terms), due(extended, terms)
    if extension_refused(facts, terms, today, england()):
        assert second == first
    else:
        assert first + 54 * DAY <= second
    assert extension_refused(extended, terms, today, england())


@given(days, days, days, every_terms)
def test_the_clock_starts_with_the_latest(a: date, b: date, c: date, terms: Terms) -> None:
    """Art. 12A(2); a complaint's with its receipt."""
    facts = Facts(received=a, identified=b, fee_asked=True, fee_paid=c)
    assert deadline(facts, terms, england()).start == (max(a, b, c) if terms.waits else a)


@given(answered(), every_terms)
def test_the_target_and_the_reminders_fall_inside_the_time(facts: Facts, terms: Terms) -> None:
    """S56: our own promise is never later than the law's."""
    found = deadline(facts, terms, england())
    assert found.start is not None
    assert found.due is not None
    assert (found.target is not None) == (terms.target is not None)
    reminded = reminders(found, england())
    assert reminded == tuple(sorted(set(reminded)))
    for day in reminded:
        assert found.start <= day <= found.due
        assert england()(day)
        assert not found.overdue(day)
