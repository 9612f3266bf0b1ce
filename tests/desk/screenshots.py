"""`make screenshots`: the console at work, for docs/operations/desk.md and build/screenshots."""

import os
import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, sync_playwright

from tests.browser import CHROMIUM
from tests.desk.filled import fill
from tests.desk.officer import Officer

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "build" / "screenshots"
IN_DOCS = ROOT / "docs" / "operations" / "desk"
SHOWN_IN_DOCS = ("today", "request", "record")
PORT = "8650"
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
# What docs/operations/desk.md shows of a view: its beginning.
TOP: FloatRect = {"x": 0, "y": 0, "width": 1280, "height": 640}


def take(browser: Browser, url: str, views: dict[str, str]) -> int:
    """Write a picture of each view, light and dark, on a desktop and on a phone."""
    for size, (width, height) in SIZES.items():
        context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
        officer = Officer(context.new_page(), url)
        officer.sign_in()
        for name, path in views.items():
            officer.open(path)
            officer.page.locator("main h1").wait_for()
            officer.prepare(name)
            for scheme in ("light", "dark"):
                officer.page.emulate_media(color_scheme=scheme)
                file = TARGET / f"desk-{name}-{size}-{scheme}.png"
                officer.page.screenshot(path=file, full_page=True)
                if (size, scheme) == ("desktop", "light") and name in SHOWN_IN_DOCS:
                    officer.page.screenshot(path=IN_DOCS / f"{name}.png", clip=TOP)
        context.close()
    return len(views) * len(SIZES) * 2


def main() -> None:
    """Run the product, fill it, take the pictures, stop it."""
    for folder in (TARGET, IN_DOCS):
        folder.mkdir(parents=True, exist_ok=True)
    run = subprocess.Popen(
        [sys.executable, "-m", "local", "run"],
        cwd=ROOT,
        env={**os.environ, "PORT": PORT},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        lines = iter(run.stdout or ())
        url = next(found[1] for line in lines if (found := re.search(r"Serving on (\S+)", line)))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            taken = take(browser, url, fill(url))
            browser.close()
        sys.stdout.write(f"{taken} pictures of the console in {TARGET}\n")
    finally:
        run.terminate()
        run.wait(timeout=30)


if __name__ == "__main__":
    main()
