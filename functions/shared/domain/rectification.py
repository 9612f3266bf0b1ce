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
    "email": "An e-mail address is changed once the link that we mail to the new one is pressed "
    "there. Ask for a correction of the e-mail address and of nothing else; if the link is too old,"
    " ask for a new one.",
}
UNKNOWN = "We keep no such field."


class FieldChange(TypedDict):
    """One field of one record, before and after; `record` is its sort key, `class#id`."""

    field: str
    before: str | None
    after: str
    record: str


class FieldDecision(TypedDict):
    """Whether a correction is made, by staff or by rule; a refused one says why.

    `proved`: what it should say was shown by a link that was mailed to it, which no staff can say.
    """

    field: str
    accepted: bool
    reason: NotRequired[str]
    proved: NotRequired[bool]


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
    if field in person_fields.PROVED and said is not None and said.get("proved"):
        return FieldDecision(field=field, accepted=True, proved=True)
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
    newest account, or else the newest enquiry, of those given; `held` is oldest first. What had to
    be proved is changed with all that goes over (`address_change.py`), and not record by record.
    """
    made = {item["field"] for item in settled(corrections, decisions) if item["accepted"]}
    accepted = made.intersection(person_fields.CORRECTABLE)
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
