"""Forms over HTTP. Each is stored before it is acknowledged; the mails follow the record."""

import secrets as randomness
from typing import Any

from contact.confirmation import confirm, preview
from contact.schemas import (
    Account,
    Confirmation,
    ConfirmationPreview,
    Contact,
    FormConfirmed,
    FormReceipt,
    Newsletter,
)
from contact.submission import ACCOUNT, CONTACT, NEWSLETTER, submit
from shared.domain.identifiers import reference
from shared.domain.timestamps import format_timestamp
from shared.domain.token_scopes import TokenScope
from shared.edge.body import FORM, JSON
from shared.edge.http import Api, Request
from shared.storage.records import Record

api = Api()

# Of every form: a mail goes to the address in it, and a page without scripts can send it.
FORM_ROUTE: Any = {
    "status": 202,
    "mails": True,
    "media_types": (JSON, FORM),
    "headers": ("Sec-GPC",),
}


@api.route("POST", "/v1/contact", sent="../contact?sent", **FORM_ROUTE)
def contact(body: Contact, request: Request) -> FormReceipt:
    """Take a message; the sender is mailed a confirmation with the reference.

    Card numbers are taken out before anything is stored, and `redacted` says where. With
    `Sec-GPC: 1` a box whose purpose the policy flags `gpc` asks for nothing, unless
    `gpc_override` says that the sender, shown that, chose otherwise.
    """
    if body.website:
        return _trapped(request)
    return _received(submit(CONTACT, body, request))


@api.route("POST", "/v1/newsletter", sent="../newsletter?sent", **FORM_ROUTE)
def newsletter(body: Newsletter, request: Request) -> FormReceipt:
    """Sign up for the newsletter; counts only once the mailed link is followed (double opt-in).

    The answer is the same whether the address is new, waiting or subscribed.
    """
    if body.website:
        return _unreferenced(_trapped(request))
    submitted = submit(NEWSLETTER, body, request)
    return _unreferenced(_received(submitted))


@api.route("POST", "/v1/newsletter/confirmation", headers=("Sec-GPC",))
def confirm_newsletter(body: Confirmation, request: Request) -> FormConfirmed:
    """Confirm a sign-up with the mailed token: now what it asked for is granted, with evidence.

    With `Sec-GPC: 1` what the policy flags `gpc` is not, unless `gpc_override` says so.
    """
    return confirm(TokenScope.CONFIRM_NEWSLETTER, body, request)


@api.route("POST", "/v1/accounts", sent="../account?sent", **FORM_ROUTE)
def account(body: Account, request: Request) -> FormReceipt:
    """Apply for a customer account; counts only once the mailed link is followed."""
    if body.website:
        return _trapped(request)
    return _received(submit(ACCOUNT, body, request))


@api.route("POST", "/v1/accounts/confirmation", headers=("Sec-GPC",))
def confirm_account(body: Confirmation, request: Request) -> FormConfirmed:
    """Confirm an account's address with the mailed token."""
    return confirm(TokenScope.CONFIRM_ACCOUNT, body, request)


@api.route("POST", "/v1/confirmations/preview", headers=("Sec-GPC",))
def preview_confirmation(body: Confirmation, request: Request) -> ConfirmationPreview:
    """Show what a mailed link confirms before it is pressed; looking at it changes nothing."""
    return preview(body, request)


def _received(record: Record) -> FormReceipt:
    answer = FormReceipt(received_at=record.received_at, reference=record.facts["reference"])
    if record.facts["redacted"]:
        answer["redacted"] = record.facts["redacted"]
    if "gpc" in record.facts:
        answer["gpc"] = record.facts["gpc"]
    return answer


def _unreferenced(answer: FormReceipt) -> FormReceipt:
    """Leave the reference out: a newsletter has nothing to ask after."""
    answer.pop("reference", None)
    return answer


def _trapped(request: Request) -> FormReceipt:
    """Answer a robot as if all were well, and keep nothing."""
    return FormReceipt(
        received_at=format_timestamp(request.now), reference=reference(randomness.token_bytes(5))
    )
