"""A table of any length is brought in by the console: in parts that one call can take."""

import secrets
from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import Locator, Route, expect

from tests.desk.officer import Officer

BUNDLES = """async (texts) => {
  const module = document.querySelector("link[rel=modulepreload][href*='/rows.']");
  const { bundles } = await import(module.href);
  return texts.map((text) => bundles(text, 2));
}"""
CUT = [
    ("email,name\na,1\nb,2\nc,3\n", ["email,name\na,1\nb,2\n", "email,name\nc,3\n"]),
    ("email\r\na\r\nb\r\nc", ["email\r\na\r\nb\r\n", "email\r\nc"]),
    ("email\na\nb\n", ["email\na\nb\n"]),
    (
        'e;name\na;"two\nlines; ""so"""\nb;5" pipe, "so"\nc;3',
        ['e;name\na;"two\nlines; ""so"""\nb;5" pipe, "so"\n', "e;name\nc;3"],
    ),
    ("sep=|\nemail|n\na|1\nb|2\nc|", ["sep=|\nemail|n\na|1\nb|2\n", "sep=|\nemail|n\nc|"]),
    ("\n\nemail\na\nb\nc\nd\n", ["\n\nemail\na\nb\n", "\n\nemail\nc\nd\n"]),
    ('email\na\n"never closed\nb\nc\nd', ['email\na\n"never closed\nb\nc\nd']),
    ("", [""]),
]


def test_a_table_is_cut_between_its_lines_each_part_below_the_titles(officer: Officer) -> None:
    assert officer.page.evaluate(BUNDLES, [text for text, _ in CUT]) == [parts for _, parts in CUT]


def tried(officer: Officer, api: httpx.Client, rows: list[str]) -> None:
    """Fill in the form with a table, and try it."""
    officer.open("imports", "Imports")
    form = officer.page.locator("form[data-form=import]")
    source = api.get("/v1/policy").json()["sources"][-1]["id"]
    officer.fill(form, source=source, obtained_on="2026-01-30", lawful_basis="legitimate_interests")
    table = "\n".join(["email,name", *rows]).encode()
    officer.page.locator("#import-file").set_input_files(
        {"name": "many.csv", "mimeType": "text/csv", "buffer": table}
    )
    officer.press("Try it: nothing is stored")


def test_more_rows_than_a_call_takes_are_tried_and_brought_in(
    officer: Officer, api: httpx.Client
) -> None:
    """Rows are numbered through, and each is brought in once though a call ends half-way."""
    mark = secrets.token_hex(4)
    rows = [f"{number}.{mark}@example.com,Sam {number}" for number in range(1, 301)]
    rows[279] = "nobody,Sam"
    tried(officer, api, rows)
    faults = officer.page.locator("main [role=status] tbody tr")
    expect(faults).to_have_count(1, timeout=120_000)
    expect(faults).to_contain_text("280")
    officer.press("Bring in 299 rows")
    expect(officer.page.locator("main")).to_contain_text("What it did", timeout=240_000)
    brought_in_once(api, mark, 1, 250, 251, 300)


def brought_in_once(api: httpx.Client, mark: str, *numbers: int) -> None:
    """See that people of an import are there, one record each."""
    for number in numbers:
        address = f"{number}.{mark}@example.com"
        found = api.post("/v1/desk/people/search", json={"email": address}, timeout=300)
        names = [record["fields"]["name"] for record in found.json()["records"]]
        assert names == [f"Sam {number}"]


def ready(officer: Officer, api: httpx.Client, count: int) -> tuple[str, Locator]:
    """Try so many rows; return what their addresses have in common and the button to go on."""
    mark = secrets.token_hex(4)
    rows = [f"{number}.{mark}@example.com,Sam {number}" for number in range(1, count + 1)]
    tried(officer, api, rows)
    button = officer.page.get_by_role("button", name=f"Bring in {count} rows")
    expect(button).to_be_enabled(timeout=120_000)
    return mark, button


def cut_off(officer: Officer, broken: Callable[[list[str]], bool], **answer: Any) -> list[str]:
    """Break calls off, or give them an answer; return the keys of all that are sent, as they are.

    `broken` tells of the last of them whether it is one.
    """
    sent: list[str] = []

    def part(route: Route) -> None:
        sent.append(route.request.headers["idempotency-key"])
        if not broken(sent):
            route.continue_()
        elif answer:
            route.fulfill(**answer)
        else:
            route.abort()

    officer.page.route("**/v1/desk/imports?*", part)
    return sent


def test_slow_answers_are_asked_for_again_without_a_press(
    officer: Officer, api: httpx.Client
) -> None:
    """What a call did that the gateway cut off stays, and the same call goes on behind it."""
    mark, button = ready(officer, api, 251)
    late = {"status": 504, "headers": {"Retry-After": "0"}, "body": ""}
    sent = cut_off(officer, lambda sent: sent.count(sent[-1]) < 6, **late)
    button.click()
    expect(officer.page.locator("main")).to_contain_text("What it did", timeout=120_000)
    assert sorted(sent.count(key) for key in set(sent)) == [6, 6]
    brought_in_once(api, mark, 1, 251)


def test_what_broke_off_goes_on_and_brings_nobody_in_twice(
    officer: Officer, api: httpx.Client
) -> None:
    """The parts that were in are sent again with the rest: each is known by what is in it."""
    mark, button = ready(officer, api, 251)
    cut_off(officer, lambda sent: len(set(sent)) == 2)
    button.click()
    told = officer.page.get_by_role("alert")
    expect(told).to_contain_text("No answer came", timeout=120_000)
    expect(told).to_be_visible()
    expect(button).to_be_enabled()
    officer.page.unroute("**/v1/desk/imports?*")
    button.click()
    expect(officer.page.locator("main")).to_contain_text("What it did", timeout=240_000)
    brought_in_once(api, mark, 1, 250, 251)
