"""Things as they are stored, plain but for what a test or a bench says."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from shared.bank_holidays import england
from shared.domain.breach import AffectedRecords, Breach
from shared.domain.calendar_dates import london_date
from shared.domain.data_subject_request import DataSubjectRequest, with_dates
from shared.domain.regime import REGIMES
from shared.domain.timestamps import format_timestamp
from shared.storage.records import Provenance, Record
from shared.storage.requests import request_items
from shared.storage.requests.request_items import RequestAction

MORNING = "2026-02-01T09:00:00.000Z"


def provenance(form: str = "contact_form", version: str = "2023-06") -> Provenance:
    """Return where a record came from: a form of ours, of whose sender nothing else is known."""
    return Provenance(
        form=form,
        notice={"id": form, "sha256": "0" * 43, "language": "en-GB"},
        policy_version=version,
        page=None,
        property="program",
        ip=None,
        browser=None,
    )


def record(person: str, kind: str = "enquiry", id: str = "one", **more: Any) -> Record:  # noqa: A002 - the record's own word
    """Return a record of somebody; `more` as `Record` has it."""
    plain: dict[str, Any] = {
        "received_at": MORNING,
        "fields": {"email": "sam@example.com", "name": "Sam Example", "message": "Hello"},
        "provenance": provenance(),
    }
    return Record(person=person, kind=kind, id=id, **{**plain, **more})


def request(**more: Any) -> DataSubjectRequest:
    """Return a request for a copy by somebody who has shown who they are."""
    plain: dict[str, Any] = {
        "id": "r_1",
        "person": "p_1",
        "type": "access",
        "status": "in_progress",
        "name": "Sam Example",
        "email": "sam@example.com",
        "details": None,
        "corrections": [],
        "consent_id": None,
        "policy_version": "2023-06",
        "channel": "web",
        "received_at": MORNING,
        "facts": {"received": "2026-02-01", "identified": "2026-02-01"},
    }
    return DataSubjectRequest(**{**plain, **more})


_GIVEN = ("Kim", "Lee", "Sam", "Ann", "Jo", "Max", "Zoë", "Amir", "Priya", "Tom")
_FAMILY = ("Sample", "Example", "Other", "Nextdoor", "Person", "Müller-Example", "O'Sample")
_TYPES = (
    *("access",) * 9, *("erasure",) * 5, *("objection",) * 2, "rectification", "complaint",
    "portability", "restriction",
)  # fmt: skip
_OPEN = (
    *("in_progress",) * 9, *("awaiting_identity",) * 7, *("awaiting_clarification",) * 2,
    "awaiting_review", "awaiting_fee",
)  # fmt: skip
_CLOSED = (*("completed",) * 12, *("lapsed",) * 5, *("refused",) * 2, "cancelled")
_SAID = (
    "I had an order of yours in the spring, number {number}. Please tell me what you keep of it. "
)


def asker(number: int) -> tuple[str, str]:
    """Return the name and the address of one of many people."""
    given = _GIVEN[number % len(_GIVEN)]
    family = _FAMILY[number % len(_FAMILY)]
    local = "".join(letter for letter in f"{given}.{family}" if letter.isascii() and letter != "'")
    return f"{given} {family}", f"{local.lower()}.{number}@example.com"


def breach(at: str = MORNING, **more: Any) -> Breach:
    """Return the entry of a breach that was found, and entered, at `at`."""
    plain: dict[str, Any] = {
        "id": "b_4yypm6hupscq7mlbesekbdzzza",
        "title": "A list was sent",
        "facts": "To somebody else.",
        "severity": "low",
        "affected": AffectedRecords(("enquiry",), at, at),
        "discovered_at": at,
        "recorded_at": at,
        "by": "staff-1",
    }
    return Breach(**(plain | more))


def one_of_many(
    number: int, person: str, now: datetime, *, is_open: bool
) -> tuple[DataSubjectRequest, list[RequestAction]]:
    """Return a request of somebody as it stands after weeks, and the steps that led there.

    Open ones came in the last five weeks, closed ones in the last year; each number gives the
    same one again, of another type, state and length of words than its neighbours.
    """
    dice = Random(number)
    kind = dice.choice(_TYPES)
    status = dice.choice(_OPEN if is_open else _CLOSED)
    ago = timedelta(days=dice.randrange(35) if is_open else dice.randrange(30, 365))
    came = now - ago - timedelta(minutes=dice.randrange(600))
    day = london_date(came)
    name, email = asker(number)
    shown = status not in ("awaiting_identity", "lapsed")
    facts: dict[str, Any] = {"received": day.isoformat()}
    steps = [RequestAction("opened", "person", came, status="awaiting_identity")]
    if shown:
        facts["identified"] = day.isoformat()
        steps.append(RequestAction("verified", "person", came, status="in_progress"))
    if status == "awaiting_fee":
        facts |= {"fee_asked": True, "fee_asked_on": day.isoformat(), "fee_amount": "10.00"}
    if status == "awaiting_clarification":
        facts["pauses"] = [{"asked": day.isoformat()}]
    closed = None
    if not is_open:
        ended = came + timedelta(days=dice.randrange(29))
        closed = format_timestamp(ended)
        steps.append(RequestAction("completion", "staff-1", ended, status=status, reason="Done."))
    case = request(
        id=f"r_{number:026}",
        person=person,
        type=kind,
        status=status,
        name=name,
        email=email,
        details=_SAID.format(number=number) * dice.randrange(1, 10),
        channel=dice.choice(("web", "web", "web", "email", "post", "phone")),
        received_at=format_timestamp(came),
        facts=facts,
        closed_at=closed,
        sources={"orders": {"status": "collected", "at": closed}} if kind == "access" else {},
        version=len(steps),
    )
    terms = REGIMES["uk_gdpr"].terms(kind)
    return with_dates(case, terms, england()), steps


def stored_request(
    number: int, person: str, now: datetime, *, is_open: bool
) -> Iterator[dict[str, Any]]:
    """Yield the items of `one_of_many`: its head, and an event for each step."""
    case, steps = one_of_many(number, person, now, is_open=is_open)
    for version, step in enumerate(steps, start=1):
        after = replace(case, version=version, status=step.status or case.status)
        _, event = request_items.writes(after, None, step)
        yield event["Put"]["Item"]
    head, _ = request_items.writes(case, None, steps[-1])
    yield head["Put"]["Item"]


def disclosure(number: int, person: str, now: datetime) -> Record:
    """Return what was passed on about one of many people."""
    at = format_timestamp(now - timedelta(hours=number))
    fields = {
        "recipient": "carriers",
        "purpose": "service",
        "data": ["name", "delivery address"],
        "ground": {"contract": True},
        "disclosed_at": at,
        "reference": f"Shipment {number}",
    }
    facts = {"recipient_name": "Carriers", "location": "United Kingdom", "by": "staff-1"}
    return record(person, "disclosure", f"{number:026}", received_at=at, fields=fields, facts=facts)


def table_beside(dynamodb: Any, table: str, copy: str) -> None:
    """Make a table beside, with the keys of another."""
    schema = dynamodb.describe_table(TableName=table)["Table"]
    keys = {each["AttributeName"] for each in schema["KeySchema"]}
    dynamodb.create_table(
        TableName=copy,
        KeySchema=schema["KeySchema"],
        AttributeDefinitions=[
            each for each in schema["AttributeDefinitions"] if each["AttributeName"] in keys
        ],
        BillingMode="PAY_PER_REQUEST",
    )
