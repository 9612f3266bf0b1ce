"""Somebody at an address: what is kept about them, and the mails that follow it."""

import email as mime
import re
import secrets as randomness
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from typing import Any

import boto3

from local.cloud import ACCOUNT, REGION
from notifications import handler as notifications
from shared.domain.consent import Event
from shared.domain.evidence import RequestContext
from shared.domain.identifiers import person_id
from shared.domain.permission import ConsentState
from shared.services.link_browser import link_browser
from shared.storage import consent_states, ledger, records, secrets
from shared.storage.dynamodb import database
from shared.storage.records import Record
from tests.support import NOW, Answer, call

VERSION = {"policy_version": "2023-06"}
TOKEN = r"[\w-]{22}\.[\w-]{22}"
MARKETING = ("direct_marketing", "third_party_promotions", "third_party_sharing", "publicity")


@dataclass(frozen=True)
class Person:
    """One person of a test, whom no other test knows."""

    email: str

    @property
    def id(self) -> str:
        return person_id(secrets.identity(), self.email)

    @property
    def standing(self) -> ConsentState:
        return consent_states.get(self.id)

    @property
    def events(self) -> list[Event]:
        return ledger.after(self.id, 0, 100)

    def held(self, kind: str | None = None) -> list[Record]:
        return [record for record in records.for_person(self.id) if kind in (None, record.kind)]

    def send(self, path: str, headers: Any = None, now: datetime = NOW, **fields: Any) -> Answer:
        """Send a form to `/v1/…`."""
        body = VERSION | {"email": self.email} | fields
        return call("contact", "POST", path, body, headers=headers, now=now)

    def deliver(self) -> None:
        """Hand the worker all that is stored about the person, as the stream would."""
        batch = [_inserted(item) for item in _items(self.id)]
        assert batch, "nothing is stored"
        assert notifications.handle({"Records": batch}, None) == {"batchItemFailures": []}

    def mails(self) -> list[EmailMessage]:
        """Return the mails sent to the person so far, oldest first."""
        from moto.backends import get_backend  # noqa: PLC0415

        backend: Any = get_backend("ses")[ACCOUNT][REGION]
        sent = [
            mime.message_from_bytes(item.raw_data.encode(), EmailMessage, policy=default)
            for item in backend.sent_messages
        ]
        return [mail for mail in sent if mail["To"] == self.email]

    def token(self, page: str) -> str:
        """Deliver what is due; return the newest token mailed in a link to `page`."""
        self.deliver()
        texts = "".join(map(text, self.mails()))
        return re.findall(rf"/{page}#token=({TOKEN})", texts)[-1]  # type: ignore[no-any-return]

    def confirm(self, form: str, token: str, **more: Any) -> Answer:
        """Confirm a newsletter or accounts form."""
        path = f"/v1/{form}/confirmation"
        return call("contact", "POST", path, {"token": token}, **more)

    def preview(self, token: str, **more: Any) -> Answer:
        """Look at what a mailed link confirms."""
        return call("contact", "POST", "/v1/confirmations/preview", {"token": token}, **more)

    def subscribe(self) -> None:
        """Sign up for the newsletter and confirm it."""
        assert self.send("/v1/newsletter").status == 202
        assert self.confirm("newsletter", self.token("newsletter/confirmation")).status == 200

    def open_link_in(self, browser: str, now: datetime = NOW) -> None:
        """Open a mailed link in a browser, which becomes the person's."""
        seen = RequestContext(page=None, property="program", ip=None, browser="Firefox")
        assert link_browser(self.id, browser, seen, now)

    def unsubscribe_token(self) -> str:
        """Return the token of the newest one-click link."""
        self.deliver()
        links = [mail["List-Unsubscribe"] for mail in self.mails() if mail["List-Unsubscribe"]]
        return str(links[-1]).strip("<>").rpartition("/")[2]

    def allowed(self, purpose: str = "direct_marketing", **more: Any) -> tuple[bool, str]:
        """Ask "may I?" of this person alone."""
        (verdict,) = ask(purpose, [self.email], **more).json["results"]
        return verdict["allowed"], verdict["reason"]


def somebody() -> Person:
    return Person(f"{randomness.token_hex(6)}@example.com")


def ask(purpose: str, emails: list[str], **more: Any) -> Answer:
    body = {"purpose": purpose, "emails": emails}
    return call("preferences", "POST", "/v1/permissions", body, **more)


def text(mail: EmailMessage) -> str:
    """Return a mail's plain text."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def _items(person: str) -> Iterator[dict[str, Any]]:
    pages = (
        boto3.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=database.table("records"),
            KeyConditionExpression="person = :person",
            ExpressionAttributeValues={":person": {"S": person}},
        )
    )
    return (item for page in pages for item in page["Items"])


def _inserted(item: dict[str, Any]) -> dict[str, Any]:
    table = database.table("records")
    return {
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}/stream/x",
        "dynamodb": {"NewImage": item, "SequenceNumber": randomness.token_hex(8)},
    }
