"""What an erasure looks at: all that is held about somebody, with the writes that take it away.

What becomes of each thing is decided in `domain/erasure.py`; here is only what could be written.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain import erasure
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.erasure_scope import ErasureScope
from shared.domain.permission import ConsentState
from shared.domain.record_classes import RecordClass
from shared.domain.timestamps import parse_timestamp
from shared.storage import consent_states, inventory, tokens
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import encode
from shared.storage.inventory import DataItem, Holder
from shared.storage.records import Record
from shared.storage.requests import request_inventory
from shared.storage.tokens import TokenClaims

Write = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ErasableItem:
    """One thing of the inventory.

    `erase` and `reduce` are members of a transaction; no `reduce`: there is nothing to take
    away. An object of the bucket has its key in place of them. `has_contact_data`: it holds contact
    data and can be neither reduced nor erased.
    """

    item: DataItem
    erase: Write | None = None
    reduce: Write | None = None
    object: str | None = None
    has_contact_data: bool = False

    @property
    def bytes(self) -> int:
        """Say about how big it is."""
        return 1024 + len(str(self.item.content).encode())


def items(
    scope: ErasureScope, requests: Iterable[DataSubjectRequest] | None = None
) -> Iterator[ErasableItem]:
    """Yield everything that an erasure of this scope counts, as far as it may be touched.

    `requests` are the person's, if they were just read.
    """
    holder = Holder(scope.person, scope.browsers, requests)
    earlier = holder.files_of = scope.earlier(holder.requests)
    for item in inventory.items(holder):
        found = READ[item.store](item, scope, earlier)
        if found is not None:
            yield found


def _object(item: DataItem, _scope: ErasureScope, _earlier: frozenset[str]) -> ErasableItem:
    return ErasableItem(item, object=item.content)


def _record(item: DataItem, scope: ErasureScope, _earlier: frozenset[str]) -> ErasableItem | None:
    record: Record = item.content
    if not scope.reaches(record.received_at):
        return None
    place = encode({"person": item.owner, "record": record.key})
    key = {"TableName": database.table("records"), "Key": place}
    left = _less(record)
    smaller = {
        **key,
        "UpdateExpression": "SET #fields = :fields",
        "ConditionExpression": "attribute_exists(person)",
        "ExpressionAttributeNames": {"#fields": "fields"},
        "ExpressionAttributeValues": encode({":fields": left}),
    }
    reduce = None if left == record.fields else {"Update": smaller}
    return ErasableItem(item, erase={"Delete": key}, reduce=reduce)


def _less(record: Record) -> Any:
    """Return the fields that stay; the only address in a notice is that of a recipient."""
    if record.kind == RecordClass.RECIPIENT_NOTICE:
        return record.fields
    return erasure.without_contact_data(record.fields)


def _event(item: DataItem, _scope: ErasureScope, _earlier: frozenset[str]) -> ErasableItem:
    return ErasableItem(item, has_contact_data=erasure.contact_data(item.content))


def _state(item: DataItem, scope: ErasureScope, _earlier: frozenset[str]) -> ErasableItem:
    """Take away the copy of the newest event; the suppression stays."""
    state: ConsentState = item.content
    event = state.event
    if item.kind == RecordClass.SUPPRESSION or not event or not scope.reaches(event["decided_at"]):
        return ErasableItem(item)
    return ErasableItem(item, reduce=consent_states.without_event(item.owner, state))


def _request(item: DataItem, _scope: ErasureScope, earlier: frozenset[str]) -> ErasableItem | None:
    """Reduce a request that is over, and take away what lies beside it."""
    over = item.request in earlier
    if isinstance(item.content, DataSubjectRequest):
        return ErasableItem(item, reduce=request_inventory.smaller(item.content) if over else None)
    write = request_inventory.removal(item.content)
    return ErasableItem(item, erase=write, reduce=write) if over else None


def _token(item: DataItem, scope: ErasureScope, earlier: frozenset[str]) -> ErasableItem | None:
    """Take away links and sessions, but for those of requests that are not over."""
    claims: TokenClaims = item.content
    if item.request is not None and item.request not in earlier:
        return None
    if scope.until is not None and claims.issued_at > parse_timestamp(scope.until):
        return None
    place = {"TableName": database.table("tokens"), "Key": tokens.place(claims)}
    return ErasableItem(item, erase={"Delete": place})


def _kept(item: DataItem, _scope: ErasureScope, _earlier: frozenset[str]) -> ErasableItem:
    return ErasableItem(item)


READ = {
    "exports": _object,
    "records": _record,
    "ledger": _event,
    "consent_states": _state,
    "requests": _request,
    "tokens": _token,
    "audit": _kept,
    "operations": _kept,
}
