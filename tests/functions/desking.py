"""What staff do with people at the desk, through its own door."""

from datetime import datetime
from typing import Any

from tests.functions.people import Person
from tests.support import NOW, Answer, call

GROUPS = ("privacy_officer", "support", "auditor", "gardener")
PEOPLE = "/v1/desk/people"
RECORD = "/v1/desk/people/{person_id}/records/{record_id}"
WISHES = "/v1/desk/people/{person_id}/preferences"
DISCLOSURES = "/v1/desk/disclosures"

# A disclosure that needs no consent: a shipment.
SHIPMENT = {
    "recipient": "carriers",
    "purpose": "service",
    "data": ["name", "phone number"],
    "ground": {"contract": True},
    "reference": "Shipment 4711",
    "recipient_email": "privacy@carrier.example",
}


def look(person: Person, staff: str = "auditor", now: datetime = NOW, **more: str) -> Any:
    """Look a person up; insist that it works."""
    asked = {"email": person.email, **more}
    answer = call("desk", "POST", f"{PEOPLE}/search", asked, staff=staff, now=now)
    assert answer.status == 200, answer.text
    return answer.json


def correct(
    person: Person, record_id: str, staff: str = "support", headers: Any = None, **body: Any
) -> Answer:
    path = {"person_id": person.id, "record_id": record_id}
    asked = {"reason": "They called.", **body}
    return call("desk", "PATCH", RECORD, asked, headers=headers, path=path, staff=staff)


def write_in(
    person: Person, staff: str = "support", now: datetime = NOW, headers: Any = None, **body: Any
) -> Answer:
    """Enter a letter of the person's."""
    asked = {
        "choices": {"direct_marketing": False},
        "channel": "letter",
        "received_on": "2026-01-30",
        "note": "In their own words.",
        **body,
    }
    path = {"person_id": person.id}
    return call("desk", "POST", WISHES, asked, path=path, staff=staff, now=now, headers=headers)


def disclose(
    person: Person, staff: str = "support", now: datetime = NOW, headers: Any = None, **body: Any
) -> Answer:
    asked = {**SHIPMENT, "email": person.email, **body}
    return call("desk", "POST", DISCLOSURES, asked, staff=staff, now=now, headers=headers)
