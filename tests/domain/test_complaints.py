"""The register of complaints: dates and counts (Data Protection Act 2018 s.164A; L3)."""

from datetime import date
from typing import Any

import pytest

from shared.bank_holidays import england
from shared.domain import complaints, data_subject_request
from shared.domain.complaints import Complaint
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.regime import REGIMES
from shared.domain.request_facts import ActionDetails, changed
from tests import factories

# Thirty days from the day after would be Christmas Day, on a Friday; Monday is a bank holiday, too.
RECEIVED, LAST = "2026-11-25", "2026-12-29"


def complaint(status: str = "in_progress", closed: str | None = None, **facts: Any) -> Complaint:
    case = factories.request(
        type="complaint", status=status, closed_at=closed, facts={"received": RECEIVED, **facts}
    )
    return line(case, date(2027, 1, 31))


def line(case: DataSubjectRequest, today: date) -> Complaint:
    terms = REGIMES["uk_gdpr"].terms("complaint")
    dated = data_subject_request.with_dates(case, terms, england())
    (found,) = complaints.register([dated], today)
    return found


@pytest.mark.parametrize(
    ("acknowledged", "answered", "in_time"),
    [
        (f"{LAST}T23:59:59.999Z", None, True),
        ("2026-12-30T00:00:00.000Z", None, False),
        (None, f"{LAST}T12:00:00.000Z", True),
        ("2026-12-30T12:00:00.000Z", "2026-12-31T12:00:00.000Z", False),
        (f"{LAST}T12:00:00.000Z", "2027-01-20T12:00:00.000Z", True),
        (None, None, False),
    ],
)
def test_a_complaint_is_in_time_to_the_last_working_day(
    acknowledged: str | None, answered: str | None, in_time: bool
) -> None:
    told = {"acknowledged": acknowledged} if acknowledged else {}
    found = complaint("completed" if answered else "in_progress", answered, **told)
    assert (found["acknowledge_by"], found["in_time"]) == (LAST, in_time)


def test_nobody_is_late_on_the_last_day_and_everybody_after_it() -> None:
    case = factories.request(type="complaint", status="in_progress", facts={"received": RECEIVED})
    on_it, after = (line(case, day)["in_time"] for day in (date(2026, 12, 29), date(2026, 12, 30)))
    assert (on_it, after) == (None, False)


def test_what_was_taken_back_or_answered_is_open_no_more() -> None:
    found = [
        complaint(),
        complaint("cancelled", "2026-12-01T12:00:00.000Z"),
        complaint("completed", "2026-12-02T12:00:00.000Z", outcome="upheld"),
        complaint("completed", "2026-12-02T12:00:00.000Z"),
    ]
    counts = complaints.counts(found)
    assert (counts["received"], counts["open"], counts["withdrawn"]) == (4, 1, 1)
    assert (counts["upheld"], counts["unstated"]) == (1, 1)
    assert [each["days"] for each in found] == [None, None, 7, 7]


def test_each_progress_that_was_told_stays_with_its_day() -> None:
    facts: dict[str, Any] = {"received": RECEIVED}
    for at in ("2026-12-01T12:00:00.000Z", "2026-12-08T12:00:00.000Z"):
        facts = {
            **facts,
            **changed(facts, "note", ActionDetails(at[:10], at, None, {"tell": True})),
        }
    assert complaint(**facts)["progress_at"] == [
        "2026-12-01T12:00:00.000Z",
        "2026-12-08T12:00:00.000Z",
    ]


@pytest.mark.parametrize(
    ("on", "at", "since"),
    [
        ("2026-12-01", "2026-12-03T09:00:00.000Z", "2026-12-01T12:00:00.000Z"),
        ("2026-12-03", "2026-12-03T09:00:00.000Z", "2026-12-03T09:00:00.000Z"),
    ],
)
def test_a_letter_acknowledges_a_complaint_from_the_day_on_which_it_was_posted(
    on: str, at: str, since: str
) -> None:
    def posted(name: str, **facts: Any) -> Any:
        left = ActionDetails(on, at, None, {"letter": name})
        return changed({"received": RECEIVED, **facts}, "letter_posted", left)

    letter = "00001-complaint_received"
    assert posted(letter) == {"posted": on, "acknowledged": since}
    assert posted("00003-request_progress") == {"posted": on}
    assert posted(letter, acknowledged="2026-11-26T09:00:00.000Z") == {"posted": on}
