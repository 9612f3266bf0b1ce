"""Somebody of the privacy staff at the console: what they press and see."""

import re
from typing import Any

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.desk.filled import KIM
from tests.pages.axe import COLOURS, RULES

# One row that can be brought in, and two with faults.
PEOPLE = "name;email\r\nSam Sample;sam.sample@example.com\r\nNobody;\r\nJo;not an address\r\n"


class Officer:
    """One of the staff in a tab of their own."""

    def __init__(self, page: Page, url: str) -> None:
        """Open nothing yet."""
        self.page, self.url = page, url
        self.faults: list[str] = []
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))

    def sign_in(self, role: str = "Privacy officer", path: str = "today") -> None:
        """Choose a role on the page that says that this is the local run."""
        self.page.goto(f"{self.url}/desk/{path}")
        expect(self.page.get_by_text("This is the local run.")).to_be_visible()
        self.press(f"Work as {role}")
        expect(self.page.locator("[data-who]")).to_contain_text(role)

    def open(self, path: str, title: str | None = None) -> None:
        """Go to a page of the console by its address."""
        self.page.goto(f"{self.url}/desk/{path}")
        expect(self.page.locator("nav[data-views]")).to_be_visible()
        if title is not None:
            self.sees_title(title)

    def when_mails_are_out(self) -> None:
        """Read the page again when the workers have done what the last step called for."""
        httpx.get(f"{self.url}/_local/mail", timeout=30)
        self.page.reload()

    def sees_title(self, title: str) -> None:
        expect(self.page.locator("main h1")).to_have_text(title)

    def sees(self, words: str) -> None:
        expect(self.page.locator("main")).to_contain_text(words)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name).first.click()

    def act(self, title: str, **fields: Any) -> None:
        """Unfold an action, fill its form and press its button."""
        self.unfold(title)
        self.fill(self.action(title), **fields)
        self.action(title).get_by_role("button", name=title, exact=True).click()

    def unfold(self, title: str) -> None:
        self.action(title).locator(":scope > summary").click()

    def action(self, title: str) -> Locator:
        summary = self.page.locator("summary", has_text=re.compile(f"^{re.escape(title)}$"))
        return self.page.locator("details.action", has=summary)

    def fill(self, within: Locator, **fields: Any) -> None:
        for name, value in fields.items():
            field = within.locator(f"[name='{name.replace('__', '.')}']")
            if isinstance(value, bool):
                field.set_checked(value)
            elif field.evaluate("(one) => one.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

    def prepare(self, name: str) -> None:
        """Do what a view shows only afterwards: look somebody up, try a file."""
        if name == "people":
            self.fill(self.page.locator("form[data-form=search]"), email=KIM)
            self.press("Look up")
            self.page.get_by_text("Who looked, and what was done").first.wait_for()
        if name == "imports":
            form = self.page.locator("form[data-form=import]")
            self.page.locator("#import-file").set_input_files(
                {"name": "people.csv", "mimeType": "text/csv", "buffer": PEOPLE.encode()}
            )
            told = {"source": "public_resources", "obtained_on": "2026-01-30"}
            self.fill(form, **told, lawful_basis="legitimate_interests")
            self.press("Try it: nothing is stored")
            self.page.get_by_text("What it would do").first.wait_for()

    def violations(self) -> list[str]:
        """Return what axe finds, in light and in the dark."""
        found = Axe().run(self.page, options=RULES).response["violations"]
        self.page.emulate_media(color_scheme="dark")
        found += Axe().run(self.page, options=COLOURS).response["violations"]
        self.page.emulate_media(color_scheme="light")
        return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]
