"""Which fields of which records a correction concerns, what they say and what they should say.

What the person says is wrong is one value for one field (S55); it is put right in every record
that holds the field. A record that says it already is left as it is; provenance stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired

from typing_extensions import TypedDict

from shared.domain import person_fields
from shared.domain.record_classes import CORRECTABLE, RecordClass

# Where a field that was left out is filled in: the newest account, or else the newest enquiry.
COMPLETED = (RecordClass.ENQUIRY, RecordClass.ACCOUNT)

REFUSED = {
    "email": "Your e-mail address is how we know you, so it is not changed in place. Sign up or "
    "apply with the new one, which shows that it is yours, then have us erase what stands"
    " under the old one. If you cannot open the old mailbox, write to us, and show in "
    "another way that it was yours.",
}
UNKNOWN = "We keep no such field."


class FieldChange(TypedDict):
    """One field of one record, before and after; `record` is its sort key, `class#id`."""

    field: str
    before: str | None
    after: str
    record: str


class FieldDecision(TypedDict):
    """Whether a correction is made, by staff or by rule; a refused one says why."""

    field: str
    accepted: bool
    reason: NotRequired[str]


@dataclass(frozen=True, slots=True)
class HeldField:
    """What there is to know of a record: its sort key, its class and its fields."""

    key: str
    kind: str
    fields: Mapping[str, Any]


def settled(
    corrections: Iterable[Mapping[str, str]], decisions: Iterable[Mapping[str, Any]]
) -> list[FieldDecision]:
    """Return the decision on each correction: what staff left out is accepted, if possible."""
    by_staff = {item["field"]: item for item in decisions}
    return [_decided(item["field"], by_staff.get(item["field"])) for item in corrections]


def _decided(field: str, said: Mapping[str, Any] | None) -> FieldDecision:
    if said is not None and not said["accepted"]:
        return FieldDecision(field=field, accepted=False, reason=said.get("reason") or "")
    if field not in person_fields.CORRECTABLE:
        return FieldDecision(field=field, accepted=False, reason=REFUSED.get(field, UNKNOWN))
    return FieldDecision(field=field, accepted=True)


def changes(
    held: Iterable[HeldField],
    corrections: Sequence[Mapping[str, str]],
    decisions: Iterable[Mapping[str, Any]],
) -> list[FieldChange]:
    """Return what is to be changed in the records, in their order.

    A correction fills a field that an account or an enquiry left out (completion, Art. 16): the
    newest account, or else the newest enquiry, of those given; `held` is oldest first.
    """
    accepted = {item["field"] for item in settled(corrections, decisions) if item["accepted"]}
    wanted = {item["field"]: item["value"] for item in corrections if item["field"] in accepted}
    records = [record for record in held if record.kind in CORRECTABLE]
    found = [
        FieldChange(field=field, before=record.fields[field], after=value, record=record.key)
        for record in records
        for field, value in wanted.items()
        if record.fields.get(field) not in (None, value)
    ]
    return found + _completed(records, wanted)


def _completed(records: Sequence[HeldField], wanted: Mapping[str, str]) -> list[FieldChange]:
    missing = [
        (field, value)
        for field, value in wanted.items()
        if not any(record.fields.get(field) for record in records)
    ]
    best = [record for kind in COMPLETED for record in records if record.kind == kind]
    if not best:
        return []
    return [FieldChange(field=f, before=None, after=v, record=best[-1].key) for f, v in missing]
