"""`make screenshots`: the console at work, for docs/operations/desk.md and build/screenshots."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright

from tests.browser import CHROMIUM
from tests.desk.officer import Officer

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "build" / "screenshots"
IN_DOCS = ROOT / "docs" / "operations" / "desk"
PORT = "8650"
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
LETTERS = (
    {"type": "access", "name": "Kim Example", "received_on": "2026-01-12", "channel": "phone"},
    {
        "type": "rectification",
        "name": "Kim Example",
        "received_on": "2026-01-20",
        "channel": "post",
        "corrections": [{"field": "phone", "value": "01233 000 000"}],
        "identity_shown": True,
    },
    {"type": "complaint", "name": "Lee Sample", "received_on": "2026-01-05", "channel": "email"},
    {"type": "restriction", "name": "Ann Other", "received_on": "2026-01-30", "channel": "phone"},
)


def seeded(url: str) -> str:
    """Enter some letters; give the id of one."""
    headers = {"Authorization": "Bearer local-privacy_officer"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as api:
        api.put("/_local/clock", json={"now": "2026-02-02T09:00:00Z"})
        made = ""
        for letter in LETTERS:
            email = f"{letter['name']}@example.com".lower().replace(" ", ".")
            body = {"email": email, "details": "I would like this in writing, please.", **letter}
            answer = api.post("/v1/desk/requests", json=body).raise_for_status()
            if letter["type"] == "rectification":
                made = str(answer.json()["request_id"])
        breach = {
            "title": "Laptop left on a train",
            "facts": "A laptop with an export of enquiries was left on a train. It is encrypted.",
            "severity": "medium",
            "discovered_at": "2026-02-02T08:00:00Z",
            "classes": ["enquiry"],
            "from": "2026-01-01T00:00:00Z",
            "to": "2026-02-02T00:00:00Z",
        }
        api.post("/v1/desk/breaches", json=breach).raise_for_status()
    return made


def take(url: str, request: str) -> int:
    """Write the pictures of the views that an officer sees most."""
    views = {
        "today": "today",
        "requests": "requests",
        "request": f"requests/{request}",
        "people": "people",
        "breaches": "breaches",
        "imports": "imports",
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for size, (width, height) in SIZES.items():
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale="en-GB"
            )
            officer = Officer(context.new_page(), url)
            officer.sign_in()
            for name, path in views.items():
                officer.open(path)
                officer.page.locator("main h1").wait_for()
                for scheme in ("light", "dark"):
                    officer.page.emulate_media(color_scheme=scheme)
                    file = TARGET / f"desk-{name}-{size}-{scheme}.png"
                    officer.page.screenshot(path=file, full_page=True)
                    if (size, scheme) == ("desktop", "light") and name in ("today", "request"):
                        officer.page.screenshot(path=IN_DOCS / f"{name}.png")
            context.close()
        browser.close()
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
        sys.stdout.write(f"{take(url, seeded(url))} pictures of the console in {TARGET}\n")
    finally:
        run.terminate()
        run.wait(timeout=30)


if __name__ == "__main__":
    main()
