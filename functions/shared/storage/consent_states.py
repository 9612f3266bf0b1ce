"""A person's wishes as they stand: the newest ledger event again, readable by its key.

Permission checks read a hundred addresses in one call, which the ledger's own order (the
newest of a partition) does not allow. The copy is written in the event's own transaction,
so the two never differ. What objections leave behind, `suppressed`, stays when everything else
about the person is erased: its key is a keyed hash and nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from shared.domain import consent, permission, retention_partitions
from shared.domain.consent import Decision, Event, next_event
from shared.domain.errors import Busy
from shared.domain.permission import ConsentState
from shared.domain.policy import Policies
from shared.domain.record_classes import RecordClass
from shared.storage import ledger
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.ledger import LedgerEntry

BATCH = 100
MAX_RACES = 20
# Where the other members of a transaction begin, after the event and its copy.
OTHERS = 2


def get(person: str) -> ConsentState:
    """Read one person's state, strongly consistent; an empty one if nothing is known."""
    item = database.get("consent_states", person=person)
    return _standing(item)


def get_many(people: Sequence[str]) -> dict[str, ConsentState]:
    """Read up to a hundred people's consent_states in one call, strongly consistent.

    Raises:
        Busy: the table did not give all of them in a few tries.
    """
    name = database.table("consent_states")
    keys = [encode({"person": person}) for person in dict.fromkeys(people)]
    found = {item["person"]["S"]: _standing(item) for item in database.batch_get(name, keys)}
    return {person: found.get(person, ConsentState()) for person in people}


def change(decision: Decision, policies: Policies, *others: Mapping[str, Any]) -> Event:
    """Write a person's next event, the state it leads to, and `others`, all or nothing.

    `others` are further members of the DynamoDB transaction, e.g. the form's record. The
    event's place in the sequence is what guards the state: a lost race reads again. Where a
    decision that is `unless_so` changes nothing, the event that stands is the answer.

    Raises:
        TransactionFailed: a condition of the others fails; their positions count from OTHERS.
        Busy: other writers kept coming first.
    """
    for _ in range(MAX_RACES):
        head, event, forgotten = _following(decision, policies)
        if (
            decision.unless_so
            and head
            and not consent.changes(head, event, policies, forgotten=forgotten)
        ):
            _transact_others(others)
            return head
        try:
            _append(LedgerEntry(event, {}, None), permission.after(event), *others)
        except ledger.AlreadyAppended:
            continue
        return event
    raise Busy


def writing(decision: Decision, policies: Policies) -> list[dict[str, Any]]:
    """Return the writes of a person's next event, for the transaction of somebody else's.

    They fail if another event comes first.
    """
    _, event, _ = _following(decision, policies)
    return _writes(LedgerEntry(event, {}, None), permission.after(event))


def foreseen(decision: Decision, policies: Policies) -> ConsentState:
    """Return the state that a decision would lead to, without writing anything."""
    _, event, _ = _following(decision, policies)
    return permission.after(event)


def _following(decision: Decision, policies: Policies) -> tuple[Event | None, Event, bool]:
    """Return the newest event, the one that follows it, and whether the state was erased."""
    state = get(decision.subject)
    forgotten = state.event is None
    head = state.event or _newest(decision.subject)
    event = next_event(head, decision, policies, forgotten=forgotten, suppressed=state.suppressed)
    return head, event, forgotten


def _newest(subject: str) -> Event | None:
    """Find where a chain goes on whose state was erased while the ledger kept its evidence.

    Its beginning may be gone (retention), so that no first event stands in the way of another.
    """
    found = ledger.head(subject)
    return found.event if found else None


def _transact_others(others: Sequence[Mapping[str, Any]]) -> None:
    if not others:
        return
    try:
        database.call("transact_write_items", TransactItems=list(others))
    except database.TransactionFailed as failure:
        moved = {place + OTHERS: item for place, item in failure.items.items()}
        raise database.TransactionFailed(moved) from None


def without_event(person: str, state: ConsentState) -> dict[str, Any]:
    """Return the write that erases the copy of the newest event, if it still is the newest.

    What is left is what the person is suppressed for and since when, or nothing at all.
    """
    event = cast("Event", state.event)
    guarded = {
        "TableName": database.table("consent_states"),
        "ConditionExpression": "#event.#sequence = :sequence",
        "ExpressionAttributeNames": {"#event": "event", "#sequence": "sequence"},
        "ExpressionAttributeValues": encode({":sequence": event["sequence"]}),
    }
    if not state.suppressed:
        return {"Delete": {**guarded, "Key": encode({"person": person})}}
    return {"Put": {**guarded, "Item": encode(_item(person, None, state.suppressed))}}


def _append(entry: LedgerEntry, state: ConsentState, *others: Mapping[str, Any]) -> None:
    members = [*_writes(entry, state), *others]
    try:
        database.call("transact_write_items", TransactItems=members)
    except database.TransactionFailed as failure:
        if 0 in failure.items:
            raise ledger.taken(failure.items[0]) from None
        raise


def _writes(entry: LedgerEntry, state: ConsentState) -> list[dict[str, Any]]:
    event = entry.event
    copy = {
        "TableName": database.table("consent_states"),
        "Item": encode(_item(event["subject"], event, state.suppressed)),
    }
    return [{"Put": ledger.put(entry)}, {"Put": copy}]


def _item(person: str, event: Event | None, suppressed: Mapping[str, str]) -> dict[str, Any]:
    kept_as = RecordClass.SUPPRESSION if suppressed else RecordClass.CONSENT_EVIDENCE
    start = min(suppressed.values()) if suppressed else cast("Event", event)["decided_at"]
    return {
        "person": person,
        "event": event,
        "suppressed": dict(suppressed) or None,
        **retention_partitions.attributes(kept_as, person, start),
    }


def _standing(attributes: Mapping[str, Any] | None) -> ConsentState:
    if attributes is None:
        return ConsentState()
    item = decode(attributes)
    event = item.get("event")
    full = dict.fromkeys(Event.__annotations__) | event if event else None
    return ConsentState(cast("Event | None", full), item.get("suppressed", {}))
