"""`python -m bench.website`: what the pages and privacy.js cost a visitor's browser.

Bytes of each page and requests of each journey on a product that is started for it; and, in the
same run and in turn, privacy.js beside vanilla-cookieconsent (with its banner) and c15t (which has
none), each from npm and from its first line to what it shows. Needs chromium and npm.
"""

import gzip
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

from playwright.sync_api import Browser, Page, Response, sync_playwright

from bench import folders
from local.serving import on_loopback

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
PACKAGES = ("c15t@2.2.1", "esbuild@0.25.5", "vanilla-cookieconsent@3.1.0")
CACHE = folders.CACHE / "npm"
ROUNDS = 11
EMAIL = "sam@example.com"
PAGES = (
    "", "choices", "preferences", "newsletter", "contact", "account", "requests/new",
    "requests/r_aaaaaaaaaaaaaaaaaaaaaaaaaa", "notice", "cookies",
)  # fmt: skip
# Seconds of the main thread that count; what the browser does for an empty page, too, cancels out.
WORK = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
SITE = '<!doctype html><html lang="en"><title>A site</title>{head}<body><h1>A site</h1>{end}'
COOKIECONSENT = """<style>{sheet}</style><script>{library}</script><script>CookieConsent.run({{
categories: {{ necessary: {{ readOnly: true }}, analytics: {{}}, advertising: {{}} }},
hideFromBots: false, language: {{ default: "en", translations: {{ en: {{ consentModal: {{
title: "Your privacy", description: "May we use cookies?", acceptAllBtn: "Accept all",
acceptNecessaryBtn: "Decline all", showPreferencesBtn: "Choose" }}, preferencesModal: {{
title: "Choose", savePreferencesBtn: "Keep", sections: [
{{ title: "Analytics", linkedCategory: "analytics" }},
{{ title: "Advertising", linkedCategory: "advertising" }}] }} }} }} }} }});</script>"""
C15T = """import { getOrCreateConsentRuntime } from "c15t";
const { consentStore } = getOrCreateConsentRuntime({ mode: "offline" });
const shown = document.createElement("button");
shown.textContent = "Accept all";
document.body.append(shown);
"""


@dataclass(frozen=True, slots=True)
class Library:
    """One way to ask for consent: its page, and how many bytes of it travel."""

    title: str
    page: str
    bytes: int


def main() -> int:
    """Measure and print."""
    if CHROMIUM is None or shutil.which("npm") is None:
        sys.stderr.write("bench.website needs chromium and npm\n")
        return 1
    with product() as api, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        print(
            "\nA page with all that it loads, compressed\n\n| page | requests | KB |\n|---|---|---|"
        )
        for path in PAGES:
            requests, size = weight(browser, f"{api}/{path}")
            print(f"| /{path.partition('/r_')[0]} | {requests} | {size / 1000:.1f} |")
        print("\nCalls of the API in a journey\n\n| journey | calls |\n|---|---|")
        for title, journey in JOURNEYS.items():
            print(f"| {title} | {calls(browser, api, journey)} |")
        ours, *others = libraries(api)
        with site((ours, *others)) as address:
            measured = times(browser, address, (ours, *others))
        browser.close()
    print(f"\nUntil the visitor is asked, medians of {ROUNDS}; x = ratio to privacy.js\n")
    print("| library | KB | main thread |\n|---|---|---|")
    for each in (ours, *others):
        size, time = each.bytes, measured[each.title]
        print(
            f"| {each.title} | {size / 1000:.1f}, {size / ours.bytes:.1f}x "
            f"| {time * 1000:.1f} ms, {time / measured[ours.title]:.1f}x |"
        )
    return 0


@contextmanager
def product() -> Iterator[str]:
    """Start the product on a free port and return its address."""
    command = [sys.executable, "-m", "local", "run"]
    started = subprocess.Popen(
        command,
        cwd=folders.ROOT,
        env={**os.environ, "PORT": "0"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    found = next(filter(None, (re.search(r"http://[\d.]+:\d+", line) for line in started.stdout)))
    threading.Thread(target=started.stdout.read, daemon=True).start()
    try:
        yield found[0]
    finally:
        started.terminate()
        started.wait(timeout=30)


def weight(browser: Browser, address: str) -> tuple[int, int]:
    """Return how many requests a page needs and how many bytes travel, compressed."""
    context = browser.new_context()
    page = context.new_page()
    answers: list[Response] = []

    def keep(answer: Response) -> None:
        answers.append(answer)

    page.on("response", keep)
    page.goto(address, wait_until="networkidle")
    size = sum(compressed(answer.body()) for answer in answers if answer.ok)
    context.close()
    return len(answers), size


def compressed(body: bytes) -> int:
    """Tell how many bytes of it travel."""
    return len(gzip.compress(body, 9, mtime=0))


def calls(browser: Browser, api: str, journey: Callable[[Page, str], None]) -> int:
    """Count the API's calls in a journey."""
    context = browser.new_context()
    page = context.new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    journey(page, api)
    page.wait_for_load_state("networkidle")
    context.close()
    return sum(url.startswith(f"{api}/v1/") for url in seen)


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def _read(page: Page, heading: str) -> None:
    page.get_by_role("heading", name=heading).wait_for()


def _follow(page: Page, api: str, heading: str) -> None:
    """Open the newest mailed link once the page says so; the mailbox waits for the workers."""
    _read(page, heading)
    mails = page.request.get(f"{api}/_local/mail").json()
    texts = [mail["text"] for mail in mails if mail["to"] == EMAIL]
    page.goto(re.findall(r"https?://\S+#token=[\w.-]+", texts[-1])[-1])


def _mailed(page: Page, api: str, path: str, button: str, heading: str) -> None:
    """Send a page's form of one's address and open the link that comes of it."""
    page.goto(f"{api}/{path}")
    page.get_by_label("Your e-mail address").fill(EMAIL)
    _press(page, button)
    _follow(page, api, heading)


def _choose(page: Page, api: str) -> None:
    page.goto(f"{api}/choices")
    _press(page, "Accept all")
    _read(page, "Your choice is kept")


def _subscribe(page: Page, api: str) -> None:
    _mailed(page, api, "newsletter", "Sign up", "We have it")
    _press(page, "Show what I am confirming")
    _press(page, "Yes, send me the newsletter")
    _read(page, "You are signed up")


def _stop(page: Page, api: str) -> None:
    _mailed(page, api, "preferences", "Send me the link", "Look into your mail")
    _press(page, "Open my preferences")
    _press(page, "Stop everything")
    _read(page, "Your choice is kept")


def _ask(page: Page, api: str) -> None:
    page.goto(f"{api}/requests/new")
    page.get_by_text("Get a copy of my data", exact=True).click()
    _press(page, "Continue")
    page.get_by_label("Your name", exact=True).fill("Sam Example")
    page.get_by_label("Your e-mail address").fill(EMAIL)
    _press(page, "Continue")
    _press(page, "Continue")
    _press(page, "Send my request")
    _follow(page, api, "Look into your mail")
    _press(page, "Show what I am confirming")
    _press(page, "Yes, this is my request")
    _read(page, "What happened so far")


JOURNEYS: dict[str, Callable[[Page, str], None]] = {
    "choose for this browser": _choose,
    "sign up and confirm": _subscribe,
    "ask for a link, stop everything": _stop,
    "ask for a copy, confirm, follow": _ask,
}


def libraries(api: str) -> tuple[Library, ...]:
    """Return each library's page, ours first."""
    modules = _installed()
    script = (folders.ROOT / "web" / "privacy.js").read_bytes()
    own = SITE.format(head=f'<script src="{api}/privacy.js" data-banner></script>', end="")
    consent = modules / "vanilla-cookieconsent" / "dist"
    sheet, code = (
        (consent / f"cookieconsent{suffix}").read_text("utf-8") for suffix in (".css", ".umd.js")
    )
    bundled = subprocess.run(
        [*_bundler(modules), "--bundle", "--minify", "--format=iife"],
        cwd=CACHE,
        input=C15T,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    inline = bundled.replace("</script", "<\\/script")
    run = COOKIECONSENT.format(sheet=sheet, library=code)
    return (
        Library("privacy.js, with its banner", own, compressed(script)),
        Library(
            "vanilla-cookieconsent, with its banner",
            SITE.format(head="", end=run),
            compressed(sheet.encode()) + compressed(code.encode()),
        ),
        Library(
            "c15t offline, without a banner",
            SITE.format(head="", end=f"<script>{inline}</script>"),
            compressed(bundled.encode()),
        ),
    )


def _installed() -> Path:
    CACHE.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--prefix", str(CACHE), "--no-audit", "--no-fund", *PACKAGES]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return CACHE / "node_modules"


def _bundler(modules: Path) -> list[str]:
    (program,) = modules.glob("@esbuild/*/bin/esbuild")
    return [str(program)]


@contextmanager
def site(shown: tuple[Library, ...]) -> Iterator[str]:
    """Serve the libraries' pages on an origin of their own, by their numbers."""
    folder = folders.CACHE / "site"
    folder.mkdir(parents=True, exist_ok=True)
    for number, each in enumerate(shown):
        (folder / f"{number}.html").write_text(each.page, encoding="utf-8")
    handler = partial(_Quiet, directory=str(folder))
    with on_loopback(handler) as url:
        yield url


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_told: object) -> None:
        """Say nothing: the figures are what is printed."""


def times(browser: Browser, address: str, shown: tuple[Library, ...]) -> dict[str, float]:
    """Return each library's median seconds on the main thread, in fresh browsers in turn."""
    found: dict[str, list[float]] = {each.title: [] for each in shown}
    for _ in range(ROUNDS):
        for number, each in enumerate(shown):
            found[each.title].append(_time(browser, f"{address}/{number}.html"))
    return {title: statistics.median(seconds) for title, seconds in found.items()}


def _time(browser: Browser, address: str) -> float:
    context = browser.new_context()
    page = context.new_page()
    watching = context.new_cdp_session(page)
    watching.send("Performance.enable")
    page.goto(address)
    page.get_by_role("button", name="Accept all").wait_for()
    metrics = watching.send("Performance.getMetrics")["metrics"]
    context.close()
    return sum(float(one["value"]) for one in metrics if one["name"] in WORK)


if __name__ == "__main__":
    sys.exit(main())
