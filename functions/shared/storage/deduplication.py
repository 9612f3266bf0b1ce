"""What a worker has already done for a record, so that each effect happens once.

The mark is written after the effect. A crash in between repeats it: that one window cannot
be closed from this side of a mail server, and is the only one (docs/decisions/0006-mail.md).
"""

from datetime import datetime, timedelta

from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import encode

# Longer than a stream keeps a record and a dead-letter queue keeps what failed.
REMEMBERED = timedelta(days=30)


def seen(cause: str, effect: str) -> bool:
    """Tell whether the effect of this cause has happened."""
    answer = database.call(
        "get_item",
        TableName=database.table("tokens"),
        Key=encode({"token": _mark(cause, effect)}),
        ConsistentRead=True,
    )
    return "Item" in answer


def remember(cause: str, effect: str, now: datetime) -> None:
    """Remember that the effect of this cause has happened."""
    item = {"token": _mark(cause, effect), "expires": int((now + REMEMBERED).timestamp())}
    database.call("put_item", TableName=database.table("tokens"), Item=encode(item))


def _mark(cause: str, effect: str) -> str:
    return f"effect#{cause}#{effect}"
