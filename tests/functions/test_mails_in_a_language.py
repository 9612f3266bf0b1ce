"""Whoever wrote in German reads German; staff read English (S51)."""

import os
from email.message import EmailMessage
from typing import Any

import pytest

from local.functions import Functions
from shared.storage.requests import request_letters, request_store
from tests.functions.asking import Asker
from tests.functions.people import Person, text
from tests.functions.test_accounts import PAGE, apply
from tests.functions.test_preferences import session
from tests.support import call

pytestmark = pytest.mark.usefixtures("cloud")

ADDRESS = {"lines": ["Marktplatz 1"], "postcode": "04109", "country": "DE"}


@pytest.fixture
def asker(sam: Person, functions: Functions) -> Asker:
    return Asker(sam, functions)


def subjects(sam: Person) -> list[str]:
    return [str(mail["Subject"]) for mail in sam.mails()]


def html(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize(
    ("path", "more", "subject"),
    [
        ("/v1/newsletter", {}, "Bitte bestätigen Sie Ihren Newsletter"),
        (
            "/v1/contact",
            {"name": "Sam", "message": "Hallo"},
            "Ihre Nachricht ist bei uns eingegangen",
        ),
        (
            "/v1/accounts",
            {"name": "Sam", "organisation": "Lager"},
            "Bitte bestätigen Sie Ihr Konto",
        ),
    ],
)
def test_a_form_is_answered_in_its_language(
    sam: Person, path: str, more: dict[str, Any], subject: str
) -> None:
    assert sam.send(path, language="de-AT", **more).status == 202
    sam.deliver()
    (mail,) = sam.mails()
    assert str(mail["Subject"]).startswith(subject)
    assert '<html lang="de">' in html(mail)


def test_a_language_that_the_deployment_has_not_is_answered_in_english(sam: Person) -> None:
    assert sam.send("/v1/newsletter", language="fr").status == 202
    sam.deliver()
    assert subjects(sam) == ["Please confirm your newsletter"]


def test_a_confirmed_sign_up_and_a_link_go_on_in_the_language(sam: Person) -> None:
    assert sam.send("/v1/newsletter", language="de").status == 202
    token = sam.token("newsletter/confirmation")
    assert sam.confirm("newsletter", token).status == 200
    body = {"email": sam.email, "language": "de"}
    assert call("preferences", "POST", "/v1/preferences/link", body).status == 202
    sam.deliver()
    assert subjects(sam)[1:] == [
        "Sie haben unseren Newsletter abonniert",
        "Ihr Link zu Ihren Entscheidungen",
    ]


def test_a_request_is_answered_in_its_language_and_staff_read_english(asker: Asker) -> None:
    assert asker.ask("objection", language="de", details="Keine Auswertung.").status == 202
    assert asker.case.language == "de"
    assert asker.verify().status == 200
    asker.deliver()
    assert subjects(asker.person) == [
        "Bitte bestätigen Sie Ihre Anfrage",
        "Wir arbeiten an Ihrer Anfrage",
    ]
    last = text(asker.person.mails()[-1])
    assert asker.case.due == "2026-03-02"
    assert "spätestens am 2. März 2026" in last
    inbox = [
        mail
        for mail in Person(os.environ["MAIL_INBOX"]).mails()
        if asker.id in str(mail["Subject"])
    ]
    assert [str(mail["Subject"]) for mail in inbox] == [f"To do: objection {asker.id}"]


def test_staff_choose_the_language_of_a_letter(asker: Asker) -> None:
    letter: dict[str, Any] = {"email": None, "postal_address": ADDRESS, "identity_shown": False}
    assert asker.write_a_letter(language="de", **letter).status == 201
    asker.deliver()
    ((_, written),) = request_letters.of(asker.id)
    assert written["subject"] == "Bitte bestätigen Sie Ihre Anfrage"
    assert '<html lang="de">' in written["html"]
    assert "31. Januar 2026" in written["html"]


def test_staff_choose_the_language_in_which_a_permission_is_confirmed(sam: Person) -> None:
    body = {
        "choices": {"direct_marketing": True},
        "channel": "phone",
        "received_on": "2026-02-01",
        "note": "Am Telefon vorgelesen.",
        "email": sam.email,
        "language": "de",
    }
    path = {"person_id": sam.id}
    resource = "/v1/desk/people/{person_id}/preferences"
    assert call("desk", "POST", resource, body, path=path, staff="support").status == 201
    sam.deliver()
    (mail,) = sam.mails()
    assert mail["Subject"] == "Bitte bestätigen Sie, was Sie uns erlaubt haben"
    assert "Am 1. Februar 2026 wurde uns am Telefon gesagt" in text(mail)


def test_an_account_keeps_the_language_that_it_was_asked_for_in(
    sam: Person, functions: Functions
) -> None:
    apply(sam, language="de")
    assert sam.confirm("accounts", sam.token(PAGE)).status == 200
    bearer = {"Authorization": f"Bearer {session(sam)}"}
    account = "/v1/preferences/account"
    changed = call("preferences", "PATCH", account, {"job_title": "Lager"}, headers=bearer)
    assert changed.status == 200, changed.text
    (case,) = request_store.for_person(sam.id)
    Asker(sam, functions, case.id).deliver("notifications", "fulfilment")
    closed = call("preferences", "POST", f"{account}/closure", {}, headers=bearer)
    assert closed.status == 200, closed.text
    Asker(sam, functions, case.id).deliver()
    sam.deliver()
    assert "Ihr Konto ist geschlossen" in subjects(sam)
    (told,) = [mail for mail in sam.mails() if mail["Subject"] == "Ihr Konto ist geändert"]
    assert "bei Ihren Einstellungen geändert: Berufsbezeichnung." in text(told)
