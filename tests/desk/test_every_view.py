"""Every view of the console, filled by friend and stranger, in light and in the dark."""

import itertools
import json
import re

import httpx
from playwright.sync_api import Page, Route, expect

from tests.desk.filled import fill
from tests.desk.officer import Officer
from tests.pages.axe import COLOURS, bring, violations
from tests.pages.test_accessibility import CUT_OFF, HEADINGS, SMALL

UNFOLD = "document.querySelectorAll('details').forEach((each) => (each.open = true))"
# The console goes to an address as its own links do, without loading itself anew.
GO = """(path) => {
  history.pushState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}"""
NAMES = """async () => Object.keys((await import(
  document.querySelector('link[rel=modulepreload][href*="/views."]').href)).VIEWS)"""
# What has no words of ours is shown as its name is; here such a name stands out.
NAMELESS = 'String(name).replaceAll("_", " ")'
# Names of code, ids, ISO dates and periods, JSON: nothing for people, but where code is marked.
RAW = re.compile(
    r"⟦[^⟧]*⟧|\b[a-z0-9]+(?:_[a-z0-9]+)+\b|\b[a-z]_[a-z2-7]{20,}|\b\d{4}-\d\d-\d\d(?!\d)"
    r"|\bP\d+[YMWD]\b|[{}]|\bnull\b|\bundefined\b|\[object|\b[0-9a-f]{16,}\b"
)
TEXTS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const around = walker.currentNode.parentElement;
    if (around.closest("code, script, style, noscript")) continue;
    if (around.closest("option") || around.checkVisibility()) found.push(walker.currentNode.data);
  }
  for (const entry of document.querySelectorAll("input:not([type=hidden], [type=date])")) {
    if (entry.type === "text" && entry.checkVisibility()) found.push(entry.value);
  }
  return found;
}"""
EMPTY = {
    "overdue": 0,
    "due_soon": 0,
    "waiting_for_us": 0,
    "waiting_for_them": 0,
    "review": 0,
    "mails": 0,
    "breaches": 0,
    "complete": True,
    "unreadable": 0,
    "alarms": [],
    "first": [],
    "lapsed": [],
    "unreached": [],
}


def wrong_with(page: Page, *, unfolded: bool = True) -> list[str]:
    """Look at a page on a narrow phone in light, and on a desktop in the dark."""
    page.set_viewport_size({"width": 320, "height": 640})
    page.emulate_media(color_scheme="light")
    if unfolded:
        page.evaluate(UNFOLD)
    found = [*raw_in(page), *violations(page), *page.evaluate(CUT_OFF), *page.evaluate(SMALL)]
    if page.evaluate("document.documentElement.scrollWidth") > 320:
        found.append("it is wider than 320 pixels")
    levels = page.evaluate(HEADINGS)
    if levels.count(1) != 1 or any(after - one > 1 for one, after in itertools.pairwise(levels)):
        found.append(f"headings {levels}")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="dark")
    found += [*violations(page, COLOURS), *page.evaluate(CUT_OFF)]
    if page.evaluate("window.taken"):
        found.append("what a stranger typed was run")
    return found


def mark_nameless(route: Route) -> None:
    answer = route.fetch()
    text = answer.text()
    assert NAMELESS in text
    route.fulfill(response=answer, body=text.replace(NAMELESS, "`⟦${name}⟧`"))


def raw_in(page: Page) -> list[str]:
    """Return the names and ids that a page shows where words belong."""
    return [f"raw: {found[0]}" for text in page.evaluate(TEXTS) for found in RAW.finditer(text)]


def empty_today(route: Route) -> None:
    route.fulfill(status=200, content_type="application/json", body=json.dumps(EMPTY))


def test_axe_finds_nothing_nothing_is_cut_off_and_everything_has_words_on_every_view(
    officer: Officer, api: httpx.Client, base_url: str
) -> None:
    paths = fill(base_url)
    page = officer.page
    page.route("**/assets/terms.*.js", mark_nameless)
    officer.open("policy", "Policy")
    bring(page)
    wrong = {}
    for name, path in paths.items():
        before = page.locator("main h1").element_handle()
        page.evaluate(GO, f"/desk/{path}")
        page.wait_for_function("(before) => !before.isConnected", arg=before)
        expect(page.locator("main h1")).to_be_visible()
        officer.prepare(name)
        if found := wrong_with(page):
            wrong[name] = found
    page.route("**/v1/desk/today", empty_today)
    page.evaluate(GO, "/desk/today")
    officer.sees("Nothing here.")
    if found := wrong_with(page):
        wrong["today without work"] = found
    assert not wrong, "\n".join(f"{name}: {each}" for name, them in wrong.items() for each in them)
    assert {path.partition("/")[0] for path in paths.values()} == set(page.evaluate(NAMES))
