"""What somebody has already had done, by the key of the request that did it.

For operations whose effect does not carry a name of its own: the claim is written before the
effect and closed after it, in the table `tokens`, and forgotten where the operation was refused
or failed. It holds no answer: the repetition reads again what the operation leads to, and of what
that does not tell a few words that name nobody, `result`.
"""

import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.domain.errors import InFlight
from shared.domain.idempotency import IdempotencyKey, assert_same
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode

# As long as a stream or a queue of ours keeps what failed.
REMEMBERED = timedelta(days=30)
# Longer than any function that answers over HTTP runs, by clocks that differ by a minute and more;
# after that nobody is at work any more.
AT_WORK = timedelta(seconds=120)


def begin(owner: str, key: IdempotencyKey, now: datetime) -> Mapping[str, Any] | None:
    """Claim a request before its effect; return the first one's result if it was done before.

    Raises:
        IdempotencyConflict: the key came before with another request.
        InFlight: the first one is being worked on.
    """
    stale = int((now - AT_WORK).timestamp())
    try:
        database.call(
            "put_item",
            TableName=database.table("tokens"),
            Item=encode(_item(owner, key, now)),
            ConditionExpression="attribute_not_exists(#token) OR "
            "(fingerprint = :same AND #state = :begun AND begun < :stale)",
            ExpressionAttributeNames={"#token": "token", "#state": "state"},
            ExpressionAttributeValues=encode(
                {":same": key.fingerprint, ":begun": "begun", ":stale": stale}
            ),
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except database.ConditionFailed as there:
        first = decode(there.item or {})
        assert_same(first.get("fingerprint"), key.fingerprint)
        if first.get("state") != "done":
            raise InFlight from None
        return dict(first.get("result") or {})
    return None


def finish(owner: str, key: IdempotencyKey, now: datetime, result: Mapping[str, Any]) -> None:
    """Note that the effect has happened, and of its result what cannot be read again."""
    database.call("put_item", **finishing(owner, key, now, result)["Put"])


def finishing(
    owner: str, key: IdempotencyKey, now: datetime, result: Mapping[str, Any]
) -> dict[str, Any]:
    """Write the same as a member of the effect's own transaction: both happen, or neither."""
    item = {**_item(owner, key, now), "state": "done", **({"result": result} if result else {})}
    return {"Put": {"TableName": database.table("tokens"), "Item": encode(item)}}


def forget(owner: str, key: IdempotencyKey) -> None:
    """Take a claim back, so that the same key may come again; what is done stays claimed."""
    with contextlib.suppress(database.ConditionFailed):
        database.call(
            "delete_item",
            TableName=database.table("tokens"),
            Key=encode({"token": _name(owner, key)}),
            ConditionExpression="#state = :begun",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues=encode({":begun": "begun"}),
        )


def _item(owner: str, key: IdempotencyKey, now: datetime) -> dict[str, object]:
    return {
        "token": _name(owner, key),
        "fingerprint": key.fingerprint,
        "state": "begun",
        "begun": int(now.timestamp()),
        "expires": int((now + REMEMBERED).timestamp()),
    }


def _name(owner: str, key: IdempotencyKey) -> str:
    return f"repetition#{key.digest(owner)}"
