"""What the mail service says later of a mail that it took: it came back, or is called spam.

Amazon SES tells of it on the event bus, with the address and with the tags that the mail left with:
the request, its step and the template. An address that does not exist, or whose owner complains, is
not mailed again. To its request, a mail that bounced for good counts as one that was refused at
once; one that is complained of was read.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from shared.domain.data_subject_request import DataSubjectRequest, MailNote
from shared.domain.timestamps import format_timestamp
from shared.services import apply_action
from shared.storage import undeliverable
from shared.storage.requests import mail_notes, request_store
from shared.storage.requests.request_store import RequestAction

SOURCE = "aws.ses"
_FOR_GOOD = "Permanent"


def of_event(event: Mapping[str, Any], now: datetime) -> None:
    """Give the addresses up; note a bounce with the request that the mail was about."""
    detail = event.get("detail", {})
    for address, why in _given_up(detail):
        # The staff's own mailbox may be full for a day; they are mailed all the same.
        if address != os.environ["MAIL_INBOX"]:
            undeliverable.note(address, why, now)
    tags = detail.get("mail", {}).get("tags", {})
    request, step, mail = (next(iter(tags.get(name, ())), None) for name in TAGS)
    if not _bounced(detail) or not (request and step and mail):
        return
    case = request_store.get(request)
    if case is None:
        return
    mail_notes.keep(request, step, MailNote(mail, format_timestamp(now), undeliverable.BOUNCED))
    key = f"bounced#{request}/{step}#{mail}"
    refused = RequestAction("mail_refused", "system", now, details={"mail": mail}, key=key)
    for each in (case, *_acknowledged_by_it(case, f"{request}/{int(step)}", mail)):
        apply_action.act(each, refused)


def _acknowledged_by_it(
    case: DataSubjectRequest, cause: str, mail: str
) -> Iterator[DataSubjectRequest]:
    """Yield the other complaints of the mailbox that the same mail acknowledged."""
    for other in request_store.for_person(case.person) if case.type == "complaint" else ():
        if other.id != case.id and request_store.repeated(
            other.id, f"acknowledged#{cause}#{mail}", None
        ):
            yield other


def _given_up(detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if _bounced(detail):
        for each in detail["bounce"].get("bouncedRecipients", ()):
            yield each["emailAddress"], undeliverable.BOUNCED
    for each in detail.get("complaint", {}).get("complainedRecipients", ()):
        yield each["emailAddress"], undeliverable.COMPLAINED


def _bounced(detail: Mapping[str, Any]) -> bool:
    return bool(detail.get("bounce", {}).get("bounceType") == _FOR_GOOD)


# With what a mail to a request's person leaves.
TAGS = ("request", "step", "mail")


def tags(request: str, step: str, mail: str) -> dict[str, str]:
    """Return the tags by which a bounce is found again."""
    return dict(zip(TAGS, (request, step, mail), strict=True))
