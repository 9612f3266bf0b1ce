"""What retention did, and what it would do now (S13)."""

import secrets as randomness
import time
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field
from typing_extensions import TypedDict

from desk import door
from desk.bodies_holds import RecordClass
from desk.door import OFFICER, READERS, Trail
from desk.paging import cursor, page_limit, read_cursor
from desk.retention_page import HEADERS, page
from shared.domain import retention
from shared.domain.clock import stamp
from shared.domain.errors import Invalid
from shared.edge.body import Body
from shared.edge.http import Request, Response
from shared.storage import due, policies, runs, sweep
from shared.storage.report_view import Shown, shown
from shared.storage.runs import Report
from shared.storage.sweep import Sweep

# The gateway waits for 29 seconds; an answer that says it is partial is worth more than none.
SECONDS = 20


class Look(Body):
    """What to look at: one record class, or all; as of a moment, or now."""

    kind: RecordClass | None = Field(default=None, alias="class")
    as_of: Annotated[AwareDatetime, Field(strict=False)] | None = None


class Listed(TypedDict):
    """Reports, the newest first, and where the next page begins."""

    items: list[Shown]
    next: str | None


@door.route("GET", "/v1/desk/retention", who=READERS)
def list_runs(request: Request, trail: Trail) -> Response:
    """List the reports of runs and previews, the newest first; `Accept: text/html` gives a page.

    A run that was interrupted has a report for each part; the last one is of all of it.
    """
    limit = page_limit(request.query.get("limit"))
    before = read_cursor(request.query.get("cursor"))
    trail.about(None)
    found = runs.listed(limit + 1, before)
    reports = found[:limit]
    if _wants_html(request):
        text = page([shown(report) for report in reports])
        return Response(200, text, dict(HEADERS), "text/html; charset=utf-8")
    more = cursor(reports[-1].id) if len(found) > limit else None
    return Response(200, Listed(items=[shown(report) for report in reports], next=more))


@door.route("POST", "/v1/desk/retention/preview", who=OFFICER)
def preview_retention(body: Look, request: Request, trail: Trail) -> Shown:
    """See what a run would remove, by class, with a digest to compare the run's own with.

    Nothing is removed. `status` is partial if there was no time to see it all; what is counted
    then is there, and more may be.
    """
    as_of = (body.as_of or request.now).astimezone(UTC)
    cutoffs = retention.cutoffs(policies.published(), as_of, request.now)
    if body.kind is not None:
        if body.kind not in cutoffs:
            raise Invalid.field("/class", "is not a record class of the policy")
        cutoffs = {body.kind: cutoffs[body.kind]}
    trail.about(None, record_class=body.kind, as_of=stamp(as_of))
    report = _looked(cutoffs, as_of, body.kind, trail.actor, request.now)
    runs.keep(report)
    return shown(report)


def _looked(
    cutoffs: dict[str, str], as_of: datetime, kind: str | None, actor: str, now: datetime
) -> Report:
    ends = time.monotonic() + SECONDS
    order = Sweep(cutoffs, dry_run=True)
    swept = sweep.run(order, due.places(cutoffs), lambda: time.monotonic() < ends)
    return Report(
        run=runs.name(stamp(now), randomness.token_bytes(4)),
        part=1,
        started_at=stamp(now),
        at=stamp(now),
        as_of=stamp(as_of),
        dry_run=True,
        status=runs.PARTIAL if swept.left else runs.FINISHED,
        by=actor,
        cutoffs=cutoffs,
        classes=swept.classes,
        left=tuple(swept.left),
        kind=kind,
    )


def _wants_html(request: Request) -> bool:
    accepted = ",".join(request.headers.get("accept", []))
    return any(part.partition(";")[0].strip() == "text/html" for part in accepted.split(","))
