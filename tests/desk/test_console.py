"""The console's frame: who sees what, requests and their actions, two officers at once."""

import re
import secrets
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, expect

from tests.desk.officer import Officer


def entered(api: httpx.Client, **more: Any) -> str:
    """Enter a letter, wait until it is acknowledged; return the request's id."""
    body = {
        "type": "complaint",
        "name": "Lee Sample",
        "channel": "post",
        "received_on": "2026-01-28",
        "details": "Your newsletter reaches me although I said no.",
        **more,
    }
    if "postal_address" not in body:
        body.setdefault("email", f"{secrets.token_hex(5)}@example.com")
    answer = api.post("/v1/desk/requests", json=body)
    assert answer.status_code == 201, answer.text
    api.get("/_local/mail")  # answers when the workers are done
    return str(answer.json()["request_id"])


def test_a_complaint_is_entered_found_and_answered(officer: Officer, api: httpx.Client) -> None:
    officer.open("requests", "Requests")
    officer.follow("Enter a request")
    form = officer.page.locator("form[data-form]")
    officer.fill(
        form, type="complaint", name="Kim Example", email=f"{secrets.token_hex(5)}@example.com"
    )
    officer.fill(form, channel="phone", received_on="2026-01-30", details="You wrote to me again.")
    officer.press("Enter a request")
    officer.sees_title("Complaint: Kim Example")
    officer.sees("You wrote to me again.")
    request = officer.page.url.rpartition("/")[2]
    assert "example.com" not in officer.page.url
    officer.when_mails_are_out()
    officer.act("Write a note", reason="Called back; nobody answered.")
    officer.sees("Called back; nobody answered.")
    officer.act(
        "Answer the complaint", outcome="upheld", reason="We are sorry. Nothing comes any more."
    )
    expect(officer.page.locator("main .head .tag")).to_have_text("Completed")
    told = api.get(f"/v1/desk/requests/{request}").json()
    assert told["status"] == "completed"
    assert [step["action"] for step in told["timeline"]][-1] == "completion"
    officer.open("requests?status=completed&type=complaint", "Requests")
    expect(officer.page.get_by_role("link", name="Kim Example").first).to_be_visible()


def test_what_is_missing_is_said_beside_the_field(officer: Officer) -> None:
    officer.open("requests/new", "Enter a request")
    officer.press("Enter a request")
    expect(officer.page.get_by_role("alert")).to_contain_text("Please look at this again")
    expect(officer.page.locator("[data-field=name] .error")).to_be_visible()
    form = officer.page.locator("form[data-form]")
    officer.fill(form, type="complaint", name="Kim", channel="post", received_on="2030-01-01")
    officer.fill(form, email="kim@example.com", details="x")
    officer.press("Enter a request")
    expect(officer.page.locator("[data-field=received_on] .error")).to_contain_text("future")


def test_the_second_of_two_officers_sees_what_the_first_did(
    officer: Officer, browser_context: BrowserContext, base_url: str, api: httpx.Client
) -> None:
    request = entered(api)
    other = Officer(browser_context.new_page(), base_url)
    other.sign_in(path=f"requests/{request}")
    officer.open(f"requests/{request}")
    other.act("Write a note", reason="I take this one.")
    other.sees("I take this one.")
    officer.act("Answer the complaint", outcome="not_upheld", reason="No.")
    alert = officer.page.get_by_role("alert")
    expect(alert).to_contain_text("Since you read it: Note.")
    assert api.get(f"/v1/desk/requests/{request}").json()["status"] == "in_progress"
    # What was written is still there to be sent, once what the other did was read.
    answer = officer.action("Answer the complaint")
    expect(answer.locator("[name=reason]")).to_have_value("No.")
    expect(answer.locator("[name=outcome]")).to_have_value("not_upheld")
    expect(alert).to_be_focused()
    officer.sees("I take this one.")
    answer.get_by_role("button").click()
    expect(officer.page.locator("main .head .tag")).to_have_text("Completed")


def test_a_role_is_offered_what_it_may_do(
    chromium: Browser, base_url: str, api: httpx.Client
) -> None:
    request = entered(api)
    for role, offered in (("Support", {"Write a note"}), ("Auditor", set())):
        context = chromium.new_context()
        one = Officer(context.new_page(), base_url)
        one.sign_in(role, f"requests/{request}")
        one.sees("Your newsletter reaches me")
        titles = set(one.page.locator("details.action > summary").all_inner_texts())
        assert titles >= offered, role
        assert not titles & {"Refuse the request", "Answer the complaint", "Take more time"}, role
        assert titles or role == "Auditor"
        context.close()


def test_nobody_is_signed_in_after_signing_out(officer: Officer, api: httpx.Client) -> None:
    request = entered(api)
    officer.open(f"requests/{request}")
    officer.sees("Your newsletter reaches me")
    officer.press("Sign out")
    officer.sees_title("You are signed out")
    assert officer.page.evaluate("JSON.stringify(sessionStorage)") == "{}"
    officer.page.go_back()
    expect(officer.page.get_by_text("This is the local run.")).to_be_visible()
    expect(officer.page.locator("main")).not_to_contain_text("Your newsletter")


def test_who_is_away_for_half_an_hour_is_signed_out_and_goes_on_where_they_were(
    browser_context: BrowserContext, base_url: str, api: httpx.Client
) -> None:
    request = entered(api)
    page = browser_context.new_page()
    page.clock.install()
    officer = Officer(page, base_url)
    officer.sign_in(path=f"requests/{request}")
    officer.unfold("Write a note")
    officer.fill(officer.action("Write a note"), reason="Half a sent")
    page.clock.run_for("28:30")
    expect(page.get_by_text("You will be signed out in two minutes").last).to_be_visible()
    page.clock.run_for("02:00")
    officer.sees_title("You were signed out")
    expect(page.locator("main")).not_to_contain_text("Lee Sample")
    officer.press("Work as Privacy officer")
    field = officer.action("Write a note").locator("[name=reason]")
    expect(field).to_be_visible()
    expect(field).to_have_value("Half a sent")
    assert "desk:drafts" not in page.evaluate("JSON.stringify(sessionStorage)")


def test_a_page_of_the_list_follows_the_other(officer: Officer, api: httpx.Client) -> None:
    for number in range(53):
        entered(api, name=f"Sam {number:02}", received_on="2026-01-20")
    officer.open("requests")
    expect(officer.page.locator("tbody tr")).to_have_count(50)
    officer.follow("Next page")
    expect(officer.page.get_by_role("link", name="First page")).to_be_visible()
    assert re.search(r"cursor=", officer.page.url)


def test_a_request_is_found_by_the_number_that_its_mails_and_letters_name(
    officer: Officer, api: httpx.Client
) -> None:
    request = entered(api, name="Num Bered")
    officer.open("requests", "Requests")
    officer.page.get_by_label("Or its number (r_…)").fill(f" {request} ")
    officer.press("Show")
    officer.sees_title("Complaint: Num Bered")
    officer.page.go_back()
    officer.sees_title("Requests")


def test_every_field_that_staff_can_fill_has_words(officer: Officer) -> None:
    """A new field of the API is in the forms with the next build; here it is asked for its name."""
    officer.open("today")
    fields = [
        field["name"]
        for operation in officer.page.evaluate(
            "Object.values(JSON.parse(document.querySelector('#data').textContent).operations)"
        )
        for field in operation["fields"]
        if field["kind"] != "other"
    ]
    module = officer.page.evaluate(
        "document.querySelector('link[rel=modulepreload][href*=\"/terms.\"]').href"
    )
    shown = officer.page.evaluate(
        "async ([module, names]) => { const { term } = await import(module);"
        " return names.filter((name) => term(name) === name.replaceAll('_', ' ')); }",
        [module, sorted(set(fields) - ENTERED_ELSEWHERE)],
    )
    assert shown == []


# Pages of their own ask for these, or nobody does: they are for programs.
ENTERED_ELSEWHERE = {
    "as_of", "at", "before", "cursor", "dry_run", "from", "goes_on", "history_cursor",
    "notify_people", "readmit", "records", "redactions", "release", "rows", "skip", "to", "version",
}  # fmt: skip


def test_a_hold_is_placed_and_lifted(officer: Officer) -> None:
    officer.open("holds/new", "Place a hold")
    form = officer.page.locator("form[data-form]")
    officer.fill(form, email=f"{secrets.token_hex(5)}@example.com", reason="Order of the court.")
    officer.press("Place a hold")
    officer.sees_title("Hold on a person")
    officer.act("Lift the hold", reason="The case is over.")
    expect(officer.page.locator("main .head .tag")).to_have_text("Lifted")


# What a notice has to say beside what happened (Art. 34(2)).
SAYS = {"consequences": "Mail in your name.", "measures": "We locked it from afar."}


def test_a_breach_is_recorded_decided_told_and_closed(officer: Officer, api: httpx.Client) -> None:
    version = api.get("/v1/policy").json()["version"]
    for number in range(3):
        body = {
            "policy_version": version,
            "name": "Sam Example",
            "email": f"sam{number}-{secrets.token_hex(4)}@example.com",
            "message": "Hello",
        }
        assert api.post("/v1/contact", json=body).status_code == 202
    officer.open("breaches/new", "Record a breach")
    form = officer.page.locator("form[data-form]")
    officer.fill(form, title="Laptop lost", facts="On a train.", severity="medium")
    officer.fill(form, discovered_at="2026-02-02T08:00", classes__enquiry=True)
    officer.fill(form, **{"from": "2026-01-01T00:00", "to": "2026-03-01T00:00"})
    officer.press("Record a breach")
    officer.sees_title("Laptop lost")
    expect(officer.page.locator("main .head .tag")).to_contain_text("hours left")
    officer.act("Decide who is told", notify_people=True, reason="They could be written to.")
    officer.sees("They could be written to.")
    officer.act(
        "Tell the people affected", subject="Your message", message="A laptop was lost.", **SAYS
    )
    officer.sees("A laptop was lost.")
    officer.act("Close the breach", reason="Done.")
    expect(officer.page.locator("main .head .tag")).to_have_text("Closed")


def test_somebody_is_looked_up_and_their_wish_entered(officer: Officer, api: httpx.Client) -> None:
    email = f"{secrets.token_hex(5)}@example.com"
    officer.open("people", "People")
    officer.fill(officer.page.locator("form[data-form=search]"), email=email)
    officer.press("Look up")
    officer.sees("What is allowed")
    assert email not in officer.page.url
    assert email not in officer.page.evaluate("JSON.stringify(sessionStorage)")
    wish = {"choices__direct_marketing": "true", "channel": "phone", "received_on": "2026-02-01"}
    officer.unfold("Enter what they wish")
    form = officer.page.locator("form[data-form=wish]")
    officer.fill(form, **wish)
    officer.press("Enter it")
    expect(officer.page.locator("[data-field=note] .error")).to_contain_text("required")
    officer.fill(form, note="She called, and said yes to the words that were read to her.")
    officer.press("Enter it")
    row = officer.page.locator("tr", has_text="Sending you our news and offers")
    expect(row.first).to_contain_text("No")
    form = officer.page.locator("form[data-form=wish]")
    officer.unfold("Enter what they wish")
    officer.fill(form, **{**wish, "channel": "letter"}, note="She wrote it, too.")
    officer.press("Enter it")
    expect(row.first).to_contain_text("Yes")
    found = api.post("/v1/desk/people/search", json={"email": email}).json()
    allowed = {each["purpose"]: each["allowed"] for each in found["permissions"]}
    assert allowed["direct_marketing"]


def test_a_table_is_tried_mended_and_brought_in(officer: Officer, api: httpx.Client) -> None:
    names = [f"{secrets.token_hex(5)}@example.com" for _ in range(2)]
    bad = f"E-Mail;Name\n{names[0]};Kim\nnobody;Lee\n;Max\n{names[1]};{'x' * 300}\n"
    good = f"E-Mail;Name\n{names[0]};Kim\n{names[1]};Zoë\n"
    officer.open("imports", "Imports")
    form = officer.page.locator("form[data-form=import]")
    source = api.get("/v1/policy").json()["sources"][-1]["id"]
    officer.fill(form, source=source, obtained_on="2026-01-30", lawful_basis="legitimate_interests")
    file = officer.page.locator("#import-file")
    file.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": bad.encode("cp1252")})
    officer.press("Try it: nothing is stored")
    officer.sees("What it would do")
    expect(officer.page.locator("main [role=status] tbody tr")).to_have_count(3)
    file.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": good.encode("cp1252")})
    officer.press("Try it: nothing is stored")
    officer.press("Bring in 2 rows")
    officer.sees("What it did")
    found = api.post("/v1/desk/people/search", json={"email": names[1]}).json()
    assert found["records"][0]["fields"]["name"] == "Zoë"


def test_a_fee_is_asked_and_paid_and_more_time_is_taken(
    officer: Officer, api: httpx.Client
) -> None:
    request = entered(api, type="rectification", corrections=FIELDS, identity_shown=True)
    officer.open(f"requests/{request}")
    fee = {"amount": "12.50", "calculation": "Two hours of copying.", "reason": "The ninth time."}
    officer.act("Ask for a fee", ground="manifestly_excessive", **fee)
    expect(officer.page.locator("main .head .tag")).to_have_text("Waits for the fee")
    officer.sees("the time stands still")
    officer.act("Record that the fee was paid", on="2026-02-02")
    expect(officer.page.locator("main .head .tag")).to_have_text("In progress")
    officer.act("Take more time", ground="complex", reason="Many systems.")
    officer.sees("More time was taken on 2 February 2026")
    # Only a request for a copy stands still while a question is open (Art. 12A(5)).
    officer.act("Ask the person something", reason="Which of your numbers is it?")
    officer.sees("Since 2 February 2026 we wait for an answer; the time runs on.")


def test_a_correction_is_refused_with_its_reason(officer: Officer, api: httpx.Client) -> None:
    request = entered(api, type="rectification", corrections=FIELDS, identity_shown=True)
    officer.open(f"requests/{request}")
    officer.unfold("Complete the request")
    form = officer.action("Complete the request")
    officer.fill(form, decisions__0__accepted=False)
    form.get_by_role("button", name="Complete the request").click()
    expect(officer.page.get_by_role("alert")).to_contain_text("Reason: please check it.")
    expect(form.locator(".error")).to_contain_text("is required")
    officer.fill(form, decisions__0__reason="The register says otherwise.")
    form.get_by_role("button", name="Complete the request").click()
    expect(officer.page.locator("main .head .tag")).to_have_text("Completed")
    told = api.get(f"/v1/desk/requests/{request}").json()["result"]
    assert told["outcome"] == "refused"
    assert told["decisions"][0]["reason"] == "The register says otherwise."


FIELDS = [{"field": "phone", "value": "01233 000 000"}]
