"""What a worker has already done for a record, so that each effect happens once.

The mark is written after the effect. A crash in between repeats it: that one window cannot
be closed from this side of a mail server, and is the only one (docs/decisions/0006-mail.md).
"""

from datetime import datetime, timedelta

from shared.storage import dynamo
from shared.storage.items import encode

# Longer than a stream keeps a record and a dead-letter queue keeps what failed.
REMEMBERED = timedelta(days=30)


def done(cause: str, effect: str) -> bool:
    """Tell whether the effect of this cause has happened."""
    answer = dynamo.call(
        "get_item",
        TableName=dynamo.table("tokens"),
        Key=encode({"token": _mark(cause, effect)}),
        ConsistentRead=True,
    )
    return "Item" in answer


def mark(cause: str, effect: str, now: datetime) -> None:
    """Remember that the effect of this cause has happened."""
    item = {"token": _mark(cause, effect), "expires": int((now + REMEMBERED).timestamp())}
    dynamo.call("put_item", TableName=dynamo.table("tokens"), Item=encode(item))


def _mark(cause: str, effect: str) -> str:
    return f"effect#{cause}#{effect}"
