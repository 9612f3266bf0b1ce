"""What deciding about a record's mails needs to know, read once, as things stand now.

A worker may come late: after the person was erased, or changed their mind. It acts on what is
stored when it comes, never on what the stream still remembers.
"""

import os
from dataclasses import dataclass
from datetime import datetime

from shared.domain.permission import decide
from shared.domain.record_classes import RecordClass
from shared.storage import consent_states, policies, records
from shared.storage.records import Record

# The record of a link that somebody asked for by an address.
LINK_ASKED = RecordClass.TOKEN


@dataclass(frozen=True, slots=True)
class RecordContext:
    """A record with what decides about its mails.

    `known`: something but this record is kept about the person; looked at for the link that was
    asked for alone, as all of somebody's records are read for it. `permitted`: they may be sent
    what the record is kept for. `suppressed`: they once objected to marketing. `inbox` is the
    company's own address.
    """

    record: Record
    known: bool
    permitted: bool
    suppressed: bool
    inbox: str


def load(stored: Record, now: datetime) -> RecordContext | None:
    """Read what a record's mails depend on; None if the record is gone meanwhile."""
    record = records.get(stored.person, stored.key)
    if record is None:
        return None
    state = consent_states.get(record.person)
    known = policies.published()
    policy = known.current(now)
    kept_as = policy.classes.get(record.kind)
    purpose = policy.purposes.get((kept_as and kept_as.ends_with) or "")
    return RecordContext(
        record=record,
        known=record.kind == LINK_ASKED and (state.event is not None or _others(record)),
        permitted=purpose is not None and decide(purpose, state, known, now).allowed,
        suppressed=any(name in state.suppressed for name in policy.marketing_purposes),
        inbox=os.environ["MAIL_INBOX"],
    )


def _others(record: Record) -> bool:
    return any(other.kind != record.kind for other in records.for_person(record.person))
