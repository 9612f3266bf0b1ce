"""What somebody keeps on paper: what was decided, asked and done, and nothing to press."""

import pytest
from playwright.sync_api import Page, expect

from tests.pages.page_states import STATES
from tests.pages.serving import Served

KEPT = {
    "request-erased": ("Certificate of erasure", "Entries erased", "What happened so far"),
    "request-ready": ("Get a copy of my data", "Closed on 2 February 2026."),
    "choices-decided": ("You decided on 1 February 2026.", "What you decided before"),
    "preferences-history": ("Our newsletter:", "Version 2023-06 of the notice.", "Since 1"),
    "preferences-centre": ("You allowed it on 1 February 2026", "Your account with us"),
}
PRESSED = "button:visible, a.button:visible, input[type=text]:visible, textarea:visible"


@pytest.mark.parametrize("name", KEPT)
def test_paper_has_what_counts_whose_it_is_and_no_buttons(
    page: Page, served: Served, name: str
) -> None:
    (state,) = [state for state in STATES if state.name == name]
    state.show(page, served.url)
    page.evaluate("window.print = () => (document.title = 'printed')")
    for button in page.locator("[data-print]:visible").all()[:1]:
        button.click()
        expect(page).to_have_title("printed")
    page.emulate_media(media="print", color_scheme="dark")
    for words in KEPT[name]:
        expect(page.get_by_text(words).first).to_be_visible()
    expect(page.get_by_text("160 Eureka Park").last).to_be_visible()
    assert page.locator(PRESSED).all_inner_texts() == []
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
