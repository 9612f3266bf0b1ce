"""What is read of forms, links, imports, breaches and disclosures, as text under `tests/mails/`.

`RECORD_MAILS=1` writes the texts anew; they are read before they are kept.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

import notifications
from notifications import request_mails
from shared import languages
from shared.domain import breach
from shared.domain.disclosure import Change
from shared.domain.timestamps import format_timestamp
from tests import factories
from tests.test_mails_of_requests import ID, NOW, Told, as_kept, for_staff, known, read

FORM: dict[str, Any] = {"reference": "K7Q2-M4", "redacted": [], "asks": [], "opt_out": False}
ASKS = {**FORM, "asks": ["direct_marketing", "third_party_promotions"]}
NEWS = {**FORM, "asks": ["direct_marketing"]}
FIELDS = {"email": "sam@example.com", "name": "Sam Example", "organisation": "Example Ltd"}
LINK = "https://privacy.khoocommerce.example/…#token=…"
UNSUBSCRIBE = "https://privacy.khoocommerce.example/unsubscribe/…"
SOURCE = "public_resources"
IMPORTED: dict[str, Any] = {
    "source": SOURCE,
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


def breaches() -> Iterator[tuple[str, str, dict[str, Any]]]:
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


DISCLOSED = [
    {"reference": "Shipment 4711", "on": "2026-10-05"},
    {"reference": "Shipment 4712", "on": "2026-10-06"},
]


def recipients() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Tell those to whom data was passed on what became of it, in English."""
    for change in get_args(Change):
        facts = {"change": change, "fields": ["phone", "name"], "disclosures": DISCLOSED}
        yield change, "recipient_notice", {"facts": facts}


def staff() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Tell staff what there is to do, in English."""
    message = {**FIELDS, "phone": "+44 1233 000000", "message": "Where is my order?\nSam"}
    yield "a message", "enquiry_notice", {"facts": FORM, "fields": message}
    objects = {**FORM, "opt_out": True}
    yield "a message that objects", "enquiry_notice", {"facts": objects, "fields": message}
    to_write = {"recipient_name": "The auditors", "change": "erased", "disclosures": DISCLOSED}
    yield "a letter of nobody's request", "recipient_letter", {"facts": to_write}
    yield "a letter to post", "recipient_letter", {"facts": {**to_write, "request": ID}}
    found = factories.breach(format_timestamp(NOW))
    for hours, decision in ((0, None), (24, None), (66, {"notify_authority": True})):
        known_so = replace(found, decision=decision)
        clock = breach.clock(known_so, NOW + timedelta(hours=hours))
        told = {"breach": known_so, "hours": hours, "clock": clock}
        yield f"a breach of {hours} hours", "breach_warning", told
    yield from for_staff()


MAILS = (contact, newsletter, account, preferences, imports, breaches)


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


@pytest.mark.parametrize("language", languages.codes())
def test_data_from_elsewhere_is_told_of_with_all_that_the_law_lists(language: str) -> None:
    """UK GDPR Art. 14(1) to (3): what, from whom and when, why, on which basis, and to whom."""
    policy = known(language)["policy"]
    purpose, source = _named(policy["purposes"], "improvement"), _named(policy["sources"], SOURCE)
    told = {"fields": {"email": ""}, "received_at": "2026-11-02T09:00:00.000Z"}
    facts = {**IMPORTED, "purpose": "improvement"}
    values = {**known(language), **told}
    words = read("import_notice", {**values, "facts": facts}, language=language)
    late = read("import_notice", {**values, "facts": {**facts, "late": True}}, language=language)
    recipients = [each for each in policy["recipients"] if "improvement" in each["purposes"]]
    assert recipients
    interest = purpose.get("interest") or purpose["assessment"]["purpose"]
    wanted = [source["title"], purpose["title"], purpose["text"], interest]
    wanted += [each["name"].partition(" (")[0] for each in recipients]
    for each in wanted:
        assert " ".join(each.split()) in " ".join(words.split())
    assert len(late) > len(words), "why it comes late"


def _named(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(each for each in items if each["id"] == name)


@pytest.mark.parametrize("told", [recipients, staff], ids=lambda each: each.__name__)
def test_what_others_read_is_what_was_read_before_it_was_kept(
    told: Callable[[], Iterator[tuple[str, str, dict[str, Any]]]],
) -> None:
    said = [
        Told(story, template, read(template, {**known(), **values}))
        for story, template, values in told()
    ]
    as_kept(told.__name__, languages.ENGLISH, said)


def test_every_mail_to_staff_and_recipients_is_among_those() -> None:
    stories = {template for told in (recipients, staff) for _, template, _ in told()}
    assert stories == {path.stem for path in Path(notifications.__path__[0]).rglob("*.j2")}


def test_every_mail_but_those_of_requests_is_among_these() -> None:
    stories = {template for told in MAILS for _, template, _ in told()}
    named = {path.stem for path in (languages.FOLDER / languages.ENGLISH / "mails").glob("[a-z]*")}
    assert stories == named - {
        mail.template for mails in request_mails.MAILS.values() for mail in mails
    }
