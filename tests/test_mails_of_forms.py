"""What people read of forms, links, imports and breaches, as text under `tests/mails/`.

`RECORD_MAILS=1` writes the texts anew; they are read before they are kept.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared import languages
from tests.test_mails_of_requests import Told, as_kept, known, read

FORM: dict[str, Any] = {"reference": "K7Q2-M4", "redacted": [], "asks": [], "opt_out": False}
ASKS = {**FORM, "asks": ["direct_marketing", "third_party_promotions"]}
NEWS = {**FORM, "asks": ["direct_marketing"]}
FIELDS = {"email": "sam@example.com", "name": "Sam Example", "organisation": "Example Ltd"}
LINK = "https://privacy.khoocommerce.example/…#token=…"
UNSUBSCRIBE = "https://privacy.khoocommerce.example/unsubscribe/…"
IMPORTED: dict[str, Any] = {
    "source": "public_resources",
    "obtained_on": "2026-10-20",
    "lawful_basis": "legitimate_interests",
}
CHANNELS = ("letter", "phone", "email")


def contact() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "message", "enquiry_received", {"facts": FORM}
    yield "message with a card number", "enquiry_received", {"facts": {**FORM, "redacted": ["x"]}}
    yield "with boxes ticked", "marketing_confirmation", {"facts": ASKS}
    yield "with the box that objects", "objection_received", {"facts": FORM}


def newsletter() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "sign-up", "newsletter_confirmation", {"facts": NEWS}
    yield "with the box that objects", "objection_received", {"facts": NEWS}
    yield "confirmed", "newsletter_welcome", {"facts": NEWS, "unsubscribe": UNSUBSCRIBE}


def account() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "applied for", "account_confirmation", {"facts": FORM}
    yield "applied for with boxes ticked", "account_confirmation", {"facts": ASKS}
    yield "confirmed", "account_welcome", {"facts": FORM, "fields": FIELDS}
    yield "closed", "account_closed", {"facts": {}}


def preferences() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "link", "preferences_link", {"facts": {}}
    choices = {"direct_marketing": True, "improvement": True, "third_party_sharing": False}
    for channel in CHANNELS:
        fields = {"received_on": "2026-11-02", "channel": channel}
        yield f"by {channel}", "permission_noted", {"facts": {"choices": choices}, "fields": fields}
    spoken = {"asks": ["direct_marketing", "third_party_sharing"], "choices": {}}
    fields = {"received_on": "2026-11-02", "channel": "phone"}
    yield "to confirm", "permission_confirmation", {"facts": spoken, "fields": fields}
    yield "new version", "policy_changed", {}


def imports() -> Iterator[tuple[str, str, dict[str, Any]]]:
    told = {"fields": {"email": "", "job_title": ""}, "received_at": "2026-11-02T09:00:00.000Z"}
    yield "no purpose named", "import_notice", {**told, "facts": IMPORTED}
    late = {**IMPORTED, "purpose": "improvement", "late": True}
    yield "late, to improve", "import_notice", {**told, "facts": late}
    agreed = {**IMPORTED, "purpose": "direct_marketing", "lawful_basis": "consent"}
    yield "with permission", "import_notice", {**told, "facts": agreed}


def breach() -> Iterator[tuple[str, str, dict[str, Any]]]:
    said: dict[str, Any] = {
        "title": None,
        "message": "On 2 November somebody read our list of addresses.\nWe saw it at once.",
        "consequences": "You may get mail that pretends to be ours.",
        "measures": "The way in is closed.",
        "advice": "Open no link in a mail that you did not expect.",
    }
    yield "all of it", "breach_notice", said
    short = {**said, "title": "Your address was read", "consequences": None, "measures": None}
    yield "with a subject of its own", "breach_notice", {**short, "advice": None}


MAILS = (contact, newsletter, account, preferences, imports, breach)


@pytest.mark.parametrize("language", languages.codes())
@pytest.mark.parametrize("told", MAILS, ids=lambda each: each.__name__)
def test_what_a_person_reads_is_what_was_read_before_it_was_kept(
    told: Callable[[], Iterator[tuple[str, str, dict[str, Any]]]], language: str
) -> None:
    as_kept(
        told.__name__,
        language,
        [
            Told(
                story,
                template,
                read(template, {**known(language), "link": LINK, **values}, language=language),
            )
            for story, template, values in told()
        ],
    )


def test_every_mail_but_those_of_requests_is_among_these() -> None:
    stories = {template for told in MAILS for _, template, _ in told()}
    named = {path.stem for path in (languages.FOLDER / languages.ENGLISH / "mails").glob("[a-z]*")}
    of_requests = ("request_", "agent_", "complaint_", "erasure_", "restriction_")
    assert stories == {name for name in named if not name.startswith(of_requests)}
