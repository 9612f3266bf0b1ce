"""Corrections of a person's records, as members of the transaction that completes the request.

Each is conditional on what the record says now, so that nothing somebody else just changed is
lost, and leaves before and after, who and when with the record (S56).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from shared.domain import rectification
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.record_classes import CORRECTABLE
from shared.domain.rectification import FieldChange, HeldField
from shared.domain.timestamps import format_timestamp
from shared.storage import corrections, records
from shared.storage.records import Record

# A transaction takes a hundred; the request's own writes are among them.
MAX_WRITES = 90


def members(
    person: str,
    case: DataSubjectRequest,
    decisions: Sequence[Mapping[str, Any]],
    by: str,
    now: datetime,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the writes, and what changes: field, before, after and record.

    Of more than 90 records the first 90 are corrected; asked again, after these are written,
    it gives the next ones.
    """
    held = {record.key: record for record in _oldest_first(person)}
    found = rectification.changes(
        (HeldField(record.key, record.kind, record.fields) for record in held.values()),
        case.corrections,
        decisions,
    )
    writes: list[dict[str, Any]] = []
    made: list[dict[str, Any]] = []
    for key, changes in _by_record(found):
        if len(writes) == MAX_WRITES:
            break
        told = {"at": format_timestamp(now), "by": by, "request": case.id}
        writes.append(corrections.write(held[key], [_of_one(change) for change in changes], told))
        made += [dict(change) for change in changes]
    return writes, made


def _oldest_first(person: str) -> list[Record]:
    correctable = (record for kind in CORRECTABLE for record in records.for_person(person, kind))
    return sorted(correctable, key=lambda record: record.received_at)


def _by_record(found: list[FieldChange]) -> Iterator[tuple[str, list[FieldChange]]]:
    ordered = sorted(found, key=lambda change: change["record"])
    for key, changes in groupby(ordered, key=lambda change: change["record"]):
        yield key, list(changes)


def _of_one(change: FieldChange) -> corrections.RecordChange:
    return corrections.RecordChange(change["field"], change["before"], change["after"])
