"""Page visits over HTTP, kept only while the ledger says that the browser agreed (S7, S32)."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from shared.domain import evidence, identifiers, visit
from shared.domain import statistics as increments
from shared.domain.consent import Event
from shared.domain.errors import IdempotencyConflict
from shared.domain.hash_chain import base64url, canonical
from shared.domain.record_classes import RecordClass
from shared.domain.timestamps import format_timestamp
from shared.edge.body import JSON
from shared.edge.http import Api, Request
from shared.edge.request_context import property_of, signal
from shared.services import browser_state
from shared.services.browser_state import BrowserState
from shared.storage import policies, records, statistics
from shared.storage.records import Provenance, Record
from visits.schemas import Visit, VisitReceipt

api = Api()

# What a page that is being closed can send without asking the API first (sendBeacon).
BEACON = "text/plain"


@api.route("POST", "/v1/visits", status=202, media_types=(JSON, BEACON), headers=("Sec-GPC",))
def take_visit(body: Visit, request: Request) -> VisitReceipt:
    """Take a page visit of a browser that agreed to it; 403 `consent-required` otherwise.

    The ledger is asked each time, so that a withdrawal stops it at once. A visit may come in
    parts with the same `visit_id`; the same part again gets the first answer again. Without a
    `consent_id` a visit is only counted, and leaves no row and no name: where the policy exempts
    statistics, and unless the browser objects (`objected`, or Sec-GPC: 1).
    """
    parameters = os.environ["VISIT_PARAMETERS"].split()
    told = visit.kept(body.model_dump(exclude={"consent_id", "visit_id", "objected"}), parameters)
    fields = visit.by_server_clock(told, request.now)
    if body.consent_id is None:
        return _counted(body, fields, request)
    browser = identifiers.checked_consent_id(body.consent_id)
    found = browser_state.get(browser)
    states = found.states if found else ()
    visit.check_consent(states, policies.published(), request.now, signal=signal(request))
    event = cast("BrowserState", found).entry.event
    mark = request.key.mark(browser)
    record = Record(
        person=browser,
        kind=RecordClass.VISIT,
        id=body.visit_id,
        received_at=format_timestamp(request.now),
        fields=fields,
        provenance=_provenance(event, request, fields["entry"]),
        facts={"decision": event["sequence"], **({"key": mark} if mark else {})},
        fingerprint=base64url(hashlib.sha256(canonical(told)).digest()[:12]),
    )
    return VisitReceipt(visit_id=body.visit_id, received_at=_stored(record).received_at)


def _counted(body: Visit, fields: Mapping[str, Any], request: Request) -> VisitReceipt:
    """Count a visit of nobody: what is added to a day's counts is all that stays of it."""
    objected = body.objected or signal(request)
    visit.check_counting((), policies.published(), request.now, objected=objected)
    at = format_timestamp(request.now)
    counted = [*increments.of_visit(fields, at, begins=True), *increments.of_exit(fields, at)]
    statistics.add(increments.together(counted))
    return VisitReceipt(visit_id=body.visit_id, received_at=at)


def _stored(record: Record) -> Record:
    """Write a visit, or what is new of it as a further part; return what is kept of the part.

    Raises:
        IdempotencyConflict: the Idempotency-Key came before with another part.
    """
    try:
        records.add(record)
    except records.AlreadyExists as first:
        if not _repeats(record, first.record):
            return _further(record)
        return first.record
    return record


def _further(record: Record) -> Record:
    part = replace(record, id=f"{record.id}.{record.facts.get('key') or record.fingerprint}")
    try:
        records.add(part)
    except records.AlreadyExists as earlier:
        if not _repeats(part, earlier.record):
            raise IdempotencyConflict from None
        return earlier.record
    return part


def _repeats(record: Record, earlier: Record) -> bool:
    """Tell whether both say the same.

    Raises:
        IdempotencyConflict: they do not, though they came with the same key.
    """
    if record.fingerprint == earlier.fingerprint:
        return True
    key = record.facts.get("key")
    if key and key == earlier.facts.get("key"):
        raise IdempotencyConflict
    return False


def _provenance(event: Event, request: Request, entry: str) -> Provenance:
    """Tell on which website and under which decision a visit was taken; no user agent (S39)."""
    return Provenance(
        form="visit",
        notice=event["notice"],
        policy_version=event["policy_version"],
        page=None,
        property=property_of(request, entry),
        ip=evidence.truncated_ip(request.source_ip),
        browser=None,
    )
