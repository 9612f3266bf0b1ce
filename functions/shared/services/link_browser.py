"""A browser becomes somebody's when a link that was mailed to them is opened in it (K3.6).

The page sends the browser's consent_id with the mailed token; whoever holds both has shown both.
What a form merely claims links nothing. From then on a no of the person counts in the browser,
and what the browser was allowed is shown where the person decides.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.domain import consent, identifiers
from shared.domain.consent import Decision, bare_evidence
from shared.domain.errors import Busy, Invalid
from shared.domain.evidence import RequestContext
from shared.domain.record_classes import RecordClass
from shared.domain.timestamps import format_timestamp
from shared.services.record_decision import following
from shared.storage import consent_states, ledger, policies, records
from shared.storage.dynamodb import database
from shared.storage.ledger import LedgerEntry
from shared.storage.records import Provenance, Record

NOTICE = "preference_centre"
MAX_RACES = 20
# A browser that more people than this opened their mail in is a public one, and nobody's.
MAX_PEOPLE = 8


def link_browser(
    person: str, consent_id: str | None, context: RequestContext, at: datetime
) -> bool:
    """Link the browser in which a mailed link was opened; tell whether it is the person's now.

    Never in the way of what the link is for: a browser that is not known, that is named wrongly
    or that too many share stays unlinked. Again changes nothing.

    Raises:
        Busy: the store is throttling; the same call may work in a moment.
    """
    try:
        name = identifiers.checked_consent_id(consent_id or "")
    except Invalid:
        return False
    head = ledger.head(name)
    for _ in range(MAX_RACES):
        people = head.people if head else ()
        if person in people:
            return True
        if head is None or len(people) >= MAX_PEOPLE:
            return False
        try:
            _link(person, head, context, at)
        except database.TransactionFailed:
            head = ledger.head(name)
        else:
            return True
    raise Busy


def hand_over(link: Record, person: str, context: RequestContext, at: datetime) -> None:
    """Make a browser that is somebody's that of another name of theirs; again changes nothing.

    Raises:
        Busy: the store is throttling; the same call may work in a moment.
    """
    gone = records.delete(link.person, link.key)
    for _ in range(MAX_RACES):
        head = ledger.head(link.consent_id or "")
        try:
            if head is None or link.person not in head.people:
                database.call("transact_write_items", TransactItems=[{"Delete": gone}])
            else:
                _link(person, head, context, at, before=link)
        except database.TransactionFailed:
            if not any(each.key == link.key for each in _links(link.person)):
                return
        else:
            return
    raise Busy


def renew(entry: LedgerEntry) -> None:
    """Begin the period of a browser's links anew: a decision shows that it is in use (S13)."""
    name = f"{RecordClass.LINKED_BROWSER}#{fingerprint(entry.event['subject'])}"
    for person in entry.people:
        records.renew(person, name, entry.event["decided_at"])


def browsers_of(person: str) -> Iterator[str]:
    """Return the consent_ids of the browsers that are somebody's, page by page."""
    for link in _links(person):
        if link.consent_id:
            yield link.consent_id


def fingerprint(*names: str) -> str:
    """Return what tells a browser, or a link, from others and lets nobody act for it."""
    digest = hashlib.sha256(" ".join(names).encode()).digest()[:16]
    return "b_" + base64.b32encode(digest).decode().rstrip("=").lower()


def _links(person: str) -> Iterator[Record]:
    return records.for_person(person, RecordClass.LINKED_BROWSER)


def _link(
    person: str,
    head: LedgerEntry,
    context: RequestContext,
    at: datetime,
    before: Record | None = None,
) -> None:
    """Write one event each way and the link, all or nothing.

    `before` is the link under another name of theirs: it goes, and its period goes on.
    """
    known = policies.published()
    browser = head.event["subject"]
    theirs, its = (_decision(each, person, browser, context, at) for each in (person, browser))
    event = consent.next_event(head.event, its, known)
    left = [name for name in head.people if before is None or name != before.person]
    entry = following(head, event, tuple(dict.fromkeys((*left, person))))
    made = _record(person, browser, theirs, context)
    gone: list[dict[str, Any]] = []
    if before is not None:
        made = replace(made, kept_from=before.kept_from or before.received_at)
        gone = [{"Delete": records.delete(before.person, before.key)}]
    link = records.put(made)
    consent_states.change(
        theirs,
        known,
        {"Put": ledger.put(entry)},
        {"Put": {"TableName": link["TableName"], "Item": link["Item"]}},
        *gone,
    )


def _decision(
    subject: str, person: str, browser: str, context: RequestContext, at: datetime
) -> Decision:
    policy = policies.published().current(at)
    return Decision(
        subject=subject,
        kind="link",
        choices={},
        evidence=bare_evidence("link", context),
        policy=policy,
        notice=consent.words(policy.notices[NOTICE]),
        at=at,
        linked=fingerprint(person, browser),
    )


def _record(person: str, browser: str, link: Decision, context: RequestContext) -> Record:
    return Record(
        person=person,
        kind=RecordClass.LINKED_BROWSER,
        id=fingerprint(browser),
        received_at=format_timestamp(link.at),
        fields={},
        provenance=Provenance(
            form=NOTICE, notice=link.notice, policy_version=link.policy.version, **context
        ),
        consent_id=browser,
    )
