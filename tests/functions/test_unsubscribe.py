"""One click out of all marketing (RFC 8058; S47, S48)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest

from shared.storage import policies
from shared.storage.dynamodb import database
from tests.functions.people import MARKETING, Person, ask
from tests.support import NOW, Answer, call

pytestmark = pytest.mark.usefixtures("cloud")
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
PART = (
    '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
)


def click(
    token: str, method: str = "POST", body: str | None = None, kind: str = FORM, **more: Any
) -> Answer:
    headers: dict[str, Any] = {"Content-Type": kind} if body else {}
    resource, path = "/v1/unsubscribe/{token}", {"token": token}
    return call("preferences", method, resource, body, path=path, headers=headers, **more)


@pytest.mark.parametrize(
    ("body", "kind"), [("List-Unsubscribe=One-Click", FORM), (PART, MULTIPART), (None, "")]
)
def test_one_click_objects_to_all_marketing(body: str | None, kind: str, sam: Person) -> None:
    sam.subscribe()
    answer = click(sam.unsubscribe_token(), body=body, kind=kind)
    assert answer.status == 200
    assert not {"Location", "Set-Cookie"} & set(answer.headers)
    event = sam.events[-1]
    assert (event["kind"], event["method"]) == ("objection", "one_click")
    assert event["notice"]["id"] == "unsubscribe"
    assert answer.json == {"unsubscribed_at": event["decided_at"]}
    assert [sam.allowed(purpose)[1] for purpose in MARKETING] == ["objected"] * 4
    assert sam.standing.suppressed_since == event["decided_at"]


def test_other_companies_offers_have_a_way_out_of_their_own_s50(sam: Person) -> None:
    """The page offers this one and all; what the press is for is what it stops."""
    boxes: dict[str, Any] = {"marketing_opt_in": True, "third_party_promotions_opt_in": True}
    assert sam.send("/v1/contact", name="Sam", message="Hello", **boxes).status == 202
    assert sam.confirm("newsletter", sam.token("newsletter/confirmation")).status == 200
    (verdict,) = ask("third_party_promotions", [sam.email]).json["results"]
    address = urlsplit(verdict["unsubscribe"]["purpose_url"])
    token, query = address.path.rpartition("/")[2], dict(parse_qsl(address.query))
    page = click(token, "GET", query=query)
    presses = re.findall(r'action="([^"]*)".*?<button>(.*?)</button>', page.text, re.DOTALL)
    assert presses == [
        (
            f"?{address.query}&amp;lang=en",
            "Stop only this: Telling you about other companies&#x27; offers",
        ),
        ("?lang=en", "Stop all marketing to me"),
    ]
    stopped = click(token, query=query)
    assert stopped.json == {"unsubscribed_at": sam.events[-1]["decided_at"]}
    assert sam.allowed("third_party_promotions") == (False, "objected")
    assert sam.allowed() == (True, "granted")
    assert click(token, query=query).text == stopped.text
    # A link whose purpose is marketing no more stops everything rather than nothing.
    assert click(token, query={"purpose": "service"}).status == 200
    assert sam.allowed() == (False, "objected")


def test_clicking_again_changes_and_tells_nothing_new(sam: Person) -> None:
    """K8.4."""
    sam.subscribe()
    token = sam.unsubscribe_token()
    first = click(token)
    later = [click(token, now=NOW + timedelta(days=number)) for number in range(1, 4)]
    assert {answer.text for answer in later} == {first.text}
    assert len(sam.events) == 2


# As browsers send them with a form, and as programs and mail services do.
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_a_press_on_the_page_is_answered_by_a_page_and_a_program_by_json(sam: Person) -> None:
    sam.subscribe()
    token = sam.unsubscribe_token()

    def press(link: str, accept: str, **more: Any) -> Answer:
        resource, path = "/v1/unsubscribe/{token}", {"token": link}
        headers = {"Accept": accept, "Content-Type": FORM}
        return call("preferences", "POST", resource, path=path, headers=headers, **more)

    cut = press(token[:-1], BROWSER)
    assert (cut.status, cut.headers["Content-Type"]) == (410, "text/html; charset=utf-8")
    assert "<h1>This link is not complete</h1>" in cut.text
    assert "nothing was stopped" in cut.text
    assert sam.allowed() == (True, "granted")
    one = press(token, BROWSER, query={"purpose": "direct_marketing"})
    assert "Nothing more of this comes from us." in one.text
    every = press(token, BROWSER)
    assert (every.status, every.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "<h1>It is stopped</h1>" in every.text
    assert 'href="https://' in every.text
    assert '/preferences?lang=en"' in every.text
    for accept in ("*/*", "application/json", "application/xml", "text/plain, */*;q=0.1"):
        told = press(token, accept)
        assert (told.status, list(told.json)) == (200, ["unsubscribed_at"]), accept
        assert press(token[:-1], accept).json["status"] == 410


def test_looking_at_the_page_changes_nothing(sam: Person) -> None:
    sam.subscribe()
    page = click(sam.unsubscribe_token(), "GET")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.text.count("<button>") == 1
    assert 'name="List-Unsubscribe" value="One-Click"' in page.text
    assert sam.email not in page.text
    assert sam.allowed() == (True, "granted")


def test_the_page_does_not_tell_whether_a_link_is_good(sam: Person) -> None:
    sam.subscribe()
    wrong = f"1-{'A' * 22}.{'B' * 22}"
    assert click(wrong, "GET").text == click(sam.unsubscribe_token(), "GET").text


@pytest.mark.parametrize(
    "token", ["x", f"{'A' * 22}.{'B' * 22}", f"1-{'A' * 22}.{'B' * 22}", "a.b.c", "A" * 3000, "²"]
)
def test_a_link_that_was_never_mailed_does_nothing(token: str) -> None:
    assert click(token).status == 410
    assert click(token, "GET").status == 200


def test_links_of_old_mails_work_for_longer_than_any_permission(sam: Person) -> None:
    sam.subscribe()
    token = sam.unsubscribe_token()
    assert click(token, now=NOW + timedelta(days=3650)).status == 200
    assert token == sam.unsubscribe_token(), "every mail has the same way out"


def test_an_unsubscribe_token_opens_nothing_else(sam: Person) -> None:
    sam.subscribe()
    token = sam.unsubscribe_token()
    bearer: Any = {"headers": {"Authorization": f"Bearer {token}"}}
    assert call("preferences", "GET", "/v1/preferences", **bearer).status == 401
    change = {"display": {"theme": "dark"}}
    assert call("preferences", "PATCH", "/v1/preferences", change, **bearer).status == 401
    opened = call("preferences", "POST", "/v1/preferences/session", {"token": token})
    assert opened.status == 422
    assert sam.confirm("newsletter", token).status == 422


def test_what_was_allowed_after_an_objection_ends_with_the_click_too(sam: Person) -> None:
    """Somebody who objected and then allowed one purpose again stops all of it once more."""
    sam.subscribe()
    token = sam.unsubscribe_token()
    click(token)
    opened = call("preferences", "POST", "/v1/preferences/link", {"email": sam.email})
    assert opened.status == 202
    link = {"token": sam.token("preferences")}
    session = call("preferences", "POST", "/v1/preferences/session", link).json["session"]
    bearer: Any = {"headers": {"Authorization": f"Bearer {session}"}}
    again = {"choices": {"publicity": True}}
    assert call("preferences", "PATCH", "/v1/preferences", again, **bearer).status == 200
    later = click(token, now=NOW + timedelta(minutes=1))
    assert set(sam.events[-1]["objections"] or {}) == set(MARKETING)
    assert click(token, now=NOW + timedelta(minutes=2)).text == later.text


def test_it_works_when_everything_else_about_the_person_is_gone(sam: Person) -> None:
    sam.subscribe()
    token = sam.unsubscribe_token()
    boto3.client("dynamodb").delete_item(
        TableName=database.table("consent_states"), Key={"person": {"S": sam.id}}
    )
    assert click(token).status == 200
    assert sam.standing.suppressed_since is not None


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"query": {"lang": "de"}}, {}),
        ({}, {"Accept-Language": "de-AT,de;q=0.9,en;q=0.1"}),
        ({}, {"Accept-Language": "en", "Cookie": "theme=dark; language=de"}),
    ],
)
def test_its_pages_are_in_the_readers_language_and_so_is_the_evidence(
    asked: Any, told: dict[str, str], sam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the other pages: named by the link, kept in the browser, or accepted by it."""
    sam.subscribe()
    token = sam.unsubscribe_token()
    known = policies.load(policies.FOLDER)
    monkeypatch.setattr(policies, "published", lambda: known)
    later = datetime(2026, 12, 1, tzinfo=UTC)  # a version is in force whose words are German, too

    def show(method: str, link: str = token, **more: Any) -> Answer:
        headers = {"Accept": BROWSER, **told}
        resource, path = "/v1/unsubscribe/{token}", {"token": link}
        return call("preferences", method, resource, path=path, headers=headers, now=later, **more)

    query = asked.get("query", {})
    page = show("GET", query={**query, "purpose": "third_party_promotions"})
    assert page.headers["Content-Language"] == "de"
    assert '<html lang="de">' in page.text
    assert "Nur dies beenden: Ihnen von Angeboten anderer Unternehmen" in page.text
    assert '<div lang="de">\n<p>Drücken Sie den Knopf' in page.text
    pressed = re.findall(r'action="\?([^"]*)"', page.text)
    assert pressed == ["purpose=third_party_promotions&amp;lang=de", "lang=de"]
    cut = show("POST", token[:-1], query=query)
    assert "<h1>Dieser Link ist nicht vollständig</h1>" in cut.text
    done = show("POST", query=dict(parse_qsl(pressed[-1])))
    assert "<h1>Es ist beendet</h1>" in done.text
    assert "/preferences?lang=de" in done.text
    assert sam.events[-1]["notice"]["language"] == "de"


def test_words_that_a_version_lacks_in_a_language_are_shown_and_kept_in_its_own(
    sam: Person,
) -> None:
    sam.subscribe()
    token = sam.unsubscribe_token()
    page = click(token, "GET", query={"lang": "de"})
    assert '<html lang="de">' in page.text
    assert re.search(r'<div lang="en[^"]*">\n<p>Press the button', page.text)
