"""`make screenshots`: every page in every state, phone and desktop, light and dark, to build/.

Four of them go to docs/pictures, for README.md. In each of its four looks axe looks at a state,
too, with all its rules; what it finds is said, and the command fails.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, sync_playwright

from tests.browser import CHROMIUM
from tests.pages import axe
from tests.pages.page_states import STATES, State
from tests.pages.serving import serve

TARGET = Path(__file__).parents[2] / "build" / "screenshots"
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
SCHEMES = ("light", "dark")
# What README.md shows: small pictures of a phone, each of one state and scheme.
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
TOP = FloatRect(x=0, y=0, width=390, height=660)
SHOWN = {"home": "light", "choices": "light", "request-ready": "light", "request-erased": "dark"}


def take(browser: Browser, url: str, state: State) -> Iterator[str]:
    """Write a state's four pictures; return what axe finds in them."""
    for size, (width, height) in SIZES.items():
        context = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        page = context.new_page()
        state.show(page, url)
        axe.bring(page)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            path = TARGET / f"{state.name}-{size}-{scheme}.png"
            page.screenshot(path=path, full_page=True)
            yield from (f"{path.stem}: {found}" for found in axe.violations(page))
            if size == "phone" and SHOWN.get(state.name) == scheme:
                page.screenshot(path=PICTURES / f"{state.name}.png", clip=TOP)
        context.close()


def main(wanted: list[str]) -> int:
    """Write the pictures of all states, or of those whose names begin with one of `wanted`.

    Returns 1 if axe finds anything in any of them.
    """
    found: list[str] = []
    PICTURES.mkdir(exist_ok=True)
    states = [each for each in STATES if not wanted or each.name.startswith(tuple(wanted))]
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "built") as served,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for state in states:
            found += take(browser, served.url, state)
        browser.close()
    sys.stdout.write(f"{len(states) * len(SIZES) * len(SCHEMES)} pictures in {TARGET}\n")
    sys.stdout.writelines(f"{each}\n" for each in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
