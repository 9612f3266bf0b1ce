"""The record of processing activities (UK GDPR Art. 30): declared, beside what lives."""

import os
import time
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from html import escape
from typing import Any

from typing_extensions import TypedDict

from desk import authorization, csv_export
from desk.authorization import READERS, AuditContext
from desk.retention.view import HEADERS
from shared.domain import processing_record, retention
from shared.domain.calendar_dates import london_date
from shared.domain.policy import Policies
from shared.domain.processing_record import LastRun, Stored
from shared.domain.record_classes import ROWS
from shared.domain.timestamps import parse_timestamp
from shared.edge.body import JSON
from shared.edge.content_negotiation import CSV, HTML
from shared.edge.http import Request, Response
from shared.storage import policies, threads
from shared.storage.retention import retention_index, runs
from shared.storage.retention.retention_index import RetentionPartition

LOOKED_AT = 50
KEPT = ("title", "keep", "starts", "why", "stored", "oldest", "overdue")
# The gateway waits for 29 seconds; a count that says that it is not all is worth more than none.
SECONDS = 15
AT_ONCE = 8
# Classes of which something lies in a table that ends it by itself and has no index to count by.
SELF_ENDING = frozenset(kind for kind, row in ROWS.items() if "time to live" in row.ends)


class ProcessingRecord(TypedDict):
    """The record of a day: activities, classes of records, recipients, sources, and findings."""

    as_of: str
    policy_version: str
    controller: dict[str, Any]
    activities: list[dict[str, Any]]
    classes: list[dict[str, Any]]
    recipients: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    security: list[str]
    stored_in: str
    last_retention_run: str | None
    findings: list[str]


@authorization.route(
    "GET",
    "/v1/desk/record-of-processing",
    groups=READERS,
    produces=(JSON, HTML, CSV),
    answer=ProcessingRecord,
)
def record_of_processing(request: Request, trail: AuditContext) -> Response:
    """See the record of processing (Art. 30), made from the policy in force and what lives.

    `findings` tells what is missing or contradicts. `Accept: text/html` gives a page to print,
    `text/csv` one activity to a line.
    """
    trail.record(None)
    known, now = policies.published(), request.now
    document = known.document(known.current(now).version, now)
    today = london_date(now)
    made = processing_record.record(
        document, os.environ["AWS_REGION"], _last_run(now), today, _stored(known, now)
    )
    if request.accepted == JSON:
        return Response(200, made)
    if request.accepted == CSV:
        text = csv_export.csv(processing_record.COLUMNS, processing_record.lines(made))
        name = f'attachment; filename="record-of-processing-{today.isoformat()}.csv"'
        return Response(200, text, {"Content-Disposition": name}, csv_export.MEDIA_TYPE)
    return Response(200, _page(made), HEADERS, f"{HTML}; charset=utf-8")


def _stored(known: Policies, now: datetime) -> dict[str, Stored]:
    """Count what is stored of each class, of those too that the policy no longer names."""
    due = retention.cutoffs(known, now, now)
    ends = time.monotonic() + SECONDS
    places = retention_index.places(due)

    def counted(place: RetentionPartition) -> tuple[int, str | None, bool]:
        return retention_index.stored(place, lambda: time.monotonic() < ends)

    found: dict[str, list[tuple[int, str | None, bool]]] = {name: [] for name in due}
    for place, one in zip(places, threads.mapped(counted, places, AT_ONCE), strict=True):
        found[place.kind].append(one)
    return {
        name: Stored(
            count=sum(count for count, _, _ in parts),
            oldest=_oldest([start for _, start, _ in parts if start], now),
            due=_day(due[name], now),
            complete=all(done for _, _, done in parts) and name not in SELF_ENDING,
        )
        for name, parts in found.items()
        if parts  # what no table of ours keeps has no count, which is something else than none
    }


def _oldest(starts: list[str], now: datetime) -> date | None:
    return _day(min(starts), now) if starts else None


def _last_run(now: datetime) -> LastRun | None:
    for report in runs.listed(LOOKED_AT):
        if report.dry_run or report.status != runs.FINISHED:
            continue
        overdue = {kind: figures.overdue for kind, figures in report.classes.items()}
        return LastRun(_day(report.at, now), overdue)
    return None


def _day(at: str, now: datetime) -> date:
    return london_date(min(parse_timestamp(at), now))


def _page(made: Mapping[str, Any]) -> str:
    found = "".join(f"<li>{escape(text)}</li>" for text in made["findings"])
    controller = made["controller"]
    rows = processing_record.lines(made)
    kept = [{**row, "stored": processing_record.counted(row)} for row in made["classes"]]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<title>Record of processing</title><style>body{font:16px/1.5 system-ui,sans-serif;"
        "margin:2rem}table{border-collapse:collapse}td,th{border:1px solid;padding:.3rem;"
        "text-align:left;vertical-align:top}</style></head><body>"
        f"<h1>Record of processing of {escape(controller['name'])}</h1>"
        f"<p>As of {made['as_of']}, policy {escape(made['policy_version'])}, stored in "
        f"{escape(made['stored_in'])}. {escape(controller['postal_address'])}, "
        f"{escape(controller['email'])}.</p>"
        f"<h2>Findings</h2><ul>{found or '<li>None.</li>'}</ul>"
        f"<h2>Activities</h2>{_table(processing_record.COLUMNS, rows)}"
        f"<h2>Kept</h2>{_table(KEPT, kept)}"
        "</body></html>"
    )


def _table(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> str:
    names = tuple(columns)
    heads = "".join(f'<th scope="col">{escape(name.replace("_", " "))}</th>' for name in names)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(row[name]))}</td>" for name in names) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"


def _cell(value: object) -> str:
    return "" if value is None else str(value)
