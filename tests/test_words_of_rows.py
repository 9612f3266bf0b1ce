"""What a row names has words wherever pages and the console show it; what has none is named."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from infra import routes
from notifications.request_mails import MAILS, Reader
from shared.domain.person_fields import CORRECTABLE, ROWS
from shared.domain.request_actions import ACTIONS, STAFF_ACTIONS, STATUSES
from shared.domain.request_types import ROWS as TYPES

ROOT = Path(__file__).parents[1]
TERMS = "web/desk/terms.js"
WAYS = "web/desk/request_page.js"
REQUEST = "web/pages/js/request.js"
FORM = "web/pages/templates/new_request.html"
BANNER = "web/src/words.js"

# What an object of a script has by name, and a template's list by its first word.
_KEYS = re.compile(r'^ +"?([\w.]+)"?: (?:\{|told\(|t\()', re.MULTILINE)
_LISTED = re.compile(r'\("(\w+)", _\(')


def block(text: str, name: str) -> str:
    """Return the lines of one function of a script."""
    found = re.search(rf"^function {name}\(.*?^}}", text, re.MULTILINE | re.DOTALL)
    assert found, f"{name} is no function there"
    return found[0]


def named(path: str, part: str = "") -> set[str]:
    """Return the names that have words in a file, or in one function of it."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path == FORM:
        return set(_LISTED.findall(text))
    return set(_KEYS.findall(block(text, part) if part else text))


MAILED = {
    f"mail.{mail.template}"
    for rows in MAILS.values()
    for mail in rows
    if mail.reader != Reader.STAFF
}
OPERATIONS = {
    operation.route.handler.__name__
    for operation in routes.declared()
    if operation.function == "desk"
}


def wanted() -> Iterator[tuple[str, str, Iterable[str]]]:
    """Yield each place that shows names of rows: its file, the function there, the names."""
    yield TERMS, "", STATUSES
    yield TERMS, "", TYPES
    yield TERMS, "", ACTIONS
    yield TERMS, "", ROWS
    yield TERMS, "", MAILED
    yield TERMS, "", OPERATIONS
    yield WAYS, "ways", STAFF_ACTIONS
    yield REQUEST, "types", TYPES
    yield REQUEST, "statuses", STATUSES
    yield REQUEST, "fields", CORRECTABLE
    yield REQUEST, "actions", (name for name, row in ACTIONS.items() if row.public)
    yield FORM, "", TYPES
    # A language is chosen in the preferences.
    yield FORM, "", set(CORRECTABLE) - {"language"}


PLACES = [(file, part, name) for file, part, names in wanted() for name in sorted(map(str, names))]


@pytest.mark.parametrize(("file", "part", "name"), PLACES)
def test_what_a_row_names_has_words(file: str, part: str, name: str) -> None:
    assert name in named(file, part), f"say in {file} what {name} is called"


@pytest.mark.parametrize(
    "code", json.loads((ROOT / "cdk.json").read_text())["context"]["languages"]
)
def test_the_banner_speaks_each_language_of_the_pages(code: str) -> None:
    text = (ROOT / BANNER).read_text(encoding="utf-8")
    spoken = dict(re.findall(r"^  (\w+): \{\n(.*?)^  \}", text, re.MULTILINE | re.DOTALL))
    assert code in spoken, f"say in {BANNER} what it calls its buttons"
    assert re.findall(r"^ +(\w+):", spoken[code], re.MULTILINE) == re.findall(
        r"^ +(\w+):", spoken["en"], re.MULTILINE
    )
