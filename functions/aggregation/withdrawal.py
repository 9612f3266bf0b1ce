"""Erasing what a permission let us keep, as soon as it is taken back (S32, S34).

Which record classes end with which purpose is the policy's (`ends_with`). What ran out, or was
asked in other words since, is not taken back. Only what is older than the no goes: what came
under a later yes stays, however late the worker is. A no of a person reaches the browsers that
are theirs. What a legal hold keeps stays until its own period ends.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from shared.domain import visit
from shared.domain.consent import Event
from shared.domain.permission import NO, ConsentState, decide
from shared.domain.policy import RetentionRule, subject_kind
from shared.domain.record_classes import RecordClass
from shared.edge import current_time
from shared.services import browser_state
from shared.services.link_browser import browsers_of
from shared.storage import consent_states, holds, policies, records
from shared.storage.dynamodb import database
from shared.storage.ledger import LedgerEntry
from shared.storage.records import Record

# A form's record is 64 KiB at most and a transaction 4 MB.
AT_ONCE = 60


def erase(entry: LedgerEntry) -> None:
    """Erase the records whose purpose this entry switched off, or found switched off.

    A sign-up that was confirmed anew takes the place of the one before: one for each list.
    """
    event, now = entry.event, current_time.now()
    if event["kind"] == "link":
        _erase_of_new_link(event, now)
        return
    if event["sign_up"] is not None and subject_kind(event["subject"]) == "person":
        _erase_replaced(event)
    for kind in _ending(_switched_off(entry)):
        if subject_kind(event["subject"]) == "browser":
            _erase_older(event["subject"], kind.id, event)
        elif policies.published().current(now).purposes[str(kind.ends_with)].subject == "person":
            _erase_of_person(kind, event, now)
        else:
            for browser in browsers_of(event["subject"]):
                _erase_older(browser, kind.id, event)


def outlived(record: Record) -> bool:
    """Tell whether the permission under which a visit was collected was taken back meanwhile."""
    found = browser_state.get(record.person)
    now = current_time.now()
    return found is not None and visit.ended(found.states, policies.published(), now)


def erase_all(owner: str, found: Sequence[Record]) -> None:
    """Erase records of one owner and class, unless they are held; what is gone is no fault."""
    for start in range(0, len(found), AT_ONCE):
        left = list(found[start : start + AT_ONCE])
        while left:
            gone = [{"Delete": records.delete(owner, record.key)} for record in left]
            members = [*gone, *holds.assert_not_held(owner, left[0].kind)]
            try:
                database.call("transact_write_items", TransactItems=members)
            except database.TransactionFailed as failure:
                if max(failure.items) >= len(left):
                    return
                left = [one for index, one in enumerate(left) if index not in failure.items]
            else:
                break


def _switched_off(entry: LedgerEntry) -> set[str]:
    """Name what this entry itself takes back or objects to; in nobody's browser, of what was on.

    A person's no has to reach what their browsers were allowed, and a browser's what its people
    were: the chain of neither tells what the other's did.
    """
    event = entry.event
    before = event["previous_choices"] or {}
    shared = subject_kind(event["subject"]) == "person" or bool(entry.people)
    refused = {name for name in event["decided"] if not event["choices"][name]}
    objected = {
        name for name, at in (event["objections"] or {}).items() if at == event["decided_at"]
    }
    return {name for name in refused if shared or before.get(name)} | objected


def _ending(purposes: set[str]) -> Iterator[RetentionRule]:
    """Return the record classes that end with one of the purposes, each once."""
    if not purposes:
        return iter(())
    known = {
        kind.id: kind
        for policy in policies.published().versions.values()
        for kind in policy.classes.values()
    }
    return (kind for kind in known.values() if kind.ends_with in purposes)


def _erase_older(owner: str, kind: str, event: Event) -> None:
    """Erase the records that were collected before this event, by the chain or by the clock."""
    found = records.for_person(owner, kind)
    erase_all(owner, [record for record in found if _older(record, event)])


def _older(record: Record, event: Event) -> bool:
    collected_under = record.facts.get("decision")
    if record.person == event["subject"] and collected_under is not None:
        return bool(collected_under < event["sequence"])
    return record.received_at <= event["decided_at"]


def _erase_replaced(event: Event) -> None:
    """Erase a person's older records of what this event confirmed again; the newest stays."""
    granted = {name for name in event["decided"] if event["choices"][name]}
    for kind in _ending(granted):
        held = sorted(records.for_person(event["subject"], kind.id), key=_age)
        erase_all(event["subject"], held[:-1])


def _age(record: Record) -> tuple[str, str]:
    return record.received_at, record.key


def _erase_of_person(kind: RetentionRule, event: Event, now: datetime) -> None:
    """Erase somebody's own records, if the purpose was not allowed again since."""
    known, state = policies.published(), consent_states.get(event["subject"])
    purpose = known.current(now).purposes[str(kind.ends_with)]
    if decide(purpose, state, known, now).reason in NO:
        _erase_older(event["subject"], kind.id, event)


def _erase_of_new_link(event: Event, now: datetime) -> None:
    """Let an older no of a person count in a browser that has become theirs."""
    if subject_kind(event["subject"]) == "person":
        return
    found, known = browser_state.get(event["subject"]), policies.published()
    if found is None:
        return
    own = ConsentState(found.entry.event)
    if visit.ended(found.states, known, now) and not visit.ended((own,), known, now):
        _erase_older(event["subject"], RecordClass.VISIT, event)
