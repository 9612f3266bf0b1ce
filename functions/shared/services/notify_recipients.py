"""Telling those to whom data was passed on what became of it (S31, UK GDPR Art. 18(3) and 19).

Written once, for any number of them: in transactions as large as they may be, each notice under a
name that its cause gives it, so that it may be broken off anywhere and begun again.
"""

from collections.abc import Sequence
from datetime import datetime

from shared.domain.disclosure import Change
from shared.storage import disclosures
from shared.storage.dynamodb import database

AT_ONCE = 100
EVERYTHING = ("*",)


def notify(person: str, change: Change, fields: Sequence[str], now: datetime, cause: str) -> int:
    """Have each recipient told once of a change; return how many they are.

    `fields` are the names of what changed (`*`: all of it); the same `cause`, which begins with the
    id of the request, tells nobody again.

    Raises:
        Busy: the store is throttling; the same call may work in a moment.
    """
    request = cause.partition("#")[0]
    notices = disclosures.notices(person, change, fields, now, cause, request)
    for start in range(0, len(notices), AT_ONCE):
        batch = notices[start : start + AT_ONCE]
        database.call("transact_write_items", TransactItems=batch)
    return len(notices)
