"""Who at the desk did what, when: by person, staff, action and time; as JSON or CSV (S11)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from desk import authorization, csv_export
from desk.audit.schemas import AuditEntry, AuditPage, AuditQuery
from desk.authorization import READERS, AuditContext
from shared.domain import identifiers, readers
from shared.domain.errors import Invalid
from shared.domain.field_copies import to_view
from shared.domain.timestamps import format_timestamp, parse_timestamp
from shared.edge.http import Request, Response
from shared.edge.paging import cursor, read_cursor
from shared.storage import audit
from shared.storage.audit import AuditRecord

COLUMNS = ("at", "actor", "action", "person_id", "request_id", "facts")
# Without a person or an actor every day of the span is read for itself.
USUAL_SPAN, MAX_SPAN = timedelta(days=30), timedelta(days=366)
# What is looked at for one page, however seldom the action is.
MAX_READ = 5000

_PERSON = re.compile(identifiers.PERSON_ID)
_ACTOR = re.compile(r"[\x21-\x7e]{1,128}")
_ACTION = re.compile(r"[a-z_]{1,64}")
_KEY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[\x21-\x7e]{1,300}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the audit; `since` and `before` are sort keys of the table."""

    person: str | None
    actor: str | None
    action: str | None
    since: str
    before: str

    def fits(self, entry: AuditRecord) -> bool:
        """Tell whether an entry is wanted, whatever index it was found by."""
        return (
            self.person in (None, entry.person)
            and self.actor in (None, entry.actor)
            and self.action in (None, entry.action)
        )


@authorization.listing("/v1/desk/audit", groups=READERS, query=AuditQuery, answer=AuditPage)
def list_audit(request: Request, trail: AuditContext) -> Response:
    """List what staff did, the newest first.

    `person` is a person_id, `actor` a sign-in's id, `action` an operation's name, `from` and `to`
    (excluded) are moments (RFC 3339). Without `person` or `actor` it is the last 30 days, and at
    most 366. `limit` is 1 to 1000 (50 by default), `cursor` the `next` of the page before; a page
    may be short, even empty, and still have a next one. `Accept: text/csv` gives the page as CSV,
    its next one in the header `Link`.
    """
    limit = request.parameters.limit
    wanted = _wanted(request)
    trail.record(wanted.person, **_asked(request))
    found, more = _page(wanted, limit)
    items = [_act(entry) for entry in found]
    return csv_export.page_of(request, "audit", COLUMNS, AuditPage(items=items, next=more))


def _page(wanted: Wanted, limit: int) -> tuple[list[AuditRecord], str | None]:
    found: list[AuditRecord] = []
    last: AuditRecord | None = None
    for read, entry in enumerate(_newest_first(wanted)):
        if last is not None and (len(found) == limit or read == MAX_READ):
            return found, cursor(last.key)
        last = entry
        if wanted.fits(entry):
            found.append(entry)
    return found, None


def _newest_first(wanted: Wanted) -> Iterator[AuditRecord]:
    if wanted.person is not None:
        yield from audit.newest_first("person", wanted.person, wanted.since, wanted.before)
    elif wanted.actor is not None:
        yield from audit.newest_first("actor", wanted.actor, wanted.since, wanted.before)
    else:
        day, first = date.fromisoformat(wanted.before[:10]), wanted.since[:10]
        while str(day) >= first:
            yield from audit.newest_first("day", str(day), wanted.since, wanted.before)
            day -= timedelta(days=1)


def _wanted(request: Request) -> Wanted:
    query = request.query
    person = _like(_PERSON, query.get("person"), "/query/person", "is not a person_id")
    actor = _like(_ACTOR, query.get("actor"), "/query/actor", "is not a sign-in's id")
    action = _like(_ACTION, query.get("action"), "/query/action", "is not an operation's name")
    unindexed = person is None and actor is None
    first, end = request.parameters.since, request.parameters.before
    before = readers.moment(end) if end else request.now
    if first:
        since = readers.moment(first)
    else:
        since = before - USUAL_SPAN if unindexed else datetime(2000, 1, 1, tzinfo=UTC)
    if since > before:
        raise Invalid.field("/query/from", "is after the end")
    if unindexed and before - since > MAX_SPAN:
        raise Invalid.field("/query/from", "is over 366 days before the end; name whom or who")
    after = _cursor(query.get("cursor"))
    return Wanted(
        person, actor, action, format_timestamp(since), min(format_timestamp(before), after or "~")
    )


def _cursor(text: str | None) -> str | None:
    key = read_cursor(text)
    if key is None:
        return None
    if not _KEY.fullmatch(key) or not _is_moment(key.partition("#")[0]):
        raise Invalid.field("/query/cursor", "is not the next of a page")
    return key


def _is_moment(text: str) -> bool:
    try:
        parse_timestamp(text)
    except ValueError:
        return False
    return True


def _like(form: re.Pattern[str], text: str | None, pointer: str, fault: str) -> str | None:
    if text is not None and not form.fullmatch(text):
        raise Invalid.field(pointer, fault)
    return text


def _asked(request: Request) -> dict[str, str]:
    """Return what the search was for, as the audit keeps it: all of it was checked."""
    return {
        name: text
        for name, text in request.query.items()
        if name in ("actor", "action", "from", "to")
    }


def _act(entry: AuditRecord) -> AuditEntry:
    return to_view(AuditEntry, entry, person_id=entry.person)
