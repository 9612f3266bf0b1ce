"""Legal holds at the desk: who may order them, what they say, and what they cover (S13, S22)."""

from datetime import timedelta
from typing import Any

import pytest

from desk.authorization import ALLOWED_GROUPS
from shared.storage import audit, holds
from tests.functions.desking import GROUPS
from tests.functions.people import Person, somebody
from tests.functions.visiting import browser
from tests.support import NOW, Answer, call, pages

pytestmark = pytest.mark.usefixtures("cloud")

HOLDS = "/v1/desk/holds"
ONE = "/v1/desk/holds/{hold_id}"


def place(staff: str = "privacy_officer", headers: Any = None, **body: Any) -> Answer:
    asked = {"reason": "A claim is before the court.", **body}
    return call("desk", "POST", HOLDS, asked, staff=staff, headers=headers)


def lift(name: str, staff: str = "privacy_officer", **body: Any) -> Answer:
    return call("desk", "DELETE", ONE, body, path={"hold_id": name}, staff=staff)


def ask(staff: str = "auditor", **query: str) -> Answer:
    return call("desk", "GET", HOLDS, query=query or None, staff=staff)


def listed(staff: str = "auditor", **query: str) -> Any:
    answer = ask(staff, **query)
    assert answer.status == 200, answer.text
    return answer.json


@pytest.fixture
def sam() -> Person:
    return somebody()


def test_a_hold_on_a_person_covers_the_browsers_linked_to_them(sam: Person) -> None:
    linked = browser(NOW)
    sam.open_link_in(linked)
    answer = place(email=sam.email)
    assert answer.status == 201
    shown = answer.json
    assert (shown["person_id"], shown["linked_browsers"]) == (sam.id, 1)
    assert (shown["status"], shown["placed_by"]) == ("in_force", "staff-privacy_officer")
    assert holds.on(sam.id) == holds.on(linked) == {shown["hold_id"]}
    ended = lift(shown["hold_id"], reason="Settled.").json
    assert (ended["status"], ended["lifted_reason"]) == ("lifted", "Settled.")
    assert lift(shown["hold_id"]).json == ended, "lifting it twice changes nothing"
    assert holds.on(sam.id) == holds.on(linked) == frozenset()


def test_a_hold_on_a_class_is_until_the_end_of_a_day() -> None:
    shown = place(**{"class": "support_record", "until": "2026-03-01"}).json
    assert (shown["class"], shown["until"]) == ("support_record", "2026-03-02T00:00:00.000Z")
    assert holds.on_class("support_record") == {shown["hold_id"]}
    later = call("desk", "GET", HOLDS, staff="auditor", now=NOW + timedelta(days=60)).json
    (found,) = [one for one in later["items"] if one["hold_id"] == shown["hold_id"]]
    assert found["status"] == "over"
    assert lift(shown["hold_id"]).status == 200


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, [""]),
        ({"email": "sam@example.com", "class": "enquiry"}, [""]),
        ({"class": "tea"}, ["/class"]),
        ({"class": "No class"}, ["/class"]),
        ({"kind": "enquiry"}, ["/kind"]),
        ({"person": "Sam"}, ["/person"]),
        ({"class": "enquiry", "reason": " "}, ["/reason"]),
        ({"class": "enquiry", "until": "soon"}, ["/until"]),
        ({"class": "enquiry", "until": "2026-01-31"}, ["/until"]),
        ({"class": "enquiry", "until": "2026-03-01T09:00:00"}, ["/until"]),
    ],
)
def test_an_order_that_is_wrong_says_where(body: dict[str, Any], pointers: list[str]) -> None:
    answer = place(**body)
    assert (answer.status, answer.pointers) == (422, pointers)


def test_the_same_request_again_is_one_hold(sam: Person) -> None:
    key = {"Idempotency-Key": sam.id}
    first = place(email=sam.email, headers=key)
    assert place(email=sam.email, headers=key).json == first.json
    other = place(email=sam.email, until="2027-01-01", headers=key)
    assert (other.status, other.json["type"].rpartition(":")[2]) == (422, "idempotency-conflict")
    assert holds.on(sam.id) == {first.json["hold_id"]}
    lift(first.json["hold_id"])


def test_holds_are_listed_the_newest_first_page_by_page(sam: Person) -> None:
    names = {place(person=sam.id).json["hold_id"] for _ in range(3)}
    found = [one for page in pages(ask, limit="1") for one in page["items"]]
    assert names <= {one["hold_id"] for one in found}
    assert len(found) == len({one["hold_id"] for one in found})
    assert [one["placed_at"] for one in found] == sorted(
        (one["placed_at"] for one in found), reverse=True
    )
    for name in names:
        lift(name)


def test_only_privacy_officers_order_and_every_look_is_on_the_audit(sam: Person) -> None:
    """S5, S11."""
    assert lift("h_nothing").status == 404
    for group in GROUPS:
        reads, writes = group in ("privacy_officer", "auditor"), group == "privacy_officer"
        assert call("desk", "GET", HOLDS, staff=group).status == (200 if reads else 403)
        answer = place(group, person=sam.id)
        assert answer.status == (201 if writes else 403)
        if not writes:
            assert lift("h_nothing", group).status == 403
        else:
            lift(answer.json["hold_id"])
    done = [entry.action for entry in audit.of_person(sam.id)]
    assert sorted(done) == ["lift_hold", "place_hold"]
    assert ALLOWED_GROUPS["POST", HOLDS] == {"privacy_officer"}
