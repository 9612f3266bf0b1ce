"""Pressed twice, gone back from, fed with odd tables: what hands do that no plan foresees."""

import secrets
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Dialog, FilePayload, Locator, Request, expect

from tests.desk.officer import Officer
from tests.desk.test_console import entered


def someone() -> str:
    return f"{secrets.token_hex(5)}@example.com"


def pressed_twice(officer: Officer, button: Locator) -> set[tuple[str, str | None]]:
    """Press a button twice at once; return the calls that write, each with its Idempotency-Key."""
    sent: list[tuple[str, str | None]] = []

    def note(request: Request) -> None:
        if request.method != "GET" and not request.url.endswith("/search"):
            sent.append((request.url, request.headers.get("idempotency-key")))

    officer.page.on("request", note)
    with officer.page.expect_response(lambda answer: answer.request.method != "GET"):
        button.dblclick()
    expect(officer.page.locator("[aria-disabled=true]")).to_have_count(0)
    officer.page.remove_listener("request", note)
    return set(sent)


BREACH: dict[str, Any] = {
    "title": "Pressed twice",
    "facts": "A bag was lost.",
    "severity": "low",
    "discovered_at": "2026-02-02T08:00",
    "classes__enquiry": True,
    "from": "2026-01-01T00:00",
    "to": "2026-03-01T00:00",
}
BEGUN: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "requests/new",
        "Enter a request",
        {
            "type": "complaint", "name": "Kim Example", "email": "@", "channel": "phone",
            "received_on": "2026-01-30", "details": "Again.",
        },
    ),
    ("holds/new", "Place a hold", {"email": "@", "reason": "Claim 9."}),
    ("breaches/new", "Record a breach", BREACH),
    (
        "disclosures/new",
        "Record the disclosure",
        {
            "email": "@", "recipient": "carriers", "purpose": "service", "data": "name",
            "chosen": "contract",
        },
    ),
    ("retention/new", "See what would be deleted", {}),
)  # fmt: skip


@pytest.mark.parametrize(("path", "press", "fields"), BEGUN, ids=[path for path, _, _ in BEGUN])
def test_what_is_begun_with_a_double_press_is_begun_once(
    officer: Officer, api: httpx.Client, path: str, press: str, fields: dict[str, Any]
) -> None:
    assert api.get("/v1/policy").is_success
    officer.open(path)
    form = officer.page.locator("form[data-form]")
    mine = someone()
    officer.fill(form, **{name: mine if it == "@" else it for name, it in fields.items()})
    sent = pressed_twice(officer, form.get_by_role("button", name=press, exact=True))
    assert len(sent) == 1, sent


def test_who_leaves_what_they_wrote_is_asked_before_and_who_wrote_nothing_is_not(
    officer: Officer, api: httpx.Client
) -> None:
    request = entered(api)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    officer.open(f"requests/{request}")
    officer.page.on("dialog", stay)
    officer.page.reload()
    assert asked == []
    officer.unfold("Write a note")
    officer.action("Write a note").locator("textarea").press_sequentially("I called.")
    officer.page.evaluate("location.reload()")
    expect(officer.action("Write a note").locator("textarea")).to_have_value("I called.")
    assert asked == ["beforeunload"]
    officer.action("Write a note").get_by_role("button").click()
    expect(officer.page.locator("main .timeline")).to_contain_text("I called.")
    officer.page.reload()
    assert asked == ["beforeunload"]


def test_a_page_that_cannot_be_made_says_so_and_leaves_the_way_on(
    browser_context: BrowserContext, base_url: str
) -> None:
    officer = Officer(browser_context.new_page(), base_url)
    officer.sign_in()
    broken = {"items": [{"at": "none"}], "next": None}
    officer.page.route("**/v1/desk/holds", lambda route: route.fulfill(json=broken))
    officer.follow("Holds")
    officer.sees("This page cannot be shown.")
    officer.page.unroute("**/v1/desk/holds")
    officer.press("Try again")
    officer.sees_title("Holds")
    officer.open("nothing-like-it", "There is no such page for your role")
    officer.follow("Go to what is due today")
    officer.sees_title("Today")


def test_an_action_pressed_twice_is_taken_once(officer: Officer, api: httpx.Client) -> None:
    request = entered(api)
    officer.open(f"requests/{request}")
    for title, fields in (
        ("Write a note", {"reason": "I called."}),
        ("Answer the complaint", {"reason": "We are sorry.", "outcome": "upheld"}),
    ):
        officer.unfold(title)
        action = officer.action(title)
        officer.fill(action, **fields)
        sent = pressed_twice(officer, action.get_by_role("button", name=title, exact=True))
        assert len(sent) == 1, sent
        # The page is made anew with what was done, and its actions are folded again.
        expect(officer.page.locator("main .timeline")).to_contain_text(fields["reason"])
    steps = [step["action"] for step in api.get(f"/v1/desk/requests/{request}").json()["timeline"]]
    assert (steps.count("note"), steps.count("completion")) == (1, 1)


def test_a_wish_and_a_lifting_pressed_twice_are_entered_once(
    officer: Officer, api: httpx.Client
) -> None:
    email = someone()
    hold = api.post("/v1/desk/holds", json={"email": email, "reason": "Claim 8."}).json()
    officer.open(f"holds/{hold['hold_id']}")
    officer.unfold("Lift the hold")
    lifting = officer.action("Lift the hold")
    officer.fill(lifting, reason="Settled.")
    assert len(pressed_twice(officer, lifting.get_by_role("button", name="Lift the hold"))) == 1
    officer.open("people", "People")
    officer.fill(officer.page.locator("form[data-form=search]"), email=email)
    officer.press("Look up")
    officer.unfold("Enter what they wish")
    wish = officer.page.locator("form[data-form=wish]")
    said = {"choices__direct_marketing": "false", "channel": "phone", "received_on": "2026-02-01"}
    officer.fill(wish, **said)
    assert len(pressed_twice(officer, wish.get_by_role("button", name="Enter it"))) == 1
    found = api.post("/v1/desk/people/search", json={"email": email}).json()
    assert len(found["history"]) == 1


def test_back_and_forward_lead_through_views_with_what_was_chosen_and_written(
    officer: Officer, api: httpx.Client
) -> None:
    request = entered(api)
    officer.open("requests?type=complaint&status=in_progress", "Requests")
    officer.page.locator(f"a[href*='{request}']").click()
    officer.sees_title("Complaint: Lee Sample")
    officer.unfold("Write a note")
    officer.fill(officer.action("Write a note"), reason="Half a sent")
    officer.page.go_back()
    officer.sees_title("Requests")
    expect(officer.page.locator("#filter-type")).to_have_value("complaint")
    expect(officer.page.locator("#filter-status")).to_have_value("in_progress")
    officer.page.go_forward()
    officer.sees_title("Complaint: Lee Sample")
    note = officer.action("Write a note")
    expect(note.locator("[name=reason]")).to_be_visible()
    expect(note.locator("[name=reason]")).to_have_value("Half a sent")
    note.get_by_role("button", name="Write a note").click()
    officer.sees("Half a sent")
    officer.page.go_back()
    officer.sees_title("Requests")
    expect(officer.page.locator("nav[data-views] [aria-current]")).to_have_text("Requests")


TITLES = "Telefon\tFirma\tE-Mail-Adresse\tNachname\tVorname"
CELLS = "01233 555 777\tExample Ltd\t{email}\tSample\tZoë"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_table_is_read_whatever_the_order_of_its_columns_and_its_letters(
    officer: Officer, api: httpx.Client, encoding: str
) -> None:
    """As Excel writes them: also as what it calls Unicode text, with tabs."""
    email = someone()
    table = f"{TITLES}\r\n{CELLS.format(email=email)}\r\n".encode(encoding)
    officer.open("imports", "Imports")
    form = officer.page.locator("form[data-form=import]")
    source = api.get("/v1/policy").json()["sources"][-1]["id"]
    officer.fill(form, source=source, obtained_on="2026-01-30", lawful_basis="legitimate_interests")
    file: FilePayload = {"name": "a.txt", "mimeType": "text/plain", "buffer": table}
    officer.page.locator("#import-file").set_input_files(file)
    officer.press("Try it: nothing is stored")
    officer.sees("What it would do")
    main = officer.page.locator("main")
    doubt = main.get_by_text("look at names with accents")
    expect(doubt).to_have_count(int(encoding == "cp1252"))
    sent = pressed_twice(officer, main.get_by_role("button", name="Bring in one row"))
    assert len(sent) == 1
    officer.sees("What it did")
    (record,) = api.post("/v1/desk/people/search", json={"email": email}).json()["records"]
    assert record["fields"]["name"] == "Zoë Sample"
    assert record["fields"]["organisation"] == "Example Ltd"
