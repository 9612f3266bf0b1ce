"""A person with 5,000 records, and a request with 300 messages: every door answers, by the page."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench import filling
from fulfilment.access_copy import access_export
from fulfilment.erasure import erasure_run
from local import aws_calls
from local.functions import Functions
from shared.storage import records
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import decode, encode
from shared.storage.requests import request_store
from tests import factories
from tests.functions.asking import Asker
from tests.functions.people import Person
from tests.functions.test_erasure import LATER, lines
from tests.functions.test_export import document
from tests.functions.test_preferences import read, session
from tests.support import call

RECORDS, MESSAGES = 5_000, 300
ANSWER = 6_000_000
# Of DynamoDB; to ask for each record by itself would take thousands. An erasure looks twice.
CALLS = {"preferences": 15, "desk": 15, "request": 15, "copy": 60, "erasure": 400}


def test_every_door_answers_about_a_person_with_five_thousand_records(
    cloud: object, functions: Functions, sam: Person
) -> None:
    sam.subscribe()
    bearer = session(sam)
    asked = filled(Asker(sam, functions))

    with by_the_page("preferences"):
        seen = read(bearer)
    assert (seen.status, seen.json["more_kept"]) == (200, True)
    assert [each["count"] for each in seen.json["kept"]] == [1_000]
    assert [each["kind"] for each in seen.json["subscriptions"]] == ["subscription"]

    first = found(sam)
    with by_the_page("desk"):
        second = further(sam, first["next"])
    ids = [each["record_id"] for each in (*first["records"], *second["items"])]
    assert len(set(ids)) == len(ids) == 100
    assert second["next"]

    path = {"request_id": asked.id}
    with by_the_page("request"):
        seen = call("desk", "GET", "/v1/desk/requests/{request_id}", path=path, staff="support")
    said = [each for each in seen.json["timeline"] if each["action"] == "message"]
    assert (len(said), len(seen.text) < ANSWER) == (MESSAGES, True)

    copy = identified("access", sam, functions)
    with by_the_page("copy"):
        access_export.carry_out(copy.case, LATER)
    assert copy.case.status == "completed"
    named = request_store.entry(copy.id, "export")
    assert named is not None
    data = document(named)["data"]
    assert len(data["enquiry"]) == RECORDS
    (told,) = (each["data"] for each in data["case"] if each["data"]["type"] == "complaint")
    assert len([each for each in told["timeline"] if each["action"] == "message"]) == MESSAGES

    erasure = identified("erasure", sam, functions)
    with by_the_page("erasure"):
        erasure_run.carry_out(erasure.case, LATER)
    assert erasure.case.status == "completed"
    assert lines(erasure)["records", "enquiry"]["erased"] == RECORDS
    assert sam.held() == []


def identified(kind: str, person: Person, functions: Functions) -> Asker:
    """Have the person ask, and show who asks."""
    asker = Asker(person, functions)
    assert asker.ask(kind).status == 202
    assert asker.verify().status == 200
    return asker


def found(person: Person) -> dict[str, Any]:
    """Have staff look for the person."""
    told = {"email": person.email}
    answer = call("desk", "POST", "/v1/desk/people/search", told, staff="support")
    assert answer.status == 200
    page: dict[str, Any] = answer.json
    return page


def further(person: Person, cursor: str) -> dict[str, Any]:
    """Have staff read on in what is held about the person."""
    resource, path = "/v1/desk/people/{person_id}/records", {"person_id": person.id}
    answer = call("desk", "GET", resource, path=path, query={"cursor": cursor}, staff="support")
    assert answer.status == 200
    page: dict[str, Any] = answer.json
    return page


def filled(asker: Asker) -> Asker:
    """Keep 5,000 enquiries of the person, and have them write 300 times about a request."""
    said = {"email": asker.person.email, "name": "Sam Example", "message": "Hello. " * 40}
    numbers = range(RECORDS)
    many = (factories.record(asker.person.id, id=f"{each:08}", fields=said) for each in numbers)
    filling.write("records", (records.put(each)["Item"] for each in many))
    assert asker.ask("complaint", details="It came late.").status == 202
    assert asker.verify().status == 200
    assert asker.send("POST", "/message", {"message": "When?"}).status == 200
    events = database.partition("requests", request=asker.id)
    message = next(each for each in events if decode(each).get("action") == "message")
    again = (
        {**message, **encode({"entry": f"event#{each:05}", "sequence": each})}
        for each in range(100, 99 + MESSAGES)
    )
    filling.write("requests", again)
    return asker


@contextmanager
def by_the_page(what: str) -> Iterator[None]:
    """See to it that the block asks DynamoDB for pages, and not for each record."""
    calls: Counter[str] = Counter()
    with aws_calls.seen(("dynamodb",), lambda _service, operation, _: calls.update([operation])):
        yield
    assert calls.total() <= CALLS[what], (what, calls)
