"""Taking in rows from elsewhere: checked one by one, each kept beside what is known (S9, S10).

Per row one query and one write; consent states come a hundred people to a call. People are done
side by side, the rows of one person in their order, so that the outcome does not depend on luck.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError

from desk.imports import schemas as import_schemas
from shared.domain import identifiers, importing
from shared.domain.consent import NoticeReference
from shared.domain.errors import FieldError
from shared.domain.evidence import SOURCE, unseen
from shared.domain.importing import KnownRecord
from shared.domain.permission import ConsentState
from shared.domain.record_classes import DESCRIBING, RecordClass
from shared.domain.timestamps import format_timestamp
from shared.edge.body import explained
from shared.edge.field_types import redacted
from shared.storage import consent_states, erasure_list, records, secrets, threads
from shared.storage.imports import Import, Row
from shared.storage.records import Provenance, Record

# As many as the AWS client keeps connections.
AT_ONCE = 10

_ERASED = (
    "the person was erased on their own request: nothing is kept of the row and nothing mailed; "
    "to take them in again, send the row with their person_id in `readmit`"
)
_WHY = {
    "suppressed": "the person wants nothing from us: skipped, and nothing kept of the row",
    "objected": "the person has objected: skipped, and nothing kept of the row",
    "restricted": "the person's data may not be used at present: skipped, nothing kept",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What staff want of an import: only to see what would happen; whom to take in again."""

    dry_run: bool = False
    readmit: frozenset[str] = frozenset()


_AS_TOLD = Plan()


@dataclass(frozen=True, slots=True)
class _Checked:
    """A row that is in order; `row` counts from 1."""

    row: int
    person: str
    fields: Mapping[str, str]
    redacted: Sequence[str]


def take(
    rows: Sequence[Mapping[str, Any]],
    first: int,
    started: Import,
    policy: tuple[str, NoticeReference],
    now: datetime,
    plan: Plan = _AS_TOLD,
) -> list[Row]:
    """Take in a part of an import, of which `first` is the first row's number.

    `policy` is the version in force and the hash of it that provenance names. Taking the same
    part in again finds what was written and gives the same outcomes.
    """
    done: list[Row] = []
    people: dict[str, list[_Checked]] = {}
    for number, given in enumerate(rows, first):
        checked = _checked(number, given)
        if isinstance(checked, Row):
            done.append(checked)
        else:
            people.setdefault(checked.person, []).append(checked)
    states = dict(_consent_states(list(people)))

    def one(person: str) -> list[Row]:
        why = importing.barred(states[person])
        if why:
            return [Row(row.row, "suppressed", detail=_WHY[why]) for row in people[person]]
        return _kept(people[person], states[person], started, policy, now, plan)

    for outcomes in threads.mapped(one, people, AT_ONCE):
        done += outcomes
    return sorted(done, key=lambda row: row.row)


def _checked(number: int, given: Mapping[str, Any]) -> _Checked | Row:
    try:
        row = import_schemas.ImportRow.model_validate(given)
    except ValidationError as error:
        faults: list[FieldError] = explained(error)
        details = "; ".join(f"{fault.pointer.removeprefix('/')} {fault.detail}" for fault in faults)
        return Row(number, "invalid", pointer=faults[0].pointer, detail=details)
    fields: dict[str, str] = row.model_dump(exclude_none=True)
    person = identifiers.person_id(secrets.identity(), row.email)
    return _Checked(number, person, fields, redacted(row))


def _consent_states(people: Sequence[str]) -> Iterator[tuple[str, ConsentState]]:
    for at in range(0, len(people), consent_states.BATCH):
        yield from consent_states.get_many(people[at : at + consent_states.BATCH]).items()


def _kept(
    rows: Sequence[_Checked],
    consent_state: ConsentState,
    started: Import,
    policy: tuple[str, NoticeReference],
    now: datetime,
    plan: Plan,
) -> list[Row]:
    """Keep one person's rows, in order; a later one is compared with the earlier ones, too."""
    person = rows[0].person
    held = [record for record in records.for_person(person) if record.kind in DESCRIBING]
    erasures = [] if person in plan.readmit else [each.at for each in erasure_list.of(person)]
    if importing.erased(erasures, map(_settled, held)):
        return [
            Row(row.row, "needs_decision", pointer="/email", detail=_ERASED, person=person)
            for row in rows
        ]
    known = consent_state.event is not None
    outcomes = []
    for row in rows:
        record = next((each for each in held if each.key == _key(row, started)), None)
        if record is None:
            record = _record(row, held, started, policy, now, known=known)
            if not plan.dry_run:
                record = _written(record)
            held.append(record)
        outcomes.append(_outcome(row.row, record))
    return outcomes


def _written(record: Record) -> Record:
    try:
        records.add(record)
    except records.AlreadyExists as earlier:
        return earlier.record
    return record


def _record(
    row: _Checked,
    held: Sequence[Record],
    started: Import,
    policy: tuple[str, NoticeReference],
    now: datetime,
    *,
    known: bool,
) -> Record:
    told = {name: value for name, value in row.fields.items() if name != "email"}
    finding = importing.compare(told, map(_settled, held), known=known)
    facts = {
        "import": started.id,
        "row": row.row,
        "source": started.source,
        "obtained_on": started.obtained_on,
        "lawful_basis": started.lawful_basis,
        "purpose": started.purpose,
        "late": importing.late(date.fromisoformat(started.obtained_on), started.at) or None,
        "outcome": finding.outcome,
        "sources": dict.fromkeys(finding.added, started.source),
        "confirmed": list(finding.confirmed),
        "conflicts": list(finding.conflicts),
        "redacted": list(row.redacted),
        "tell": not any(each.facts.get("import") == started.id for each in held),
    }
    return Record(
        person=row.person,
        kind=RecordClass.IMPORT,
        id=_name(row, started),
        received_at=format_timestamp(now),
        fields=row.fields,
        provenance=Provenance(
            form="import",
            notice=policy[1],
            policy_version=policy[0],
            **unseen(SOURCE),
        ),
        facts={name: value for name, value in facts.items() if value not in (None, [], {})},
    )


def _settled(record: Record) -> KnownRecord:
    """Return what a record says, without what it said against others and nobody decided yet."""
    aside = {"email", *record.facts.get("conflicts", ())}
    fields = {name: value for name, value in record.fields.items() if name not in aside}
    return KnownRecord(record.received_at, fields)


def _outcome(number: int, record: Record) -> Row:
    outcome = record.facts["outcome"]
    if outcome != "conflicting":
        return Row(number, outcome)
    conflicts = record.facts["conflicts"]
    return Row(
        number,
        outcome,
        pointer=f"/{conflicts[0]}",
        detail=f"differs from what we hold: {', '.join(conflicts)}; left for staff to decide",
        person=record.person,
        record=record.key,
        conflicts=conflicts,
    )


def _key(row: _Checked, started: Import) -> str:
    return f"{RecordClass.IMPORT}#{_name(row, started)}"


def _name(row: _Checked, started: Import) -> str:
    return f"{started.id.removeprefix('i_')}.{row.row:05}"
