"""A week at the desk, each piece of work from its beginning to its end, in a browser."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace

import boto3
import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from local.cloud import STACK, ring
from shared.domain import identifiers
from shared.storage import records
from shared.storage import secrets as stored_secrets
from shared.storage.records import Record
from shared.storage.requests import request_store
from shared.storage.requests.request_store import FoundRequest
from tests import factories
from tests.desk.officer import Officer
from tests.desk.test_console import FIELDS, SAYS, entered
from tests.desk.test_review import standing
from tests.pages.test_keyboard import press_at, type_at

ALARM = "NotificationsDeadLetters"


@pytest.fixture
def ringing() -> Iterator[None]:
    ring(ALARM, "A test.")
    yield
    boto3.client("cloudwatch").set_alarm_state(
        AlarmName=f"{STACK}-{ALARM}", StateValue="OK", StateReason="Over."
    )


def imported(email: str, number: int) -> Record:
    """Return a record from a source, of somebody who was told of it before."""
    return factories.record(
        identifiers.person_id(stored_secrets.identity(), email),
        "import",
        f"i{number:03}",
        received_at="2026-02-02T08:00:00.000Z",
        fields={"email": email, "name": "Sam Example"},
        provenance=factories.provenance("import"),
        facts={"source": "marketing_associates", "tell": False},
    )


def someone() -> str:
    return f"{secrets.token_hex(5)}@example.com"


def test_a_breach_is_told_to_120_people_of_whom_two_cannot_be_reached(
    officer: Officer, api: httpx.Client
) -> None:
    # The first of these journeys: those of the others would be found, too.
    for number in range(118):
        records.add(imported(someone(), number))
    address = {"lines": ["7 Station Road"], "postcode": "TN23 1AA", "country": "GB"}
    for name in ("Pat Letter", "Jo Letter"):
        entered(api, postal_address=address, name=name, received_on="2026-02-02")
    officer.open("breaches/new", "Record a breach")
    form = officer.page.locator("form[data-form]")
    officer.fill(form, title="List sent to the wrong address", facts="By e-mail.", severity="high")
    officer.fill(form, discovered_at="2026-02-02T08:00", classes__import=True, classes__case=True)
    officer.fill(form, sources__marketing_associates=True, sources__person=True)
    officer.fill(form, **{"from": "2026-02-02T00:00", "to": "2026-03-01T00:00"})
    officer.press("Record a breach")
    officer.sees_title("List sent to the wrong address")
    officer.act("Decide who is told", notify_people=True, reason="A list of names left us.")
    officer.sees("A list of names left us.")
    told = {"subject": "Your name", "message": "A list was sent wrongly.", **SAYS}
    officer.act("Tell the people affected", **told)
    officer.sees("A list was sent wrongly.")
    officer.when_mails_are_out()
    counts = officer.page.locator("section", has_text="Telling those affected").locator("dl")
    for count in ("Found120", "Mailed118", "Cannot be reached2"):
        expect(counts).to_contain_text(count)
    officer.sees("reach them in another way")
    assert officer.violations() == []


def test_an_erasure_waits_for_a_hold_and_is_certified_when_it_is_lifted(
    officer: Officer, api: httpx.Client
) -> None:
    email = someone()
    version = api.get("/v1/policy").json()["version"]
    enquiry = {"policy_version": version, "name": "Kim Example", "message": "For the court."}
    assert api.post("/v1/contact", json={**enquiry, "email": email}).status_code == 202
    officer.open("holds/new", "Place a hold")
    form = officer.page.locator("form[data-form]")
    officer.fill(form, email=email, reason="Claim 17 of 2026.")
    officer.press("Place a hold")
    officer.sees_title("Hold on a person")
    hold = officer.page.url
    request = entered(api, type="erasure", email=email, identity_shown=True)
    done = standing(api, request, "completed")
    assert done["result"]["held"] > 0
    officer.page.goto(hold)
    officer.act("Lift the hold", reason="The case is over.")
    expect(officer.page.locator("main .head .tag")).to_have_text("Lifted")
    api.put("/_local/clock", json={"now": "2026-02-03T09:00:00Z"})
    assert api.post("/_local/run/deadlines").is_success
    api.get("/_local/mail")
    officer.open(f"requests/{request}")
    officer.sees("What was held is erased")
    assert api.get(f"/v1/desk/requests/{request}").json()["result"]["held"] == 0
    found = api.post("/v1/desk/people/search", json={"email": email}).json()
    assert [record for record in found["records"] if record["kind"] == "enquiry"] == []


def test_an_agent_asks_and_what_they_said_stands_on_the_request(
    officer: Officer, api: httpx.Client
) -> None:
    officer.open("requests/new", "Enter a request")
    form = officer.page.locator("form[data-form]")
    officer.fill(form, type="access", channel="post", received_on="2026-01-30", name="Kim Example")
    expect(form.locator("[data-field='corrections']")).to_be_hidden()
    expect(form.locator("[data-field='agent.name']")).to_be_hidden()
    officer.fill(form, email=someone(), by_agent=True, agent__name="A. Gent")
    officer.press("Enter a request")
    expect(form.locator("[data-field='agent.authority'] .error")).to_be_visible()
    officer.fill(form, agent__authority="Signed authority of 3 January, seen.", identity_shown=True)
    officer.press("Enter a request")
    officer.sees_title("Access: Kim Example")
    officer.sees("An agent acts for the person")
    officer.sees("Signed authority of 3 January, seen.")
    request = officer.page.url.rpartition("/")[2]
    assert api.get(f"/v1/desk/requests/{request}").json()["agent"]["name"] == "A. Gent"


def test_two_corrections_of_one_person_are_answered_together(
    officer: Officer, api: httpx.Client
) -> None:
    email = someone()
    more = {"type": "rectification", "email": email, "identity_shown": True}
    first = entered(api, corrections=FIELDS, details="My number.", **more)
    other = entered(api, corrections=FIELDS, details="I said it twice.", **more)
    officer.open(f"requests/{first}")
    officer.unfold("Their words of 28 January 2026")
    officer.sees("I said it twice.")
    officer.unfold("Complete the request")
    form = officer.action("Complete the request")
    officer.fill(form, **{f"also__{other}": True})
    form.get_by_role("button", name="Complete the request").click()
    expect(officer.page.locator("main .head .tag")).to_have_text("Completed")
    assert api.get(f"/v1/desk/requests/{other}").json()["status"] == "completed"


def test_another_system_that_does_not_answer_is_answered_by_hand(
    officer: Officer, api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = {"orders": "http://127.0.0.1:9/none", "stock": "http://127.0.0.1:9/none"}
    monkeypatch.setenv("SOURCES", json.dumps(nowhere))
    email = someone()
    request = entered(api, type="access", email=email, identity_shown=True)
    api.get("/_local/mail")
    officer.open(f"requests/{request}")
    officer.sees("Did not answer")
    officer.unfold("Enter what orders holds")
    table = 'order;"what"\r\n4711;"two; boxes"\r\n'
    officer.page.locator("#file-orders").set_input_files(
        {"name": "orders.csv", "mimeType": "text/csv", "buffer": table.encode()}
    )
    officer.action("Enter what orders holds").get_by_role("button").last.click()
    officer.sees("Uploaded by staff")
    with officer.page.expect_response(lambda answer: answer.request.method == "POST"):
        officer.act("Leave stock out", skip="It holds nothing of people.")
    officer.when_mails_are_out()
    told = api.get(f"/v1/desk/requests/{request}").json()
    assert told["sources"]["orders"]["status"] == "uploaded"
    assert told["sources"]["stock"]["status"] == "skipped"
    assert told["status"] in {"completed", "awaiting_review"}


@pytest.mark.usefixtures("ringing")
def test_today_shows_what_does_not_work_and_how_it_is_mended(
    officer: Officer, api: httpx.Client
) -> None:
    officer.open("today", "Today")
    officer.sees("The notifications function gave something up")
    officer.sees("has it done again")
    assert officer.violations() == []


def test_a_note_is_written_with_the_keyboard_alone(
    browser_context: BrowserContext, base_url: str, api: httpx.Client
) -> None:
    request = entered(api, name="Kay Board")
    page = browser_context.new_page()
    page.goto(f"{base_url}/desk/requests?type=complaint")
    expect(page.get_by_text("This is the local run.")).to_be_visible()
    press_at(page, "Work as Privacy officer")
    expect(page.get_by_role("link", name="Kay Board")).to_be_visible()
    page.get_by_role("link", name="Kay Board").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).to_have_text("Complaint: Kay Board")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    press_at(page, "Write a note")
    type_at(page, "Note", "Called; nobody answered.")
    press_at(page, "Write a note")
    expect(page.locator("main .timeline")).to_contain_text("Called; nobody answered.")
    assert api.get(f"/v1/desk/requests/{request}").json()["timeline"][-1]["action"] == "note"


def test_support_is_refused_and_an_auditor_finds_nothing_to_press(
    chromium: Browser, base_url: str, api: httpx.Client
) -> None:
    request = entered(api)
    context = chromium.new_context()
    one = Officer(context.new_page(), base_url)
    one.sign_in("Support", "audit")
    one.sees_title("There is no such page for your role")
    one.open("requests")
    expect(one.page.get_by_role("button", name="As a spreadsheet (CSV)")).to_have_count(0)
    links = one.page.locator("nav[data-views] a").all_inner_texts()
    assert not {"Audit", "Breaches", "Retention", "Record of processing"} & set(links)
    context.close()
    context = chromium.new_context()
    one = Officer(context.new_page(), base_url)
    one.sign_in("Auditor", f"requests/{request}")
    one.sees("Nothing that your role can do.")
    for path in ("requests", "holds", "breaches", "retention", "record"):
        one.open(path)
        expect(one.page.locator("main h1")).to_be_visible()
        expect(one.page.locator("main form:not(.filters)")).to_have_count(0)
        expect(one.page.get_by_role("button", name="As a spreadsheet (CSV)")).to_have_count(1)
    assert one.faults == []
    context.close()


@pytest.fixture
def thousands(api: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ten thousand open requests, three of them objections; gives the sizes of what is read."""
    case = request_store.get(entered(api, type="access", identity_shown=True))
    assert case is not None
    made = []
    for number in range(10_000):
        kind = "objection" if number % 4000 == 1999 else "access"
        one = replace(case, id=f"r_{number:024}", name=f"Number {number}", type=kind)
        made.append(FoundRequest(f"2026-03-02#{one.id}", one.id, one))
    read: list[int] = []

    def with_status(
        status: str, limit: int, after: str | None = None, before: str | None = None
    ) -> list[FoundRequest]:
        if status != "in_progress":
            return []
        start = int(after.rpartition("_")[2]) + 1 if after else 0
        read.append(len(made[start : start + limit]))
        return made[start : start + limit]

    monkeypatch.setattr(request_store, "with_status", with_status)
    return read


def test_ten_thousand_requests_are_read_page_by_page_and_searched_on_the_server(
    officer: Officer, thousands: list[int]
) -> None:
    thousands.clear()
    officer.open("requests", "Requests")
    expect(officer.page.locator("tbody tr")).to_have_count(50)
    assert sum(thousands) <= 200
    officer.follow("Next page")
    expect(officer.page.get_by_role("link", name="Number 50", exact=True)).to_be_visible()
    officer.open("requests?type=objection", "Requests")
    expect(officer.page.locator("tbody tr").first).to_contain_text("Number 1999")
