"""The register of complaints: what became of each, and counts (Data Protection Act 2018 s.164A).

A complaint is acknowledged within 30 days, looked into without undue delay, and its outcome told;
each of these is a fact of the request with its moment, from which the register follows.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from statistics import median

from typing_extensions import TypedDict

from shared.domain.calendar_dates import london_date
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.request_actions import COMPLETED
from shared.domain.request_types import RequestType, row
from shared.domain.timestamps import parse_timestamp

# An answer of which no outcome of the table's is known, as a program may leave it out.
UNSTATED = "unstated"


class Complaint(TypedDict):
    """One complaint; moments are RFC 3339 in UTC, `acknowledge_by` is the law's last day.

    `in_time`: acknowledged, or answered, by then; none while there is time left.
    """

    request_id: str
    status: str
    channel: str
    received_on: str
    acknowledge_by: str | None
    acknowledged_at: str | None
    in_time: bool | None
    progress_at: list[str]
    answered_at: str | None
    outcome: str | None
    days: int | None


def register(cases: Iterable[DataSubjectRequest], today: date) -> list[Complaint]:
    """Return complaints as their register has them."""
    return [_line(case, today) for case in cases]


def counts(found: Sequence[Complaint]) -> dict[str, int]:
    """Count complaints: received, open, acknowledged in time or late, and by outcome."""
    outcomes = Counter(each["outcome"] for each in found if each["outcome"])
    names = (*row(RequestType.COMPLAINT).outcomes, UNSTATED)
    return {
        "received": len(found),
        "open": sum(
            each["answered_at"] is None and each["status"] != "cancelled" for each in found
        ),
        "acknowledged_in_time": sum(each["in_time"] is True for each in found),
        "acknowledged_late": sum(each["in_time"] is False for each in found),
        "withdrawn": sum(each["status"] == "cancelled" for each in found),
        **{name: outcomes[name] for name in names},
    }


def median_days(found: Sequence[Complaint]) -> float | None:
    """Return the middle of the days from receipt to the answer; None where nothing is answered."""
    taken = [each["days"] for each in found if each["days"] is not None]
    return float(median(taken)) if taken else None


def _line(case: DataSubjectRequest, today: date) -> Complaint:
    facts = case.facts
    answered = case.closed_at if case.status == COMPLETED else None
    return Complaint(
        request_id=case.id,
        status=case.status,
        channel=case.channel,
        received_on=facts["received"],
        acknowledge_by=case.due,
        acknowledged_at=facts.get("acknowledged"),
        in_time=_in_time(case, answered, today),
        progress_at=list(facts.get("progress", ())),
        answered_at=answered,
        outcome=(facts.get("outcome") or UNSTATED) if answered else None,
        days=(_day(answered) - date.fromisoformat(facts["received"])).days if answered else None,
    )


def _in_time(case: DataSubjectRequest, answered: str | None, today: date) -> bool | None:
    """An outcome told within the time needs no acknowledgement of its own."""
    last = date.fromisoformat(case.due) if case.due else today
    told = [_day(moment) for moment in (case.facts.get("acknowledged"), answered) if moment]
    if told:
        return min(told) <= last
    return False if today > last else None


def _day(moment: str) -> date:
    return london_date(parse_timestamp(moment))
