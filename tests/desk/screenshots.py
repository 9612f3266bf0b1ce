"""`make screenshots`: the console at work, for docs/operations/desk.md and build/screenshots."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, sync_playwright

from tests.browser import CHROMIUM
from tests.desk.officer import Officer

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "build" / "screenshots"
IN_DOCS = ROOT / "docs" / "operations" / "desk"
SHOWN_IN_DOCS = ("today", "request", "record")
PORT = "8650"
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
KIM = "kim.example@example.com"
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
    {
        "type": "rectification",
        "name": "Kim Example",
        "received_on": "2026-01-26",
        "channel": "phone",
        "corrections": [{"field": "name", "value": "Kim Example-Sample"}],
        "identity_shown": True,
    },
    {"type": "complaint", "name": "Lee Sample", "received_on": "2025-12-22", "channel": "email"},
    {"type": "restriction", "name": "Ann Other", "received_on": "2026-01-30", "channel": "phone"},
)
BREACH = {
    "title": "Laptop left on a train",
    "facts": "A laptop with an export of enquiries was left on a train. It is encrypted.",
    "severity": "medium",
    "discovered_at": "2026-02-02T08:00:00Z",
    "classes": ["enquiry"],
    "from": "2026-01-01T00:00:00Z",
    "to": "2026-03-01T00:00:00Z",
}
DISCLOSURE = {
    "email": KIM,
    "recipient": "carriers",
    "purpose": "service",
    "data": ["name", "phone number"],
    "ground": {"contract": True},
    "reference": "Shipment 4711",
}


def seeded(url: str) -> dict[str, str]:
    """Fill the desk with a week's work; give the path of each page that shows something of it."""
    headers = {"Authorization": "Bearer local-privacy_officer"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as api:
        api.put("/_local/clock", json={"now": "2026-02-02T09:00:00Z"})

        def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
            answer = api.post(path, json=body)
            assert answer.is_success, answer.text
            told: dict[str, Any] = answer.json()
            return told

        version = api.get("/v1/policy").json()["version"]
        enquiry = {"policy_version": version, "name": "Kim Example", "message": "Do you ship?"}
        post("/v1/contact", {**enquiry, "email": KIM, "phone": "01233 555555"})
        made = []
        for letter in LETTERS:
            email = f"{letter['name']}@example.com".lower().replace(" ", ".")
            body = {"email": email, "details": "I would like this in writing, please.", **letter}
            made.append(post("/v1/desk/requests", body)["request_id"])
        breach = post("/v1/desk/breaches", BREACH)["breach_id"]
        hold = post("/v1/desk/holds", {"email": KIM, "reason": "Claim 17 of 2026."})["hold_id"]
        post("/v1/desk/disclosures", DISCLOSURE)
        post("/v1/desk/retention/preview", {})
    return {
        "today": "today",
        "requests": "requests",
        "request-new": "requests/new",
        "request": f"requests/{made[1]}",
        "complaints": "complaints",
        "people": "people",
        "holds": "holds",
        "hold": f"holds/{hold}",
        "breaches": "breaches",
        "breach-new": "breaches/new",
        "breach": f"breaches/{breach}",
        "disclosures": "disclosures",
        "imports": "imports",
        "retention": "retention",
        "record": "record",
        "figures": "figures",
        "policy": "policy",
        "audit": "audit",
    }


def take(browser: Browser, url: str, views: dict[str, str]) -> int:
    """Write a picture of each view, light and dark, on a desktop and on a phone."""
    for size, (width, height) in SIZES.items():
        context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
        officer = Officer(context.new_page(), url)
        officer.sign_in()
        for name, path in views.items():
            officer.open(path)
            officer.page.locator("main h1").wait_for()
            if name == "people":
                officer.fill(officer.page.locator("form[data-form=search]"), email=KIM)
                officer.press("Look up")
                officer.page.get_by_text("Who looked, and what was done").first.wait_for()
            for scheme in ("light", "dark"):
                officer.page.emulate_media(color_scheme=scheme)
                file = TARGET / f"desk-{name}-{size}-{scheme}.png"
                officer.page.screenshot(path=file, full_page=True)
                if (size, scheme) == ("desktop", "light") and name in SHOWN_IN_DOCS:
                    officer.page.screenshot(path=IN_DOCS / f"{name}.png")
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
            taken = take(browser, url, seeded(url))
            browser.close()
        sys.stdout.write(f"{taken} pictures of the console in {TARGET}\n")
    finally:
        run.terminate()
        run.wait(timeout=30)


if __name__ == "__main__":
    main()
