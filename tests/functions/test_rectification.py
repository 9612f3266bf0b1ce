"""Corrections: our records with the step that completes it, then everybody else (S55, S56, S31)."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from fulfilment import rectification
from fulfilment.sources import source_systems
from local.functions import Functions
from shared.domain.errors import Conflict
from shared.domain.record_classes import RecordClass
from shared.storage import records, rectifications
from shared.storage.records import Record
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction, TimelineEvent
from tests.functions.asking import Asker
from tests.functions.people import Person
from tests.functions.test_erasure import disclosure
from tests.support import NOW, call

SOURCE = "/v1/desk/requests/{request_id}/sources/{source}"
LATER = NOW + timedelta(hours=1)
OLD, NEW = "+441233000001", "+441233000002"


@pytest.fixture
def asker(cloud: object, functions: Functions, sam: Person) -> Asker:
    asker = Asker(sam, functions)
    sam.send("/v1/contact", name="Sam Exmaple", message="Hello", phone="01233 000001")
    return asker


def ask(asker: Asker, **values: str) -> None:
    wanted = [{"field": field, "value": value} for field, value in values.items()]
    assert asker.ask("rectification", corrections=wanted).status == 202
    assert asker.verify().status == 200


def complete(asker: Asker, *decisions: Any) -> list[dict[str, Any]]:
    """Complete the request as the desk does: the records in the step's own transaction."""
    case = asker.case
    members, made = rectifications.members(case.person, case, decisions, "staff-1", LATER)
    result = {"corrections": made, "decisions": list(decisions)}
    step = RequestAction(
        "completion", "staff-1", LATER, status="completed", changes={"result": result}
    )
    request_store.advance(case, step, *members)
    return made


def last(asker: Asker) -> TimelineEvent:
    *_, newest = request_store.timeline(asker.id)
    return newest


def test_a_record_is_put_right_and_keeps_before_and_after(asker: Asker) -> None:
    """S56."""
    ask(asker, phone=NEW, name="Sam Example")
    made = complete(asker, {"field": "name", "accepted": False, "reason": "As you wrote it."})
    (record,) = asker.person.held("enquiry")
    assert made == [{"field": "phone", "before": OLD, "after": NEW, "record": record.key}]
    assert (record.fields["phone"], record.fields["name"]) == (NEW, "Sam Exmaple")
    (change,) = record.facts["changes"]
    assert (change["before"], change["after"], change["by"]) == (OLD, NEW, "staff-1")
    assert change["request"] == asker.id


def test_what_somebody_changed_meanwhile_is_not_overwritten(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(asker, phone=NEW)
    case = asker.case
    members, _ = rectifications.members(case.person, case, (), "staff-1", LATER)
    complete(asker)
    with pytest.raises(Conflict):
        request_store.advance(asker.case, RequestAction("note", "staff-2", LATER), *members)


def test_recipients_are_told_once_of_what_was_corrected(asker: Asker) -> None:
    """S31, Art. 19."""
    records.add(disclosure(asker.person.id))
    ask(asker, phone=NEW, email="new@example.com")
    complete(asker)
    completion = last(asker)
    rectification.tell(asker.case, completion, LATER)
    rectification.tell(asker.case, completion, LATER)
    (notice,) = asker.person.held(RecordClass.RECIPIENT_NOTICE)
    assert (notice.facts["change"], notice.facts["fields"]) == ("corrected", ["phone"])
    assert asker.timeline().count("applied") == 1
    assert last(asker).details["recipients_told"] == 1
    assert asker.case.status == "completed"


def test_nobody_is_told_of_what_was_refused(asker: Asker) -> None:
    records.add(disclosure(asker.person.id))
    ask(asker, phone=NEW)
    complete(asker, {"field": "phone", "accepted": False, "reason": "It is right."})
    rectification.tell(asker.case, last(asker), LATER)
    assert asker.person.held(RecordClass.RECIPIENT_NOTICE) == []
    assert last(asker).details == {"fields": [], "recipients_told": 0, "more_records": 0}


def test_the_other_systems_are_asked_and_their_answers_kept(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[str, str]] = []

    def answer(verb: str, case: Any, source: str, now: Any) -> dict[str, Any]:
        said.append((verb, source))
        failed = source == "orders"
        return {"status": "failed" if failed else "corrected"}

    monkeypatch.setattr(
        "fulfilment.sources.source_requests.source_systems.names", lambda: ("orders", "invoices")
    )
    monkeypatch.setattr("fulfilment.sources.source_requests.source_systems.ask", answer)
    ask(asker, phone=NEW)
    complete(asker)
    rectification.tell(asker.case, last(asker), LATER)
    assert said == [("correct", "orders"), ("correct", "invoices")]
    states = {name: state["status"] for name, state in asker.case.sources.items()}
    assert states == {"orders": "failed", "invoices": "corrected"}


def test_a_source_that_failed_is_asked_again_by_staff_or_skipped(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["failed", "failed", "corrected"]
    monkeypatch.setattr(source_systems, "names", lambda: ("orders",))
    monkeypatch.setattr(source_systems, "ask", lambda *_: {"status": answers.pop(0)})
    ask(asker, phone=NEW)
    complete(asker)
    path = {"request_id": asker.id, "source": "orders"}
    retry = partial(call, "desk", "POST", SOURCE, {"retry": True}, path=path, staff="support")
    assert retry().status == 404
    asker.deliver("fulfilment", only="completion")
    for status in ("failed", "corrected"):
        assert "retry" in retry().json["actions"]
        asker.deliver("fulfilment", only="retry")
        assert asker.case.sources["orders"]["status"] == status
    assert retry().status == 409
    assert asker.timeline().count("source_failed") == 2


def test_more_records_than_a_transaction_takes_are_all_put_right(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rectifications, "MAX_WRITES", 2)
    (model,) = asker.person.held("enquiry")
    named = {name: getattr(model, name) for name in Record.__dataclass_fields__}
    for number in range(4):
        records.add(Record(**{**named, "id": f"more{number}"}))
    ask(asker, phone=NEW)
    assert len(complete(asker)) == 2
    rectification.tell(asker.case, last(asker), LATER)
    assert {record.fields["phone"] for record in asker.person.held("enquiry")} == {NEW}
    assert last(asker).details["more_records"] == 3
