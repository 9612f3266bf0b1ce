"""The record of processing (UK GDPR Art. 30): what is declared, what lives, what differs."""

import copy
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.domain import processing_record
from shared.domain.processing_record import LastRun, Stored
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
    (clarity,) = (
        item
        for item in purposes["advertising"]["recipients"]
        if item["name"] == "Microsoft (Clarity)"
    )
    classes = {name: {item["id"] for item in each["kept"]} for name, each in purposes.items()}
    assert classes["statistics"] == {"visit_statistics"}
    assert classes["direct_marketing"] == {"subscription", "subscription_pending"}
    assert (clarity["role"], clarity["location"]) == ("controller", "US")
    assert "standard contractual clauses" in clarity["safeguard"]
    (links,) = (item for item in made["classes"] if item["id"] == "token")
    assert links["counted_all"] is False
    assert "Retention has never finished a run." in made["findings"]


@pytest.mark.usefixtures("cloud", "in_force")
def test_it_is_a_page_and_a_table_too() -> None:
    page = call("desk", "GET", PATH, staff="auditor", now=NOW, headers={"Accept": "text/html"})
    assert "Record of processing of KhooCommerce" in page.text
    assert "<script" not in page.text
    table = call("desk", "GET", PATH, staff="auditor", now=NOW, headers={"Accept": "text/csv"})
    assert "<td>0 or more</td>" in page.text, "mailed links end by themselves and are not counted"
    lines = table.text.splitlines()
    assert lines[0] == ",".join(processing_record.COLUMNS)
    assert len(lines) == 1 + len(KNOWN.versions["2026-10"].purposes)


def test_what_is_missing_is_a_finding(document: dict[str, Any]) -> None:
    found = list(processing_record.findings(document, LastRun(TODAY), TODAY))
    assert any("company number is not known" in text for text in found)
    security = "“Keeping you, us and our systems safe”"
    assert f"The assessment of {security} is a proposal that nobody has decided." in found
    assert "No day of a processor's contract (Art. 28) is noted for Google (Analytics)." in found
    assert any("kept for 100 years, and whether it still has" in text for text in found)
    assert any(text.startswith("No impact assessment (Art. 35) is noted for “") for text in found)
    assert not any("Art. 35" in text and "“Showing pages the way" in text for text in found)
    assert "The safeguard of Microsoft (Clarity) was not checked within a year." in found


def test_a_complete_record_finds_nothing(document: dict[str, Any]) -> None:
    controller = document["controller"]
    document["controller"] = {key: value or "none" for key, value in controller.items()}
    for purpose in document["purposes"]:
        purpose["impact_assessment"] = "No. 3 of 2 November 2026"
        if "assessment" in purpose:
            purpose["assessment"] |= {"decided_by": "the officer", "decided_on": "2026-11-01"}
    for item in document["retention"]:
        item["reviewed_on"] = "2026-10-01"
    for recipient in document["recipients"]:
        recipient |= {"contract_on": "2026-01-01", "checked_on": "2026-06-01"}
    assert list(processing_record.findings(document, LastRun(TODAY), TODAY)) == []
    late = processing_record.findings(document, LastRun(TODAY, {"visit": 3}), date(2027, 12, 1))
    text = " ".join(late)
    assert "Retention last finished a run on 2026-11-25." in text
    assert ": 3 were overdue at the last run of retention." in text
    assert "was to be reviewed by 2027-09-30" in text
    assert "was not checked within a year" in text


def test_each_finding_begins_on_the_day_after_its_last(document: dict[str, Any]) -> None:
    """What is to be reviewed, checked or deleted by a day is not late on it."""
    (supplement,) = (each for each in document["purposes"] if each["id"] == "supplement")
    supplement["assessment"] |= {"decided_on": "2026-11-01", "review_by": TODAY.isoformat()}
    document["recipients"] = [document["recipients"][0] | {"safeguard": "a contract"}]
    document["recipients"][0] |= {"checked_on": TODAY.isoformat(), "contract_on": "2026-01-01"}
    visits = [item for item in document["retention"] if item["id"] == "visit"]
    document["retention"] = [visits[0] | {"keep": "P10Y", "reviewed_on": TODAY.isoformat()}]
    looked_at = {
        f"The assessment of “{supplement['title']}” was to be reviewed": TODAY,
        "The safeguard of": TODAY + timedelta(days=366),
        f"{visits[0]['title']}: kept for 10 years": TODAY + timedelta(days=366),
        "Retention last finished": TODAY + timedelta(days=2),
    }
    for words, last in looked_at.items():
        for day, said in ((last, False), (last + timedelta(days=1), True)):
            told = processing_record.findings(document, LastRun(TODAY), day)
            assert any(text.startswith(words) for text in told) is said, (words, day)
    for days, number in ((2, 0), (3, 1)):
        found = {"visit": Stored(1, oldest=TODAY - timedelta(days=days), due=TODAY)}
        assert len(list(processing_record.differences(document, found))) == number


@pytest.mark.usefixtures("cloud", "in_force")
def test_what_is_stored_is_counted_beside_what_is_declared() -> None:
    before = stored("case")
    body = {
        "type": "complaint",
        "email": "counted@example.com",
        "name": "Kim Example",
        "channel": "phone",
        "received_on": "2026-11-20",
        "details": "Again.",
    }
    made = call("desk", "POST", "/v1/desk/requests", body, staff="support", now=NOW)
    path = {"request_id": made.json["request_id"], "action": "completion"}
    act = "/v1/desk/requests/{request_id}/{action}"
    done = {"reason": "We are sorry.", "outcome": "upheld"}
    answer = call("desk", "POST", act, done, path=path, staff="privacy_officer", now=NOW)
    assert answer.status == 200, answer.text
    assert stored("case") == before + 1


def stored(kind: str) -> int:
    """Return how much of a class the record says is stored."""
    answer = call("desk", "GET", PATH, staff="auditor", now=NOW)
    (found,) = [item for item in answer.json["classes"] if item["id"] == kind]
    assert found["counted_all"]
    assert (found["oldest"] is None) == (found["stored"] == 0)
    return int(found["stored"])


def test_what_is_stored_and_not_declared_or_too_long_is_a_finding(
    document: dict[str, Any],
) -> None:
    old, due = date(2020, 1, 1), date(2024, 11, 25)
    found = {
        "enquiry": Stored(3, oldest=old, due=due),
        "case": Stored(3, oldest=TODAY, due=due),
        "forgotten": Stored(2, oldest=old, due=due),
        "empty": Stored(0),
    }
    told = list(processing_record.differences(document, found))
    assert len(told) == 2
    assert "the oldest is of 2020-01-01" in told[0]
    assert told[1] == "2 of class forgotten are stored, which the policy does not name."
    made = processing_record.record(document, "eu-west-1", LastRun(TODAY), TODAY, found)
    assert made["findings"][-2:] == told
