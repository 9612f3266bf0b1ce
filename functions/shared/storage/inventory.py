"""All that is kept about somebody, store by store, each with the write that would take it away.

What becomes of it is decided elsewhere (`shared/domain/erasure.py`). Nothing is kept in memory
but a page: a person may have a hundred thousand records.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain import erasure
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.timestamps import parse_timestamp
from shared.storage import audit, disclosures, erasure_list, ledger, objects, records, tokens
from shared.storage import consent_states as wishes
from shared.storage.aws_clients import client
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import encode
from shared.storage.records import Record
from shared.storage.requests import request_inventory

EVENTS_AT_ONCE = 500
# Where the copies and uploads of a request lie in the bucket.
FOLDERS = ("exports", "uploads")


@dataclass(frozen=True, slots=True)
class ErasureScope:
    """Whose data: a person and the browsers linked to them.

    `request` is the one that asks; it is still to be answered and stays whole. With `until`
    (RFC 3339) what was stored later is left alone: the person may have come back. `spared` are
    requests of which a finished copy is still to be fetched.
    """

    person: str
    request: str
    browsers: frozenset[str]
    until: str | None = None
    spared: frozenset[str] = frozenset()

    def reaches(self, at: str) -> bool:
        """Tell whether something of that moment is meant."""
        return self.until is None or at <= self.until


@dataclass(frozen=True, slots=True)
class DataItem:
    """One thing that is kept about `owner`, in a store, under a record class.

    `erase` and `reduce` are members of a transaction; no `reduce`: there is nothing to take
    away. An object of the bucket has its key in place of them. `blemished`: it holds contact
    data and can be neither reduced nor erased. `bytes` is about how big it is.
    """

    store: str
    kind: str
    owner: str
    erase: Mapping[str, Any] | None = None
    reduce: Mapping[str, Any] | None = None
    object: str | None = None
    blemished: bool = False
    bytes: int = 1024


def linked(person: str, until: str | None = None) -> frozenset[str]:
    """Name the browsers that became the person's, up to `until`: not those a form claimed."""
    return frozenset(
        link.consent_id
        for link in records.for_person(person, records.LINK_CLASS)
        if link.consent_id and (until is None or link.received_at <= until)
    )


def items(scope: ErasureScope) -> Iterator[DataItem]:
    """Give everything that is kept, objects before the entries that name them."""
    cases = list(request_inventory.of(scope.person))
    gone = [case for case in cases if _earlier(case, scope)]
    for case in gone:
        yield from _objects(case)
    owners = (scope.person, *sorted(scope.browsers))
    for owner in owners:
        yield from _records(owner, scope)
    for owner in owners:
        yield from _events(owner)
    yield from _standing(scope)
    for case in cases:
        yield from _case(case, earlier=case in gone)
    yield from _tokens(scope, gone)
    for _ in audit.of_person(scope.person):
        yield DataItem("audit", audit.RETENTION_CLASS, scope.person)
    for _ in erasure_list.of(scope.person):
        yield DataItem("operations", erasure_list.RETENTION_CLASS, scope.person)


def _earlier(case: DataSubjectRequest, scope: ErasureScope) -> bool:
    """Tell whether a request is over and told; one that is open still needs its address."""
    if case.id == scope.request or case.id in scope.spared or case.closed_at is None:
        return False
    return scope.reaches(case.closed_at)


def _records(owner: str, scope: ErasureScope) -> Iterator[DataItem]:
    for record in records.for_person(owner):
        if not scope.reaches(record.received_at):
            continue
        key = {
            "TableName": database.table("records"),
            "Key": records.delete(owner, record.key)["Key"],
        }
        left = _less(record)
        smaller = {
            **key,
            "UpdateExpression": "SET #fields = :fields",
            "ConditionExpression": "attribute_exists(person)",
            "ExpressionAttributeNames": {"#fields": "fields"},
            "ExpressionAttributeValues": encode({":fields": left}),
        }
        yield DataItem(
            "records",
            record.kind,
            owner,
            erase={"Delete": key},
            reduce=None if left == record.fields else {"Update": smaller},
            bytes=1024 + len(str(record.fields).encode()),
        )


def _less(record: Record) -> Any:
    """Give the fields that stay; the only address in a notice is that of a recipient."""
    if record.kind == disclosures.NOTICE_CLASS:
        return record.fields
    return erasure.without_contact_data(record.fields)


def _events(owner: str) -> Iterator[DataItem]:
    sequence = 0
    while page := ledger.after(owner, sequence, EVENTS_AT_ONCE):
        for event in page:
            blemished = erasure.contact_data(event)
            yield DataItem("ledger", ledger.RETENTION_CLASS, owner, blemished=blemished)
        sequence = page[-1]["sequence"]


def _standing(scope: ErasureScope) -> Iterator[DataItem]:
    """Give the copy of the newest event, which goes, and the suppression, which stays."""
    standing = wishes.get(scope.person)
    event = standing.event
    if event and scope.reaches(event["decided_at"]):
        less = wishes.without_event(scope.person, standing)
        yield DataItem("consent_states", ledger.RETENTION_CLASS, scope.person, reduce=less)
    elif event:
        yield DataItem("consent_states", ledger.RETENTION_CLASS, scope.person)
    if standing.suppressed:
        yield DataItem("consent_states", wishes.SUPPRESSION_CLASS, scope.person)


def _case(case: DataSubjectRequest, *, earlier: bool) -> Iterator[DataItem]:
    if not earlier:
        yield DataItem("requests", "case", case.person)
        return
    yield DataItem("requests", "case", case.person, reduce=request_inventory.smaller(case))
    for kind, write, size in request_inventory.extras(case.id):
        yield DataItem("requests", kind, case.person, erase=write, reduce=write, bytes=size)


def _tokens(scope: ErasureScope, gone: list[DataSubjectRequest]) -> Iterator[DataItem]:
    """Give links and sessions, but for those of requests that are not over."""
    over = {case.id for case in gone}
    for claims in tokens.of_person(scope.person):
        if "request" in claims.facts and claims.facts["request"] not in over:
            continue
        if scope.until is not None and claims.issued_at > parse_timestamp(scope.until):
            continue
        place = {"TableName": database.table("tokens"), "Key": tokens.place(claims)}
        kind = claims.scope.row.record_class or "token"
        yield DataItem("tokens", kind, scope.person, erase={"Delete": place})


def _objects(case: DataSubjectRequest) -> Iterator[DataItem]:
    for folder in FOLDERS:
        pages = client("s3").get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=objects.bucket(), Prefix=f"{folder}/{case.id}/"):
            for found in page.get("Contents", ()):
                yield DataItem("exports", "export", case.person, object=found["Key"])


def remove_object(key: str) -> None:
    """Remove an object of the bucket; one that is gone already is no fault."""
    client("s3").delete_object(Bucket=objects.bucket(), Key=key)
