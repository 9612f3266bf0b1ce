"""A person's wishes as they stand: the newest ledger event again, readable by its key.

Permission checks read a hundred addresses in one call, which the ledger's own order (the
newest of a partition) does not allow. The copy is written in the event's own transaction,
so the two never differ. What an objection leaves behind, `suppressed_since`, stays when
everything else about the person is erased: its key is a keyed hash and nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from shared.domain import identifiers, permission
from shared.domain.consent import Decision, Event, next_event
from shared.domain.errors import Busy
from shared.domain.permission import ConsentState
from shared.domain.policy import Policies
from shared.storage import ledger
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.ledger import Entry

BATCH = 100
MOST_RACES = 20
SUPPRESSION_CLASS = "suppression"


def get(person: str) -> ConsentState:
    """Read one person's standing, strongly consistent; an empty one if nothing is known."""
    answer = database.call(
        "get_item",
        TableName=database.table("consent_states"),
        Key=encode({"person": person}),
        ConsistentRead=True,
    )
    return _standing(answer.get("Item"))


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
    """Write a person's next event, the standing it leads to, and `others`, all or nothing.

    `others` are further members of the DynamoDB transaction, e.g. the form's record. The
    event's place in the sequence is what guards the standing: a lost race reads again.

    Raises:
        dynamo.TransactionFailed: one of the others' conditions (positions from 2) fails.
        Busy: other writers kept coming first.
    """
    before = get(decision.subject)
    if before.event is None:
        before = _afresh(decision.subject)
    for _ in range(MOST_RACES):
        event = next_event(before.event, decision, policies)
        standing = permission.after(before, event)
        try:
            _append(Entry(event, {}, None), standing.suppressed_since, *others)
        except ledger.AlreadyAppended:
            before = _afresh(decision.subject)
        else:
            return event
    raise Busy


def without_event(person: str, standing: ConsentState) -> dict[str, Any]:
    """Give the write that erases the copy of the newest event, if it still is the newest.

    What is left is since when the person is suppressed, or nothing at all.
    """
    event = cast("Event", standing.event)
    guarded = {
        "TableName": database.table("consent_states"),
        "ConditionExpression": "#event.#sequence = :sequence",
        "ExpressionAttributeNames": {"#event": "event", "#sequence": "sequence"},
        "ExpressionAttributeValues": encode({":sequence": event["sequence"]}),
    }
    since = standing.suppressed_since
    if since is None:
        return {"Delete": {**guarded, "Key": encode({"person": person})}}
    item = {"person": person, "suppressed_since": since, **_clock(person, since, since)}
    return {"Put": {**guarded, "Item": encode(item)}}


def _afresh(person: str) -> ConsentState:
    """Read a standing whose event may have been erased while the ledger kept its evidence.

    The chain goes on from the ledger's newest event, whichever of the older ones are left.
    """
    standing = get(person)
    head = ledger.head(person)
    return ConsentState(head.event if head else None, standing.suppressed_since)


def _append(entry: Entry, suppressed_since: str | None, *others: Mapping[str, Any]) -> None:
    standing = {
        "TableName": database.table("consent_states"),
        "Item": encode(_item(entry, suppressed_since)),
    }
    members = [{"Put": ledger.put(entry)}, {"Put": standing}, *others]
    try:
        database.call("transact_write_items", TransactItems=members)
    except database.TransactionFailed as failure:
        if 0 in failure.items:
            raise ledger.taken(failure.items[0]) from None
        raise


def _item(entry: Entry, suppressed_since: str | None) -> dict[str, Any]:
    event = entry.event
    person = event["subject"]
    return {
        "person": person,
        "event": event,
        "suppressed_since": suppressed_since,
        **_clock(person, suppressed_since, event["decided_at"]),
    }


def _clock(person: str, suppressed_since: str | None, decided_at: str) -> dict[str, str]:
    kept_as = SUPPRESSION_CLASS if suppressed_since else ledger.RETENTION_CLASS
    return {
        "retention_class": f"{kept_as}#{identifiers.shard(person)}",
        "retention_start": suppressed_since or decided_at,
    }


def _standing(attributes: Mapping[str, Any] | None) -> ConsentState:
    if attributes is None:
        return ConsentState()
    item = decode(attributes)
    event = item.get("event")
    full = dict.fromkeys(Event.__annotations__) | event if event else None
    return ConsentState(cast("Event | None", full), item.get("suppressed_since"))
