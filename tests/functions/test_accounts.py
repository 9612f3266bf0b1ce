"""Account forms: an application counts only when its address is confirmed (S2, S16, S26)."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.timestamps import format_timestamp
from shared.storage import ledger
from tests.functions.people import MARKETING, Person, text
from tests.support import NOW, call

pytestmark = pytest.mark.usefixtures("cloud")
PAGE = "account/confirmation"


def apply(person: Person, **fields: Any) -> Any:
    usual = {"name": "Sam Example", "organisation": "Example Ltd", "job_title": "Buyer"}
    return person.send("/v1/accounts", **usual | fields)


def test_confirming_keeps_the_account_with_its_provenance_s1_s16(sam: Person) -> None:
    reference = apply(sam, phone="+49 30 901820").json["reference"]
    assert [record.kind for record in sam.held()] == ["account_pending"]
    assert sam.confirm("accounts", sam.token(PAGE)).status == 200
    (account,) = sam.held("account")
    assert account.fields["phone"] == "+4930901820"
    assert account.facts["reference"] == reference
    assert account.provenance["form"] == "account_form"
    assert account.facts["signed_up_at"] == "2026-02-01T09:00:00.000Z"


def test_an_account_without_the_box_is_no_consent_s4(sam: Person) -> None:
    apply(sam)
    sam.confirm("accounts", sam.token(PAGE))
    assert sam.events == []
    assert sam.allowed() == (False, "never_asked")


def test_the_opt_in_box_counts_with_the_confirmation_s26(sam: Person) -> None:
    apply(sam, marketing_opt_in=True)
    assert sam.events == []
    sam.confirm("accounts", sam.token(PAGE))
    (event,) = sam.events
    assert event["decided"] == ["direct_marketing"]
    assert event["notice"]["id"] == "account_form"
    assert event["sign_up"] is not None


def test_the_opt_out_box_does_not_wait_for_a_confirmation_s47(sam: Person) -> None:
    assert apply(sam, marketing_opt_out=True).status == 202
    (event,) = sam.events
    assert event["kind"] == "objection"
    assert set(event["objections"] or {}) == set(MARKETING)
    assert apply(sam, marketing_opt_in=True, marketing_opt_out=True).pointers == [
        "/marketing_opt_out"
    ]


def test_the_same_link_again_is_the_same_answer(sam: Person) -> None:
    apply(sam)
    token = sam.token(PAGE)
    answers = [sam.confirm("accounts", token) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert answers[2].json == answers[0].json
    assert len(sam.held("account")) == 1


def test_a_later_no_leaves_the_account_and_grants_nothing(sam: Person) -> None:
    apply(sam, marketing_opt_in=True)
    token = sam.token(PAGE)
    later = NOW + timedelta(hours=1)
    sam.send("/v1/contact", name="Sam", message="No", marketing_opt_out=True, now=later)
    assert sam.preview(token, now=later).json["grants"] == []
    answer = sam.confirm("accounts", token, now=later)
    assert (answer.status, answer.json["granted"]) == (200, [])
    assert len(sam.held("account")) == 1
    assert sam.allowed() == (False, "objected")


def test_its_mails_are_service_mails_without_promotion_s23(sam: Person) -> None:
    apply(sam)
    sam.confirm("accounts", sam.token(PAGE))
    sam.deliver()
    asked, welcome = sam.mails()
    for mail in (asked, welcome):
        assert mail["List-Unsubscribe"] is None
        assert "offer" not in text(mail).lower()
        assert "news" not in text(mail).lower()


def test_a_name_that_is_markup_stays_text(sam: Person) -> None:
    apply(sam, organisation="<script>alert(1)</script>")
    sam.confirm("accounts", sam.token(PAGE))
    sam.deliver()
    _, mail = sam.mails()
    page = mail.get_body(("html",))
    assert page is not None
    assert "<script>" not in page.get_content()
    assert "&lt;script&gt;" in page.get_content()


@pytest.mark.parametrize("field", ["name", "organisation", "job_title"])
def test_a_field_cannot_start_a_new_header(field: str, sam: Person) -> None:
    assert apply(sam, **{field: "Sam\r\nBcc: victim@example.com"}).status == 202
    (record,) = sam.held()
    assert record.fields[field] == "Sam Bcc: victim@example.com", "one line, whatever was pasted"
    sam.confirm("accounts", sam.token(PAGE))
    sam.deliver()
    assert {mail["Bcc"] for mail in sam.mails()} == {None}


def test_the_trap_stores_nothing_not_even_the_box(sam: Person) -> None:
    assert apply(sam, website="x", marketing_opt_out=True).status == 202
    assert sam.held() == []
    assert ledger.head(sam.id) is None


def test_an_account_in_use_is_kept_from_its_last_use_on_s16(sam: Person) -> None:
    apply(sam)
    sam.confirm("accounts", sam.token(PAGE))
    later = NOW + timedelta(days=400)
    emails = {"emails": [sam.email, "nobody@example.com"]}
    noted = call("preferences", "POST", "/v1/activity", emails, now=later)
    assert (noted.status, noted.json) == (200, {"accounts": 1})
    (account,) = sam.held("account")
    assert account.kept_from == format_timestamp(later)
    call("preferences", "POST", "/v1/activity", emails, now=NOW)
    assert sam.held("account")[0].kept_from == format_timestamp(later), "never back"
