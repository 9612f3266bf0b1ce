"""Every class of record that is kept, one row each: where, whose, from when, and what ends it.

Retention, the inventory, copies, erasure, breaches and the audit read these rows; how long a
class is kept, why and on which ground it may stay is the policy's, which may also name classes
that the company's other systems keep. docs/data-model.md shows the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal


class RecordClass(StrEnum):
    """The classes of record that this system itself knows."""

    CONSENT_EVIDENCE = "consent_evidence"
    ENQUIRY = "enquiry"
    SUBSCRIPTION = "subscription"
    SUBSCRIPTION_PENDING = "subscription_pending"
    ACCOUNT = "account"
    ACCOUNT_PENDING = "account_pending"
    VISIT = "visit"
    VISIT_STATISTICS = "visit_statistics"
    CONSENT_STATISTICS = "consent_statistics"
    SUPPRESSION = "suppression"
    IMPORT = "import"
    DISCLOSURE = "disclosure"
    RECIPIENT_NOTICE = "recipient_notice"
    CASE = "case"
    EXPORT = "export"
    ERASURE_LIST = "erasure_list"
    DESK_AUDIT = "desk_audit"
    RETENTION_REPORT = "retention_report"
    HOLD = "hold"
    BREACH = "breach"
    STATUTORY_RECORD = "statutory_record"
    SUPPORT_RECORD = "support_record"
    TOKEN = "token"  # noqa: S105 - a class of record
    UNSUBSCRIBE_LINK = "unsubscribe_link"
    LINKED_BROWSER = "linked_browser"
    DISPLAY_SETTINGS = "display_settings"


# What removes something whose period is over: the daily sweep of the retention index, the table's
# time to live, or nothing of ours.
Ending = Literal["sweep", "sweep, time to live", "elsewhere"]
# What an erasure does: it takes the thing away, or leaves it without contact data, or as it is
# because it has none; or the thing is about nobody. Where the policy lets a class survive that
# could go, it is reduced.
Erasure = Literal["erased", "reduced", "kept", "nobody's"]


@dataclass(frozen=True, slots=True)
class ClassRow:
    """What holds for one class.

    `stores` are the tables that keep it, and `exports` the bucket, the one that keeps it whole
    first; none: no store of ours does.
    `owner` is whose it is and `key` what names an item. `starts` is the event that begins its
    period. `apart` says why the inventory of what is held about somebody does not list it.
    `exported`: an access copy shows it; `portable`: so does one to take along, as far as the
    policy says that people provide it. `breach`: a breach can name it, and its people are found.
    `describes`: it shows that somebody is known to us and how, so that other lists are compared
    with it; `correctable`: its fields can be put right. `followed`: a mail or a domain event may
    follow it. `carried`: it goes over with its owner when their address is changed; what waits for
    a press in the old mailbox stays with that.
    """

    stores: tuple[str, ...]
    owner: str
    key: str
    starts: str
    ends: Ending = "sweep"
    erasure: Erasure = "erased"
    apart: str | None = None
    exported: bool = True
    portable: bool = False
    breach: bool = True
    describes: bool = False
    correctable: bool = False
    followed: bool = False
    carried: bool = False


def _record(
    starts: str,
    *,
    owner: str = "person",
    erasure: Erasure = "erased",
    portable: bool = False,
    describes: bool = False,
    correctable: bool = False,
    followed: bool = False,
) -> ClassRow:
    """Return the row of a class in the table `records`, where all are found in the same way."""
    return ClassRow(
        ("records",),
        owner,
        "person, class#id",
        starts,
        erasure=erasure,
        portable=portable,
        describes=describes or correctable,
        correctable=correctable,
        followed=followed,
        carried=owner == "person",
    )


def _pending() -> ClassRow:
    """Return the row of a form that waits for a press in the mailbox that it was sent with."""
    waits = _record("received", portable=True, describes=True, followed=True)
    return replace(waits, carried=False)


def _of_nobody(store: str, key: str) -> ClassRow:
    """Return the row of what names nobody."""
    return ClassRow(
        (store,),
        "nobody",
        key,
        "created",
        erasure="nobody's",
        apart="names nobody",
        exported=False,
        breach=False,
    )


def _of_the_company(owner: str, key: str, apart: str) -> ClassRow:
    """Return the row of what staff keep about a matter of the company's, by ids alone."""
    return replace(
        _of_nobody("operations", key), owner=owner, starts="closed", erasure="kept", apart=apart
    )


ROWS: Mapping[RecordClass, ClassRow] = {
    RecordClass.CONSENT_EVIDENCE: ClassRow(
        ("ledger", "consent_states"),
        "person or browser",
        "subject, sequence",
        "decided",
        erasure="kept",
        portable=True,
    ),
    RecordClass.ENQUIRY: _record("last_activity", portable=True, correctable=True, followed=True),
    RecordClass.SUBSCRIPTION: _record("confirmed", portable=True, correctable=True, followed=True),
    RecordClass.SUBSCRIPTION_PENDING: _pending(),
    RecordClass.ACCOUNT: _record("last_activity", portable=True, correctable=True, followed=True),
    RecordClass.ACCOUNT_PENDING: _pending(),
    RecordClass.VISIT: _record("received", owner="browser", portable=True),
    RecordClass.VISIT_STATISTICS: _of_nobody("statistics", "visits#day, what"),
    RecordClass.CONSENT_STATISTICS: _of_nobody("statistics", "consents#day, what"),
    RecordClass.SUPPRESSION: ClassRow(
        ("consent_states",), "person", "person", "decided", erasure="kept"
    ),
    RecordClass.IMPORT: ClassRow(
        ("records", "operations"),
        "person; of the list itself, staff",
        "person, class#id; import, id",
        "received",
        describes=True,
        correctable=True,
        followed=True,
        carried=True,
    ),
    RecordClass.DISCLOSURE: _record("created", erasure="reduced"),
    RecordClass.RECIPIENT_NOTICE: _record("created", erasure="reduced", followed=True),
    RecordClass.CASE: ClassRow(
        ("requests",), "person", "request, entry", "closed", erasure="reduced"
    ),
    RecordClass.EXPORT: ClassRow(
        ("requests", "exports"),
        "person",
        "request, export; exports/request/file",
        "created",
        exported=False,
        breach=False,
    ),
    RecordClass.ERASURE_LIST: ClassRow(
        ("operations",),
        "person",
        "erasure, person#request",
        "created",
        erasure="kept",
        breach=False,
    ),
    RecordClass.DESK_AUDIT: ClassRow(
        ("audit",), "staff, and a person", "day, at", "created", erasure="kept", breach=False
    ),
    RecordClass.RETENTION_REPORT: _of_nobody("operations", "run, id"),
    RecordClass.HOLD: _of_the_company(
        "staff, and a person",
        "hold, id",
        "names somebody by person_id alone, for a dispute of the company's",
    ),
    RecordClass.BREACH: _of_the_company(
        "staff", "breach, id", "lists by person_id alone whom a breach concerned"
    ),
    RecordClass.STATUTORY_RECORD: ClassRow(
        (),
        "person",
        "the source's own",
        "accounting_year_ended",
        ends="elsewhere",
        erasure="kept",
        apart="other systems keep it and are asked (docs/sources.md)",
        breach=False,
    ),
    RecordClass.SUPPORT_RECORD: _record("closed", describes=True, followed=True),
    RecordClass.TOKEN: ClassRow(
        ("records", "requests", "tokens"),
        "person",
        "person, class#id; request, entry; scope#name",
        "created",
        ends="sweep, time to live",
        breach=False,
        followed=True,
    ),
    RecordClass.UNSUBSCRIBE_LINK: ClassRow(
        (),
        "person",
        "none: signed, and stored in the mail alone",
        "created",
        ends="elsewhere",
        apart="it is stored in the mail alone",
        exported=False,
        breach=False,
    ),
    RecordClass.LINKED_BROWSER: _record("last_activity", describes=True),
    RecordClass.DISPLAY_SETTINGS: _record("received", portable=True),
}


def is_whole(kind: str, store: str) -> bool:
    """Tell whether a store keeps a class itself, and not a copy or a part of it."""
    return kind not in set(RecordClass) or ROWS[RecordClass(kind)].stores[:1] == (store,)


def stored_in(store: str) -> tuple[RecordClass, ...]:
    """Name the classes that a table, or the bucket, keeps."""
    return tuple(kind for kind, row in ROWS.items() if store in row.stores)


# Records whose fields say how somebody is, and those of them that can be put right.
DESCRIBING = frozenset(kind for kind, row in ROWS.items() if row.describes)
CORRECTABLE = tuple(kind for kind, row in ROWS.items() if row.correctable)
# What goes over with its owner when their address is changed.
CARRIED = frozenset(kind for kind, row in ROWS.items() if row.carried)
# Classes that a breach can name: their people are found through the retention index.
NAMED_BY_BREACHES = frozenset(kind for kind, row in ROWS.items() if row.breach)
