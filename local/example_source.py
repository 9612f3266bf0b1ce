"""A sample of one of the company's other systems: orders and invoices, by docs/sources.md.

What it holds about an address is made from the address, so that everybody has something. It
remembers what it corrected and erased until the server stops. Every call's signature is checked,
as a real system has to; the code here knows nothing of the product's own.
"""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3

NAME = "orders"
PATH = "/_local/source"
TOLERANCE = 300  # seconds
PAGE = 2  # records
_CORRECTABLE = ("name", "phone", "organisation")


class Refused(Exception):
    """The call is not from us, not new, or not one that this system knows; `status` is HTTP's."""

    def __init__(self, status: int, detail: str) -> None:
        """Hold what to answer."""
        super().__init__(detail)
        self.status = status
        self.detail = detail


def configure(base: str) -> None:
    """Have the functions know this source: plain http, as it is this very machine."""
    os.environ["SOURCES"] = json.dumps({NAME: f"{base.rstrip('/')}{PATH}"})


def key() -> bytes:
    """Derive this source's key from the secret, as the operator of a real one would be given it."""
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET_SOURCES"])
    text = str(secret["SecretString"]).encode()
    return hmac.new(text, f"source/{NAME}".encode(), hashlib.sha256).digest()


def verify(secret: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Check the signature and its age by Standard Webhooks; return the message's id.

    Raises:
        Refused: it does not fit.
    """
    name, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not name or not sent.isdigit() or abs(now.timestamp() - int(sent)) > TOLERANCE:
        raise Refused(401, "The message has no id, or is not of this moment.")
    wanted = hmac.new(secret, f"{name}.{sent}.".encode() + body, hashlib.sha256).digest()
    for signature in headers.get("webhook-signature", "").split(" "):
        version, _, text = signature.partition(",")
        if version == "v1" and hmac.compare_digest(text, base64.b64encode(wanted).decode()):
            return name
    raise Refused(401, "The signature does not fit.")


@dataclass
class Source:
    """What the system holds, and which messages it has answered already."""

    secret: Callable[[], bytes] = key
    _answered: dict[str, Any] = field(default_factory=dict)
    _corrected: dict[str, dict[str, str]] = field(default_factory=dict)
    _erased: set[str] = field(default_factory=set)

    def answer(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Any:
        """Answer a call; the same message again gets the same answer.

        Raises:
            Refused: it is not ours, or asks for something else.
        """
        small = {name.lower(): value for name, value in headers.items()}
        name = verify(self.secret(), small, body, now)
        if name not in self._answered:
            message = json.loads(body)
            work = {"collect": self._collect, "correct": self._correct, "erase": self._erase}
            if message.get("type") not in work:
                raise Refused(422, "The type is collect, correct or erase.")
            self._answered[name] = work[message["type"]](message)
        return self._answered[name]

    def _collect(self, message: Mapping[str, Any]) -> Any:
        held = self._held(message["email"])
        start = int(message["cursor"] or 0)
        more = start + PAGE < len(held)
        return {
            "records": held[start : start + PAGE],
            "next": str(start + PAGE) if more else None,
        }

    def _correct(self, message: Mapping[str, Any]) -> Any:
        wanted = {item["field"]: item["value"] for item in message["corrections"]}
        unknown = sorted(set(wanted) - set(_CORRECTABLE))
        if unknown:
            return {"status": "refused", "reason": f"Orders have no {', '.join(unknown)}."}
        self._corrected.setdefault(message["email"], {}).update(wanted)
        return {"status": "corrected"}

    def _erase(self, message: Mapping[str, Any]) -> Any:
        held = self._held(message["email"])
        self._erased.add(message["email"])
        left = self._held(message["email"])
        ground = "Invoices have to be kept for six years (VAT Act 1994 Sch. 11 para. 6)."
        return {
            "erased": len(held) - len(left),
            "kept": [{"class": "statutory_record", "count": len(left), "ground": ground}],
        }

    def _held(self, email: str) -> list[dict[str, Any]]:
        number = int(hashlib.sha256(email.encode()).hexdigest()[:6], 16)
        customer = {"email": email, **self._corrected.get(email, {})}
        order = {"number": f"SO-{number:08}", "items": [{"sku": "KC-100", "quantity": 3}]}
        invoice = {"number": f"INV-{number:08}", "order": order["number"], "total": "149.00 GBP"}
        ticket = {"question": "Where is my parcel?", "answer": "It left today."}
        found = [
            _record("statutory_record", "Order", {**order, "customer": customer}, portable=True),
            _record("statutory_record", "Invoice", {**invoice, "customer": customer}),
            _record("support_record", "Support ticket", ticket, portable=True),
        ]
        return [
            record
            for record in found
            if email not in self._erased or record["class"] == "statutory_record"
        ]


def _record(kind: str, title: str, data: Any, *, portable: bool = False) -> dict[str, Any]:
    return {
        "class": kind,
        "title": title,
        "data": data,
        "received_at": "2025-11-03T10:00:00Z",
        "portable": portable,
        # All of it was written by the shop's own systems, or sent to the customer before.
        "may_hold_others": False,
    }
