"""What became of the mails to a request's person: entries beside the request, gone with it.

They are no events of its timeline: a mail that leaves changes nothing that somebody decides on.
"""

from collections.abc import Iterator
from dataclasses import asdict

from shared.domain.data_subject_request import MailNote
from shared.storage.requests import request_store

_PREFIX = "mail#"


def keep(request: str, cause: str, note: MailNote) -> None:
    """Note what became of the mail that `cause`, a step, called for; the last word stays."""
    request_store.put_entry(request, f"{_PREFIX}{cause}-{note.mail}", asdict(note))


def of(request: str) -> Iterator[MailNote]:
    """Give the notes of a request's mails, in the order of the steps that called for them."""
    for item in request_store.entries(request, _PREFIX):
        yield MailNote(mail=item["mail"], at=item["at"], outcome=item["outcome"])
