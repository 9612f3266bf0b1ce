"""What the notice tells people about keeping data is what the policy's classes say."""

import json
import re
from typing import Any

import pytest

from ops import policy

FOLDER = policy.POLICIES / "2023-06"

# The notice's table tells people a period for every class of record: which row tells which.
ROWS = {
    "Messages through the contact form": ["enquiry"],
    "Newsletter subscription": ["subscription"],
    "Sign-ups that were never confirmed": ["subscription_pending", "account_pending"],
    "Customer account": ["account"],
    "Language, font size and display settings": ["display_settings"],
    "Support cases": ["support_record"],
    "Single visits to the website": ["visit"],
    "Counts of visits and decisions": ["visit_statistics", "consent_statistics"],
    "Data from other sources": ["import"],
    "Your decisions about consent": ["consent_evidence"],
    "To whom we passed something on": ["disclosure", "recipient_notice"],
    "Requests about your data": ["case"],
    "A copy prepared for you": ["export"],
    "Orders, shipments and invoices": ["statutory_record"],
    "Register of breaches, legal orders": ["breach", "hold"],
    "Log of what our staff did, reports": ["desk_audit", "retention_report"],
    "List of those who want no marketing": ["suppression"],
    "List of erasures": ["erasure_list"],
    "Mailed links and sessions": ["token", "unsubscribe_link"],
}
# Kept no longer than the row says, and in fact shorter: a link is told by the decisions, too.
SHORTER = {"linked_browser": "Your decisions about consent"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "published.json").read_text(encoding="utf-8"))
    return found


def test_the_notice_tells_the_period_of_every_class(document: dict[str, Any]) -> None:
    """S13: what people read is what the sweep does."""
    notice = document["notice"]["text"]
    keeps = {item["id"]: item["keep"] for item in document["retention"]}
    told = {name for names in ROWS.values() for name in names}
    assert sorted(keeps) == sorted(told | SHORTER.keys())
    for name, label in SHORTER.items():
        assert _days(keeps[name]) < min(_days(keeps[other]) for other in ROWS[label])
    for label, names in ROWS.items():
        (row,) = re.findall(rf"^\| {re.escape(label)} \| (.+) \|$", notice, re.MULTILINE)
        for name in names:
            assert _spoken(keeps[name]) in row, (name, row)


def test_what_survives_an_erasure_has_a_ground(document: dict[str, Any]) -> None:
    """S22: named classes outlive an erasure, each for a reason in law."""
    grounds = {item["id"]: item["ground"] for item in document["retention"]}
    surviving = {item["id"] for item in document["retention"] if item["survives_erasure"]}
    assert {name for name, ground in grounds.items() if ground} == surviving
    assert {"consent_evidence", "suppression", "statutory_record"} <= surviving
    assert not surviving & {"enquiry", "subscription", "account", "visit", "import", "export"}


def _days(keep: str) -> int:
    number, unit = int(keep[1:-1]), keep[-1]
    return number * {"Y": 365, "M": 30, "D": 1}[unit]


def _spoken(keep: str) -> str:
    spoken = {"P730D": "2 years"}
    if keep in spoken:
        return spoken[keep]
    (number, unit) = re.fullmatch("P([0-9]+)([YMD])", keep).groups()  # type: ignore[union-attr]
    word = {"Y": "year", "M": "month", "D": "day"}[unit]
    return f"{number} {word}{'' if number == '1' else 's'}"
