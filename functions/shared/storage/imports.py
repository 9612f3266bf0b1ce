"""Imports: what was brought in, by whom, from where, and what became of each row (S9).

The head (`import`) is written first, a part (`import#<id>`) after each so many rows: what was
done is known after a crash, and a repeated call goes on behind it. Parts hold the names of
fields and person_ids, no contact data.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain import retention_partitions
from shared.domain.field_copies import from_item
from shared.domain.record_classes import RecordClass
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode

HEADS = "import"


@dataclass(frozen=True, slots=True)
class Import:
    """One import: `obtained_on` is the day (ISO) on which the source's data was obtained.

    `fingerprint` is the hash of what was sent, `total` the number of its rows.
    """

    id: str
    at: str
    by: str
    source: str
    obtained_on: str
    lawful_basis: str
    purpose: str | None
    total: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one row; `row` counts from 1, `pointer` (RFC 6901) is within the row.

    For what staff have to decide, `person`, `record` and the names of the `conflicts` say where.
    """

    row: int
    outcome: str
    pointer: str | None = None
    detail: str | None = None
    person: str | None = None
    record: str | None = None
    conflicts: Sequence[str] = ()


def begin(started: Import) -> Import:
    """Write an import's head if it is not there yet; return the one that is there."""
    item = {name: getattr(started, name) for name in _FIELDS}
    there = database.put_new("operations", {"kind": HEADS, **item, **_clock(started)}, "kind")
    return started if there is None else _read(there)


def get(name: str) -> Import | None:
    """Read an import's head, strongly consistent."""
    item = database.get("operations", kind=HEADS, id=name)
    return _read(item) if item else None


def add_part(started: Import, number: int, rows: Sequence[Row]) -> None:
    """Write what became of the rows of one part; the same again changes nothing."""
    item = {
        "kind": f"{HEADS}#{started.id}",
        "id": f"{number:05}",
        "rows": [_slim(row) for row in rows],
        **_clock(started),
    }
    database.call("put_item", TableName=database.table("operations"), Item=encode(item))


def parts(name: str) -> Iterator[list[Row]]:
    """Yield what became of an import's rows, part by part, as far as it was done."""
    for attributes in database.partition("operations", kind=f"{HEADS}#{name}"):
        yield [Row(**row) for row in decode(attributes)["rows"]]


def _slim(row: Row) -> Mapping[str, Any]:
    values = {name: getattr(row, name) for name in Row.__dataclass_fields__}
    return {name: value for name, value in values.items() if value not in (None, ())}


def _clock(started: Import) -> dict[str, str]:
    return retention_partitions.attributes(RecordClass.IMPORT, started.id, started.at)


def _read(attributes: Mapping[str, Any]) -> Import:
    return from_item(Import, {"purpose": None, **decode(attributes)})


_FIELDS = tuple(Import.__dataclass_fields__)
