"""Each kind of request over HTTP, through mail, clock and staff (S5, S9, S10, S22, S31, S46,
S52 to S56).
"""

import csv
import io
import json
import re
import secrets
import zipfile
from typing import Any

import httpx
import pytest

from tests.journeys.test_person_journey import mails, permission, subscribe

OFFICER = {"Authorization": "Bearer local-privacy_officer"}
SUPPORT = {"Authorization": "Bearer local-support"}
AUDITOR = {"Authorization": "Bearer local-auditor"}


@pytest.fixture
def email() -> str:
    return f"{secrets.token_hex(6)}@example.com"


def ask(web: httpx.Client, email: str, kind: str, **more: Any) -> str:
    body = {"type": kind, "email": email, "name": "Sam Example", **more}
    answer = web.post("/v1/requests", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["request_id"])


def verify(
    web: httpx.Client, email: str, request: str, browser: str | None = None
) -> dict[str, str]:
    """Follow the newest mailed link, in `browser`; return the header of the session."""
    texts = "".join(mail["text"] for mail in mails(web, email))
    found = re.findall(rf"/requests/{request}#token=([\w.-]+)", texts)
    assert found, texts
    shown = web.post(f"/v1/requests/{request}/preview", json={"token": found[-1]})
    assert shown.status_code == 200, shown.text
    opened = {"token": found[-1], "consent_id": browser}
    answer = web.post(f"/v1/requests/{request}/verification", json=opened)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['session']}"}


def read(web: httpx.Client, request: str, session: dict[str, str]) -> dict[str, Any]:
    web.get("/_local/mail")  # waits until the workers are done
    shown: dict[str, Any] = web.get(f"/v1/requests/{request}", headers=session).json()
    return shown


def send_forms(web: httpx.Client, email: str) -> str:
    """Leave data behind: a browser's decisions and visit, a message, a subscription."""
    capture = {
        "policy_version": "2023-06",
        "notice_id": "cookie_banner",
        "choices": {"analytics": True},
        "method": "choose",
    }
    browser = web.post("/v1/consents", json=capture).json()["consent_id"]
    visit = {
        "consent_id": browser,
        "visit_id": secrets.token_urlsafe(18),
        "device_type": "desktop",
        "entry": "https://www.khoocommerce.example/",
        "pages": [
            {
                "url": "https://www.khoocommerce.example/prices",
                "at": "2026-02-01T08:59:00Z",
                "engaged_ms": 900,
            }
        ],
    }
    assert web.post("/v1/visits", json=visit).status_code == 202
    message = {
        "policy_version": "2023-06",
        "email": email,
        "name": "Sam Example",
        "phone": "+44 1233 225555",
        "message": "<script>alert(1)</script> =HYPERLINK() how much?",
        "consent_id": browser,
    }
    assert web.post("/v1/contact", json=message).status_code == 202
    return str(browser)


def test_access_from_the_form_to_the_copy_in_hand(web: httpx.Client, email: str) -> None:
    """S52: everything held, in formats for machines and for people, from one link each."""
    browser = send_forms(web, email)
    request = ask(web, email, "access")
    session = verify(web, email, request, browser)
    shown = read(web, request, session)
    assert shown["status"] == "completed", shown
    assert shown["due_on"] == "2026-03-02"
    assert mails(web, email)[-1]["subject"] == "Your data is ready"

    told = web.get(
        f"/v1/requests/{request}/export", headers={**session, "Accept": "application/json"}
    )
    assert (told.status_code, set(told.json())) == (200, {"url", "expires_at"})
    assert web.get(told.json()["url"]).status_code == 200
    fetched = web.get(f"/v1/requests/{request}/export", headers=session)
    assert fetched.status_code == 303
    assert fetched.headers["Cache-Control"] == "no-store"
    link = fetched.headers["Location"]
    whole = zipfile.ZipFile(io.BytesIO(web.get(link).content))
    assert whole.testzip() is None
    names = whole.namelist()
    assert any(name.endswith(".json") for name in names)
    assert any(name.endswith(".html") for name in names)
    tables = [name for name in names if name.endswith(".csv")]
    assert tables
    for name in tables:
        for row in csv.reader(io.StringIO(whole.read(name).decode("utf-8-sig"))):
            assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@"))], name

    copy = web.get(f"/v1/requests/{request}/export?format=json", headers=session)
    document = json.dumps(web.get(copy.headers["Location"]).json())
    assert browser not in document, "who has its name speaks for it"
    for what in (email, "how much?", "/prices", "analytics", "ico.org.uk"):
        assert what in document, what
    copy = web.get(f"/v1/requests/{request}/export?format=html", headers=session)
    readable = web.get(copy.headers["Location"]).text
    assert "<script>alert" not in readable
    assert "&lt;script&gt;alert" in readable

    web.put("/_local/clock", json={"now": "2026-02-01T09:05:01Z"})
    assert web.get(link).status_code == 403, "a link lives five minutes"
    steps = [step["action"] for step in read(web, request, session)["timeline"]]
    assert steps.count("download") == 4


def test_portability_carries_only_what_was_given_or_observed(web: httpx.Client, email: str) -> None:
    send_forms(web, email)
    request = ask(web, email, "portability")
    session = verify(web, email, request)
    assert read(web, request, session)["status"] == "completed"
    link = web.get(f"/v1/requests/{request}/export?format=json", headers=session)
    told = web.get(link.headers["Location"]).text
    assert email in told
    assert "how much?" not in told, "anybody may have typed that"
    assert "act_on_request" not in told


def test_correction_is_decided_field_by_field(web: httpx.Client, email: str) -> None:
    """S55, S56: before and after are on file, and the target is a week."""
    send_forms(web, email)
    fixes = [
        {"field": "name", "value": "Samantha Example"},
        {"field": "phone", "value": "+44 1233 226666"},
    ]
    request = ask(web, email, "rectification", corrections=fixes)
    session = verify(web, email, request)
    shown = read(web, request, session)
    assert (shown["status"], shown["target_on"]) == ("in_progress", "2026-02-06")
    path = f"/v1/desk/requests/{request}/completion"
    refused = {"field": "phone", "accepted": False, "reason": "That line is not yours."}
    body = {"decisions": [{"field": "name", "accepted": True}, refused]}
    assert web.post(path, json=body, headers=SUPPORT).status_code == 403
    done = web.post(path, json=body, headers=OFFICER)
    assert (done.status_code, done.json()["status"]) == (200, "completed"), done.text
    held = json.dumps(
        web.post("/v1/desk/people/search", json={"email": email}, headers=AUDITOR).json()
    )
    assert "Samantha Example" in held
    assert "+441233226666" not in held.replace(" ", "")
    assert "That line is not yours." in mails(web, email)[-1]["text"]


def test_another_address_is_shown_by_two_links_and_takes_all_with_it(
    web: httpx.Client, email: str
) -> None:
    """S55, S56: what is held and allowed goes over, and the old address is left alone."""
    subscribe(web, email)
    browser = send_forms(web, email)
    assert permission(web, email)[0]
    new = f"new.{email}"
    wanted = [{"field": "email", "value": new}]
    request = ask(web, email, "rectification", corrections=wanted)
    session = verify(web, email, request, browser)
    (link,) = re.findall(r"/address/confirmation#token=([\w.-]+)", mails(web, new)[-1]["text"])
    for _ in range(2):
        answer = web.post("/v1/address/confirmation", json={"token": link})
        assert answer.status_code == 200, answer.text
    shown = read(web, request, session)
    assert (shown["status"], shown["timeline"][-1]["action"]) == ("completed", "address_changed")
    assert not permission(web, email)[0]
    assert permission(web, new)[0]
    people = [
        web.post("/v1/desk/people/search", json={"email": each}, headers=AUDITOR).json()
        for each in (email, new)
    ]
    kinds = [{record["kind"] for record in person["records"]} for person in people]
    assert {"enquiry", "subscription", "linked_browser"} <= kinds[1] - kinds[0]
    assert "was changed" in mails(web, email)[-1]["subject"]


def test_erasure_leaves_a_certificate_and_nothing_else(web: httpx.Client, email: str) -> None:
    """S22, S46: what stays has its ground; the objection outlives everything."""
    browser = send_forms(web, email)
    request = ask(web, email, "erasure")
    session = verify(web, email, request)
    shown = read(web, request, session)
    assert shown["status"] == "completed", shown
    assert shown["certificate"]
    told = json.dumps(shown["certificate"])
    assert "enquiry" in told
    held = web.post("/v1/desk/people/search", json={"email": email}, headers=AUDITOR).json()
    assert "how much?" not in json.dumps(held)
    assert web.get(f"/v1/consents/{browser}/history").status_code == 200, "evidence stays"
    assert mails(web, email)[-1]["subject"] == "Your request is answered"


@pytest.mark.parametrize(
    ("kind", "reason"), [("objection", "objected"), ("restriction", "restricted")]
)
def test_objection_and_restriction_hold_at_once(
    web: httpx.Client, email: str, kind: str, reason: str
) -> None:
    """S46."""
    subscribe(web, email)
    request = ask(web, email, kind)
    session = verify(web, email, request)
    assert permission(web, email) == (False, reason)
    assert read(web, request, session)["status"] == "completed"


def test_a_complaint_has_its_own_clock_and_ends_with_an_outcome(
    web: httpx.Client, email: str
) -> None:
    request = ask(web, email, "complaint", details="You called me twice.")
    session = verify(web, email, request)
    assert read(web, request, session)["due_on"] == "2026-03-03"
    path = f"/v1/desk/requests/{request}"
    listed = web.get("/v1/desk/requests", params={"limit": "100"}, headers=AUDITOR).json()
    assert request in {item["request_id"] for item in listed["items"]}
    web.put("/_local/clock", json={"now": "2026-03-02T08:00:00Z"})
    web.post("/_local/run/deadlines", json={})
    actions = [step["action"] for step in web.get(path, headers=AUDITOR).json()["timeline"]]
    assert "acknowledged" in actions
    assert "reminder" not in actions, "what is acknowledged in time is not overdue"
    answer = {"reason": "We are sorry; your number is off the list.", "outcome": "upheld"}
    assert web.post(f"{path}/completion", json=answer, headers=OFFICER).status_code == 200
    assert "off the list" in mails(web, email)[-1]["text"]


def test_staff_sign_in_per_group_and_nobody_else(web: httpx.Client) -> None:
    for headers in ({}, {"Authorization": "Bearer local-cleaner"}):
        assert web.get("/v1/desk/requests", headers=headers).status_code in (401, 403)
    for headers in (OFFICER, SUPPORT, AUDITOR):
        assert web.get("/v1/desk/requests", headers=headers).status_code == 200
    letter = {
        "type": "access",
        "email": "kim@example.com",
        "name": "Kim Example",
        "channel": "post",
        "received_on": "2026-01-30",
        "identity_shown": True,
    }
    assert web.post("/v1/desk/requests", json=letter, headers=AUDITOR).status_code == 403
    taken = web.post("/v1/desk/requests", json=letter, headers=SUPPORT)
    assert (taken.status_code, taken.json()["due_on"]) == (201, "2026-03-02")
