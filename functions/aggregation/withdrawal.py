"""Erasing what a browser let us collect, as soon as it takes the permission back (S32, S34).

Which record classes end with which purpose is the policy's (`ends_with`). A record that was
stored in the moment of the withdrawal, checked before it and written after it, is found when
its own turn in the stream comes.
"""

from collections.abc import Iterator
from typing import Any

from shared.domain.consent import Event
from shared.storage import ledger, policies, records
from shared.storage.dynamodb import database
from shared.storage.records import Record


def erase(event: Event) -> None:
    """Erase all records of the browser whose purpose this event switched off."""
    if not event["subject"].startswith("c_"):
        return
    before = event["previous_choices"] or {}
    for kind, purpose in _ending(event["policy_version"]):
        if before.get(purpose) and not event["choices"].get(purpose):
            for record in records.for_person(event["subject"], kind):
                erase_one(record)


def erase_one(record: Record) -> None:
    """Erase one record; one that is gone already is no fault."""
    write = records.delete(record.person, record.key)
    database.call("delete_item", TableName=write["TableName"], Key=write["Key"])


def outlived(record: Record) -> bool:
    """Tell whether the permission under which the record was collected is gone by now."""
    purposes = [
        purpose
        for kind, purpose in _ending(record.provenance["policy_version"])
        if kind == record.kind
    ]
    if not purposes:
        return False
    head = ledger.head(record.person)
    return head is not None and not all(head.event["choices"].get(purpose) for purpose in purposes)


def _ending(version: str) -> Iterator[tuple[str, str]]:
    """Give the record classes of a policy version that end with a purpose, and which."""
    kept: list[dict[str, Any]] = policies.published().versions[version].document["retention"]
    return ((item["id"], item["ends_with"]) for item in kept if item.get("ends_with"))
