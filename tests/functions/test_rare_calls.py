"""What a function calls seldom, done by the function itself: a role has no grant without a use."""

from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from local.functions import Functions
from notifications import policy_mails
from shared.domain.errors import Busy
from shared.domain.timestamps import format_timestamp
from shared.edge import current_time
from shared.storage import holds, objects, policies, policy_changes, records, secrets, statistics
from shared.storage.dynamodb import database
from shared.storage.hold_items import Hold
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction
from tests.functions.asking import Asker
from tests.functions.desking import write_in
from tests.functions.people import Person, somebody
from tests.functions.test_erasure import disclosure, keys
from tests.functions.test_policy_changes import kept
from tests.functions.visiting import browser, visit
from tests.support import NOW, call

OF_2026 = datetime.fromisoformat("2026-11-25T09:00:00+00:00")


@pytest.fixture
def asker(cloud: object, functions: Functions, sam: Person) -> Asker:
    return Asker(sam, functions)


def at(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the workers' clock."""
    monkeypatch.setattr(current_time, "now", lambda: moment)


def identified(asker: Asker, kind: str) -> None:
    assert asker.ask(kind).status == 202
    assert asker.verify().status == 200


@pytest.mark.usefixtures("standing_clock")
def test_the_worker_erases_reduces_and_takes_copies_away(asker: Asker) -> None:
    """Somebody who objected to nothing leaves no state; a disclosure stays without them."""
    sam, earlier = asker.person, Asker(asker.person, asker.functions)
    sam.subscribe()
    records.add(disclosure(sam.id))
    identified(earlier, "access")
    request_store.advance(
        earlier.case, RequestAction("fulfilled", "system", NOW, status="completed")
    )
    objects.put_json(f"exports/{earlier.id}/all.zip", {})
    identified(asker, "erasure")
    asker.deliver("fulfilment")
    assert asker.case.status == "completed"
    assert sam.standing.event is None
    (left,) = sam.held("disclosure")
    assert "email" not in left.fields
    assert keys(f"exports/{earlier.id}/") == []


@pytest.mark.usefixtures("standing_clock")
def test_a_copy_that_breaks_off_on_the_way_up_is_taken_back(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    identified(asker, "access")
    monkeypatch.setattr(objects, "PART", 1000)
    plain = objects.Upload._send

    def broken(upload: objects.Upload, size: int) -> None:
        plain(upload, size)
        raise Busy

    with monkeypatch.context() as patch:
        patch.setattr(objects.Upload, "_send", broken)
        answer = asker.functions.invoke("fulfilment", {"Records": asker.streamed()})
    assert answer["batchItemFailures"]
    found = boto3.client("s3").list_multipart_uploads(Bucket=objects.bucket())
    assert "Uploads" not in found
    assert asker.case.status == "in_progress", "the stream brings it again"


@pytest.mark.usefixtures("standing_clock")
def test_the_worker_reads_the_secret_of_sources_once_a_process(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES", '{"orders": "http://127.0.0.1:9/privacy"}')
    secrets.sources.cache_clear()
    secrets._value.cache_clear()
    identified(asker, "access")
    asker.deliver("fulfilment")
    assert asker.case.sources["orders"]["status"] == "failed"


@pytest.mark.usefixtures("standing_clock")
def test_whoever_else_has_a_say_in_a_persons_browser_is_asked(asker: Asker) -> None:
    """Where a copy says what is allowed, and where a letter is entered."""
    sam, other, theirs = asker.person, somebody(), browser(NOW)
    for each in (sam, other):
        each.subscribe()
        each.open_link_in(theirs)
    identified(asker, "access")
    asker.deliver("fulfilment")
    assert asker.case.status == "completed"
    assert write_in(sam).status == 201


def test_an_erased_persons_restriction_is_lifted_where_their_chain_goes_on(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state went with the erasure, the evidence stayed."""
    sam = asker.person
    asker.write_a_letter(type="restriction")
    assert asker.staff("completion", reason="In force.").status == 200
    assert asker.staff("lifting", reason="The address is correct now.").status == 200
    before = sam.events
    boto3.client("dynamodb").delete_item(
        TableName=database.table("consent_states"), Key={"person": {"S": sam.id}}
    )
    at(NOW + timedelta(days=14), monkeypatch)
    asker.functions.invoke("deadlines", {})
    assert [event["sequence"] for event in sam.events] == [*range(1, len(before) + 2)]


def test_a_hold_whose_time_is_over_lapses_in_the_daily_run(
    cloud: object, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = format_timestamp(NOW)
    holds.place(Hold("over", "A claim.", "staff", until, person="p_over", until=until))
    at(NOW + timedelta(hours=1), monkeypatch)
    functions.invoke("retention", {})
    assert holds.on("p_over") == frozenset()
    lapsed = holds.get("over")
    assert lapsed is not None
    assert lapsed.lifted_by == "system"


def test_a_days_next_people_are_told_of_new_words(
    cloud: object, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = policies.load(policies.FOLDER)
    monkeypatch.setattr(policies, "published", lambda: known)
    monkeypatch.setattr(policy_mails, "PEOPLE", 1)
    at(OF_2026, monkeypatch)
    kept(somebody(), "subscription")
    functions.invoke("deadlines", {})
    first = policy_changes.AnnouncementOrder("2026-10", OF_2026.date().isoformat(), 0)
    item: Any = {"kind": {"S": policy_changes.ORDERS}, "id": {"S": first.id}}
    arn = f"arn:aws:dynamodb:eu-west-1:1:table/{database.table('operations')}/stream/x"
    record = {
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": arn,
        "dynamodb": {"NewImage": item, "SequenceNumber": "1"},
    }
    assert functions.invoke("notifications", {"Records": [record]}) == {"batchItemFailures": []}
    assert policy_changes.get("2026-10").step == 1
    second = database.get("operations", kind=policy_changes.ORDERS, id=f"{first.id[:-1]}1")
    assert second is not None


def test_a_visit_of_a_browser_that_is_somebodys_asks_what_they_said(sam: Person) -> None:
    theirs = browser(NOW)
    sam.subscribe()
    sam.open_link_in(theirs)
    name = visit(theirs, NOW, "/pricing")
    assert [each.id for each in records.for_person(theirs)] == [name]


def test_a_visit_of_nobody_is_counted_where_the_policy_exempts_that(
    cloud: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = policies.load(policies.FOLDER)
    monkeypatch.setattr(policies, "published", lambda: known)
    told = {
        "visit_id": "a-visit-of-nobody-1",
        "device_type": "desktop",
        "entry": "https://www.khoocommerce.example/",
        "pages": [
            {
                "url": "https://www.khoocommerce.example/",
                "at": format_timestamp(OF_2026),
                "engaged_ms": 1000,
            }
        ],
    }
    assert call("visits", "POST", "/v1/visits", told, now=OF_2026).status == 202
    found = list(statistics.of_day("visits", str(OF_2026.date())))
    assert found
