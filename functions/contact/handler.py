"""Forms over HTTP. Each is stored before it is acknowledged; the mails follow the record."""

import secrets as randomness

from contact.bodies import Account, Confirmation, Confirmed, Contact, Newsletter, Received
from contact.confirmation import confirm
from contact.submission import ACCOUNT, CONTACT, NEWSLETTER, submit
from shared.domain.clock import stamp
from shared.domain.subject import reference
from shared.edge.http import Api, Request
from shared.storage.records import Record
from shared.storage.tokens import CONFIRM_ACCOUNT, CONFIRM_NEWSLETTER

api = Api()


@api.route("POST", "/v1/contact", status=202)
def contact(body: Contact, request: Request) -> Received:
    """Take a message; the sender is mailed a confirmation with the reference.

    Card numbers are taken out before anything is stored, and `redacted` says where.
    """
    if body.website:
        return _trapped(request)
    return _received(submit(CONTACT, body, request, opt_in=body.marketing_opt_in))


@api.route("POST", "/v1/newsletter", status=202)
def newsletter(body: Newsletter, request: Request) -> Received:
    """Sign up for the newsletter; counts only once the mailed link is followed (double opt-in).

    The answer is the same whether the address is new, waiting or subscribed.
    """
    if body.website:
        return _unreferenced(_trapped(request))
    submitted = submit(NEWSLETTER, body, request, opt_in=True)
    return _unreferenced(_received(submitted))


@api.route("POST", "/v1/newsletter/confirmation")
def confirm_newsletter(body: Confirmation, request: Request) -> Confirmed:
    """Confirm a sign-up with the mailed token: now direct marketing is granted, with evidence."""
    confirm(CONFIRM_NEWSLETTER, body.token, "subscription", request)
    return Confirmed(confirmed_at=stamp(request.now))


@api.route("POST", "/v1/accounts", status=202)
def account(body: Account, request: Request) -> Received:
    """Apply for a customer account; counts only once the mailed link is followed."""
    if body.website:
        return _trapped(request)
    submitted = submit(ACCOUNT, body, request, opt_in=body.marketing_opt_in)
    return _received(submitted)


@api.route("POST", "/v1/accounts/confirmation")
def confirm_account(body: Confirmation, request: Request) -> Confirmed:
    """Confirm an account's address with the mailed token."""
    confirm(CONFIRM_ACCOUNT, body.token, "account", request)
    return Confirmed(confirmed_at=stamp(request.now))


def _received(record: Record) -> Received:
    answer = Received(received_at=record.received_at, reference=record.facts["reference"])
    if record.facts["redacted"]:
        answer["redacted"] = record.facts["redacted"]
    return answer


def _unreferenced(answer: Received) -> Received:
    """Leave the reference out: a newsletter has nothing to ask after."""
    answer.pop("reference", None)
    return answer


def _trapped(request: Request) -> Received:
    """Answer a robot as if all were well, and keep nothing."""
    return Received(received_at=stamp(request.now), reference=reference(randomness.token_bytes(5)))
