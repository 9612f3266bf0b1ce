"""A version that contradicts itself is not published: a case each, by what it changes."""

import copy
import json
import re
import shutil
import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ops import policy, policy_source
from ops.policy_model import PolicyFile
from ops.policy_rules import faults
from ops.policy_source import PolicyError
from shared.domain.record_classes import RecordClass
from tests.ops.mistakes import edit, refusal

FOLDER = policy.POLICIES / "2026-10"
SOURCE = tomllib.loads((FOLDER / "policy.toml").read_text(encoding="utf-8"))
GONE = object()
ASSESSED = {**SOURCE["purposes"][14]["assessment"]}

# Which entry, what of it becomes what, and what is said of it: `GONE` takes a key away.
CASES: dict[str, tuple[str, str | None, dict[str, Any], str]] = {
    # What each basis has to show.
    "an interest without its assessment": (
        *("purposes", "improvement", {"assessment": GONE}),
        "assessment: is missing; legitimate_interests has to show it",
    ),
    "a recognised interest without its condition": (
        *("purposes", "crime_prevention", {"condition": GONE}),
        "condition: is missing; recognised_legitimate_interests has to show it",
    ),
    "an exemption without its paragraph": (
        *("purposes", "strictly_necessary", {"exemption": GONE}),
        "exemption: is missing; exempt has to show it",
    ),
    "a condition of a contract": (
        *("purposes", "service", {"condition": "crime"}),
        "condition: only recognised_legitimate_interests has one",
    ),
    "somebody who decided on no day": (
        *("purposes", "security", {"assessment": {**ASSESSED, "decided_by": "somebody"}}),
        "assessment: needs both who decided it and on which day, or neither",
    ),
    "an assessment decided after its review": (
        "purposes",
        "security",
        {"assessment": {**ASSESSED, "decided_by": "somebody", "decided_on": date(2027, 10, 1)}},
        "assessment.decided_on: 2027-10-01 is after review_by, 2027-09-30",
    ),
    "a consent without end": (
        *("purposes", "analytics", {"lifetime_days": GONE}),
        "lifetime_days: is missing; a consent has to end",
    ),
    # Who can say no to what.
    "what a website strictly needs, and can be refused": (
        *("purposes", "strictly_necessary", {"required": False}),
        "required: paragraph 4 is for what cannot be refused",
    ),
    "counts that nobody can object to": (
        *("purposes", "statistics", {"required": True, "browser_may_object": False}),
        "required: paragraph 5 stands on a free objection",
    ),
    "the law of one country everywhere": (
        *("purposes", "statistics", {"exemption": {"paragraph": 5}}),
        "exemption.territory: paragraph 5 is the law of GB alone",
    ),
    "a contract that can be switched off": (
        *("purposes", "service", {"required": False}),
        "required: nothing ends what rests on contract; say true",
    ),
    "marketing on a recognised interest": (
        *("purposes", "crime_prevention", {"required": False, "marketing": True}),
        "marketing: no condition of Annex 1 is marketing",
    ),
    "marketing on an exemption": (
        *("purposes", "statistics", {"marketing": True}),
        "marketing: no paragraph of Sch. A1 is marketing",
    ),
    "a way of sending of what is no marketing": (
        *("purposes", "service", {"channel": "post"}),
        "channel: only marketing has one",
    ),
    # What is kept on a device.
    "a cookie for an interest": (
        *("purposes", "improvement", {"cookie": True, "browser_may_object": True}),
        "cookie: what is kept on a device rests on consent or an exemption",
    ),
    "an exemption for what is on no device": (
        *("purposes", "appearance", {"cookie": False}),
        "cookie: an exemption is for what is kept on a device",
    ),
    "advertising without consent": (
        *("purposes", "appearance", {"signals": {"google": ["ad_storage"]}}),
        "signals: ad_storage is advertising, which rests on consent alone",
    ),
    "others' statistics without consent": (
        *("purposes", "statistics", {"signals": {"google": ["analytics_storage"]}}),
        "signals: analytics_storage lets others keep something, which rests on consent alone",
    ),
    "advertising that the browser's signal leaves on": (
        *("purposes", "advertising", {"gpc": False}),
        "gpc: is missing; ad_storage is what Global Privacy Control turns off",
    ),
    "a choice under what is always on": (
        "cookie_categories",
        "strictly_necessary",
        {"purposes": ["strictly_necessary", "analytics"]},
        'purposes[1]: "analytics" can be refused, so it is not strictly necessary',
    ),
    "what is always on under a choice": (
        "cookie_categories",
        "advertisement_and_targeting",
        {"purposes": ["advertising", "strictly_necessary"]},
        'purposes[1]: "strictly_necessary" is always on, so it is strictly necessary',
    ),
    "a cookie that is always on and advertises": (
        *("cookies", "session", {"also": ["advertising"]}),
        'also[0]: "advertising" can be refused, and "strictly_necessary" cannot',
    ),
    "a cookie that is also for what it is for": (
        *("cookies", "_clck", {"also": ["analytics"]}),
        'also[0]: "analytics" is what the cookie is for already',
    ),
    "a cookie for what uses none": (
        *("cookies", "_clck", {"also": ["service"]}),
        'also[0]: "service" is not a purpose that uses cookies',
    ),
    "a cookie that outlives its permission unsaid": (
        *("cookies", "_clsk", {"lifetime": "P7M"}),
        "limit: is missing; the cookie outlives its permission of 182 days",
    ),
    # Who receives what.
    "counts passed to a controller": (
        *("recipients", "microsoft_clarity", {"purposes": ["analytics", "statistics"]}),
        "role: statistics needs no consent only while no other controller receives it",
    ),
    "terms looked at before they were agreed": (
        "recipients",
        "hosting",
        {"checked_on": date(2026, 1, 1), "contract_on": date(2026, 2, 1)},
        "checked_on: 2026-01-01 is before contract_on, 2026-02-01",
    ),
    # What is kept, and until when.
    "what goes with its permission and survives an erasure": (
        *("classes", "visit", {"survives_erasure": True, "ground": "We like it."}),
        "survives_erasure: it goes when its permission is taken back",
    ),
    "what goes with a permission and rests on none": (
        *("classes", "visit", {"rests_on": "improvement"}),
        "rests_on: it goes with a permission, so nothing else lets it be kept",
    ),
    "what is kept longer than its permission": (
        *("classes", "visit", {"keep": "P7M"}),
        "keep: outlives the permission of 182 days with which it ends",
    ),
    "counts that go with somebody's permission": (
        *("classes", "consent_statistics", {"ends_with": "analytics"}),
        "ends_with: names nobody, so it is no person's",
    ),
    "reports that survive an erasure": (
        *("classes", "retention_report", {"survives_erasure": True, "ground": "We like it."}),
        "survives_erasure: names nobody, so it is no person's",
    ),
    # What people are told.
    "no words about what is different": (
        *(".", None, {"changes": GONE}),
        "changes: is missing; people are told in words what is different",
    ),
    "a right that is not told": (
        *("rights.rights", "portability", {"id": "moving"}),
        'rights.rights: "portability" is missing',
    ),
}


def changed(part: str, name: str | None, values: dict[str, Any]) -> dict[str, Any]:
    """Return the source with one entry, or with `.` itself, changed."""
    source = copy.deepcopy(SOURCE)
    rows: Any = source
    for step in part.split(".") if name else ():
        rows = rows[step]
    (row,) = (
        (each for each in rows if name in (each.get("id"), each.get("name"))) if name else [rows]
    )
    for key, value in values.items():
        if value is GONE:
            del row[key]
        else:
            row[key] = value
    return source


@pytest.mark.parametrize("name", CASES)
def test_what_contradicts_itself_is_named_by_its_field(name: str) -> None:
    part, row, values, told = CASES[name]
    said = [
        f"{key}: {why}"
        for key, why in faults(PolicyFile.model_validate(changed(part, row, values)))
    ]
    assert any(line.endswith(told) for line in said), said


def test_what_is_in_force_contradicts_nothing_and_a_limit_may_bound_a_cookie() -> None:
    assert not list(faults(PolicyFile.model_validate(SOURCE)))
    longer = changed("cookies", "_ga", {"lifetime": "P183D"})
    assert not list(faults(PolicyFile.model_validate(longer)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(FOLDER, tmp_path / FOLDER.name)


def test_publishing_stops_at_a_contradiction(folder: Path) -> None:
    edit(folder / "policy.toml", "exemption = { paragraph = 4 }\n", "")
    assert refusal(folder) == (
        "policy.toml: purposes[0].exemption: is missing; exempt has to show it"
    )


@pytest.mark.parametrize(
    ("words", "kinds"), [("notice.md", RecordClass), ("de/notice.md", [RecordClass.HOLD])]
)
def test_the_notice_tells_the_period_of_every_class_as_it_is(
    folder: Path, words: str, kinds: Iterable[RecordClass]
) -> None:
    """S13, L26: the words are made of the rows, so that neither can say another period."""
    text = (folder / words).read_text(encoding="utf-8")
    for kind in kinds:
        without = re.sub(rf"\b{kind}, |, {kind}\b", "", text).replace(f"{{{kind}}}", "9 years")
        (folder / words).write_text(without, encoding="utf-8")
        assert refusal(folder) == f'{words}: does not tell how long "{kind}" is kept: {{{kind}}}'


def test_what_is_told_in_one_row_is_kept_for_one_time(folder: Path) -> None:
    edit(folder / "notice.md", "{breach, hold}", "{breach, hold, visit}")
    assert refusal(folder) == "notice.md: breach and hold and visit are kept for different times"


def test_a_changed_period_is_told_changed(folder: Path) -> None:
    title = 'title = "Messages through the contact form"\n'
    edit(folder / "policy.toml", f'{title}keep = "P2Y"', f'{title}keep = "P1Y6M"')
    told = policy_source.compile(folder)["notice"]
    assert "| Messages through the contact form | 1 year, 6 months after" in told["text"]
    assert "| 1 Jahr, 6 Monate, nachdem wir" in told["languages"]["de"]["text"]


def test_words_name_no_class_that_there_is_not(folder: Path) -> None:
    edit(folder / "notices" / "contact_form.md", "two years", "{enquiries}")
    assert refusal(folder) == 'notices/contact_form.md: "enquiries" is not a class of this version'


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        ("en", "is in the version's own language, en-GB"),
        ("Deutsch", "is not in a folder of a language tag such as de or pt-BR"),
        ("cy", "cannot write periods; begin functions/shared/languages/cy/words.toml"),
    ],
)
def test_a_folder_of_words_is_another_language_that_periods_can_be_written_in(
    folder: Path, tag: str, why: str
) -> None:
    shutil.copytree(folder / "de", folder / tag)
    assert refusal(folder).partition(": ")[2] == why


@pytest.mark.parametrize(
    ("key", "index", "value", "told"),
    [
        ("until", 0, "2026-09-28", "[1].since: 2026-09-30 leaves days without an authority"),
        ("until", 0, "2026-10-03", "[1].since: 2026-09-30 is while another is the authority"),
        ("until", 1, "2026-10-03", "[1].until: nobody is the authority after 2026-10-03"),
        ("since", 0, "2026-01-01", "[0].since: nobody is the authority before 2026-01-01"),
    ],
)
def test_one_authority_is_in_office_on_each_day(
    tmp_path: Path, key: str, index: int, value: str, told: str
) -> None:
    """L15."""
    company = json.loads((policy.POLICIES / "company.json").read_text("utf-8"))
    company["supervisory_authorities"][index][key] = value
    (tmp_path / "company.json").write_text(json.dumps(company), "utf-8")
    with pytest.raises(PolicyError) as caught:
        policy_source.company(tmp_path)
    assert str(caught.value).endswith(f"supervisory_authorities{told}")
