"""The part of the walk that the staff take with people, disclosures and the audit."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.walk import Walk

PEOPLE = "/v1/desk/people"
DISCLOSURES = "/v1/desk/disclosures"


def desked(walk: "Walk") -> None:
    """Look the person up, pass something on, correct a record, enter a letter, read the audit."""
    person = walk.person
    look = {"email": person.email, "at": "2026-02-01T09:00:00Z"}
    seen = walk.done("desk", "POST", f"{PEOPLE}/search", look, staff="auditor").json
    assert seen["records"]
    assert seen["browsers"]
    walk.done("desk", "POST", f"{PEOPLE}/search", look, staff="support")
    passed_on: dict[str, Any] = {
        "email": person.email,
        "recipient": "carriers",
        "purpose": "service",
        "data": ["name"],
        "ground": {"contract": True},
        "recipient_email": "privacy@carrier.example",
    }
    walk.done("desk", "POST", DISCLOSURES, passed_on, staff="support")
    sharing = passed_on | {"purpose": "third_party_sharing", "ground": {"consent": True}}
    denied = walk.call("desk", "POST", DISCLOSURES, sharing, staff="support")
    assert denied.status == 403, denied.text
    whose = {"email": person.email}
    walk.done("desk", "POST", f"{DISCLOSURES}/search", whose, staff="auditor")
    record = next(r["record_id"] for r in seen["records"] if r["kind"] == "enquiry")
    path = {"person_id": seen["person_id"], "record_id": record}
    right = {"fields": {"name": f"{person.name} Other"}, "reason": person.words}
    route = f"{PEOPLE}/{{person_id}}/records/{{record_id}}"
    key = {"headers": {"Idempotency-Key": f"right-{person.canary}"}}
    walk.done("desk", "PATCH", route, right, path=path, staff="support", **key)
    key = {"headers": {"Idempotency-Key": f"wrong-{person.canary}"}}
    wrong = right | {"fields": {"email": "other@example.com"}}
    refused = walk.call("desk", "PATCH", route, wrong, path=path, staff="support", **key)
    assert refused.status == 422, refused.text
    letter = {
        "choices": {"direct_marketing": False},
        "channel": "letter",
        "received_on": "2026-01-30",
        "note": person.words,
        "email": person.email,
    }
    path = {"person_id": seen["person_id"]}
    wishes = f"{PEOPLE}/{{person_id}}/preferences"
    walk.done("desk", "POST", wishes, letter, path=path, staff="support")
    for query in ({"person": seen["person_id"]}, {"actor": "staff-support"}, None):
        walk.done("desk", "GET", "/v1/desk/audit", query=query, staff="auditor")
    walk.notifications.deliver()
