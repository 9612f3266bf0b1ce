"""The pages of docs/website.md, as somebody would paste them."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.reading import until
from tests.web.test_adapters import packages as packages  # noqa: PLC0414 - a fixture

TEXT = (Path(__file__).parent.parent.parent / "docs" / "website.md").read_text("utf-8")
EXAMPLES = [
    html.replace("http://127.0.0.1:8000/", "API/")
    for html in re.findall(r"```html\n(.*?)```", TEXT, re.DOTALL)
]

PAGE = '<!doctype html><html lang="en"><title>A site</title>'

Write = Callable[[str], str]


def test_an_empty_file_has_consent_and_holds_its_tag_back(page: Page, write: Write) -> None:
    page.goto(write(EXAMPLES[0]))
    button = page.get_by_role("button", name="Accept all")
    expect(button).to_be_visible()
    assert page.title() == "My site"
    button.click()
    expect(page).to_have_title("Analytics runs")
    page.get_by_role("link", name="Privacy choices").click()
    expect(page.get_by_role("button", name="Decline all")).to_be_visible()


def test_a_banner_written_by_hand(page: Page, write: Write) -> None:
    (own,) = [html for html in EXAMPLES if 'id="ask"' in html]
    page.goto(write(f'<!doctype html><html lang="en"><title>A site</title><body>{own}'))
    page.get_by_role("button", name="No").click()
    expect(page.get_by_text("May we count visits?")).to_be_hidden()
    until(page, "p.state().choices.analytics === false && !p.state().pending")
    page.reload()
    until(page, "p.needsAsking() === null")
    expect(page.get_by_text("May we count visits?")).to_be_hidden()


TRANSPILE = """const ts = require(process.argv[1]);
const options = { jsx: ts.JsxEmit.React, target: "es2022", module: "esnext" };
const code = require("fs").readFileSync(0, "utf8");
process.stdout.write(ts.transpileModule(code, { compilerOptions: options }).outputText);"""


REACT = ("react", "react-dom")


def test_a_component_of_react(page: Page, write: Write, packages: Path, base_url: str) -> None:
    (source,) = re.findall(r"```jsx\n(.*?)```", TEXT, re.DOTALL)
    source = re.sub(r"^import .*\n", "", source, flags=re.MULTILINE).replace("export ", "")
    source = source.replace("http://127.0.0.1:8000", base_url)
    made = subprocess.run(
        ["node", "-e", TRANSPILE, str(packages / "typescript")],
        input=source,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    files = [packages / name / "umd" / f"{name}.production.min.js" for name in REACT]
    libraries = "".join(f"<script>{file.read_text('utf-8')}</script>" for file in files)
    page.goto(
        write(
            f'{PAGE}{libraries}<script src="API/privacy.js"></script><body><div id="root"></div>'
            f'<script type="module">const {{ useSyncExternalStore }} = React;{made}'
            'ReactDOM.createRoot(document.getElementById("root"))'
            ".render(React.createElement(Banner));</script>"
        )
    )
    page.get_by_role("button", name="No").click()
    expect(page.get_by_text("May we count visits?")).to_be_hidden()
    until(page, "p.state().choices.analytics === false && !p.state().pending")


# What WordPress does with the lines: the head, and one enqueued script as it prints it, with the
# inline script that a plugin puts before it.
WORDPRESS = """<?php
$actions = []; $filters = [];
function add_action($hook, $run, $rank = 10) { global $actions; $actions[$hook][] = $run; }
function add_filter($hook, $run, $rank = 10) { global $filters; $filters[$hook][] = $run; }
LINES
echo '<!doctype html><html lang="en"><title>A site</title>';
foreach ($actions['wp_head'] as $run) $run();
foreach (['google-analytics', 'theme'] as $handle) {
    $tag = '<script type="text/javascript" id="' . $handle . '-js-before">'
        . 'window.ran = [...(window.ran || []), "before ' . $handle . '"];</script>' . "\\n"
        . '<script type="text/javascript" src="https://tags.example/' . $handle . '.js" id="'
        . $handle . '-js" defer data-wp-strategy="defer"></script>' . "\\n";
    foreach ($filters['script_loader_tag'] as $run) $tag = $run($tag, $handle);
    echo $tag;
}
echo '<body><p>Hello</p>';
"""


@pytest.mark.skipif(shutil.which("php") is None, reason="php is not here (Debian: php-cli)")
def test_the_lines_for_wordpress_hold_a_plugin_s_script_back(page: Page, write: Write) -> None:
    """Run by PHP with WordPress's own hooks imitated: what they print, a browser keeps to."""
    (lines,) = re.findall(r"```php\n(.*?)```", TEXT, re.DOTALL)
    lines = lines.replace("https://privacy.example.com/", "API/")
    source = WORDPRESS.replace("LINES", lines)
    html = subprocess.run(["php"], input=source, capture_output=True, check=True, text=True).stdout
    page.route(
        "https://tags.example/*.js",
        lambda it: it.fulfill(body=f"ran.push({it.request.url.rpartition('/')[2]!r})"),
    )
    page.goto(write(html))
    expect(page.get_by_role("button", name="Accept all")).to_be_visible()
    assert page.evaluate("ran") == ["before theme", "theme.js"]
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function("ran.length === 4")
    assert page.evaluate("ran").index("before google-analytics") == 2


CONTAINER = "dataLayer.push({ event: 'container' });"


def test_a_tag_manager_starts_with_everything_denied(page: Page, write: Write) -> None:
    (own,) = [html for html in EXAMPLES if "gtm.js" in html]
    page.route("https://www.googletagmanager.com/**", lambda it: it.fulfill(body=CONTAINER))
    page.goto(write(f"{PAGE}{own}<body><p>Hello</p>"))
    page.wait_for_function("dataLayer.some((each) => each.event === 'container')")
    said = "dataLayer.map((each) => each.event || [...each].slice(0, 2).join(' '))"
    before = page.evaluate(said)
    assert before.index("consent default") < before.index("gtm.js") < before.index("container")
    granted = (
        "dataLayer.some((each) => each[1] === 'update' && each[2].analytics_storage === 'granted')"
    )
    assert not page.evaluate(granted)
    page.get_by_role("button", name="Accept all").click()
    page.wait_for_function(granted)


def test_a_form_of_a_page_without_scripts(page: Page, write: Write) -> None:
    (own,) = [html for html in EXAMPLES if "<form" in html]
    assert page.context.browser
    context = page.context.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(write(f"{PAGE}<body>{own}"))
    page.get_by_label("E-mail").fill("sam@example.com")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="We have it")).to_be_visible()
    context.close()
