"""The pages of docs/website.md, as somebody would paste them."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.web.reading import until

TEXT = (Path(__file__).parent.parent.parent / "docs" / "website.md").read_text("utf-8")
EXAMPLES = [
    html.replace("http://127.0.0.1:8000/", "API/")
    for html in re.findall(r"```html\n(.*?)```", TEXT, re.DOTALL)
]

Write = Callable[[str], str]


def test_an_empty_file_has_consent_and_holds_its_tag_back(page: Page, write: Write) -> None:
    page.goto(write(EXAMPLES[0]))
    button = page.get_by_role("button", name="Accept all")
    expect(button).to_be_visible()
    assert page.title() == "My site"
    button.click()
    expect(page).to_have_title("Analytics runs")
    page.get_by_role("link", name="Privacy choices").click()
    expect(page.get_by_role("button", name="Decline all")).to_be_visible()


def test_a_banner_written_by_hand(page: Page, write: Write) -> None:
    (own,) = [html for html in EXAMPLES if 'id="ask"' in html]
    page.goto(write(f'<!doctype html><html lang="en"><title>A site</title><body>{own}'))
    page.get_by_role("button", name="No").click()
    expect(page.get_by_text("May we count visits?")).to_be_hidden()
    until(page, "p.state().choices.analytics === false && !p.state().pending")
    page.reload()
    until(page, "p.needsAsking() === null")
    expect(page.get_by_text("May we count visits?")).to_be_hidden()
