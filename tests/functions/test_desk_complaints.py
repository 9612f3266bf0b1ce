"""The register of complaints (Data Protection Act 2018 s.164A)."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from local import aws_calls
from local.functions import Functions
from shared.edge import current_time
from tests.functions.asking import Asker, tags_of_mails
from tests.functions.people import Person, somebody
from tests.support import NOW, call

REGISTER = "/v1/desk/complaints"
SPAN = {"from": "2026-01-01", "to": "2026-12-31"}


@pytest.fixture
def asker(cloud: object, functions: Functions, sam: Person) -> Asker:
    return Asker(sam, functions)


def test_a_complaint_is_acknowledged_followed_and_answered_and_each_is_a_fact_with_its_date(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker.ask("complaint", details="You kept my number.")
    ignored = Asker(somebody(), asker.functions)
    ignored.ask("complaint")
    asker.deliver()
    late = NOW + timedelta(days=40)
    told = asker.staff("note", "support", NOW + timedelta(days=5), reason="We look.", tell=True)
    assert told.status == 200
    wrong = asker.staff("completion", reason="You were right.", outcome="won")
    assert (wrong.status, wrong.pointers) == (422, ["/outcome"])
    monkeypatch.setattr(current_time, "now", lambda: late)
    done = asker.staff(
        "completion", "privacy_officer", NOW + timedelta(days=9), reason="Yes.", outcome="upheld"
    )
    assert done.json["result"] == {"outcome": "upheld"}
    assert "Our answer to your complaint" in asker.mailed()
    found = call("desk", "GET", REGISTER, query=SPAN, staff="auditor", now=late).json
    lines = {line["request_id"]: line for line in found["items"]}
    mine = lines[asker.id]
    assert mine["acknowledged_at"] == "2026-02-01T09:00:00.000Z"
    assert mine["progress_at"] == ["2026-02-06T09:00:00.000Z"]
    assert (mine["outcome"], mine["days"], mine["in_time"]) == ("upheld", 9, True)
    assert (lines[ignored.id]["in_time"], lines[ignored.id]["outcome"]) == (False, None)
    counts = found["counts"]
    assert counts["received"] == counts["open"] + counts["upheld"] + counts["withdrawn"]
    assert counts["acknowledged_late"] >= 1
    assert "sam" not in str(found).lower()


def test_an_acknowledgement_that_came_back_acknowledged_nothing(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor the others that the same mail named; it is then noted how they were reached."""
    left = tags_of_mails(monkeypatch)
    other = Asker(asker.person, asker.functions)
    for each in (other, asker):
        each.ask("complaint", details="You kept my number.")
    asker.deliver()
    assert asker.case.facts["acknowledged"]
    assert other.case.facts["acknowledged"]
    (tags,) = [each for each in left if each.get("mail") == ["complaint_received"]]
    bounce = {"mail": {"tags": tags}, "bounce": {"bounceType": "Permanent"}}
    for _ in range(2):
        asker.functions.invoke("notifications", {"source": "aws.ses", "detail": bounce})
    for each in (asker, other):
        assert not each.case.facts.get("acknowledged")
        assert each.timeline().count("mail_refused") == 1
        assert each.staff("acknowledgement", "support", NOW + timedelta(days=2)).status == 200
        assert each.case.facts["acknowledged"] == "2026-02-03T09:00:00.000Z"


def test_the_register_is_paged_as_json_and_csv_and_reads_its_days_strictly(asker: Asker) -> None:
    for _ in range(2):
        Asker(somebody(), asker.functions).ask("complaint")
    query = {**SPAN, "limit": "1"}
    first = call("desk", "GET", REGISTER, query=query, staff="auditor")
    assert len(first.json["items"]) == 1
    headers = {"Accept": "text/csv"}
    more = {**query, "cursor": first.json["next"]}
    table = call("desk", "GET", REGISTER, query=more, staff="auditor", headers=headers)
    assert table.text.splitlines()[0].startswith("request_id,status,channel,received_on")
    assert first.json["items"][0]["request_id"] not in table.text
    for wrong in ({"from": "2026-02-30"}, {"from": "2027-01-01", "to": "2026-01-01"}, {"x": "1"}):
        assert call("desk", "GET", REGISTER, query=wrong, staff="auditor").status == 422
    for end in ("0001-01-01", "9999-12-31"):
        answer = call("desk", "GET", REGISTER, query={"to": end}, staff="auditor")
        assert answer.status in (200, 422), answer.text
    assert call("desk", "GET", REGISTER, staff="support").status == 403


def test_the_register_reads_complaints_alone_and_a_later_page_only_what_it_shows(
    asker: Asker,
) -> None:
    for kind in ("access", "complaint", "complaint", "complaint", "erasure"):
        Asker(somebody(), asker.functions).ask(kind)
    read: list[Any] = []

    def note(_service: str, operation: str, answer: Any) -> None:
        if operation == "Query":
            read.extend(answer["Items"])

    seen: list[str] = []
    cursor: str | None = None
    while True:
        read.clear()
        query = {**SPAN, "limit": "1", **({"cursor": cursor} if cursor else {})}
        with aws_calls.seen(["dynamodb"], after=note):
            told = call("desk", "GET", REGISTER, query=query, staff="auditor").json
        assert {item["type"]["S"] for item in read} == {"complaint"}
        seen += [line["request_id"] for line in told["items"]]
        if cursor is None:
            received = told["counts"]["received"]
        else:
            assert (told["counts"], told["median_days"]) == (None, None)
            assert len(read) <= 2
        cursor = told["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == received >= 3
    beyond = base64.urlsafe_b64encode(b"9999-12-31#r_").decode().rstrip("=")
    last = call("desk", "GET", REGISTER, query={**SPAN, "cursor": beyond}, staff="auditor")
    assert (last.json["items"], last.json["next"]) == ([], None)


def test_a_complaint_costs_nothing_is_not_refused_and_asks_nobody_who_they_are(
    asker: Asker,
) -> None:
    asker.ask("complaint")
    assert asker.case.status == "in_progress"
    for action in ("fee", "refusal", "extension"):
        answer = asker.staff(action, reason="No.", ground="manifestly_excessive")
        assert answer.status == 409, action
    unsaid = asker.staff("completion")
    assert (unsaid.status, unsaid.pointers) == (422, ["/reason"]), "s.164A: it is told in words"
    assert asker.staff("completion", reason="No.").status == 200, "a program says no more"
    assert asker.staff("completion", reason="No.").status == 200, "again changes nothing"
