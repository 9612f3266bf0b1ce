"""A policy with a mistake is refused with one line: file, key and reason."""

import re
import shutil
from pathlib import Path

import pytest

from ops import policy, policy_source
from shared.domain.record_classes import RecordClass
from tests.ops.mistakes import edit, refusal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(policy.POLICIES / "2023-06", tmp_path / "2023-06")


EXTRA_PURPOSE = '[[purposes]]\nid = "analytics"\n'
GOOGLE = 'safeguard = "UK Addendum to the EU standard contractual clauses"\nurl = "https://policies'

CASES = {
    "wrong type": (
        "lifetime_days = 182",
        'lifetime_days = "182"',
        "policy.toml: purposes[1].lifetime_days: input should be a valid integer, not '182'",
    ),
    "zero lifetime": (
        "lifetime_days = 182",
        "lifetime_days = 0",
        "policy.toml: purposes[1].lifetime_days: input should be greater than or equal to 1, not 0",
    ),
    "consent without a lifetime": (
        "lifetime_days = 182\n",
        "",
        "policy.toml: purposes[1].lifetime_days: is missing; a consent has to end",
    ),
    "lifetime without a consent": (
        'id = "improvement"',
        'id = "improvement"\nlifetime_days = 9',
        "policy.toml: purposes[10].lifetime_days: only a purpose that rests on consent has one",
    ),
    "unknown basis": (
        'lawful_basis = "contract"',
        'lawful_basis = "habit"',
        (
            "policy.toml: purposes[8].lawful_basis: input should be 'consent', 'contract', "
            "'legal_obligation', 'legitimate_interests', 'recognised_legitimate_interests' "
            "or 'exempt', not 'habit'"
        ),
    ),
    "required consent": (
        'lawful_basis = "contract"',
        'lawful_basis = "consent"\nlifetime_days = 9',
        "policy.toml: purposes[8].required: what rests on consent can be refused",
    ),
    "signal that turns off what is required": (
        'subject = "browser"',
        'subject = "browser"\ngpc = true',
        (
            "policy.toml: purposes[0].gpc: "
            "only what can be switched off can be turned off by the signal"
        ),
    ),
    "marketing that nobody can refuse": (
        'id = "service"',
        'id = "service"\nmarketing = true',
        (
            "policy.toml: purposes[8].marketing: "
            "marketing can always be objected to (UK GDPR Art. 21(2))"
        ),
    ),
    "cookies that a person decides": (
        'subject = "browser"',
        'subject = "person"',
        (
            "policy.toml: purposes[0].subject: "
            "a purpose with cookies is decided by a browser, or it may object to it"
        ),
    ),
    "objection in a browser to what is always on": (
        'lawful_basis = "contract"',
        'lawful_basis = "contract"\nbrowser_may_object = true',
        (
            "policy.toml: purposes[8].browser_may_object: "
            "is for what is a person's and can be objected to"
        ),
    ),
    "exempt without its condition": (
        'lawful_basis = "contract"',
        'lawful_basis = "exempt"',
        "policy.toml: purposes[8].law: is missing; exempt needs the condition that it stands on",
    ),
    "advertising without consent": (
        'google = ["security_storage"]',
        'google = ["ad_storage"]',
        "policy.toml: purposes[0].signals: ad_storage is advertising, which rests on consent alone",
    ),
    "banner that asks for a person's": (
        'asks = ["analytics", "advertising", "personalisation"]',
        'asks = ["analytics", "publicity"]',
        (
            'policy.toml: notices[0].asks[1]: "publicity" is decided by a person, '
            "not by a browser: a banner cannot ask for it"
        ),
    ),
    "unknown key": (
        "required = true",
        "requried = true\nrequired = true",
        "policy.toml: purposes[0].requried: is not a key of a policy",
    ),
    "missing key": ('role = "processor"\n', "", "policy.toml: recipients[0].role: is missing"),
    "missing table": ("[gpc]\nlast_update = 2023-06-01\n", "", "policy.toml: gpc: is missing"),
    "bad id": (
        'id = "analytics"',
        'id = "Analytics"',
        (
            "policy.toml: purposes[1].id: string should match pattern '^[a-z][a-z0-9_]*$', "
            "not 'Analytics'"
        ),
    ),
    "duplicate purpose": (
        'id = "analytics"',
        'id = "strictly_necessary"',
        'policy.toml: purposes[1].id: "strictly_necessary" stands there twice',
    ),
    "missing notice": (
        'id = "unsubscribe"\n',
        'id = "farewell"\n',
        'policy.toml: notices: "unsubscribe" is missing',
    ),
    "missing class": ('id = "visit"', 'id = "call"', 'policy.toml: classes: "visit" is missing'),
    "missing regime": (
        'id = "dpa_1998"',
        'id = "gdpr"',
        'policy.toml: rights.regimes: "dpa_1998" is missing',
    ),
    "duplicate cookie": (
        'name = "_clsk"',
        'name = "_clck"',
        'policy.toml: cookies[9].name: "_clck of Microsoft Clarity" stands there twice',
    ),
    "cookie of an unknown purpose": (
        'purpose = "analytics"',
        'purpose = "curiosity"',
        'policy.toml: cookies[2].purpose: "curiosity" is not a purpose that uses cookies',
    ),
    "cookie of a purpose without cookies": (
        'purpose = "analytics"',
        'purpose = "service"',
        'policy.toml: cookies[2].purpose: "service" is not a purpose that uses cookies',
    ),
    "cookie lifetime": (
        'lifetime = "P182D"',
        'lifetime = "six months"',
        (
            "policy.toml: cookies[0].lifetime: "
            "'six months' is not an ISO 8601 duration such as P6Y, P26M or P90D"
        ),
    ),
    "category of an unknown purpose": (
        'purposes = ["analytics", "personalisation"]',
        'purposes = ["analytics", "taste"]',
        'policy.toml: cookie_categories[1].purposes[1]: "taste" is not a purpose that uses cookies',
    ),
    "purpose in no category": (
        'purposes = ["analytics", "personalisation"]',
        'purposes = ["analytics"]',
        'policy.toml: cookie_categories: no category holds the cookie purpose "personalisation"',
    ),
    "purpose in two categories": (
        'purposes = ["advertising"]',
        'purposes = ["advertising", "analytics"]',
        'policy.toml: cookie_categories[2].purposes[1]: "analytics" stands there twice',
    ),
    "recipient for an unknown purpose": (
        'purposes = ["third_party_sharing"]',
        'purposes = ["gossip"]',
        'policy.toml: recipients[5].purposes[0]: "gossip" is not a purpose',
    ),
    "recipient elsewhere without a safeguard": (
        GOOGLE,
        'url = "https://policies',
        "policy.toml: recipients[2].safeguard: is missing; US is outside the EEA and the UK",
    ),
    "notice asks what needs no consent": (
        'asks = ["direct_marketing"]',
        'asks = ["direct_marketing", "service"]',
        'policy.toml: notices[2].asks[1]: "service" is not a purpose that asks consent',
    ),
    "centre where something cannot be given again": (
        '    "personalisation",\n    "direct_marketing",',
        '    "direct_marketing",',
        'policy.toml: notices[4].asks: "personalisation" is missing, which another notice asks for',
    ),
    "notice asks what is unknown": (
        'asks = ["direct_marketing"]',
        'asks = ["friendship"]',
        'policy.toml: notices[2].asks[0]: "friendship" is not a purpose that asks consent',
    ),
    "notice without words": (
        'file = "notices/unsubscribe.md"\n',
        "",
        "policy.toml: notices[6]: needs its words either as text or in a file",
    ),
    "notice with words twice": (
        'file = "notices/unsubscribe.md"\n',
        'file = "notices/unsubscribe.md"\ntext = "Stop."\n',
        "policy.toml: notices[6]: needs its words either as text or in a file",
    ),
    "notice file outside its folder": (
        'file = "notices/unsubscribe.md"',
        'file = "../../secret.md"',
        (
            "policy.toml: notices[6].file: string should match pattern "
            r"'^notices/[a-z0-9_]+\.md$', not '../../secret.md'"
        ),
    ),
    "notice file missing": (
        'file = "notices/unsubscribe.md"',
        'file = "notices/farewell.md"',
        "notices/farewell.md: No such file or directory",
    ),
    "class period": (
        'keep = "P6Y"',
        'keep = "6 years"',
        (
            "policy.toml: classes[0].keep: "
            "'6 years' is not an ISO 8601 duration such as P6Y, P26M or P90D"
        ),
    ),
    "class clock": (
        'starts = "decided"',
        'starts = "whenever"',
        (
            "policy.toml: classes[0].starts: input should be 'received', 'created', 'requested', "
            "'confirmed', 'decided', 'last_activity', 'closed' or 'accounting_year_ended', "
            "not 'whenever'"
        ),
    ),
    "class that survives for no reason": (
        'ground = "The duty to document breaches (UK GDPR Art. 33(5)); Art. 17(3)(b)."\n',
        "",
        "policy.toml: classes[19].ground: is missing; what survives an erasure needs one",
    ),
    "class that nothing stores": (
        'id = "statutory_record"',
        'id = "loyalty_card"',
        'policy.toml: classes: "statutory_record" is missing',
    ),
    "class that another system should store and we do": (
        'id = "enquiry"\n',
        'id = "enquiry"\nelsewhere = true\n',
        "policy.toml: classes[1].elsewhere: is not so; this system stores it",
    ),
    "class that starts otherwise than it does": (
        'starts = "decided"',
        'starts = "closed"',
        "policy.toml: classes[0].starts: its period counts from decided",
    ),
    "class that cannot be erased": (
        """survives_erasure = true
ground = "The duty to document breaches (UK GDPR Art. 33(5)); Art. 17(3)(b).\"""",
        "survives_erasure = false",
        (
            "policy.toml: classes[19].survives_erasure: "
            "it cannot be erased; say on which ground it stays"
        ),
    ),
    "counts as somebody's": (
        "personal = false",
        "personal = true",
        "policy.toml: classes[7].personal: names nobody",
    ),
    "revised too early": (
        "revised = 2023-06-01",
        "revised = 2016-08-31",
        "policy.toml: revised: 2016-08-31 is before effective, 2016-09-01",
    ),
    "date as text": (
        "revised = 2023-06-01",
        'revised = "2023-06-01"',
        "policy.toml: revised: input should be a valid date, not '2023-06-01'",
    ),
    "version of another folder": (
        'version = "2023-06"',
        'version = "2023-07"',
        'policy.toml: version: "2023-07" is not the folder\'s name, "2023-06"',
    ),
    "key twice": (
        EXTRA_PURPOSE,
        EXTRA_PURPOSE + 'id = "analytics"\n',
        "policy.toml: is not TOML: Cannot overwrite a value (at line 47, column 17)",
    ),
    "syntax": (
        "required = true",
        "required = yes",
        "policy.toml: is not TOML: Invalid value (at line 40, column 12)",
    ),
}


@pytest.mark.parametrize(("old", "new", "line"), CASES.values(), ids=CASES.keys())
def test_a_mistake_is_one_line(folder: Path, old: str, new: str, line: str) -> None:
    edit(folder / "policy.toml", old, new)
    assert refusal(folder) == line


def _without(text: str, kind: str) -> str:
    return re.sub(
        rf'\[\[classes\]\]\nid = "{kind}"\n.*?(?=\n\[\[|\n# ---)', "", text, flags=re.DOTALL
    )


@pytest.mark.parametrize("kind", RecordClass)
def test_a_policy_names_every_class_that_is_kept(folder: Path, kind: RecordClass) -> None:
    """Else nothing would ever remove it."""
    path = folder / "policy.toml"
    path.write_text(_without(path.read_text("utf-8"), kind), encoding="utf-8")
    assert refusal(folder) == f'policy.toml: classes: "{kind}" is missing'


def test_a_class_of_another_system_says_so(folder: Path) -> None:
    row = """[[classes]]
id = "loyalty_card"
title = "Loyalty cards"
keep = "P1Y"
starts = "closed"
why = "While the card is in use."
personal = true
survives_erasure = false
"""
    path = folder / "policy.toml"
    text = path.read_text("utf-8").replace("[[classes]]", row + "\n[[classes]]", 1)
    path.write_text(text, encoding="utf-8")
    said = 'nothing stores "loyalty_card"; say elsewhere = true if another system does'
    assert refusal(folder) == f"policy.toml: classes[0].id: {said}"
    path.write_text(text.replace('title = "Loyalty', 'elsewhere = true\ntitle = "Loyalty'), "utf-8")
    classes = policy_source.compile(folder)["retention"]
    assert [item["id"] for item in classes if item.get("elsewhere")] == ["loyalty_card"]


@pytest.fixture
def translated(tmp_path: Path) -> Path:
    return shutil.copytree(policy.POLICIES / "2026-10", tmp_path / "2026-10")


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("[purposes.security]", "[purposes.safety]", "purposes.safety: is nothing of this version"),
        ('[cookies."_ga (', '[cookies."_gb (', "cookies._gb (Google Analytics): is nothing of"),
        ("law = ", "ground = ", "purposes.strictly_necessary.ground: is not a key of a policy"),
        ("interest = ", "law = ", "purposes.service_notices.law: is said in one of the two"),
        ("limit = ", "# ", "cookies._ga (Google Analytics).limit: is said in one of the two"),
    ],
)
def test_a_translation_says_all_of_an_entry_and_nothing_that_is_not_there(
    translated: Path, old: str, new: str, where: str
) -> None:
    edit(translated / "de" / "words.toml", old, new)
    assert where in refusal(translated)
