"""What the mail service says later of a mail that it took: its recipient's side refused it.

Amazon SES tells of it on the event bus, with the tags that the mail left with: the request, its
step and the template. No address is read. A mail that bounced for good counts as one that was
refused at once.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.data_subject_request import MailNote
from shared.domain.timestamps import format_timestamp
from shared.services import apply_action
from shared.storage.requests import mail_notes, request_store
from shared.storage.requests.request_store import RequestAction

SOURCE = "aws.ses"
_FOR_GOOD = "Permanent"


def of_event(event: Mapping[str, Any], now: datetime) -> None:
    """Note with its request that a mail bounced for good; a mail without a request is let be."""
    detail = event.get("detail", {})
    tags = detail.get("mail", {}).get("tags", {})
    request, step, mail = (next(iter(tags.get(name, ())), None) for name in TAGS)
    if detail.get("bounce", {}).get("bounceType") != _FOR_GOOD or not (request and step and mail):
        return
    case = request_store.get(request)
    if case is None:
        return
    mail_notes.keep(request, step, MailNote(mail, format_timestamp(now), "bounced"))
    key = f"bounced#{step}#{mail}"
    details = {"mail": mail}
    apply_action.act(case, RequestAction("mail_refused", "system", now, details=details, key=key))


# With what a mail to a request's person leaves.
TAGS = ("request", "step", "mail")


def tags(request: str, step: str, mail: str) -> dict[str, str]:
    """Give the tags by which a bounce is found again."""
    return dict(zip(TAGS, (request, step, mail), strict=True))
