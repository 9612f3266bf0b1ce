"""Every mail that would have gone out, read from the embedded SES."""

import email
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from typing import Any

from typing_extensions import TypedDict

from local import clock
from local.cloud import ACCOUNT, REGION
from shared.domain.timestamps import format_timestamp

_seen_at: dict[str, str] = {}
_parsed: dict[str, "Mail"] = {}


class Mail(TypedDict):
    """One mail; `headers` are all of them, `sent_at` the local clock's time."""

    id: str
    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    sent_at: str


def raw(number: int) -> str | None:
    """Return the message as it was handed to SES, counting from 1."""
    sent = _sent()
    return str(sent[number - 1].raw_data) if 0 < number <= len(sent) else None


def everything() -> list[Mail]:
    """Return all mails, oldest first."""
    note()
    return [_read(str(index), item) for index, item in enumerate(_sent(), start=1)]


def note(now: datetime | None = None) -> None:
    """Note the time for mails that are new since the last look."""
    for item in _sent():
        _seen_at.setdefault(item.id, format_timestamp(now or clock.now()))


def _sent() -> list[Any]:
    from moto.backends import get_backend  # noqa: PLC0415 - heavy

    backend: Any = get_backend("ses")[ACCOUNT][REGION]
    return list(backend.sent_messages)


def _read(number: str, item: Any) -> Mail:
    if item.id in _parsed:
        return _parsed[item.id]
    message = email.message_from_bytes(item.raw_data.encode(), EmailMessage, policy=default)
    _parsed[item.id] = Mail(
        id=number,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        headers={name: str(value) for name, value in message.items()},
        sent_at=_seen_at[item.id],
    )
    return _parsed[item.id]


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
