"""The languages that people are written to in: complete, and chosen by what they named."""

import ast
import inspect
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from urllib.parse import urlencode

import pytest

from contact.schemas import Contact
from fulfilment.access_copy import copy_html, copy_json, formatting
from fulfilment.erasure import erasure_plan
from notifications import request_words
from notifications.record_mails import MAILS as OF_RECORDS
from notifications.request_mails import MAILS as OF_REQUESTS
from notifications.request_mails import Reader
from preferences import unsubscribe_pages
from shared import languages
from shared.domain import person_fields, rectification
from shared.domain.errors import Invalid
from shared.domain.policy import Policies, in_language
from shared.domain.record_classes import RecordClass
from shared.domain.request_types import EXTENSION_GROUNDS, FEE_GROUNDS, ROWS, STATED
from shared.domain.request_types import WITHHOLDING_GROUNDS as WITHHELD
from shared.edge import problem_page
from shared.edge.body import FORM, parse
from shared.languages import ENGLISH
from shared.storage import policies
from tests import names_of_data

# When the newest version is in force.
NOW = datetime(2026, 12, 1, tzinfo=UTC)
OTHERS = [code for code in languages.codes() if code != ENGLISH]
MESSAGE = re.compile(r'_\("((?:[^"\\]|\\.)*)"\)')
NAMED = re.compile(r"\b(?:facts|case|details|fields|controller|policy)\.(\w+)")
BASES = (
    "consent",
    "contract",
    "legal obligation",
    "vital interests",
    "public task",
    "legitimate interests",
    "recognised legitimate interests",
)


# What a message says that sells something.
SELLS = re.compile(r"\b(offer|discount|sale|bargain|buy|angebot|rabatt|kaufen)", re.IGNORECASE)


def test_no_mail_but_the_newsletters_sells_anything() -> None:
    """S23: what a purpose is called is the policy's; the mails of service have no such word."""
    words = {path: path.read_text("utf-8") for path in languages.FOLDER.glob("*/mails/*.j2")}
    assert {path.stem for path in words if SELLS.search(words[path])} == {"newsletter_welcome"}


def mails(code: str) -> set[str]:
    return {path.name for path in (languages.FOLDER / code / "mails").iterdir()}


def said_by_rows() -> Iterator[str]:
    """Yield every English sentence that a row, a policy or a record puts into a mail."""
    for row in ROWS.values():
        yield from (row.words, row.called)
        for grounds in (row.refusals, row.partly, row.extensions, row.outcomes):
            yield from (words for name, words in grounds.items() if name != STATED)
    for more in (FEE_GROUNDS, EXTENSION_GROUNDS, WITHHELD):
        yield from (words for name, words in more.items() if name != STATED)
    yield from (request_words.HELD, request_words.FAILED, request_words.UNANSWERED)
    yield from (rectification.UNKNOWN, *rectification.REFUSED.values())
    yield from BASES
    yield from (name.replace("_", " ") for name in person_fields.ROWS)


def said_by_the_copy() -> Iterator[str]:
    """Yield every English sentence of the page that holds a copy of somebody's data."""
    template = (copy_html.FOLDER / "export.html").read_text("utf-8")
    yield from (said.replace('\\"', '"') for said in MESSAGE.findall(template))
    for words in (formatting.BASES, formatting.STARTS, formatting.PLACES, formatting.STATUSES):
        yield from words.values()
    yield from (*formatting.ROLES.values(), "yes", "no", "not set")
    yield from (str(copy_json.AUTOMATED["text"]), *copy_json.NOT_LISTED.values())
    yield from (str(copy_json._UNSORTED[name]) for name in ("title", "why"))
    yield from erasure_plan.NOTES
    yield from (name.replace("_", " ") for name in names_of_data.NAMES | names_of_data.CODES)


# Pages without a script, and forms of which each field is wrong in each of its ways.
PAGES = (unsubscribe_pages, problem_page)
LONG = "n" * 10_001
WRONG = (
    {},
    dict.fromkeys(("email", "name", "phone", "message"), "\u200b"),
    dict.fromkeys(("email", "name", "phone", "message"), LONG),
    *(
        {"email": each}
        for each in (
            "a" * 65 + "@example.com",
            "4111111111111111@example.com",
            "sam@localhost",
            f"sam@{'.'.join(['a' * 60] * 5)}.com",
            "sam@\u2620\ufe0f.com",
        )
    ),
    {"phone": "12"},
    {"phone": "call me"},
    {"phone": "020 7946 0018/x 5"},
)


def said_by_pages() -> Iterator[str]:
    """Yield every English sentence of a page without a script, and what it says of a field."""
    for page in PAGES:
        for node in ast.walk(ast.parse(inspect.getsource(page))):
            match node:
                case ast.Call(func=ast.Name("say") | ast.Attribute(attr="say")) if isinstance(
                    said := node.args[0], ast.Constant
                ):
                    yield str(said.value)
    yield from ("marketing opt out", "contradicts the opt-in", "stands there twice")
    for form in WRONG:
        with pytest.raises(Invalid) as refused:
            parse(Contact, urlencode(form).encode(), FORM, media_types=(FORM,))
        yield from (problem_page.NUMBER.sub("{number}", e.detail) for e in refused.value.errors)


def said_by_the_policy(code: str) -> Iterator[str]:
    """Yield what a copy tells of the version in force and that has no words in the language."""
    told = policies.load(policies.FOLDER).current(NOW).document
    parts = (told[name] for name in ("purposes", "recipients", "sources", "retention"))
    for item in chain(*parts, told["rights"]["rights"]):
        own = in_language(item, code)
        for name in languages.TOLD & set(item):
            english = item[name] if isinstance(item[name], list) else [item[name]]
            if own[name] == item[name]:
                yield from filter(None, english)


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_says_all_that_the_english_says_and_nothing_else(code: str) -> None:
    assert mails(code) == mails(ENGLISH)
    said, wanted = (
        set(languages.read(code).words),
        {*said_by_rows(), *said_by_the_copy(), *said_by_pages(), *said_by_the_policy(code)},
    )
    place = f"functions/shared/languages/{code}/words.toml"
    assert sorted(wanted - said) == [], f"said in English alone: add them to {place}"
    assert sorted(said - wanted) == [], f"said by nothing any more: take them out of {place}"


@pytest.mark.parametrize("code", OTHERS)
def test_a_mail_mentions_the_same_in_each_language(code: str) -> None:
    for name in mails(code):
        english, other = (
            (languages.FOLDER / each / "mails" / name).read_text("utf-8")
            for each in (ENGLISH, code)
        )
        assert set(NAMED.findall(other)) == set(NAMED.findall(english)), name
        for macro in ("paragraph(", "action(", "quote(", "{% include"):
            assert other.count(macro) == english.count(macro), (name, macro)


def test_every_mail_to_a_person_has_words_in_every_language() -> None:
    of_requests = {
        mail.template
        for rows in OF_REQUESTS.values()
        for mail in rows
        if mail.reader != Reader.STAFF
    }
    of_records = {
        mail.template
        for kind, rows in OF_RECORDS.items()
        for mail in rows
        if not mail.to_company and kind != RecordClass.RECIPIENT_NOTICE
    }
    told = {f"{name}.j2" for name in of_requests | of_records | {"breach_notice", "policy_changed"}}
    templates = {name for name in mails(ENGLISH) if not name.startswith("_")}
    assert sorted(told - templates) == [], "mails without a template in languages/en/mails"
    assert sorted(templates - told) == [], "templates that no row names"


@pytest.mark.parametrize(
    ("offered", "answered"),
    [
        ("en de", {"de": "de", "de-AT": "de", "en-GB": "en"}),
        ("de", {"DE": "de", None: "en"}),
        ("en", {"de": "en"}),
        ("en de tlh", {"tlh": "en"}),
    ],
)
def test_somebody_is_answered_in_their_language_where_the_deployment_has_it(
    offered: str, answered: dict[str | None, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGES", offered)
    assert {named: languages.chosen(named).code for named in answered} == answered


@pytest.mark.parametrize(
    ("code", "day", "period"),
    [("en", "1 June 2026", "13 months"), ("de", "1. Juni 2026", "13 Monate")],
)
def test_dates_and_periods_are_written_as_the_language_does(
    code: str, day: str, period: str
) -> None:
    language = languages.read(code)
    assert language.day("2026-06-01") == language.day("2026-06-01T09:00:00.000Z") == day
    assert language.period("P13M") == period
    assert language.period("P1Y") == {"en": "1 year", "de": "1 Jahr"}[code]


def test_a_policy_is_told_in_the_language_as_far_as_it_has_words_in_it() -> None:
    known: Policies = policies.load(policies.FOLDER)
    shown = languages.read("de").shown(known.versions["2026-10"].document)
    titles = {each["id"]: each["title"] for each in shown["purposes"]}
    assert titles["direct_marketing"].startswith("Ihnen unsere Neuigkeiten")
    assert languages.read("de").shown(known.versions["2023-06"].document)["purposes"]


def test_what_other_systems_call_their_data_stays_as_they_call_it() -> None:
    ours = formatting.Wording(languages.read("de"), {"account": "Kundenkonten"})
    theirs = ours.of("orders")
    told = {"number": "SO-1", "email": "x", "kind": "in_progress", "account": "A"}
    assert [label for label, _ in theirs.lines(told)] == [
        "Number",
        "E-Mail-Adresse",
        "Kind",
        "Account",
    ]
    assert dict(theirs.lines(told))["Kind"] == "in_progress"
    assert dict(ours.of(None).lines(told))["Art"] == "in Arbeit"
