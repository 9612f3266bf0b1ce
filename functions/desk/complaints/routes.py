"""The register of complaints with its counts (Data Protection Act 2018 s.164A)."""

from datetime import date, timedelta
from itertools import islice

from desk import authorization, csv_export
from desk.authorization import READERS, AuditContext
from desk.complaints.schemas import ComplaintRegister, ComplaintsQuery
from shared.domain import complaints
from shared.domain.calendar_dates import london_date
from shared.domain.errors import Invalid
from shared.domain.request_types import RequestType
from shared.edge.http import Request, Response
from shared.edge.paging import cursor, read_cursor
from shared.storage.requests import report_query, request_store
from shared.storage.requests.request_items import register_place

USUAL_SPAN = timedelta(days=365)
# No complaint that this system holds is older.
EARLIEST = date(2016, 9, 1)
COLUMNS = (
    "request_id", "status", "channel", "received_on", "acknowledge_by", "acknowledged_at",
    "in_time", "answered_at", "outcome", "days",
)  # fmt: skip


@authorization.listing(
    "/v1/desk/complaints", groups=READERS, query=ComplaintsQuery, answer=ComplaintRegister
)
def list_complaints(request: Request, trail: AuditContext) -> Response:
    """See the complaints of a period: acknowledged when, told how far we are, answered how.

    It names nobody; with `Accept: text/csv` a page is a file, its next one in the header `Link`.
    """
    asked, today = request.parameters, london_date(request.now)
    last = asked.last or today
    first = max(asked.first or max(last, EARLIEST) - USUAL_SPAN, EARLIEST)
    if first > last:
        raise Invalid.field("/query/from", "is after the end, or that before the notice was")
    trail.record(None, first=first.isoformat(), last=last.isoformat())
    after = read_cursor(asked.cursor)
    # The first page counts all of the period; the others read what they show.
    at_once = request_store.PAGE if after is None else asked.limit + 1
    cases = report_query.register(
        RequestType.COMPLAINT, first.isoformat(), last.isoformat(), after, at_once
    )
    found = complaints.register(cases if after is None else islice(cases, at_once), today)
    page = found[: asked.limit]
    more = len(found) > asked.limit
    told = ComplaintRegister(
        first=first.isoformat(),
        last=last.isoformat(),
        counts=complaints.counts(found) if after is None else None,
        median_days=complaints.median_days(found) if after is None else None,
        items=page,
        next=cursor(register_place(page[-1]["received_on"], page[-1]["request_id"]))
        if more
        else None,
    )
    return csv_export.page_of(request, "complaints", COLUMNS, told)
