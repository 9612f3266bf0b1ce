"""The parts of pages that are written from the catalogue, the registries and the context.

A page's own words stand between them; each part stands between two comments that name it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial

from infra import context, synth
from infra.catalogue import BUCKETS, FUNCTIONS, LOCKED_BUCKETS, TABLES
from infra.declarations import AMEND, APPEND, CHECK, ERASE, READ, READ_MANY, Table, Verb
from ops import CommandError
from ops.measured_parts import MEASURED
from shared.domain import person_fields
from shared.domain.record_classes import ROWS, RecordClass, stored_in
from shared.domain.token_scopes import ROWS as SCOPES
from shared.storage import policies

_PART = re.compile(r"(<!-- begin: ([a-z ]+) -->)\n.*?(<!-- end -->)", re.DOTALL)
_VERBS: Mapping[str, Verb] = {
    "reads": READ | READ_MANY,
    "adds": APPEND,
    "changes": AMEND,
    "removes": ERASE,
    "checks": CHECK,
}


def _tables() -> Iterator[str]:
    yield "| table | key | indexes | ends by | stream to | classes |"
    yield "|---|---|---|---|---|---|"
    for table in TABLES:
        kinds = ", ".join(f"`{kind}`" for kind in stored_in(table.name)) or "-"
        yield (
            f"| `{table.name}` | {_key(table)} | {_indexes(table)} | {_end(table)} "
            f"| {_hearers(table)} | {kinds} |"
        )
    for name, about in BUCKETS.items():
        kinds = ", ".join(f"`{kind}`" for kind in stored_in(name))
        said = f"bucket `{name}`: {about[0].lower()}{about[1:-1]}"
        yield f"| {said} | object | - | sweep | - | {kinds} |"
    for name, about in LOCKED_BUCKETS.items():
        yield f"| bucket `{name}`: {about[0].lower()}{about[1:-1]} | object | - | never | - | - |"


def _key(table: Table) -> str:
    names = [f"`{name}`" for name in (table.partition, table.sort) if name]
    return ", ".join(names) + (" (append only)" if table.append_only else "")


def _indexes(table: Table) -> str:
    rows = [f"`{row.name}`: {row.partition}, {row.sort}" for row in table.indexes]
    if table.retained:
        rows.append("`retention`: retention_class, retention_start")
    return "; ".join(rows) or "-"


def _end(table: Table) -> str:
    if table.lasting:
        return "never"
    return "sweep" if table.retained else f"time to live (`{table.ttl}`)"


def _hearers(table: Table) -> str:
    hearers = [row.name for row in FUNCTIONS if table.name in row.streams]
    return ", ".join(hearers) or "-"


def _access() -> Iterator[str]:
    yield "| function | " + " | ".join(f"`{table.name}`" for table in TABLES) + " |"
    yield "|---" * (len(TABLES) + 1) + "|"
    for row in FUNCTIONS:
        cells = (_may(row.tables.get(table.name, frozenset())) for table in TABLES)
        yield f"| `{row.name}` | " + " | ".join(cells) + " |"


def _may(granted: Verb) -> str:
    return ", ".join(name for name, verb in _VERBS.items() if granted & verb) or "-"


def _classes() -> Iterator[str]:
    ruled = policies.published().current(datetime.max.replace(tzinfo=UTC)).classes
    heads = (
        "class|stored in|whose|key|kept|counts from|ends by|erasure|copy|to take along"
        "|to a new address|breach"
    )
    yield "| " + " | ".join(heads.split("|")) + " |"
    yield "|---" * len(heads.split("|")) + "|"
    for kind, row in ROWS.items():
        stores = ", ".join(f"`{store}`" for store in row.stores) or "-"
        yield (
            f"| `{kind}` | {stores} | {row.owner} | {row.key} | {ruled[kind].keep} | {row.starts} "
            f"| {row.ends} | {row.erasure} | {_yes(row.exported)} | {_yes(row.portable)} "
            f"| {_yes(row.carried)} | {_yes(row.breach)} |"
        )


def _apart() -> Iterator[str]:
    for kind, row in ROWS.items():
        if row.apart:
            yield f"- `{kind}`: {row.apart}."


def _fields() -> Iterator[str]:
    yield "| field | kind | goes with an erasure | corrected in | needed in | list columns |"
    yield "|---|---|---|---|---|---|"
    for name, row in person_fields.ROWS.items():
        corrected = [kind for kind in RecordClass if name in person_fields.correctable_in(kind)]
        yield (
            f"| `{name}` | {row.kind} | {_yes(row.personal)} | {', '.join(corrected) or '-'} "
            f"| {', '.join(sorted(row.needed_by)) or '-'} | {row.headings or '-'} |"
        )


def _tokens() -> Iterator[str]:
    yield "| scope | lives | page | confirms | opens | once |"
    yield "|---|---|---|---|---|---|"
    for scope, row in SCOPES.items():
        yield (
            f"| `{scope}` | {row.lifetime or 'for ever'} | {row.page or '-'} "
            f"| {row.confirms or '-'} | {row.opens or '-'} | {_yes(row.once)} |"
        )


def _yes(value: object) -> str:
    return "yes" if value else "-"


def _context() -> Iterator[str]:
    defaults = synth.defaults()
    yield "| key | default | |"
    yield "|---|---|---|"
    for key, about in context.rows():
        value = defaults[key]
        shown = ", ".join(value) if isinstance(value, list) else value
        yield f"| `{key}` | {f'`{shown}`' if shown != '' else 'empty'} | {about} |"


Part = Callable[[], Iterator[str]]

_DATA_MODEL: Mapping[str, Part] = {
    "tables": _tables,
    "access": _access,
    "classes": _classes,
    "apart": _apart,
    "fields": _fields,
    "tokens": _tokens,
}


def _page(name: str, parts: Mapping[str, Part], before: str) -> str:
    found = [match[2] for match in _PART.finditer(before)]
    if sorted(found) != sorted(parts):
        raise CommandError(f"docs/{name} has the parts {found}, not {sorted(parts)}.")
    return _PART.sub(lambda part: "\n".join((f"{part[1]}", *parts[part[2]](), part[3])), before)


PAGES: Mapping[str, Callable[[str], str]] = {
    name: partial(_page, name, parts)
    for name, parts in (
        ("data-model.md", _DATA_MODEL),
        ("operations/configuration.md", {"context": _context}),
        *MEASURED.items(),
    )
}
