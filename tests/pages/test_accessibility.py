"""Every page in every state: axe finds nothing, nothing is cut off or hidden, at any size."""

import itertools

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages import axe
from tests.pages.page_states import STATES, State, Tab
from tests.pages.serving import Served

NAMES = [state.name for state in STATES]
HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4")]
  .filter((each) => each.checkVisibility()).map((each) => Number(each.tagName[1]))"""
# Elements whose text is wider than they are, or that stick out of the page.
CUT_OFF = """() => [...document.querySelectorAll("main *, header *, footer *")]
  .filter((each) => each.checkVisibility() && !each.closest(".unseen, .trap, .skip"))
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1
    || (each.children.length === 0 && each.scrollWidth > each.clientWidth + 2
      && getComputedStyle(each).overflowX !== "visible" && each.clientWidth > 0
      && !["TEXTAREA", "INPUT", "SELECT"].includes(each.tagName)))
  .map((each) => each.outerHTML.slice(0, 120))"""
# WCAG 2.2, 2.5.8: 24 by 24, but for links within sentences and lists.
SMALL = """() => [...document.querySelectorAll("button, input, select, textarea, summary, a")]
  .filter((each) => each.checkVisibility() && !each.closest(".unseen, .trap, .skip"))
  .filter((each) => !(each.tagName === "A" && each.closest("p, li, address, dd, td, .words")))
  .filter((each) => {
    const { width, height } = each.getBoundingClientRect();
    return width < 24 || height < 24;
  })
  .map((each) => each.outerHTML.slice(0, 120))"""


# How a reader may have set pages to look (S33), and a state of each kind of page, wrong ones, too.
LOOKS = (("dark", "x-large"), ("high-contrast", "x-large"), ("light", "small"))
SET = "([theme, size]) => Object.assign(document.documentElement.dataset, {theme, font_size: size})"
IN_ALL_LOOKS = (
    *("home", "choices-decided", "contact-refused", "preferences-centre"),
    *("request-new-missing", "request-erased", "unsubscribe-trouble"),
)


@pytest.mark.parametrize("state", STATES, ids=NAMES)
def test_axe_finds_nothing_and_nothing_is_cut_off(tab: Tab, served: Served, state: State) -> None:
    """On a narrow phone in light, and on a wide screen in the dark."""
    tab.page.set_viewport_size({"width": 320, "height": 640})
    tab.page.emulate_media(color_scheme="light")
    page = tab.show(state, served.url)
    axe.bring(page)
    assert axe.violations(page) == []
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    levels = page.evaluate(HEADINGS)
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert "KhooCommerce" in page.title()
    # What is focused after a step is its heading or the summary of errors, and can be seen.
    assert page.evaluate("document.activeElement.checkVisibility()")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 1600, "height": 900})
    assert axe.violations(page, axe.COLOURS) == []
    assert page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("name", IN_ALL_LOOKS)
def test_a_narrow_phone_in_german_fits_in_every_look(tab: Tab, served: Served, name: str) -> None:
    """Long words, large text and each of our own colours at once (S33)."""
    tab.page.set_viewport_size({"width": 320, "height": 640})
    tab.page.emulate_media(color_scheme="light")
    state = next(each for each in STATES if each.name == name)
    page = tab.show(state, served.url, "?lang=de")
    axe.bring(page)
    for look in LOOKS:
        page.evaluate(SET, look)
        assert axe.violations(page, axe.COLOURS) == [], look
        assert page.evaluate(CUT_OFF) == [], look
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, look


@pytest.mark.parametrize("name", ["home", "choices-decided", "contact", "preferences-centre"])
def test_text_of_twice_the_size_fits(tab: Tab, served: Served, name: str) -> None:
    state = next(each for each in STATES if each.name == name)
    tab.page.set_viewport_size({"width": 640, "height": 900})
    page = tab.show(state, served.url)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 640


def test_a_yes_and_a_no_look_alike(page: Page, served: Served) -> None:
    """The two buttons differ in nothing that could lead somebody (S40)."""
    page.goto(f"{served.url}/choices")
    both = page.locator("[data-all]")
    expect(both).to_have_count(2)
    looks = both.evaluate_all(
        """(buttons) => buttons.map((button) => {
          const style = getComputedStyle(button);
          const { width, height } = button.getBoundingClientRect();
          return [Math.round(width), height, ...[...style].filter((name) =>
            !["inline-size", "width", "perspective-origin", "transform-origin"].includes(name))
            .map((name) => style.getPropertyValue(name))];
        })"""
    )
    assert looks[0] == looks[1]


def test_movement_is_left_out_for_who_asks_for_that(chromium: Browser, served: Served) -> None:
    context = chromium.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{served.url}/choices")
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((each) =>
          parseFloat(getComputedStyle(each, "::before").transitionDuration) > 0
          || parseFloat(getComputedStyle(each).transitionDuration) > 0).length"""
    )
    assert moving == 0
    context.close()
