"""Somebody of whom much is held, on their page: by keyboard, on a phone and on a desktop."""

import secrets as randomness
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Request, expect

from bench import filling
from local.functions import Functions
from shared.domain.consent import Decision, Event, bare_evidence, next_event, words
from shared.domain.identifiers import person_id
from shared.domain.timestamps import format_timestamp
from shared.storage import ledger, policies, records, secrets
from tests import factories
from tests.desk.filled import SCRIPT
from tests.desk.officer import Officer
from tests.desk.test_every_view import wrong_with
from tests.pages.axe import bring
from tests.support import NOW

RECORDS, DECISIONS, REQUESTS, STEP, PAGE = 210, 60, 30, 25, 50


def kept(person: str, email: str) -> Iterator[dict[str, Any]]:
    """Yield the items of what is held: rows of imports, and what was passed on."""
    for number in range(RECORDS):
        if number % 4 == 0:
            yield records.put(factories.disclosure(number, person, NOW))["Item"]
            continue
        fields = {"email": email, "name": f"Kim {number}", "organisation": SCRIPT}
        told = {"tell": False}  # nobody is mailed of it
        more = {"received_at": format_timestamp(NOW - timedelta(days=number)), "facts": told}
        some = factories.record(person, "import", f"{number:026}", fields=fields, **more)
        yield records.put(some)["Item"]


def decided(person: str) -> Iterator[dict[str, Any]]:
    """Yield the items of their decisions, one yes and one no after the other."""
    published = policies.published()
    policy, before = published.current(NOW), None
    for number in range(DECISIONS):
        decision = Decision(
            subject=person,
            kind="decision",
            choices={"direct_marketing": number % 2 == 0},
            evidence=bare_evidence("preference_centre"),
            policy=policy,
            notice=words(policy.notices["preference_centre"]),
            at=NOW - timedelta(days=DECISIONS - number),
        )
        event: Event = next_event(before, decision, published)
        yield ledger.put(ledger.LedgerEntry(event, {}, None))["Item"]
        before = event


@pytest.fixture
def somebody(functions: Functions, api: httpx.Client) -> str:
    """The address of somebody with much behind them."""
    email = f"{randomness.token_hex(5)}@example.com"
    person = person_id(secrets.identity(), email)
    filling.write("records", kept(person, email))
    filling.write("ledger", decided(person))
    heads = range(10**6, 10**6 + REQUESTS)
    asked = (factories.stored_request(each, person, NOW, is_open=False) for each in heads)
    # Without what happened to them: nobody is mailed of it.
    filling.write("requests", (item for *_, item in asked))
    return email


def part(officer: Officer, title: str) -> Locator:
    heading = officer.page.get_by_role("heading", name=title, exact=True)
    return officer.page.locator("main section section, main [data-person] > section", has=heading)


def read_all(officer: Officer, title: str, rows: str, count: int) -> None:
    """Press *Show more* by the keyboard until there is no more; each press shows one step more."""
    list_of = part(officer, title)
    more = list_of.get_by_role("button", name="Show more")
    for shown in range(STEP, count, STEP):
        expect(list_of.locator(rows)).to_have_count(shown)
        more.focus()
        officer.page.keyboard.press("Enter")
        expect(list_of.locator(rows)).to_have_count(min(shown + STEP, count))
    expect(more).to_be_hidden()
    # The keyboard goes on behind what was read, not from the page's beginning.
    assert list_of.evaluate("(one) => one.contains(document.activeElement)")


def test_all_that_is_held_is_read_by_keyboard_a_page_at_a_time_and_stays_in_place(
    officer: Officer, somebody: str
) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/v1/desk/people/" in request.url:
            asked.append(request.url.partition("/v1/desk/people/")[2].partition("?")[0])

    page = officer.page
    page.on("request", note)
    officer.open("people", "People")
    officer.fill(page.locator("form[data-form=search]"), email=somebody)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=somebody)).to_be_focused()
    records_of = part(officer, "What is held").locator("div[tabindex] > div > details.action")
    first = records_of.first
    first.locator(":scope > summary").press("Enter")
    read_all(officer, "What is held", "div[tabindex] > div > details.action", RECORDS)
    assert first.evaluate("(one) => one.open"), "what was unfolded stays so"
    read_all(officer, "Decisions, the oldest first", "tbody tr", DECISIONS)
    read_all(officer, "Requests", "tbody tr", REQUESTS)
    own = [path.rpartition("/")[2] for path in asked]
    assert own.count("search") == 1, "reading on asks for the rest of one list"
    assert own.count("records") == (RECORDS - 1) // PAGE
    assert own.count("decisions") == (DECISIONS - 1) // PAGE
    assert all(somebody not in path for path in asked)

    last = records_of.last
    last.locator(":scope > summary").press("Enter")
    last.get_by_text("Correct this").press("Enter")
    officer.fill(last.locator("form"), fields__name="Kim Example", reason="She called.")
    last.get_by_role("button", name="Correct it").press("Enter")
    expect(last.get_by_text("What was corrected").first).to_be_attached()
    expect(last.locator(":scope > summary")).to_be_focused()
    expect(records_of).to_have_count(RECORDS)

    bring(page)
    assert wrong_with(page, unfolded=False) == []
