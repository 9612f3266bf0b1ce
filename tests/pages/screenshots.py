"""`make screenshots`: every page in every state, phone and desktop, light and dark, to build/.

Four of them go to docs/pictures, for README.md.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, sync_playwright

from tests.browser import CHROMIUM
from tests.pages.page_states import STATES, State
from tests.pages.serving import serve

TARGET = Path(__file__).parents[2] / "build" / "screenshots"
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
SCHEMES = ("light", "dark")
# What README.md shows: small pictures of a phone, each of one state and scheme.
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
TOP = FloatRect(x=0, y=0, width=390, height=660)
SHOWN = {"home": "light", "choices": "light", "request-ready": "light", "request-erased": "dark"}


def take(browser: Browser, url: str, state: State) -> None:
    """Write a state's four pictures."""
    for size, (width, height) in SIZES.items():
        context = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        page = context.new_page()
        state.show(page, url)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            path = TARGET / f"{state.name}-{size}-{scheme}.png"
            page.screenshot(path=path, full_page=True)
            if size == "phone" and SHOWN.get(state.name) == scheme:
                page.screenshot(path=PICTURES / f"{state.name}.png", clip=TOP)
        context.close()


def main(wanted: list[str]) -> None:
    """Write the pictures of all states, or of those whose names begin with one of `wanted`."""
    PICTURES.mkdir(exist_ok=True)
    states = [each for each in STATES if not wanted or each.name.startswith(tuple(wanted))]
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "built") as served,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for state in states:
            take(browser, served.url, state)
        browser.close()
    sys.stdout.write(f"{len(states) * len(SIZES) * len(SCHEMES)} pictures in {TARGET}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
