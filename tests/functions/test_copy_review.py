"""What others wrote in a copy is looked at before it goes out (UK GDPR Art. 15(4))."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from fulfilment.access_copy.collection import SHOWN
from local.functions import Functions
from shared.domain.copy_review import passages
from shared.storage import objects
from shared.storage.inventory import DataItem
from shared.storage.requests import request_store
from shared.storage.requests.request_store import TimelineEvent
from tests import factories
from tests.functions.asking import Asker
from tests.functions.people import Person
from tests.support import Answer, call

NOTE = "Called by his brother Bob Roe; he is in hospital."
PATH = "/v1/desk/requests/{request_id}"


@pytest.fixture
def asker(cloud: object, functions: Functions, sam: Person) -> Asker:
    """Somebody of whom staff noted what they heard from somebody else, and who asks for a copy."""
    sam.send("/v1/contact", name="Sam Example", message="Where is my parcel?")
    noted = Asker(sam, functions)
    noted.ask("complaint", details="It came late.")
    assert noted.staff("note", "support", reason=NOTE).status == 200
    asker = Asker(sam, functions)
    asker.ask("access")
    asker.verify()
    asker.deliver("fulfilment")
    return asker


def look(asker: Asker, tail: str = "/copy", staff: str = "privacy_officer", **query: str) -> Answer:
    place = {"request_id": asker.id}
    return call("desk", "GET", PATH + tail, path=place, query=query or None, staff=staff)


def forms(asker: Asker) -> Iterator[tuple[str, bytes]]:
    """Yield every file of the copy, and every file within its archives."""
    entry = request_store.entry(asker.id, "export")
    assert entry is not None
    for name in ("json", "html", "zip", "csv"):
        key = entry["files"][name]["key"]
        body = boto3.client("s3").get_object(Bucket=objects.bucket(), Key=key)["Body"].read()
        yield name, body
        if name in ("zip", "csv"):
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                for inside in archive.namelist():
                    yield f"{name}/{inside}", archive.read(inside)


def document(asker: Asker) -> Any:
    return json.loads(dict(forms(asker))["json"])


def test_a_copy_with_what_staff_noted_waits(asker: Asker) -> None:
    assert asker.case.status == "awaiting_review"
    shown = asker.send("GET").json
    assert (shown["status"], shown["export"]) == ("awaiting_review", None)
    assert asker.send("GET", "/export").status == 409
    assert [subject for subject in asker.mailed() if "ready" in subject] == []


def test_staff_see_what_others_wrote_and_the_draft(asker: Asker) -> None:
    page = look(asker).json
    (passage,) = page["items"]
    assert passage["text"] == passage["shown_as"] == NOTE
    assert passage["record_class"] == "case"
    assert set(page["grounds"]) >= {"rights_of_others", "legal_privilege"}
    assert page["current"] is True
    link = look(asker, "/copy/file", format="json").json
    assert "X-Amz-Signature" in link["url"]
    assert look(asker, staff="support").status == 403


def test_whatever_staff_wrote_for_themselves_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, cloud: object
) -> None:
    """A note, why a record was corrected, why another system was left out: each names Bob."""
    skipped = {"orders": {"status": "skipped", "reason": "Bob: skipped."}}
    case = factories.request(sources=skipped)
    step = ("r_1", 1, case.received_at, "u_1", "note", "in_progress", "p_1", "access")
    noted = TimelineEvent(*step, reason="Bob: noted.")
    monkeypatch.setattr(request_store, "timeline", lambda _request: iter([noted]))
    changes = [{"field": "name", "reason": "Bob: corrected."}]
    fields = {"name": "Sam", "note": "Bob: called."}
    record = factories.record("p_1", "enquiry", "1", fields=fields, facts={"changes": changes})
    said = []
    for store, content in (("requests", case), ("records", record)):
        entry = SHOWN[store](DataItem(store, "case", "p_1", content))
        assert entry is not None
        said += [each.text for each in passages("case", entry.entry(), entry.others)]
    whys = ("called", "corrected", "noted", "skipped")
    assert sorted(said) == [f"Bob: {why}." for why in whys]


def test_without_anything_to_review_a_copy_goes_out(
    cloud: object, functions: Functions, sam: Person
) -> None:
    asker = Asker(sam, functions)
    asker.ask("access")
    asker.verify()
    asker.staff("note", "support", reason="We wrote to you.", tell=True)
    asker.deliver("fulfilment")
    assert asker.case.status == "completed"
    assert document(asker)["withheld"] == []


@pytest.mark.parametrize("given", ["passage", "words", "words in the passage"])
def test_what_is_withheld_is_in_no_form_of_the_copy(asker: Asker, given: str) -> None:
    passage = look(asker).json["items"][0]["passage"]
    redaction: dict[str, str] = {"ground": "rights_of_others"}
    if given != "words":
        redaction["passage"] = passage
    if given != "passage":
        redaction["words"] = "bob  roe"
    assert asker.staff("review", redactions=[redaction]).status == 200
    asker.deliver("fulfilment")
    seen = look(asker).json
    assert seen["current"] is True
    assert "Bob Roe" not in seen["items"][0]["shown_as"]
    assert all(b"Bob Roe" not in body for _, body in forms(asker))
    answer = asker.staff("review", release=True, version=seen["version"])
    assert answer.json["status"] == "in_progress"
    asker.deliver("fulfilment")
    assert asker.case.status == "completed"
    found = dict(forms(asker))
    assert all(b"Bob Roe" not in body for body in found.values())
    assert (b"brother" in found["json"]) is (given != "passage")
    told = json.loads(found["json"])
    assert told["withheld"][0]["ground"] == "rights_of_others"
    assert told["withheld"][0]["places"] == 1
    assert b"What we withhold" in found["html"]
    rows = csv.DictReader(io.StringIO(found["csv/case.csv"].decode("utf-8-sig")))
    assert any("[withheld]" in str(row) for row in rows)
    # What was typed with the address, the form and the complaint, is not shown to be theirs.
    assert asker.case.result["withheld"] == {"rights_of_others": 1, "unproven": 2}


def test_what_came_after_the_look_is_looked_at_too(asker: Asker) -> None:
    version = look(asker).json["version"]
    assert asker.staff("note", "support", reason="His wife called as well.").status == 200
    assert asker.staff("review", release=True, version=version).status == 200
    asker.deliver("fulfilment")
    assert asker.case.status == "awaiting_review"
    texts = [item["text"] for item in look(asker).json["items"]]
    assert sorted(texts) == [NOTE, "His wife called as well."]
    assert asker.staff("review", release=True, version=version).status == 409
    assert asker.staff("review", release=True).status == 200
    asker.deliver("fulfilment")
    assert asker.case.status == "completed"


def test_a_decision_names_what_is_there_and_a_ground(asker: Asker) -> None:
    tries: tuple[tuple[dict[str, Any], str], ...] = (
        ({}, ""),
        ({"redactions": [{"ground": "rights_of_others"}]}, "/redactions/0"),
        ({"redactions": [{"ground": "tact", "words": "Bob"}]}, "/redactions/0/ground"),
        ({"redactions": [{"ground": "legal_privilege", "words": "B"}]}, "/redactions/0/words"),
        (
            {"redactions": [{"ground": "legal_privilege", "passage": "x"}]},
            "/redactions/0/passage",
        ),
    )
    for body, pointer in tries:
        answer = asker.staff("review", **body)
        assert answer.status == 422, body
        assert answer.json["errors"][0]["pointer"] == pointer
    assert asker.staff("review", "support", release=True).status == 403
    assert asker.case.facts["review"].get("released") is None


def test_a_cancelled_review_leaves_no_copy_to_fetch(asker: Asker) -> None:
    assert asker.send("POST", "/cancellation", {}).status == 200
    assert asker.staff("review", release=True).status == 409
    assert look(asker).status == 409
    assert asker.send("GET", "/export").status == 404


def test_the_same_decision_again_does_nothing_more(asker: Asker) -> None:
    headers = {"Idempotency-Key": "3f0b0a52-8f63-4c7e-9d37-0e4f3a7a1111"}
    body = {"redactions": [{"ground": "rights_of_others", "words": "Bob Roe"}]}
    first = asker.staff("review", headers=headers, **body)
    again = asker.staff("review", headers=headers, **body)
    assert first.status == again.status == 200
    assert asker.timeline().count("review") == 1


def test_a_copy_tells_of_a_hold_and_of_no_class_a_silent_zero(
    cloud: object, functions: Functions, sam: Person
) -> None:
    """Art. 15(1): what is not listed says why; what a stranger typed in one's name is not told."""
    body = {"email": sam.email, "reason": "Dispute 4711 with Bob Roe"}
    assert call("desk", "POST", "/v1/desk/holds", body, staff="privacy_officer").status == 201
    Asker(sam, functions).ask("objection", details="Typed by a stranger.")
    asker = Asker(sam, functions)
    asker.ask("access")
    asker.verify()
    asker.deliver("fulfilment")
    assert asker.case.status == "awaiting_review", "the reason is the staff's own words"
    told = document(asker)
    assert told["data"]["hold"][0]["data"]["reason"] == body["reason"]
    assert "Typed by a stranger." not in json.dumps(told)
    for kept in told["classes"]:
        assert (kept["entries"] is None) == bool(kept["not_listed"]), kept
    assert {kept["id"] for kept in told["classes"] if kept["not_listed"]} >= {"breach", "token"}
