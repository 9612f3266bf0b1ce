"""What became of the mails to a request's person: entries beside the request, gone with it.

They are no events of its timeline: a mail that leaves changes nothing that somebody decides on.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import asdict

from shared.domain.data_subject_request import MailNote
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import encode
from shared.storage.requests import request_store

_PREFIX = "mail#"


def keep(request: str, cause: str, note: MailNote) -> None:
    """Note what became of the mail that `cause`, a step, called for, and when.

    The same again, told later, leaves the moment as it was, for a person's time counts from it;
    and what bounced stays bounced, though it had been sent.
    """
    put = request_store.putting_entry(request, f"{_PREFIX}{cause}-{note.mail}", asdict(note))["Put"]
    put["ConditionExpression"] = (
        "attribute_not_exists(entry) OR NOT outcome IN (:outcome, :bounced)"
    )
    put["ExpressionAttributeValues"] = encode({":outcome": note.outcome, ":bounced": "bounced"})
    with contextlib.suppress(database.ConditionFailed):  # noted before
        database.call("put_item", **put)


def of(request: str) -> Iterator[MailNote]:
    """Yield the notes of a request's mails, in the order of the steps that called for them."""
    for item in request_store.entries(request, _PREFIX):
        yield MailNote(mail=item["mail"], at=item["at"], outcome=item["outcome"])
