"""An address whose mail came back for good, or was called spam, is not mailed again (S24)."""

import os
from datetime import timedelta
from typing import Any

import pytest

from notifications import handler as notifications
from shared.storage import undeliverable
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode
from tests.functions.people import Person, somebody
from tests.support import NOW, call

pytestmark = pytest.mark.usefixtures("cloud")
GONE = {"bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "…"}]}}
SPAM = {"complaint": {"complainedRecipients": [{"emailAddress": "…"}]}}
FULL = {"bounce": {"bounceType": "Transient", "bouncedRecipients": [{"emailAddress": "…"}]}}


def told(detail: dict[str, Any], address: str) -> None:
    """Have the mail service tell of a mail to an address."""
    ((kind, said),) = detail.items()
    changed = {name: [{"emailAddress": address}] for name in said if name.endswith("Recipients")}
    event = {"source": "aws.ses", "detail": {"mail": {"tags": {}}, kind: said | changed}}
    notifications.handle(event, None)


def desk(who: Person) -> Any:
    body = {"email": who.email}
    return call("desk", "POST", "/v1/desk/people/search", body, staff="support").json


@pytest.mark.parametrize(
    ("detail", "why"), [(GONE, "bounced"), (SPAM, "complained")], ids=["gone", "spam"]
)
def test_it_is_given_up_and_the_staff_see_why(
    sam: Person, detail: dict[str, Any], why: str
) -> None:
    assert desk(sam)["undeliverable"] is None
    told(detail, sam.email.upper().replace("EXAMPLE", "example"))
    sam.send("/v1/newsletter")
    sam.deliver()
    assert sam.mails() == []
    assert desk(sam)["undeliverable"] == why
    (sign_up,) = sam.held("subscription_pending")
    assert set(sign_up.facts["mails"].values()) == {"refused"}, "the record says so, too"


def test_a_full_mailbox_is_mailed_again_and_so_is_everybody_else(sam: Person) -> None:
    told(FULL, sam.email)
    told(GONE, somebody().email)
    sam.send("/v1/newsletter")
    sam.deliver()
    assert len(sam.mails()) == 1


def test_what_is_kept_of_it_is_whose_it_is_and_for_a_month(sam: Person) -> None:
    """Addresses come back to life; the mail service's own list tells anew if this one did not."""
    told(GONE, sam.email)
    kept = database.get("tokens", token=f"effect#{sam.id}#undeliverable")
    assert kept is not None
    assert set(decode(kept)) == {"token", "outcome", "expires"}
    assert decode(kept)["expires"] == (NOW + timedelta(days=30)).timestamp()


def test_the_staffs_own_mailbox_is_never_given_up(sam: Person) -> None:
    """Who would be told?"""
    told(GONE, os.environ["MAIL_INBOX"])
    assert undeliverable.why(os.environ["MAIL_INBOX"]) is None
    told(GONE, "no address")
    assert undeliverable.why("no address") is None
