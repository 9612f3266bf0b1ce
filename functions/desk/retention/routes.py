"""What retention did, and what it would do now (S13)."""

import secrets as randomness
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import Field
from typing_extensions import TypedDict

from desk import authorization, csv_export
from desk.authorization import OFFICER, READERS, AuditContext
from desk.retention.view import HEADERS, page
from shared.domain import readers, retention
from shared.domain.errors import Invalid
from shared.domain.timestamps import format_timestamp
from shared.edge.body import JSON, Body
from shared.edge.content_negotiation import CSV, HTML
from shared.edge.field_types import ClassName, Moment
from shared.edge.http import Request, Response
from shared.edge.paging import cursor, read_cursor
from shared.edge.parameters import PageQuery
from shared.storage import policies
from shared.storage.retention import retention_index, runs, sweep
from shared.storage.retention.report_view import RetentionReport, shown
from shared.storage.retention.runs import RunReport
from shared.storage.retention.sweep import Sweep

# The gateway waits for 29 seconds; an answer that says it is partial is worth more than none.
SECONDS = 20
COLUMNS = (
    "at", "run", "part", "dry_run", "status", "by", "class", "found", "removed", "held", "failed",
    "overdue", "oldest", "newest", "digest",
)  # fmt: skip


class PreviewRequest(Body):
    """What to look at: one record class, or all; as of a moment, or now."""

    kind: ClassName | None = Field(default=None, alias="class")
    as_of: Moment | None = None


class RetentionReportPage(TypedDict):
    """Reports, the newest first, and where the next page begins."""

    items: list[RetentionReport]
    next: str | None


@authorization.route(
    "GET",
    "/v1/desk/retention",
    groups=READERS,
    query=PageQuery,
    produces=(JSON, HTML, CSV),
    answer=RetentionReportPage,
)
def list_runs(request: Request, trail: AuditContext) -> Response:
    """List the reports of runs and previews, the newest first; `Accept: text/html` gives a page.

    `Accept: text/csv` gives a line for each class of each run, the next page in the header `Link`.
    A run that was interrupted has a report for each part; the last one is of all of it.
    """
    limit = request.parameters.limit
    before = read_cursor(request.parameters.cursor)
    trail.record(None)
    found = runs.listed(limit + 1, before)
    reports = found[:limit]
    if request.accepted == HTML:
        text = page([shown(report) for report in reports])
        return Response(200, text, dict(HEADERS), f"{HTML}; charset=utf-8")
    more = cursor(reports[-1].id) if len(found) > limit else None
    told = [shown(report) for report in reports]
    if request.accepted == CSV:
        lines = [line for report in told for line in _lines(report)]
        return csv_export.page_of(request, "retention", COLUMNS, {"items": lines, "next": more})
    return Response(200, RetentionReportPage(items=told, next=more))


def _lines(report: RetentionReport) -> Iterator[dict[str, Any]]:
    """Yield a report class by class; one that found nothing has a line of its own."""
    for name, counts in (report["classes"] or {"": report["total"]}).items():
        yield {**report, "class": name, **counts}


@authorization.route("POST", "/v1/desk/retention/preview", groups=OFFICER)
def preview_retention(
    body: PreviewRequest, request: Request, trail: AuditContext
) -> RetentionReport:
    """See what a run would remove, by class, with a digest to compare the run's own with.

    Nothing is removed. `status` is partial if there was no time to see it all; what is counted
    then is there, and more may be.
    """
    as_of = readers.moment(body.as_of) if body.as_of else request.now
    cutoffs = retention.cutoffs(policies.published(), as_of, request.now)
    if body.kind is not None:
        if body.kind not in cutoffs:
            raise Invalid.field("/class", "is not a record class of the policy")
        cutoffs = {body.kind: cutoffs[body.kind]}
    trail.record(None, record_class=body.kind, as_of=format_timestamp(as_of))
    report = _looked(cutoffs, as_of, body.kind, trail.actor, request.now)
    runs.keep(report)
    return shown(report)


def _looked(
    cutoffs: dict[str, str], as_of: datetime, kind: str | None, actor: str, now: datetime
) -> RunReport:
    ends = time.monotonic() + SECONDS
    order = Sweep(cutoffs, counted_as=None)
    swept = sweep.run(order, retention_index.places(cutoffs), lambda: time.monotonic() < ends)
    return RunReport(
        run=runs.name(format_timestamp(now), randomness.token_bytes(4)),
        part=1,
        started_at=format_timestamp(now),
        at=format_timestamp(now),
        as_of=format_timestamp(as_of),
        dry_run=True,
        status=runs.PARTIAL if swept.left else runs.FINISHED,
        by=actor,
        cutoffs=cutoffs,
        classes=swept.classes,
        left=tuple(swept.left),
        kind=kind,
    )
