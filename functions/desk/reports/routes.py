"""The monthly summary: requests, consent rates, what retention did, breaches."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from desk import authorization, csv_export
from desk.authorization import READERS, AuditContext
from desk.reports.schemas import (
    BreachFigures,
    ConsentRate,
    MonthlyReport,
    RetentionFigures,
)
from desk.statistics import view as statistics_view
from shared.domain import monthly_report
from shared.domain.calendar_dates import LONDON, london_date
from shared.domain.errors import Invalid
from shared.domain.monthly_report import Month
from shared.domain.small_number_suppression import EXPLAINED, added
from shared.domain.timestamps import format_timestamp
from shared.edge.body import JSON
from shared.edge.http import Request, Response
from shared.storage import breaches, statistics
from shared.storage.requests import report_query
from shared.storage.retention import runs

PAGE = 50
COLUMNS = ("section", "name", "figure", "value")
_COUNTED = ("found", "removed", "held", "failed")


@authorization.listing("/v1/desk/reports/{month}", groups=READERS, answer=MonthlyReport)
def month_report(month: str, request: Request, trail: AuditContext) -> Response:
    """See a month such as 2026-02 in figures; with `Accept: text/csv` one figure to a line.

    The month that is still running is reported as far as it is (`complete`: false).
    """
    span = _month(month, request)
    trail.record(None, month=month)
    report = _report(month, span, request.now)
    if request.accepted == JSON:
        return Response(200, report)
    headers = {"Content-Disposition": f'attachment; filename="report-{month}.csv"'}
    return Response(200, csv_export.csv(COLUMNS, _lines(report)), headers, csv_export.MEDIA_TYPE)


def _month(text: str, request: Request) -> Month:
    try:
        span = monthly_report.month(text)
    except ValueError:
        raise Invalid.field("/month", "must be a month such as 2026-02") from None
    if span.first > london_date(request.now):
        raise Invalid.field("/month", "is in the future")
    return span


def _report(month: str, span: Month, now: datetime) -> MonthlyReport:
    days = (span.first, span.last + timedelta(days=1))
    start, end = (
        format_timestamp(datetime.combine(day, time(), LONDON).astimezone(UTC)) for day in days
    )
    cases = report_query.of_span(span.first.isoformat(), start, end)
    number, retention = _retention(span)
    return MonthlyReport(
        month=month,
        complete=london_date(now) > span.last,
        requests=monthly_report.requests(cases, span, london_date(now)),
        consents=_consents(span),
        explained=EXPLAINED,
        retention_runs=number,
        retention=retention,
        breaches=_breaches(span),
    )


def _consents(span: Month) -> list[ConsentRate]:
    days = [
        statistics_view.of_consents(statistics.of_day("consents", day.isoformat()))
        for day in span.days
    ]
    told: dict[str, list[statistics_view.DecisionFigures]] = {}
    for row in statistics_view.sum_of_consents(days)["decisions"]:
        told.setdefault(row["purpose"], []).append(row)
    rates = []
    for purpose, rows in sorted(told.items()):
        granted = added(row["granted"] for row in rows)
        refused = added(row["refused"] for row in rows)
        withdrawn = added(row["withdrawn"] for row in rows)
        rates.append(
            ConsentRate(
                purpose=purpose,
                granted=granted,
                refused=refused,
                withdrawn=withdrawn,
                rate=monthly_report.rate(granted, refused),
            )
        )
    return rates


def _retention(span: Month) -> tuple[int, list[RetentionFigures]]:
    """Add up the runs of the month: of each its last report, which has what all its parts did."""
    last = {report.run: report for report in _oldest_first(span) if not report.dry_run}
    classes: dict[str, Counter[str]] = {}
    for report in last.values():
        for kind, done in report.classes.items():
            counted = {name: getattr(done, name) for name in _COUNTED}
            classes.setdefault(kind, Counter()).update(counted)
    return len(last), [
        RetentionFigures(
            record_class=kind,
            found=counted["found"],
            removed=counted["removed"],
            held=counted["held"],
            failed=counted["failed"],
        )
        for kind, counted in sorted(classes.items())
    ]


def _oldest_first(span: Month) -> list[runs.RunReport]:
    """Return the reports of runs that started in the month (UTC): their names begin with when."""
    before = f"{span.last.isoformat()}~"  # sorts behind all of the last day's moments
    found: list[runs.RunReport] = []
    while page := runs.listed(PAGE, before):
        found += [report for report in page if report.id >= span.first.isoformat()]
        before = page[-1].id
        if before < span.first.isoformat():
            break
    return found[::-1]


def _breaches(span: Month) -> BreachFigures:
    found = monthly_report.breaches(breaches.register(), span)
    return BreachFigures(
        recorded=found.recorded,
        low=found.by_severity.get("low", 0),
        medium=found.by_severity.get("medium", 0),
        high=found.by_severity.get("high", 0),
        reported=found.reported,
        reported_late=found.reported_late,
    )


def _lines(report: MonthlyReport) -> Iterator[dict[str, Any]]:
    """Yield the report with one figure to a line, as spreadsheets and charts like it."""
    sections: tuple[tuple[str, str, Any], ...] = (
        ("requests", "type", report["requests"]),
        ("consents", "purpose", report["consents"]),
        ("retention", "record_class", report["retention"]),
    )
    for section, key, rows in sections:
        for row in rows:
            for figure, value in row.items():
                if figure != key:
                    yield _line(section, row[key], figure, value)
    yield _line("retention", "", "runs", report["retention_runs"])
    for figure, value in report["breaches"].items():
        yield _line("breaches", "", figure, value)


def _line(section: str, name: str, figure: str, value: Any) -> dict[str, Any]:
    return {"section": section, "name": name, "figure": figure, "value": value}
