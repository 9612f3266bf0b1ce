"""Telling a recipient of data by letter what became of it, where no mail reaches them (Art. 19).

The letter is a page to print, kept with the request that called for it; staff are told that it
waits. What no request called for has no letter: the mail to staff says what to write.
"""

import os
from datetime import datetime

from notifications import sender
from notifications.email import page
from notifications.sender import Notification
from shared import languages
from shared.domain.calendar_dates import london_date
from shared.domain.timestamps import format_timestamp
from shared.storage.dynamodb import database
from shared.storage.records import Record
from shared.storage.requests import request_letters, request_store

WORDS = "recipient_notice"


def write(notice: Record, now: datetime) -> None:
    """Keep the letter to a recipient, if it is not there yet, and tell staff once."""
    request = notice.facts.get("request")
    if request is not None and request_store.get(request) is not None:
        _keep(notice, request, now)
    sender.deliver(
        Notification(
            cause=notice.key,
            template="recipient_letter",
            to=os.environ["MAIL_INBOX"],
            person=notice.person,
            values={"facts": notice.facts},
        ),
        now,
    )


def _keep(notice: Record, request: str, now: datetime) -> None:
    name = f"recipient-{notice.id}"
    if request_letters.get(request, name) is not None:
        return
    english = languages.read(languages.ENGLISH)
    values = {
        **sender.known(now, english),
        "facts": notice.facts,
        "to": [notice.facts["recipient_name"]],
        "on": english.day(london_date(now).isoformat()),
    }
    subject, html = page(WORDS, values)
    content = {"subject": subject, "html": html, "written_at": format_timestamp(now)}
    database.call("put_item", **request_letters.putting(request, name, content)["Put"])
