"""A copy is reviewed, cut and released in the console; what was cut reaches nobody."""

import io
import re
import secrets
import time
import zipfile
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import expect

from tests.desk.officer import Officer
from tests.desk.test_console import entered

NEIGHBOUR = "Jo Nextdoor of number nine"


def mailed(api: httpx.Client, email: str, pattern: str) -> str:
    """Return what the newest mail to an address says by a pattern."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for mail in reversed(
            api.get("/_local/mail", headers={"Accept": "application/json"}).json()
        ):
            found = re.search(pattern, mail["text"]) if email in str(mail["to"]) else None
            if found:
                return found[1]
        time.sleep(0.3)
    raise AssertionError(f"no mail says {pattern}")


def standing(api: httpx.Client, request: str, status: str) -> dict[str, Any]:
    """Wait until a request is in a status."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        told: dict[str, Any] = api.get(f"/v1/desk/requests/{request}").json()
        if told["status"] == status:
            return told
        time.sleep(0.5)
    raise AssertionError(f"{told['status']}, not {status}")


def fetched(api: httpx.Client, request: str, session: str, form: str) -> bytes:
    headers = {"Authorization": f"Bearer {session}", "Accept": "application/json"}
    answer = api.get(f"/v1/requests/{request}/export?format={form}", headers=headers)
    assert answer.status_code == 200, answer.text
    return httpx.get(answer.json()["url"]).content


def test_what_is_withheld_is_in_no_form_of_the_copy(officer: Officer, api: httpx.Client) -> None:
    email = f"{secrets.token_hex(5)}@example.com"
    person = api.post("/v1/desk/people/search", json={"email": email}).json()["person_id"]
    wish = {
        "choices": {"direct_marketing": False},
        "channel": "phone",
        "received_on": "2026-01-30",
        "note": f"{NEIGHBOUR} called for her and was rude.",
        "email": email,
    }
    assert api.post(f"/v1/desk/people/{person}/preferences", json=wish).status_code == 201
    asked = {"type": "access", "email": email, "name": "Kim Example"}
    request = api.post("/v1/requests", json=asked).json()["request_id"]
    token = mailed(api, email, r"#token=([\w.-]+)")
    verified = api.post(f"/v1/requests/{request}/verification", json={"token": token})
    session = verified.json()["session"]
    standing(api, request, "awaiting_review")
    officer.open(f"requests/{request}")
    officer.follow("Review the copy")
    officer.sees_title("Review before release")
    officer.sees(NEIGHBOUR)
    assert officer.violations() == []
    form = officer.page.locator("form[data-form=review]")
    # Words without a ground would go out unnoticed: they are asked about, and nothing is sent.
    officer.fill(form, p0__words=NEIGHBOUR)
    officer.press("Keep these decisions")
    expect(officer.page.get_by_role("alert")).to_contain_text("Ground")
    expect(form.locator("[data-field='p0.ground'] .error")).to_be_visible()
    assert api.get(f"/v1/desk/requests/{request}/copy").json()["redactions"] == []
    officer.fill(form, p0__words="")
    fields = {"all__words": NEIGHBOUR, "all__ground": "rights_of_others"}
    officer.fill(form, **fields)
    officer.press("Keep these decisions")
    told = officer.page.get_by_text("One thing is withheld")
    until = time.monotonic() + 60
    while not told.is_visible() and time.monotonic() < until:
        again = officer.page.get_by_role("button", name="Look again").first
        if again.is_visible():
            again.click()
        officer.page.wait_for_timeout(700)
    officer.press("Release the copy")
    officer.sees_title("Access: Kim Example")
    standing(api, request, "completed")
    for kind in ("json", "html"):
        text = fetched(api, request, session, kind).decode()
        assert NEIGHBOUR not in text
        assert "[withheld]" in text
    packed = zipfile.ZipFile(io.BytesIO(fetched(api, request, session, "csv")))
    for name in packed.namelist():
        assert NEIGHBOUR not in packed.read(name).decode()
    assert NEIGHBOUR.encode() not in (packed.comment or b"")


def test_a_letter_is_answered_in_print_and_noted_as_posted(
    officer: Officer, api: httpx.Client
) -> None:
    address = {"lines": ["7 Station Road"], "postcode": "TN23 1AA", "country": "GB"}
    request = entered(api, postal_address=address, name="Pat Letter")
    officer.open(f"requests/{request}")
    officer.act(
        "Answer the complaint", outcome="upheld", reason="We looked into it, and you are right."
    )
    expect(officer.page.locator("main .head .tag")).to_have_text("Completed")
    officer.when_mails_are_out()
    officer.sees_title("Complaint: Pat Letter")
    with officer.page.expect_download() as file:
        officer.page.get_by_role("button", name="Save to print").last.click()
    text = Path(file.value.path()).read_text(encoding="utf-8")
    assert "7 Station Road" in text
    assert "GB" not in text  # a letter within the country does not name it
    waiting = officer.page.locator("summary", has_text="Note as posted").count()
    officer.page.locator("summary", has_text="Note as posted").first.click()
    officer.page.locator("details[open]").get_by_role("button", name="Note as posted").click()
    expect(officer.page.locator("summary", has_text="Note as posted")).to_have_count(waiting - 1)
    letters = api.get(f"/v1/desk/requests/{request}/letters").json()["items"]
    assert [letter["posted_on"] for letter in letters].count("2026-02-02") == 1
