"""What axe finds on a page as it stands."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# WCAG 2.2 AA, and what axe's makers know to be good besides.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
COLOURS = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}


def bring(page: Page) -> None:
    """Bring axe into a page, for as long as that is shown."""
    page.evaluate(Axe().axe_script)


def violations(page: Page, rules: dict[str, Any] = RULES) -> list[str]:
    """Return the rule and the element of each finding."""
    found = page.evaluate("(rules) => axe.run(rules).then((found) => found.violations)", rules)
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]
