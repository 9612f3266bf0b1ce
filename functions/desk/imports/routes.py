"""Data about people from third parties, brought in with its source and date (S9, S10)."""

import time
from collections.abc import Mapping
from datetime import date
from itertools import chain
from typing import Any

from desk import authorization
from desk.authorization import EVERYBODY, WORKERS, AuditContext
from desk.imports import rows as import_rows
from desk.imports.rows import Plan
from desk.imports.schemas import (
    CSV,
    ImportBody,
    ImportConflict,
    ImportDetail,
    ImportQuery,
    ImportReport,
    ImportSummary,
    RowReport,
)
from shared.domain import calendar_dates, identifiers, importing, readers
from shared.domain.consent import NoticeReference
from shared.domain.errors import FieldError, IdempotencyConflict, Invalid, NotFound
from shared.domain.field_copies import to_view
from shared.domain.hash_chain import base64url, canonical
from shared.domain.policy import Policy
from shared.domain.timestamps import format_timestamp
from shared.edge.body import JSON, MAX_UPLOAD
from shared.edge.http import Request
from shared.edge.paging import cursor, number_cursor
from shared.edge.parameters import PageQuery
from shared.storage import imports, policies, secrets
from shared.storage.imports import Import, Row

PART = 250  # rows
# By when a part has to be done, as long as the longest before it: the gateway waits 29 seconds.
SECONDS = 24.0
_GO_ON = "Send the same request again: it goes on with the next row."


@authorization.route(
    "POST",
    "/v1/desk/imports",
    groups=WORKERS,
    max_bytes=MAX_UPLOAD,
    media_types=(JSON, CSV),
    query=ImportQuery,
)
def import_people(body: ImportBody, request: Request, trail: AuditContext) -> ImportReport:
    """Bring in up to 10,000 rows from one source, each checked, compared and kept apart.

    With `text/csv` (a header row, one row per person) the query has source, obtained_on,
    lawful_basis and purpose, and `dry_run=true` to see what would happen. Somebody who was erased
    is not taken in again unless staff say so (`readmit`). The same request again, by its
    Idempotency-Key or its content, goes on where a call ended (`complete`: false) and then gives
    the same report.
    """
    policy = policies.published().current(request.now)
    plan = _plan(body, request)
    asked = _started(body, request, trail, policy, plan)
    facts = {"import": asked.id, "source": asked.source, "rows": asked.total}
    trail.record(None, **facts, dry_run=plan.dry_run, readmit=sorted(plan.readmit))
    started = asked if plan.dry_run else imports.begin(asked)
    if started.fingerprint != asked.fingerprint:
        raise IdempotencyConflict
    in_force = policy.version, _words(policy)
    done = [] if plan.dry_run else list(imports.parts(started.id))
    now = time.monotonic()
    until, longest = now + SECONDS, 0.0
    begun = len(done)
    while (taken := sum(map(len, done))) < started.total:
        if len(done) > begun and now + longest > until:
            break
        part = importing.part(body.rows, taken, PART)
        outcomes = import_rows.take(part, taken + 1, started, in_force, request.now, plan)
        if not plan.dry_run:
            imports.add_part(started, len(done), outcomes)
        done.append(outcomes)
        began, now = now, time.monotonic()
        longest = max(longest, now - began)
    rows = list(chain.from_iterable(done))
    return ImportReport(
        **_summary(started, rows),
        rows=[_told(row) for row in rows],
        dry_run=plan.dry_run,
        table=body.table,
    )


@authorization.route("GET", "/v1/desk/imports/{import_id}", groups=EVERYBODY, query=PageQuery)
def read_import(import_id: str, request: Request, trail: AuditContext) -> ImportDetail:
    """See an import and, page by page, the rows that staff have to decide about.

    `limit` is 1 to 100 (50 by default), `cursor` the `next` of the page before.
    """
    limit = request.parameters.limit
    after = number_cursor(request.parameters.cursor)
    started = imports.get(import_id)
    if started is None:
        raise NotFound
    trail.record(None, **{"import": import_id})
    rows = list(chain.from_iterable(imports.parts(import_id)))
    left = [row for row in rows if row.outcome in importing.OPEN and row.row > after]
    page = left[:limit]
    return ImportDetail(
        **_summary(started, rows),
        items=[
            ImportConflict(
                row=row.row,
                outcome=row.outcome,
                person_id=str(row.person),
                record_id=row.record,
                fields=list(row.conflicts),
            )
            for row in page
        ],
        next=cursor(str(page[-1].row)) if len(left) > limit else None,
    )


def _plan(body: ImportBody, request: Request) -> Plan:
    told: ImportQuery = request.parameters
    again = told.readmit.split(",") if told.readmit else ()
    return Plan(
        dry_run=body.dry_run or told.dry_run == "true", readmit=frozenset((*body.readmit, *again))
    )


def _started(
    body: ImportBody, request: Request, trail: AuditContext, policy: Policy, plan: Plan
) -> Import:
    """Check what is said of the rows as a whole.

    Raises:
        Invalid: a field is missing or names what there is not.
    """
    about = {name: _said(name, body, request) for name in _ABOUT}
    faults = [
        FieldError(_pointer(name, body), fault)
        for name, check in _ABOUT.items()
        if (fault := check(about[name], policy, request))
    ]
    if not faults and (fault := _contradiction(about, policy)):
        faults.append(FieldError(_pointer("lawful_basis", body), fault))
    if faults:
        raise Invalid(*faults)
    asked = {**about, "rows": body.rows, "readmit": sorted(plan.readmit)}
    # Keyed, because what rows say must not be tried out against it.
    hashed = identifiers.keyed(secrets.identity(), "import", canonical(asked).decode())
    fingerprint = base64url(hashed[:12])
    key = request.key.key
    owner = trail.actor if key else "import"
    name = identifiers.repeatable_record_id(secrets.identity(), owner, key or fingerprint)
    return Import(
        id=f"i_{name}",
        at=format_timestamp(request.now),
        by=trail.actor,
        source=str(about["source"]),
        obtained_on=str(about["obtained_on"]),
        lawful_basis=str(about["lawful_basis"]),
        purpose=about["purpose"],
        total=len(body.rows),
        fingerprint=fingerprint,
    )


def _said(name: str, body: ImportBody, request: Request) -> str | None:
    value = getattr(body, name) or getattr(request.parameters, name)
    return str(value) if value else None


def _pointer(name: str, body: ImportBody) -> str:
    of_query = "source" not in body.model_fields_set
    return f"/query/{name}" if of_query and body.model_fields_set == {"rows"} else f"/{name}"


def _source(value: str | None, policy: Policy, _request: Request) -> str | None:
    known = [item["id"] for item in policy.document["sources"]]
    fit = [name for name in known if name not in importing.FIRST_HAND]
    return None if value in fit else f"must be one of {', '.join(fit)}"


def _obtained_on(value: str | None, _policy: Policy, request: Request) -> str | None:
    try:
        calendar_dates.reached_us(readers.day(value or ""), request.now)
    except ValueError as fault:
        return str(fault)
    return None


def _basis(value: str | None, _policy: Policy, _request: Request) -> str | None:
    fit = importing.LAWFUL_BASES
    return None if value in fit else f"must be one of {', '.join(fit)}"


def _contradiction(about: Mapping[str, str | None], policy: Policy) -> str | None:
    """Say that a basis is not that of the purpose: one of the two is not what is meant."""
    purpose = policy.purposes.get(about["purpose"] or "")
    if purpose is None or purpose.lawful_basis == about["lawful_basis"]:
        return None
    return f"must be {purpose.lawful_basis}, on which {purpose.id} rests"


def _purpose(value: str | None, policy: Policy, _request: Request) -> str | None:
    if value is None or value in policy.purposes:
        return None
    return f"must be one of {', '.join(policy.purposes)}"


_ABOUT: dict[str, Any] = {
    "source": _source,
    "obtained_on": _obtained_on,
    "lawful_basis": _basis,
    "purpose": _purpose,
}


def _words(policy: Policy) -> NoticeReference:
    """Name what the person is told: the published notice as a whole, to which the mail points."""
    digest = policy.document["notice"]["sha256"]
    return NoticeReference(id="privacy_notice", sha256=digest, language=policy.language)


def _summary(started: Import, rows: list[Row]) -> ImportSummary:
    obtained_on = date.fromisoformat(started.obtained_on)
    complete = len(rows) == started.total
    return to_view(
        ImportSummary,
        started,
        import_id=started.id,
        tell_by=importing.tell_by(obtained_on).isoformat(),
        late=importing.late(obtained_on, started.at),
        **importing.counted(row.outcome for row in rows),
        complete=complete,
        next_step=None if complete else _GO_ON,
    )


def _told(row: Row) -> RowReport:
    report = RowReport(row=row.row, outcome=row.outcome)
    if row.pointer is not None:
        report["pointer"] = row.pointer
    if row.detail is not None:
        report["detail"] = row.detail
    return report
