"""Every class of record has each of its consequences: a new row that misses one fails by name."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fulfilment.access_copy import collection
from infra.catalogue import BUCKETS, FUNCTIONS, TABLES
from infra.declarations import Table
from notifications import domain_events, record_mails
from ops import retention_audit
from shared.domain import breach, person_fields
from shared.domain.record_classes import (
    CORRECTABLE,
    DESCRIBING,
    NAMED_BY_BREACHES,
    ROWS,
    ClassRow,
    RecordClass,
)
from shared.domain.token_scopes import ROWS as SCOPES
from shared.storage import breach_recipients, erasable_items, inventory, policies
from shared.storage.retention import retention_index

ROOT = Path(__file__).parent.parent
TABLE = {table.name: table for table in TABLES}
POLICIES = policies.load(policies.FOLDER).versions.values()
MODULES = sorted((ROOT / "functions").rglob("*.py"))


def row_of(kind: RecordClass) -> ClassRow:
    return ROWS[kind]


def is_stored(kind: RecordClass) -> bool:
    row = row_of(kind)
    return bool(row.stores) is (row.ends != "elsewhere") and set(row.stores) <= {
        *TABLE,
        *BUCKETS,
    }


def is_ended(kind: RecordClass) -> bool:
    """The sweep comes wherever it is, but for what the table's own time to live takes."""
    swept = {place.table for place in retention_index.places([kind])}
    kept = {store for store in row_of(kind).stores if store in TABLE}
    assert all(TABLE[table].ttl for table in kept - swept)
    return swept <= kept and swept == {name for name in kept if TABLE[name].retained}


def is_audited(kind: RecordClass) -> bool:
    looked_at = {*retention_audit.KEYS, retention_audit.EXPIRING, *BUCKETS}
    return set(row_of(kind).stores) <= looked_at


def is_in_the_inventory_or_says_why_not(kind: RecordClass) -> bool:
    row = row_of(kind)
    return bool(row.apart) or set(row.stores) <= set(inventory.READERS)


def is_copied_where_it_says(kind: RecordClass) -> bool:
    row = row_of(kind)
    shown = set(row.stores) & set(collection.SHOWN)
    if row.portable:
        assert shown & {"records", "ledger"}
    return not row.exported or bool(row.apart) or bool(shown)


def is_erased_as_it_says(kind: RecordClass) -> bool:
    row = row_of(kind)
    about_somebody = row.erasure != "nobody's"
    assert about_somebody or row.apart
    return all(store in erasable_items.READ for store in row.stores if not row.apart)


def is_named_by_breaches_if_its_people_are_found(kind: RecordClass) -> bool:
    if kind not in NAMED_BY_BREACHES:
        return not row_of(kind).breach
    affected = breach.AffectedRecords((kind,), "2026-01-01", "2026-12-31")
    indexes = {index for _, index, _ in breach_recipients.places(affected)}
    return "retention" in indexes and bool(TABLE[row_of(kind).stores[0]].retained)


def is_corrected_by_its_fields(kind: RecordClass) -> bool:
    fields = person_fields.correctable_in(kind)
    assert person_fields.needed_in(kind) <= fields
    return (kind in CORRECTABLE) is bool(fields) and (kind not in CORRECTABLE or kind in DESCRIBING)


def has_its_mails_and_events(kind: RecordClass) -> bool:
    told = kind in {*record_mails.MAILS, *domain_events.RECORDS}
    return row_of(kind).followed is told


def is_promised(kind: RecordClass) -> bool:
    return all(kind in policy.classes for policy in POLICIES)


def is_written_by_somebody(kind: RecordClass) -> bool:
    """Some module names it, and some function may write where it is kept."""
    named = any(
        re.search(rf"RecordClass\.{kind.name}\b", path.read_text("utf-8"))
        for path in MODULES
        if path.name != "record_classes.py"
    )
    writers = {table for row in FUNCTIONS for table in row.tables}
    return set(row_of(kind).stores) <= {*writers, *BUCKETS} and (named or not row_of(kind).stores)


CONSEQUENCES: tuple[Callable[[RecordClass], bool], ...] = (
    is_stored,
    is_ended,
    is_audited,
    is_in_the_inventory_or_says_why_not,
    is_copied_where_it_says,
    is_erased_as_it_says,
    is_named_by_breaches_if_its_people_are_found,
    is_corrected_by_its_fields,
    has_its_mails_and_events,
    is_promised,
    is_written_by_somebody,
)


@pytest.mark.parametrize("consequence", CONSEQUENCES, ids=lambda each: each.__name__)
@pytest.mark.parametrize("kind", RecordClass)
def test_a_class_has_each_of_its_consequences(
    kind: RecordClass, consequence: Callable[[RecordClass], bool]
) -> None:
    assert consequence(kind)


def literals() -> Iterator[tuple[str, str]]:
    """Find where a class is written as a word, in a place that means the class."""
    names = "|".join(RecordClass)
    for path in MODULES:
        text = path.read_text("utf-8")
        for found in re.findall(
            rf'(?:kind=|\.for_person\([^)]*, |CLASS = |confirms=)"({names})"', text
        ):
            yield path.name, found


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_what_a_table_keeps_ends_or_is_meant_to_last(table: Table) -> None:
    """What has no class has no period, and would stay for ever."""
    kept = {store for row in ROWS.values() for store in row.stores}
    assert table.name in kept if table.retained else table.lasting or table.ttl


def test_a_class_is_named_by_the_registry_alone() -> None:
    assert not list(literals())
    assert set(ROWS) == set(RecordClass)
    assert {row.confirms for row in SCOPES.values() if row.confirms} <= set(RecordClass)
