"""The newsletter: nothing is granted before the mailed link is followed (S2, S26, S51)."""

from datetime import timedelta

import pytest

from shared.domain import unsubscribe_links
from shared.storage import policies, secrets
from shared.storage.dynamodb import database
from tests.functions.people import MARKETING, Person, text
from tests.support import NOW, call

pytestmark = pytest.mark.usefixtures("cloud")
PAGE = "newsletter/confirmation"


def test_signing_up_grants_nothing_s26(sam: Person) -> None:
    assert sam.send("/v1/newsletter", name="Sam", language="en-GB").status == 202
    sam.deliver()
    assert sam.events == []
    assert sam.allowed() == (False, "never_asked")


def test_confirming_grants_under_the_words_of_the_form_with_both_moments_s51(sam: Person) -> None:
    sam.send(
        "/v1/newsletter",
        page="https://www.khoocommerce.example/news?utm=x",
        language="cy",
        shown="marketing_opt_out",
    )
    later = NOW + timedelta(hours=3)
    answer = sam.confirm("newsletter", sam.token(PAGE), now=later, ip="192.0.2.77")
    assert answer.status == 200
    assert answer.json["confirmed_at"] == "2026-02-01T12:00:00.000Z"
    (event,) = sam.events
    (sign_up,) = sam.held("subscription_pending")
    assert event["decided"] == ["direct_marketing"]
    assert event["choices"]["direct_marketing"] is True
    assert (event["kind"], event["method"]) == ("decision", "form")
    assert event["notice"] == sign_up.provenance["notice"]
    assert event["notice"]["id"] == "newsletter_form"
    assert event["shown"] == sign_up.provenance["shown"] == "marketing_opt_out"
    assert event["sign_up"] == {"at": sign_up.received_at, "ip": sign_up.provenance["ip"]}
    assert (event["decided_at"], event["ip"]) == (answer.json["confirmed_at"], "192.0.2.0/24")
    assert (event["page"], event["language"]) == ("https://www.khoocommerce.example/news", "cy")
    assert sam.allowed(now=later) == (True, "granted")


def test_only_news_is_granted_not_what_others_sell_s50(sam: Person) -> None:
    sam.subscribe()
    (event,) = sam.events
    assert [name for name in MARKETING if event["choices"][name]] == ["direct_marketing"]


def test_the_confirmed_subscription_says_when_both_happened(sam: Person) -> None:
    sam.subscribe()
    (kept,) = sam.held("subscription")
    assert kept.facts["signed_up_at"] == "2026-02-01T09:00:00.000Z"
    assert kept.facts["confirmed_ip"].endswith("/24")
    assert set(kept.fields) == {"email"}


def test_used_over_and_invented_links_are_answered_alike(sam: Person) -> None:
    sam.send("/v1/newsletter", now=NOW + timedelta(minutes=1))
    token = sam.token(PAGE)
    over = sam.confirm("newsletter", token, now=NOW + timedelta(days=7))
    slot, _, _ = token.partition(".")
    answers = [
        over,
        sam.confirm("newsletter", f"{slot}.{'A' * 22}"),
        sam.confirm("newsletter", f"{'A' * 22}.{'B' * 22}"),
        sam.confirm("accounts", token),
    ]
    assert {answer.status for answer in answers} == {410}
    told = [{k: v for k, v in answer.json.items() if k != "request_id"} for answer in answers]
    assert told == [told[0]] * len(told)
    assert sam.events == []


def test_the_same_link_again_is_the_same_answer_while_it_stands_k3(sam: Person) -> None:
    sam.send("/v1/newsletter")
    token = sam.token(PAGE)
    first = sam.confirm("newsletter", token)
    for days in (0, 1, 20):
        again = sam.confirm("newsletter", token, now=NOW + timedelta(days=days))
        assert (again.status, again.json) == (200, first.json)
    assert len(sam.events) == 1
    call("preferences", "POST", "/v1/unsubscribe/{token}", "", path={"token": way_out(sam)})
    refused = sam.confirm("newsletter", token)
    assert refused.status == 409
    assert "Sign up again" in refused.json["detail"]
    assert sam.allowed() == (False, "objected")


def test_a_no_voids_every_confirmation_asked_for_before_it_k3(sam: Person) -> None:
    sam.send("/v1/newsletter")
    older = sam.token(PAGE)
    later = NOW + timedelta(minutes=5)
    call(
        "preferences",
        "POST",
        "/v1/unsubscribe/{token}",
        "",
        path={"token": way_out(sam)},
        now=later,
    )
    assert sam.preview(older).status == 409
    assert sam.confirm("newsletter", older, now=later).status == 409
    assert sam.allowed() == (False, "objected")
    latest = later + timedelta(minutes=5)
    sam.send("/v1/newsletter", now=latest)
    assert sam.confirm("newsletter", sam.token(PAGE), now=latest).status == 200
    assert sam.allowed() == (True, "granted")


def test_a_newer_sign_up_leaves_the_older_link_and_what_it_shows_alone(sam: Person) -> None:
    sam.send("/v1/newsletter", name="Sam")
    own = sam.token(PAGE)
    sam.send("/v1/newsletter", name="Stranger")
    shown = sam.preview(own).json
    assert (shown["name"], shown["email"], shown["confirmed_at"]) == ("Sam", sam.email, None)
    assert [item["id"] for item in shown["grants"]] == ["direct_marketing"]
    assert sam.events == [], "looking changes nothing"
    assert sam.confirm("newsletter", own).status == 200
    assert [record.fields["name"] for record in sam.held("subscription")] == ["Sam"]


def way_out(person: Person) -> str:
    return unsubscribe_links.token(secrets.identity(), person.id)


def test_a_sign_up_that_retention_deleted_cannot_be_confirmed_s13(sam: Person) -> None:
    policy = policies.published().current(NOW)
    periods = {item["id"]: item["keep"] for item in policy.document["retention"]}
    assert periods["subscription_pending"] == "P7D"
    sam.send("/v1/newsletter")
    (record,) = sam.held()
    assert record.kind == "subscription_pending"
    token = sam.token(PAGE)
    key = {"person": {"S": sam.id}, "record": {"S": record.key}}
    database.call("delete_item", TableName=database.table("records"), Key=key)
    assert sam.confirm("newsletter", token).status == 410
    assert sam.events == []


def test_signing_up_again_while_subscribed_changes_nothing_until_confirmed(sam: Person) -> None:
    sam.subscribe()
    first = sam.events
    assert sam.send("/v1/newsletter").status == 202
    assert sam.events == first
    assert sam.allowed() == (True, "granted")


def test_an_objection_before_the_welcome_leaves_withholds_it_s47(sam: Person) -> None:
    sam.send("/v1/newsletter")
    sam.confirm("newsletter", sam.token(PAGE))
    sam.send("/v1/contact", name="Sam", message="No more", marketing_opt_out=True)
    sam.deliver()
    assert "You are subscribed" not in [mail["Subject"] for mail in sam.mails()]


def test_only_marketing_carries_the_one_click_headers(sam: Person) -> None:
    sam.subscribe()
    sam.deliver()
    asked, welcome = sam.mails()
    assert asked["List-Unsubscribe"] is None
    assert welcome["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(welcome["List-Unsubscribe"])
    assert link.startswith("<https://")
    page = link.strip("<>").replace("/v1/unsubscribe/", "/unsubscribe/")
    assert page in text(welcome), "people find the way out in the words, too"


def test_a_filled_trap_is_answered_as_ever_and_stores_nothing(sam: Person) -> None:
    trapped = sam.send("/v1/newsletter", website="x")
    assert trapped.text == sam.send("/v1/newsletter").text
    assert len(sam.held()) == 1


@pytest.mark.parametrize("domain", ["bücher.example.com", "xn--bcher-kva.example.com"])
def test_a_domain_in_another_alphabet_is_one_address_and_can_be_mailed(
    domain: str, sam: Person
) -> None:
    name = sam.email.partition("@")[0]
    person, mailed = Person(f"{name}@{domain}"), Person(f"{name}@xn--bcher-kva.example.com")
    person.send("/v1/newsletter")
    person.deliver()
    assert person.id == mailed.id
    assert len(mailed.mails()) == 1


def test_an_address_that_cannot_be_mailed_is_refused() -> None:
    body = {"policy_version": "2023-06", "email": "zoë@example.com"}
    answer = call("contact", "POST", "/v1/newsletter", body)
    assert (answer.status, answer.pointers) == (422, ["/email"])


@pytest.mark.parametrize("site", ["https://www.example.com/privacy", ""])
def test_links_lead_to_the_companys_pages_where_it_has_some(
    site: str, sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way out of marketing stays the API's: mail programs post to it (RFC 8058)."""
    monkeypatch.setenv("SITE_URL", site)
    monkeypatch.setenv("API_URL", "https://api.example.com")
    sam.subscribe()
    sam.deliver()
    asked, welcome = sam.mails()
    assert f"{site or 'https://api.example.com'}/{PAGE}#token=" in text(asked)
    assert f"{site or 'https://api.example.com'}/unsubscribe/" in text(welcome)
    out = str(welcome["List-Unsubscribe"])
    assert out.startswith("<https://api.example.com/v1/unsubscribe/")
