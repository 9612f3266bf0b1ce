"""Somebody's way through forms, mail and preferences, over HTTP (S2 to S4, S14, S26, S30, S33,
S46 to S51).
"""

import re
import secrets
from typing import Any

import httpx
import pytest

SERVICE = {"Authorization": "Bearer local-service"}
SAM = {"policy_version": "2023-06", "name": "Sam"}


@pytest.fixture
def email() -> str:
    return f"{secrets.token_hex(6)}@example.com"


def mails(web: httpx.Client, email: str) -> list[dict[str, Any]]:
    return [mail for mail in web.get("/_local/mail").json() if mail["to"] == email]


def token(mail: dict[str, Any]) -> str:
    found = re.search(r"#token=([\w.-]+)", mail["text"])
    assert found
    return found[1]


def permission(
    web: httpx.Client, email: str, purpose: str = "direct_marketing"
) -> tuple[bool, str]:
    asked = {"purpose": purpose, "emails": [email]}
    (result,) = web.post("/v1/permissions", json=asked, headers=SERVICE).json()["results"]
    return result["allowed"], result["reason"]


def subscribe(web: httpx.Client, email: str) -> None:
    web.post("/v1/newsletter", json={"policy_version": "2023-06", "email": email})
    (mail,) = mails(web, email)
    answer = web.post("/v1/newsletter/confirmation", json={"token": token(mail)})
    assert answer.status_code == 200, answer.text


def session(web: httpx.Client, email: str) -> dict[str, str]:
    web.post("/v1/preferences/link", json={"email": email})
    opened = web.post("/v1/preferences/session", json={"token": token(mails(web, email)[-1])})
    return {"Authorization": f"Bearer {opened.json()['session']}"}


def test_a_newsletter_counts_only_when_confirmed_and_ends_with_one_click(
    web: httpx.Client, email: str
) -> None:
    assert permission(web, email) == (False, "never_asked")
    web.post("/v1/newsletter", json={"policy_version": "2023-06", "email": email})
    assert permission(web, email) == (False, "never_asked"), "signing up is not consent"
    (asked,) = mails(web, email)
    assert "List-Unsubscribe" not in asked["headers"]
    confirmation = {"token": token(asked)}
    confirmed = web.post("/v1/newsletter/confirmation", json=confirmation)
    assert confirmed.status_code == 200
    assert permission(web, email) == (True, "granted")
    twice = web.post("/v1/newsletter/confirmation", json=confirmation)
    assert twice.json() == confirmed.json(), "as long as its effect stands"

    welcome = mails(web, email)[-1]
    assert welcome["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = welcome["headers"]["List-Unsubscribe"].strip("<>")
    path = "/v1/unsubscribe/" + link.rpartition("/")[2]
    page = web.get(path)
    assert page.headers["Content-Type"].startswith("text/html")
    assert permission(web, email) == (True, "granted"), "looking changes nothing"
    for _ in range(2):
        done = web.post(path, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
    assert web.post(path, files={"List-Unsubscribe": (None, "One-Click")}).json() == done.json()
    assert permission(web, email) == (False, "objected")


def test_a_contact_message_reaches_the_company_without_the_card_number(
    web: httpx.Client, email: str
) -> None:
    card = "My card is 4111-1111-1111-1111, expiry 12/29."
    said = {"name": "Sam <b>Example</b>", "message": card, "phone": "020 7946 0018"}
    answer = web.post("/v1/contact", json=SAM | said | {"email": email})
    assert answer.status_code == 202, answer.text
    assert answer.json()["redacted"] == ["message"]
    (mine,) = mails(web, email)
    assert answer.json()["reference"] in mine["subject"]
    notice = [
        m for m in web.get("/_local/mail").json() if answer.json()["reference"] in m["subject"]
    ]
    (company,) = [mail for mail in notice if mail["to"] != email]
    assert "4111" not in company["text"] + company["html"] + mine["text"]
    assert "+442079460018" in company["text"]
    assert "<b>" not in company["html"]
    assert permission(web, email) == (False, "never_asked"), "kept on file is not consent (S4)"


def test_the_opt_out_box_is_a_veto_for_every_marketing_purpose(
    web: httpx.Client, email: str
) -> None:
    subscribe(web, email)
    message = SAM | {"email": email, "message": "Stop"}
    web.post("/v1/contact", json=message | {"marketing_opt_out": True})
    for purpose in ("direct_marketing", "third_party_promotions", "third_party_sharing"):
        assert permission(web, email, purpose) == (False, "objected")


def test_the_preference_centre_shows_and_changes_everything(web: httpx.Client, email: str) -> None:
    subscribe(web, email)
    bearer = session(web, email)
    shown = web.get("/v1/preferences", headers=bearer).json()
    marketing = shown["choices"]["direct_marketing"]
    assert (marketing["allowed"], marketing["method"]) == (True, "form")
    assert marketing["since"] == "2026-02-01T09:00:00.000Z"
    assert [item["kind"] for item in shown["subscriptions"]] == ["subscription"]

    wanted = {
        "choices": {"direct_marketing": False, "publicity": True, "improvement": False},
        "display": {"language": "cy", "font_size": "large"},
    }
    changed = web.patch("/v1/preferences", json=wanted, headers=bearer)
    assert changed.status_code == 200, changed.text
    state = changed.json()
    assert state["choices"]["direct_marketing"]["reason"] == "withdrawn"
    assert state["choices"]["publicity"]["allowed"] is True
    assert state["choices"]["improvement"]["reason"] == "objected"
    assert state["display"] == {"language": "cy", "font_size": "large"}
    back = web.patch("/v1/preferences", json={"choices": {"improvement": True}}, headers=bearer)
    assert back.json()["choices"]["improvement"]["allowed"] is True

    refused = {"choices": {"legal_obligation": False, "nonsense": True}}
    problem = web.patch("/v1/preferences", json=refused, headers=bearer)
    assert problem.status_code == 422
    assert len(problem.json()["errors"]) == 2


def test_a_session_ends_after_half_an_hour_and_a_link_works_once(
    web: httpx.Client, email: str
) -> None:
    subscribe(web, email)
    bearer = session(web, email)
    used = token(mails(web, email)[-1])
    assert web.post("/v1/preferences/session", json={"token": used}).status_code == 410
    web.put("/_local/clock", json={"now": "2026-02-01T09:31:00Z"})
    over = web.get("/v1/preferences", headers=bearer)
    assert (over.status_code, over.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_an_unknown_address_gets_the_same_answer_and_no_mail(web: httpx.Client, email: str) -> None:
    known = web.post("/v1/newsletter", json={"policy_version": "2023-06", "email": "a" + email})
    first = web.post("/v1/preferences/link", json={"email": "a" + email})
    other = web.post("/v1/preferences/link", json={"email": email})
    assert known.status_code == 202
    assert (first.status_code, first.json().keys()) == (other.status_code, other.json().keys())
    assert len(mails(web, "a" + email)) == 2
    assert mails(web, email) == []


def test_an_account_is_confirmed_by_mail_and_may_ask_for_news(
    web: httpx.Client, email: str
) -> None:
    form = SAM | {"email": email, "organisation": "Example Ltd", "marketing_opt_in": True}
    assert web.post("/v1/accounts", json=form).status_code == 202
    assert permission(web, email) == (False, "never_asked")
    (mail,) = mails(web, email)
    assert web.post("/v1/accounts/confirmation", json={"token": token(mail)}).status_code == 200
    assert permission(web, email) == (True, "granted")
    assert "confirmed" in mails(web, email)[-1]["subject"]
