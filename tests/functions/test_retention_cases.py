"""Requests that are due go whole, with every copy and upload; those of somebody held stay (S13)."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.storage import holds, objects
from shared.storage.aws_clients import client
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import encode
from tests.functions.keeping import (
    SECOND,
    browser,
    edge,
    hold,
    lift,
    of,
    person,
    put,
    request,
    run,
    there,
)
from tests.support import NOW

pytestmark = pytest.mark.usefixtures("cloud", "standing_clock")


class File:
    """A closed request with its timeline, a copy that was made of it and what staff uploaded."""

    def __init__(self, *, late: bool = False, events: int = 2) -> None:
        self.id, self.owner, self.browser = request(), person(), browser()
        start = edge("case") + SECOND * late
        sources = {"orders": {"status": "uploaded"}, "none": {"status": "skipped"}}
        head = {"entry": "case", "person": self.owner, "consent_id": self.browser}
        put("requests", "case", start, request=self.id, sources=sources, **head)
        for number in range(1, events + 1):
            self._bare(f"event#{number:05}")
        self._bare("certificate")
        self.objects = [f"exports/{self.id}/export.{kind}" for kind in ("json", "zip")]
        files = {name.rpartition(".")[2]: {"key": name} for name in self.objects}
        put("requests", "export", edge("export"), request=self.id, entry="export", files=files)
        self.objects.append(f"uploads/{self.id}/orders.json")
        for name in self.objects:
            objects.put_json(name, {})

    def _bare(self, entry: str) -> None:
        item = encode({"request": self.id, "entry": entry})
        database.call("put_item", TableName=database.table("requests"), Item=item)

    @property
    def entries(self) -> int:
        query = {
            "KeyConditionExpression": "#r = :r",
            "ExpressionAttributeNames": {"#r": "request"},
            "ExpressionAttributeValues": encode({":r": self.id}),
        }
        return len(list(database.pages("query", TableName=database.table("requests"), **query)))

    @property
    def stored(self) -> int:
        found = client("s3").list_objects_v2(Bucket=objects.bucket()).get("Contents", ())
        return len([item for item in found if item["Key"] in self.objects])

    @property
    def export(self) -> bool:
        return there(("requests", {"request": self.id, "entry": "export"}))


def test_a_request_goes_with_its_whole_file_and_every_copy() -> None:
    """S13: also a timeline that is longer than a transaction."""
    files = [File(), File(events=120)]
    assert of("case")["removed"] == 2
    assert [(file.entries, file.stored) for file in files] == [(0, 0), (0, 0)]
    assert of("export")["found"] == 0


def test_a_request_that_is_too_large_for_a_transaction_goes_in_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = database.call

    def refusing(operation: str, **parameters: Any) -> Any:
        if len(parameters.get("TransactItems", ())) > 10:
            raise database.TransactionRefused
        return plain(operation, **parameters)

    monkeypatch.setattr(database, "call", refusing)
    files = [File(), File(events=40)]
    assert of("case")["removed"] == 2
    assert [(file.entries, file.stored) for file in files] == [(0, 0), (0, 0)]


@pytest.mark.parametrize(("code", "status"), [("SlowDown", 503), ("InternalError", 500)])
def test_a_bucket_that_is_throttled_leaves_its_requests_to_the_next_part(
    code: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K10.2: and what has nothing in the bucket goes meanwhile."""
    file, other = File(), put("records", "enquiry", edge("enquiry"))
    with monkeypatch.context() as patch:
        told: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}

        def throttled(**_: Any) -> None:
            raise ClientError(told, "DeleteObject")

        patch.setattr(client("s3"), "delete_object", throttled)
        report = run()
    assert report["status"] == "unfinished"
    assert (file.export, there(other)) == (True, False)
    assert of("case")["removed"] == 1
    assert (file.entries, file.stored) == (0, 0)


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_request_that_cannot_be_read_stops_no_other_and_is_told(
    dry_run: bool, logged: pytest.LogCaptureFixture
) -> None:
    """K9.5: nor what lies in the same partition behind it."""
    broken, file = File(), File()
    key = {"request": broken.id, "entry": "export"}
    database.call(
        "update_item",
        TableName=database.table("requests"),
        Key=encode(key),
        UpdateExpression="SET files = :none",
        ExpressionAttributeValues=encode({":none": "none"}),
    )
    other = hold(person=person())
    told = of("case", dry_run=dry_run)
    assert (told["found"], told["failed"]) == (2, 1)
    assert "fault AttributeError" in logged.text
    if not dry_run:
        assert (broken.entries > 0, file.entries) == (True, 0)
    lift(other)
    table = database.table("requests")
    database.call("delete_item", TableName=table, Key=encode(key))  # staff put it right
    of("case")
    assert broken.entries == 0


def test_a_copy_goes_before_its_request() -> None:
    file = File(late=True)
    assert of("case")["found"] == 0
    assert of("export")["removed"] == 1
    assert (file.export, file.stored, file.entries) == (False, 0, 4)


@pytest.mark.parametrize("on", ["owner", "browser", "case", "export"])
def test_a_request_of_somebody_held_stays_whole(on: str) -> None:
    file = File()
    names = {"owner": {"person": file.owner}, "browser": {"person": file.browser}}
    placed = hold(**names.get(on, {"kind": on}))
    for dry_run in (True, False):
        assert of("case", dry_run=dry_run)["held"] == 1
    if on != "case":
        assert of("export")["held"] == 1
        assert (file.entries, file.stored) == (5, 3)
    lift(placed)
    assert of("case")["removed"] == 1
    assert (file.entries, file.stored) == (0, 0)


def test_a_hold_that_came_after_the_look_keeps_the_copies_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = File()
    placed = hold(person=file.owner)
    plain, looks = holds.in_force, iter([holds.InForce(frozenset(), 0)])
    with monkeypatch.context() as patch:
        patch.setattr(holds, "in_force", lambda: next(looks, None) or plain())
        assert of("case")["held"] == 1
    assert (file.entries, file.stored) == (5, 3)
    lift(placed)
    assert of("case")["removed"] == 1


def test_a_request_that_was_reopened_meanwhile_stays() -> None:
    file = File()
    first = {"request": file.id, "entry": "case"}
    put("requests", "case", NOW, person=file.owner, **first)
    assert of("case")["found"] == 0
    assert there(("requests", first))
    of("export")
