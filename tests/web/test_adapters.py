"""Banners of others in front of the API, as npm has them; without npm these are skipped."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from infra import web
from tests.web.reading import until

CACHE = Path(__file__).parent.parent.parent / ".cache" / "npm"
PACKAGES = (
    "vanilla-cookieconsent@3.1.0",
    "klaro@0.7.22",
    "react@18.3.1",
    "react-dom@18.3.1",
    "typescript@5.9.3",
)
STATE = "async () => (await privacy()).state()"

Write = Callable[[str], str]


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder in which npm has put the packages, once a machine."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("!!! No npm here: adapters and types are untested !!!")
    done = CACHE / json.dumps(PACKAGES).translate({ord(sign): "_" for sign in '/[]" ,'})
    if not done.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--prefix", str(CACHE), "--no-audit", "--no-fund", *PACKAGES]
        got = subprocess.run(command, capture_output=True, check=False, timeout=60)
        if got.returncode:
            pytest.skip("!!! npm's registry is out of reach: adapters and types are untested !!!")
        done.touch()
    return CACHE / "node_modules"


def adapter(name: str) -> str:
    return (web.SOURCES / "adapters" / f"{name}.js").read_text("utf-8").replace("export ", "")


def recorded(page: Page, base_url: str) -> dict[str, Any]:
    until(page, "p.state().decided_at && !p.state().pending")
    name = page.evaluate(STATE)["consent_id"]
    choices: dict[str, Any] = httpx.get(f"{base_url}/v1/consents/{name}").json()["choices"]
    return choices


COOKIECONSENT = """<!doctype html><html lang="en"><title>A site</title>
<script src="API/privacy.js"></script><script>LIBRARY</script><body><p>Hello</p>
<script type="module">ADAPTER
const words = { consentModal: { title: "Cookies?", acceptAllBtn: "All", acceptNecessaryBtn: "None",
  showPreferencesBtn: "Some" }, preferencesModal: { title: "Some", savePreferencesBtn: "Save",
  sections: [{ title: "Analytics", linkedCategory: "analytics" }] } };
cookieconsent(await privacy(), CookieConsent, {
  categories: { necessary: { readOnly: true, enabled: true }, analytics: {}, advertising: {} },
  hideFromBots: false, language: { default: "en", translations: { en: words } },
});
</script></body></html>"""


def test_vanilla_cookieconsent(page: Page, write: Write, packages: Path, base_url: str) -> None:
    library = (packages / "vanilla-cookieconsent/dist/cookieconsent.umd.js").read_text("utf-8")
    html = COOKIECONSENT.replace("LIBRARY", library).replace("ADAPTER", adapter("cookieconsent"))
    address = write(html)
    page.goto(address)
    page.get_by_role("button", name="All", exact=True).click()
    choices = recorded(page, base_url)
    assert (choices["analytics"], choices["advertising"]) == (True, True)

    page.goto(address)
    page.evaluate("() => CookieConsent.acceptCategory([])")
    until(page, "!p.allowed('analytics')")
    choices = recorded(page, base_url)
    assert (choices["analytics"], choices["advertising"]) == (False, False)

    page.evaluate("() => localStorage.clear()")
    page.goto(address)
    expect(page.get_by_role("button", name="All", exact=True)).to_be_visible()


KLARO = """<!doctype html><html lang="en"><title>A site</title>
<script src="API/privacy.js"></script><script>LIBRARY</script><body><p>Hello</p>
<script type="module">ADAPTER
const config = { lang: "en", acceptAll: true, services: ["analytics", "advertising"].map((name) =>
  ({ name, title: name, purposes: ["site"] })) };
klaro(await privacy(), window.klaro.getManager(config), ["analytics", "advertising"]);
window.klaro.setup(config);
</script></body></html>"""


def test_klaro(page: Page, write: Write, packages: Path, base_url: str) -> None:
    library = (packages / "klaro/dist/klaro-no-css.js").read_text("utf-8")
    html = KLARO.replace("LIBRARY", library.replace("</script", "<\\/script"))
    page.goto(write(html.replace("ADAPTER", adapter("klaro"))))
    page.locator(".cm-btn-success").first.click()
    choices = recorded(page, base_url)
    assert (choices["analytics"], choices["advertising"]) == (True, True)


def test_the_types_say_what_is_there(packages: Path, tmp_path: Path) -> None:
    """A site in strict TypeScript: what is declared compiles, what is not does not."""
    (tmp_path / "site.ts").write_text(SITE.replace("TYPES", str(web.ROOT / "web/types")), "utf-8")
    said = subprocess.run(
        ["node", str(packages / "typescript/bin/tsc"), "--noEmit", "--strict", "--target", "es2022",
         "--module", "esnext", "--moduleResolution", "bundler", str(tmp_path / "site.ts")],
        capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert said.stdout == ""


SITE = """import { privacy, type Reason, type State } from "TYPES/index";
import { cookieconsent } from "TYPES/adapters";
const p = await privacy({ api: "https://privacy.example.com", banner: true, position: "top" });
const why: Reason | null = p.needsAsking();
const state: State = await p.decide({ analytics: why !== null }, { gpc_override: true });
const stop: () => void = p.onChange((now) => now.choices.analytics);
p.visit({ content: "prices" });
// @ts-expect-error choices are yes or no
await p.decide({ analytics: "yes" });
// @ts-expect-error what holds is not for the page to change
state.pending = true;
stop();
export { cookieconsent };
"""


def test_the_declarations_name_every_member(page: Page, site: str) -> None:
    page.goto(site)
    members = set(page.evaluate("async () => Object.keys(await privacy())"))
    declared = (web.ROOT / "web" / "types" / "index.d.ts").read_text("utf-8")
    body = declared[
        declared.index("interface Privacy {") : declared.index("/** Begin, once a page")
    ]
    for member in members:
        assert f"  {member}(" in body or f"readonly {member}:" in body
