"""What a worker has already done for a record, so that each effect happens once.

The mark is written after the effect. A crash in between repeats it: that one window cannot
be closed from this side of a mail server, and is the only one (docs/decisions/0006-mail.md).
"""

import time
from datetime import datetime, timedelta

from shared.domain.errors import Busy
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode

# Longer than a stream keeps a record and a dead-letter queue keeps what failed.
REMEMBERED = timedelta(days=30)
DONE = "done"
# Between the tries of a mark, in seconds; the worker has a minute for all that it is handed.
PAUSES = (0.1, 0.2, 0.5, 1, 2, 4, 8, 8)


def seen(cause: str, effect: str) -> str | None:
    """Tell how the effect of this cause came out, if it has happened."""
    item = database.get("tokens", token=_mark(cause, effect))
    return str(decode(item).get("outcome", DONE)) if item else None


def remember(cause: str, effect: str, now: datetime, outcome: str = DONE) -> None:
    """Remember that the effect of this cause has happened, and how it came out.

    A mark that is throttled is tried again here: if it were left to the record's next try, the
    effect would happen again with it.

    Raises:
        Busy: still throttled after 24 seconds.
    """
    for pause in PAUSES:
        try:
            return _write(cause, effect, now, outcome)
        except Busy:
            time.sleep(pause)
    return _write(cause, effect, now, outcome)


def _write(cause: str, effect: str, now: datetime, outcome: str) -> None:
    item = {
        "token": _mark(cause, effect),
        "outcome": outcome,
        "expires": int((now + REMEMBERED).timestamp()),
    }
    database.call("put_item", TableName=database.table("tokens"), Item=encode(item))


def _mark(cause: str, effect: str) -> str:
    return f"effect#{cause}#{effect}"
