"""Worked examples of the statutory clock: regime, type, facts, last day and where the rule stands.

"Art." is the UK GDPR, "ICO" its guidance on the right of access, "s.164A" the Data Protection Act
2018, "1998" the Data Protection Act 1998. No last day: the clock has not started, or stands.
"""

from dataclasses import replace
from datetime import date

from shared.domain.deadline import Extension, Facts, Pause

UK, OLD = "uk_gdpr", "dpa_1998"
D = date.fromisoformat


def ready(day: str, *pauses: str, extended: str | None = None) -> Facts:
    """Received and identified on one day; pauses as `asked/answered` or `asked/`."""
    return Facts(
        received=D(day),
        identified=D(day),
        pauses=tuple(pause(text) for text in pauses),
        extension=Extension(D(extended), "Thousands of messages.") if extended else None,
    )


def pause(text: str) -> Pause:
    asked, answered = text.split("/")
    return Pause(D(asked), D(answered) if answered else None)


CASES = [
    # When the clock starts.
    (UK, "access", Facts(D("2026-02-10")), None, "Art. 12A(2)(b): identity not shown"),
    (
        UK,
        "access",
        Facts(D("2026-02-10"), identified=D("2026-02-12")),
        "2026-03-12",
        "Art. 12A(2)(b): identity shown later",
    ),
    (
        UK,
        "access",
        Facts(D("2026-02-10"), identified=D("2026-02-09")),
        "2026-03-10",
        "Art. 12A(2)(a): signed in before, the request is the latest",
    ),
    (
        UK,
        "access",
        replace(ready("2026-02-10"), fee_asked=True),
        None,
        "Art. 12A(2)(c): fee of Art. 12(5) not paid",
    ),
    (
        UK,
        "access",
        replace(ready("2026-02-10"), fee_asked=True, fee_paid=D("2026-02-20")),
        "2026-03-20",
        "Art. 12A(2)(c): fee paid",
    ),
    (
        UK,
        "access",
        replace(ready("2026-02-10"), fee_asked=False, fee_paid=D("2026-02-20")),
        "2026-03-10",
        "Art. 12A(2)(c): paid but waived after all, so it was not charged",
    ),
    # Clarification.
    (UK, "access", ready("2026-02-10", "2026-02-16/"), None, "Art. 12A(5): not answered yet"),
    (
        UK,
        "access",
        ready("2026-02-10", "2026-02-16/2026-02-20"),
        "2026-03-16",
        "Art. 12A(5): four days, then a weekend",
    ),
    (
        UK,
        "access",
        ready("2026-01-15", "2026-01-28/2026-02-06"),
        "2026-02-24",
        "Art. 12A(5): nine days across a month's end",
    ),
    (
        UK,
        "access",
        ready("2026-03-02", "2026-03-04/2026-03-09", "2026-03-20/2026-03-23"),
        "2026-04-10",
        "Art. 12A(5): five days and three",
    ),
    (
        UK,
        "access",
        ready("2026-03-02", "2026-03-20/2026-03-23", "2026-03-04/2026-03-09"),
        "2026-04-10",
        "Art. 12A(5): in whichever order they were written down",
    ),
    (
        UK,
        "access",
        ready(
            "2026-03-02", "2026-03-04/2026-03-20", "2026-03-05/2026-03-06", "2026-03-10/2026-03-22"
        ),
        "2026-04-20",
        "Art. 12A(5): eighteen days; none is left out twice",
    ),
    (
        UK,
        "access",
        ready("2026-03-02", "2026-03-04/2026-03-09", "2026-03-10/"),
        None,
        "Art. 12A(5): the second still open",
    ),
    (
        UK,
        "access",
        ready("2026-03-02", "2026-03-04/2026-03-04"),
        "2026-04-02",
        "Art. 12A(5): answered the same day",
    ),
    (
        UK,
        "access",
        replace(ready("2026-02-01", "2026-02-02/2026-02-12"), identified=D("2026-02-10")),
        "2026-03-12",
        "Art. 12A(5): days before the start are not in the period anyway",
    ),
    (
        UK,
        "access",
        ready("2026-01-31", "2026-03-02/2026-03-09"),
        "2026-03-09",
        "Art. 12A(5): asked on the moved last day, seven days from Saturday 28th",
    ),
    (
        UK,
        "access",
        ready("2026-03-02", "2026-04-03/"),
        "2026-04-02",
        "Art. 12A(5): asked when the time is over, too late to stop it",
    ),
    (
        UK,
        "erasure",
        ready("2026-03-02", "2026-03-04/2026-03-09"),
        "2026-04-02",
        "Art. 12A(5): access only",
    ),
    (UK, "portability", ready("2026-03-02", "2026-03-04/"), "2026-04-02", "Art. 12A(5): access"),
    # Extension.
    (
        UK,
        "access",
        ready("2026-01-31", extended="2026-02-20"),
        "2026-04-30",
        "Art. 12A(3), ICO: three months from the start, no 31st",
    ),
    (
        UK,
        "erasure",
        ready("2026-01-31", extended="2026-02-28"),
        "2026-04-30",
        "Art. 12A(4)(a): told on the last day of the month",
    ),
    (
        UK,
        "erasure",
        ready("2026-01-31", extended="2026-03-01"),
        "2026-03-02",
        "Art. 12A(4)(a): told too late, void",
    ),
    (
        UK,
        "access",
        ready("2026-01-03", extended="2026-02-02"),
        "2026-04-07",
        "Art. 12A(3), ICO: three months end on Good Friday",
    ),
    (
        UK,
        "access",
        ready("2025-11-30", extended="2025-12-30"),
        "2026-03-02",
        "Art. 12A(3), ICO: to a February without a 30th, a Saturday",
    ),
    (
        UK,
        "access",
        ready("2026-02-10", "2026-02-16/2026-02-20", extended="2026-03-14"),
        "2026-05-14",
        "Art. 12A(5)(b): the month to tell in is paused too",
    ),
    (
        UK,
        "access",
        ready("2026-02-10", "2026-04-13/2026-04-20", extended="2026-03-02"),
        "2026-05-18",
        "Art. 12A(5): a pause in the months of the extension, then a weekend",
    ),
    # The regime of the notice's own words.
    (OLD, "access", replace(ready("2026-02-10"), fee_asked=True), None, "1998 s.7(2): no fee yet"),
    (
        OLD,
        "access",
        replace(ready("2026-02-10"), fee_asked=True, fee_paid=D("2026-02-20")),
        "2026-04-01",
        "1998 s.7(10): forty days from the fee",
    ),
    (
        OLD,
        "access",
        Facts(D("2026-02-10"), D("2026-03-02"), fee_asked=True, fee_paid=D("2026-02-20")),
        "2026-04-11",
        "1998 s.7(10): from identity if later; a Saturday stays",
    ),
    (OLD, "access", ready("2028-02-01"), "2028-03-12", "1998 s.7(10): leap year, Sunday stays"),
    (OLD, "access", ready("2026-11-15"), "2026-12-25", "1998 s.7(10): Christmas stays"),
    (
        OLD,
        "access",
        ready("2026-01-06", extended="2026-01-20"),
        "2026-02-15",
        "1998 s.7: knows no extension",
    ),
    (
        OLD,
        "access",
        ready("2026-01-06", "2026-01-12/2026-01-17"),
        "2026-02-20",
        "1998 s.7(3): at least the days of clarification",
    ),
    (OLD, "access", ready("2026-01-06", "2026-01-12/"), None, "1998 s.7(3): not answered yet"),
    (OLD, "erasure", ready("2026-02-10"), "2026-03-22", "1998: forty days for every right"),
    # Complaints, the same under both.
    (UK, "complaint", Facts(D("2026-07-01")), "2026-07-31", "s.164A(3): from receipt, whoever"),
    (UK, "complaint", Facts(D("2026-07-02")), "2026-08-03", "s.164A(3), ICO: a Saturday"),
    (UK, "complaint", Facts(D("2026-11-25")), "2026-12-29", "s.164A(3), ICO: Christmas"),
    (OLD, "complaint", Facts(D("2026-07-02")), "2026-08-03", "s.164A(3): under either regime"),
    (
        UK,
        "complaint",
        replace(ready("2026-07-01", "2026-07-02/", extended="2026-07-03"), fee_asked=True),
        "2026-07-31",
        "s.164A(3): neither fee, nor pause, nor extension",
    ),
]
