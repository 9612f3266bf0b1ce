"""Answers to people who wrote without an e-mail address: pages to print, kept with the request.

The words are those of the mails. A letter waits at the desk until staff note the day on which it
was posted.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from notifications.email import page
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.timestamps import format_timestamp
from shared.languages import Language
from shared.storage.dynamodb import database
from shared.storage.requests import request_letters
from shared.storage.requests.request_store import TimelineEvent


def keep(
    case: DataSubjectRequest,
    happened: TimelineEvent,
    words: str,
    values: Mapping[str, Any],
    language: Language,
    now: datetime,
) -> None:
    """Keep a letter with its request; the same one again replaces itself."""
    address = case.postal_address or {}
    country = address.get("country")
    abroad = country if country != values["controller"]["country"] else None
    lines = [case.name, *address.get("lines", ()), address.get("postcode"), abroad]
    subject, html = page(words, {**values, "to": [line for line in lines if line]}, language.code)
    name = f"{happened.sequence:05}-{words}"
    content = {"subject": subject, "html": html, "written_at": format_timestamp(now)}
    database.call("put_item", **request_letters.putting(case.id, name, content)["Put"])
