"""Putting one record right at the desk: what may be corrected, by the rules of the forms (S55)."""

from collections.abc import Mapping, Sequence
from typing import Any

from desk.people import view as person_view
from desk.people.schemas import CorrectedRecord, NotifiedRecipient, RecordCorrection
from shared.domain import person_fields, rectification
from shared.domain.errors import Conflict, FieldError, Invalid, NotFound, pointer
from shared.domain.evidence import DESK
from shared.domain.redaction import MARKER
from shared.domain.timestamps import format_timestamp
from shared.edge.field_types import corrected
from shared.edge.http import Request
from shared.edge.idempotency import Once
from shared.services import answered_correction
from shared.services.answered_correction import Author
from shared.storage import corrections, disclosures, policies, records
from shared.storage.corrections import RecordChange
from shared.storage.dynamodb import database
from shared.storage.records import Record


def found(person: str, record_id: str) -> Record:
    """Read the record that the desk calls `class.id`.

    Raises:
        NotFound: there is none.
    """
    kind, dot, name = record_id.partition(".")
    record = records.get(person, f"{kind}#{name}") if kind and dot and name else None
    if record is None:
        raise NotFound
    return record


def make(record: Record, body: RecordCorrection, by: str, request: Request, effect: Once) -> None:
    """Write what changes, with the request that this answers, in one transaction.

    What follows is as for any correction: other systems are asked, recipients told. The effect's
    result gets what the answer says of it beside the record.

    Raises:
        Invalid: a field that the record cannot have, or a value that the forms would refuse.
        Conflict: the record is not what staff saw, or somebody changed it at this moment.
    """
    values, redacted = _values(record.kind, body.fields)
    _check_seen(record, body.before or {})
    changes = [
        RecordChange(name, record.fields.get(name), value)
        for name, value in values.items()
        if record.fields.get(name) != value
    ]
    changed = [change.field for change in changes]
    effect.result |= {"changed": changed, "redacted": redacted, "recipients": []}
    if changes:
        told = {"at": format_timestamp(request.now), "by": by, "reason": body.reason}
        _write(record, changes, told, request, effect)


def answer(record: Record, result: Mapping[str, Any], request: Request) -> CorrectedRecord:
    """Show the record as it stands, and what the correction made of it led to."""
    policy = policies.published().current(request.now)
    return CorrectedRecord(
        record=person_view.shown(records.get(record.person, record.key) or record, policy),
        changed=list(result["changed"]),
        redacted=list(result["redacted"]),
        recipients=[
            NotifiedRecipient(recipient=told["recipient"], mailed=told["mailed"])
            for told in result["recipients"]
        ],
    )


def _write(
    record: Record,
    changes: Sequence[RecordChange],
    told: Mapping[str, str],
    request: Request,
    effect: Once,
) -> None:
    names = [change.field for change in changes]
    now, policy = request.now, policies.published().current(request.now)
    # The worker writes these with the request; here they only say who will be told.
    notices = disclosures.notices(record.person, "corrected", names, now, request.request_id)
    effect.result["recipients"] = [_told(notice) for notice in notices]
    author = Author(told["by"], DESK, DESK, "undoubted")
    made = [answered_correction.said(record, change) for change in changes]
    asked = answered_correction.completed(record, made, policy.version, author, now)
    members = [corrections.write(record, changes, told), *asked, *effect.finishing()]
    try:
        database.call("transact_write_items", TransactItems=members)
    except database.TransactionFailed:
        raise Conflict("Somebody changed this record just now; read it again.") from None


def _told(notice: Mapping[str, Any]) -> dict[str, Any]:
    record = records.read(notice["Put"]["Item"])
    return {"recipient": record.facts["recipient"], "mailed": "email" in record.fields}


def _values(kind: str, asked: Mapping[str, str | None]) -> tuple[dict[str, str | None], list[str]]:
    """Check what is asked, all of it; return the cleaned values, and where cards were taken out."""
    faults = [
        FieldError(pointer("fields", name), fault)
        for name in asked
        if (fault := _fault(kind, name, asked[name]))
    ]
    if faults:
        raise Invalid(*faults)
    values = {name: None if text is None else corrected(name, text) for name, text in asked.items()}
    return values, sorted(name for name, text in values.items() if text and MARKER in text)


def _fault(kind: str, name: str, text: str | None) -> str | None:
    if name in rectification.REFUSED:
        return "cannot be changed. " + rectification.REFUSED[name]
    if name not in person_fields.correctable_in(kind):
        return "is not a field of this record that can be corrected"
    if text is None:
        return "cannot be taken away" if name in person_fields.needed_in(kind) else None
    try:
        corrected(name, text)
    except ValueError as fault:
        return str(fault)
    return None


def _check_seen(record: Record, seen: Mapping[str, str | None]) -> None:
    if any(record.fields.get(name) != value for name, value in seen.items()):
        raise Conflict("The record does not say `before` any more; read it again.")
