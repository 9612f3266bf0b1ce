"""The statutory clock: by which day a request must be answered (S52 to S56).

What happened to a request are facts, as London dates. `deadline` derives from them and from the
terms of its type (`regime.py`) the days that follow; it reads no clock and no calendar.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from shared.domain.calendar_dates import IsWorkingDay, Period, on_working_day, working_days_from
from shared.domain.regime import Terms

# Staff are reminded so many working days before the last day.
REMINDERS = (10, 5, 1)


@dataclass(frozen=True, slots=True)
class Pause:
    """A clarification: asked on one day, answered on another or not yet.

    Raises:
        ValueError: answered before it was asked.
    """

    asked: date
    answered: date | None = None

    def __post_init__(self) -> None:
        """Refuse an answer before its question."""
        if self.answered is not None and self.answered < self.asked:
            raise ValueError("a clarification cannot be answered before it is asked")


@dataclass(frozen=True, slots=True)
class Extension:
    """The notice that an answer takes longer, as told to the person (Art. 12A(3) and (4)).

    Raises:
        ValueError: no reason; without one the notice is void.
    """

    told: date
    reason: str

    def __post_init__(self) -> None:
        """Refuse a notice that does not say why."""
        if not self.reason.strip():
            raise ValueError("an extension needs a reason")


@dataclass(frozen=True, slots=True)
class Facts:
    """What has happened to a request so far.

    `received` is when it reached us, by whichever way (S54); `identified` when identity was
    shown; `fee_asked` holds until staff waive the fee, `fee_paid` is when it came.
    """

    received: date
    identified: date | None = None
    fee_asked: bool = False
    fee_paid: date | None = None
    pauses: tuple[Pause, ...] = ()
    extension: Extension | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """The days that matter, each the last on which something is still in time.

    `start` is none while identity or fee is awaited, `due` also while a clarification is open
    (`paused`). `target` is our own earlier day (S56). `tell_by` is the last day to tell of an
    extension, none where there can be none or while the clock stands. For a complaint `due` is
    for the acknowledgement.
    """

    start: date | None = None
    due: date | None = None
    target: date | None = None
    tell_by: date | None = None
    paused: bool = False

    def overdue(self, today: date) -> bool:
        """Tell whether the last day is over; a clock that stands is never overdue."""
        return self.due is not None and today > self.due


def start(facts: Facts, terms: Terms) -> date | None:
    """Return the latest of receipt, identity and fee, or None while one is missing (12A(2))."""
    if not terms.waits:
        return facts.received
    days = [facts.received, facts.identified, *([facts.fee_paid] if facts.fee_asked else [])]
    known = [day for day in days if day is not None]
    return max(known) if len(known) == len(days) else None


def deadline(facts: Facts, terms: Terms, is_working_day: IsWorkingDay) -> Deadline:
    """Derive the days that matter from what happened, under these terms."""
    begun = start(facts, terms)
    if begun is None:
        return Deadline()
    # To tell of an extension takes a mail: its last day does not wait for a working day.
    tell_by = _end(begun, terms.answer, facts, terms, None) if terms.extended else None
    period = terms.answer
    if terms.extended and facts.extension and _in_time(facts.extension.told, tell_by):
        period = terms.extended
    due = _end(begun, period, facts, terms, is_working_day if terms.to_working_day else None)
    target = None
    if terms.target is not None and due is not None:
        target = min(due, working_days_from(begun, terms.target, is_working_day))
    return Deadline(begun, due, target, tell_by, paused=due is None)


def extension_refused(
    facts: Facts, terms: Terms, today: date, is_working_day: IsWorkingDay
) -> str | None:
    """Say why the answer cannot be put off today, in a sentence for staff; None if it can.

    One extension, for a request whose clock has started, told inside the first month with the
    days of clarification left out (Art. 12A(4) and (5)).
    """
    clock = deadline(facts, terms, is_working_day)
    if terms.extended is None:
        return "The law knows no extension for this request."
    if facts.extension is not None:
        return "This request has been extended before; the law allows it once."
    if clock.start is None:
        return "The time to answer has not started yet."
    if not _in_time(today, clock.tell_by):
        return f"An extension had to be told by {clock.tell_by}."
    return None


def reminders(clock: Deadline, is_working_day: IsWorkingDay) -> tuple[date, ...]:
    """Return the days on which staff are reminded, oldest first; none before the start.

    So many working days before the last day, and on the day of our own target.
    """
    if clock.start is None or clock.due is None:
        return ()
    days = {working_days_from(clock.due, -count, is_working_day) for count in REMINDERS}
    if clock.target is not None:
        days.add(clock.target)
    return tuple(sorted(day for day in days if day >= clock.start))


def _in_time(day: date, last: date | None) -> bool:
    return last is None or day <= last


def _end(
    begun: date, period: Period, facts: Facts, terms: Terms, move: IsWorkingDay | None
) -> date | None:
    """Find the last day of a period, clarifications left out; None while one is open.

    The law lets a clarification's first and last day both not count; here the day of the answer
    counts again, so that the day found is never too late. Clarifications may overlap; days before
    the start, and a question after the period is over, change nothing.
    """
    last, judged = period.after(begun), begun
    pauses = sorted(facts.pauses, key=lambda pause: pause.asked) if terms.pauses else []
    for pause in pauses:
        if pause.asked > (on_working_day(last, move) if move else last):
            break
        if pause.answered is None:
            return None
        last += max(timedelta(0), pause.answered - max(pause.asked, judged))
        judged = max(judged, pause.answered)
    return on_working_day(last, move) if move else last
