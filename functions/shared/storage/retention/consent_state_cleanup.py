"""What has to go with a ledger event that goes: the copy of it beside a suppression.

A consent state is kept as long as the person is suppressed, which may be for life; the newest event
that it copies is kept no longer than the event itself.
"""

from collections.abc import Iterable

from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import encode

_OF_A_PERSON = "p_"


def without_copies(subjects: Iterable[str], cutoff: str) -> None:
    """Take old events out of people's consent_states, if they were decided by `cutoff`.

    It comes before the events go, so that a crash in between leaves nothing that nobody finds.

    Raises:
        Busy: the store is throttling.
    """
    for person in sorted(set(subjects)):
        if person.startswith(_OF_A_PERSON):
            _without_copy(person, cutoff)


def _without_copy(person: str, cutoff: str) -> None:
    try:
        database.call(
            "update_item",
            TableName=database.table("consent_states"),
            Key=encode({"person": person}),
            UpdateExpression="REMOVE #event",
            ConditionExpression="attribute_exists(suppressed) AND #event.decided_at <= :cutoff",
            ExpressionAttributeNames={"#event": "event"},
            ExpressionAttributeValues=encode({":cutoff": cutoff}),
        )
    except database.ConditionFailed:  # there is none, or a newer one
        return
