"""How the website is used and how its notices are answered, by day.

Read from what the stream worker added up, never by looking at single visits (S8).
"""

from datetime import timedelta

from pydantic import Field
from typing_extensions import TypedDict

from desk import authorization
from desk.authorization import EVERYBODY, AuditContext
from desk.statistics import view as statistics_view
from desk.statistics.view import ConsentFigures, VisitFigures
from shared.domain.errors import Invalid
from shared.domain.small_number_suppression import EXPLAINED
from shared.edge.field_types import Day
from shared.edge.http import Request
from shared.edge.parameters import Query
from shared.storage import statistics

MAX_DAYS = 92
DEFAULT_DAYS = 30


class DaysQuery(Query):
    """The first and the last day (UTC), at most 92."""

    first: Day | None = Field(
        None, alias="from", description="The first day, such as 2026-02-01; else of thirty."
    )
    last: Day | None = Field(None, alias="to", description="The last day; today, if left out.")


class VisitDay(VisitFigures):
    """The figures of one day (UTC)."""

    day: str


class Span(TypedDict):
    """From which day to which, both included; `explained` says how to read the figures."""

    first_day: str
    last_day: str
    explained: str


class VisitStatistics(Span):
    """How the website was used from the first day to the last."""

    days: list[VisitDay]
    sum: VisitFigures


class ConsentDay(ConsentFigures):
    """The figures of one day (UTC)."""

    day: str


class ConsentStatistics(Span):
    """How notices were answered from the first day to the last."""

    days: list[ConsentDay]
    sum: ConsentFigures


@authorization.route("GET", "/v1/desk/insights", groups=EVERYBODY, query=DaysQuery)
def insights(request: Request, trail: AuditContext) -> VisitStatistics:
    """Get how the website was used, per day and in sum."""
    days = _days(request, trail)
    found = [statistics_view.of_visits(statistics.of_day("visits", day)) for day in days]
    listed = map(statistics_view.first_pages, found)
    return VisitStatistics(
        **_span(days),
        days=[VisitDay(day=day, **told) for day, told in zip(days, listed, strict=True)],
        sum=statistics_view.first_pages(statistics_view.sum_of_visits(found)),
    )


@authorization.route("GET", "/v1/desk/consents/statistics", groups=EVERYBODY, query=DaysQuery)
def consent_statistics(request: Request, trail: AuditContext) -> ConsentStatistics:
    """Get how consent notices were answered, per day and in sum, by purpose and method."""
    days = _days(request, trail)
    found = [statistics_view.of_consents(statistics.of_day("consents", day)) for day in days]
    return ConsentStatistics(
        **_span(days),
        days=[ConsentDay(day=day, **told) for day, told in zip(days, found, strict=True)],
        sum=statistics_view.sum_of_consents(found),
    )


def _span(days: list[str]) -> Span:
    return Span(first_day=days[0], last_day=days[-1], explained=EXPLAINED)


def _days(request: Request, trail: AuditContext) -> list[str]:
    """Return the days asked for, the first one first.

    Raises:
        Invalid: an end before its beginning, or too many days.
    """
    last = request.parameters.last or request.now.date()
    first = request.parameters.first or last - timedelta(days=DEFAULT_DAYS - 1)
    number = (last - first).days + 1
    if not 1 <= number <= MAX_DAYS:
        raise Invalid.field("/query/from", f"must be up to {MAX_DAYS - 1} days before `to`")
    trail.record(None, first_day=first.isoformat(), last_day=last.isoformat())
    return [(first + timedelta(days=day)).isoformat() for day in range(number)]
