"""The record of processing (UK GDPR Art. 30): what is declared, what lives, what differs."""

import copy
from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.domain import processing_record
from shared.domain.processing_record import LastRun
from shared.storage import policies
from tests.support import call

PATH = "/v1/desk/record-of-processing"
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
TODAY = date(2026, 11, 25)
KNOWN = policies.load(policies.FOLDER)


@pytest.fixture
def in_force(monkeypatch: pytest.MonkeyPatch, first_version: object) -> None:
    monkeypatch.setattr(policies, "published", lambda: KNOWN)


@pytest.fixture
def document() -> dict[str, Any]:
    return copy.deepcopy(dict(KNOWN.document("2026-10", NOW)))


@pytest.mark.usefixtures("cloud", "in_force")
def test_staff_read_each_purpose_with_all_that_the_law_wants_recorded() -> None:
    answer = call("desk", "GET", PATH, staff="auditor", now=NOW)
    assert answer.status == 200
    made = answer.json
    assert made["policy_version"] == "2026-10"
    assert made["controller"]["name"] == "KhooCommerce"
    purposes = {item["purpose"]: item for item in made["activities"]}
    assert set(purposes) == set(KNOWN.versions["2026-10"].purposes)
    assert all(item["data"] and item["recipients"] for item in purposes.values())
    clarity = [item["name"] for item in purposes["advertising"]["recipients"]]
    assert "Microsoft (Clarity)" in clarity
    assert "Retention has never finished a run." in made["findings"]


@pytest.mark.usefixtures("cloud", "in_force")
def test_it_is_a_page_and_a_table_too() -> None:
    page = call("desk", "GET", PATH, staff="auditor", now=NOW, headers={"Accept": "text/html"})
    assert "Record of processing of KhooCommerce" in page.text
    assert "<script" not in page.text
    table = call("desk", "GET", PATH, staff="auditor", now=NOW, headers={"Accept": "text/csv"})
    lines = table.text.splitlines()
    assert lines[0] == ",".join(processing_record.COLUMNS)
    assert len(lines) == 1 + len(KNOWN.versions["2026-10"].purposes)


def test_what_is_missing_is_a_finding(document: dict[str, Any]) -> None:
    found = list(processing_record.findings(document, LastRun(TODAY), TODAY))
    assert any("company number is not known" in text for text in found)
    assert "The assessment of security is a proposal that nobody has decided." in found
    assert "No day of a processor's contract (Art. 28) is noted for Google (Analytics)." in found
    assert "The safeguard of Microsoft (Clarity) was not checked within a year." in found


def test_a_complete_record_finds_nothing(document: dict[str, Any]) -> None:
    controller = document["controller"]
    document["controller"] = {key: value or "none" for key, value in controller.items()}
    for purpose in document["purposes"]:
        if "assessment" in purpose:
            purpose["assessment"] |= {"decided_by": "the officer", "decided_on": "2026-11-01"}
    for recipient in document["recipients"]:
        recipient |= {"contract_on": "2026-01-01", "checked_on": "2026-06-01"}
    assert list(processing_record.findings(document, LastRun(TODAY), TODAY)) == []
    late = processing_record.findings(document, LastRun(TODAY, {"visit": 3}), date(2027, 12, 1))
    text = " ".join(late)
    assert "Retention last finished a run on 2026-11-25." in text
    assert "3 of class visit were overdue" in text
    assert "was to be reviewed by 2027-09-30" in text
    assert "was not checked within a year" in text
