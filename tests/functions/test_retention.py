"""Retention: what is due goes, what is not due is never touched, and a report says so (S13)."""

import json
import math
from datetime import timedelta
from typing import Any

import pytest

from local.functions import Functions
from retention.run_request import InvalidRunRequest
from shared.domain.errors import Busy
from shared.domain.record_classes import ROWS, RecordClass
from shared.domain.retention_partitions import SHARDS
from shared.edge import current_time
from shared.storage.dynamodb import database
from shared.storage.merkle_log import log_inbox
from shared.storage.retention import removal, retention_index
from tests.functions.keeping import (
    KEPT,
    SECOND,
    Context,
    edge,
    inserted,
    of,
    parts,
    person,
    put,
    run,
    there,
)
from tests.support import NOW

pytestmark = pytest.mark.usefixtures("cloud", "standing_clock")


def test_every_class_goes_at_the_edge_of_its_time_and_not_a_second_before() -> None:
    """K10.5: s13, S21, S22, S25: in every table that can hold it."""
    goes, stays = [], []
    for table, kind in sorted(
        {(place.table, place.kind) for place in retention_index.places(KEPT)}
    ):
        goes += [put(table, kind, edge(kind)), put(table, kind, edge(kind) - SECOND)]
        stays += [put(table, kind, edge(kind) + SECOND)]
    report = run()
    assert report["status"] == "finished"
    assert report["total"]["overdue"] == 0
    assert [place for place in goes if there(place)] == []
    assert [place for place in stays if not there(place)] == []
    assert set(report["classes"]) == {kind for kind in KEPT if ROWS[RecordClass(kind)].stores}
    for kind, told in report["classes"].items():
        assert told["removed"] == told["found"] >= 2, kind
    again = run()
    assert (again["total"]["found"], again["classes"]) == (0, {})


def test_a_dry_run_changes_nothing_and_has_the_digest_of_the_run_that_follows() -> None:
    owner = person()
    places = [put("records", "enquiry", edge("enquiry") - SECOND * n, owner) for n in range(3)]
    asked = {"dry_run": True, "class": "enquiry"}
    before = run(asked)
    assert (before["status"], before["dry_run"]) == ("finished", True)
    told = before["classes"]["enquiry"]
    assert (told["found"], told["removed"], told["overdue"]) == (3, 0, 3)
    assert told["oldest"] < told["newest"]
    assert len(told["sample"]) == 3
    assert owner not in json.dumps(before), "the sample names nobody"
    assert all(map(there, places))
    assert run(asked)["digest"] == before["digest"]
    after = run({"class": "enquiry"})
    assert after["digest"] == before["digest"]
    assert after["classes"]["enquiry"]["sample"] == told["sample"]
    assert after["classes"]["enquiry"]["removed"] == 3
    assert run(asked)["digest"] != before["digest"]


def test_a_run_is_of_one_class_if_asked_and_as_of_an_earlier_time() -> None:
    enquiry, account = (
        put("records", "enquiry", edge("enquiry")),
        put("records", "account", edge("account")),
    )
    old = put("records", "enquiry", edge("enquiry") - timedelta(days=2))
    run({"class": "enquiry", "as_of": (NOW - timedelta(days=1)).isoformat()})
    assert (there(enquiry), there(account), there(old)) == (True, True, False)
    run({"class": "enquiry"})
    assert (there(enquiry), there(account)) == (False, True)
    run()
    assert not there(account)


def test_a_look_ahead_is_for_dry_runs() -> None:
    put("records", "subscription", NOW)
    assert of("subscription", dry_run=True, as_of="2029-01-01T00:00:00Z")["found"] >= 1
    assert of("subscription")["found"] == 0


@pytest.mark.parametrize(
    ("event", "complaint"),
    [
        ({"dryrun": True}, "dryrun: is not a field"),
        ({"dry_run": "yes"}, "dry_run: must be"),
        ({"class": "tea"}, "class: must be"),
        ({"as_of": "soon"}, "as_of: must be"),
        ({"as_of": 5}, "as_of: must be"),
        ({"as_of": "2026-01-01T00:00:00"}, "as_of: must say"),
        ({"as_of": "2027-01-01T00:00:00Z"}, "as_of: is in the future"),
    ],
)
def test_an_order_that_is_wrong_says_which_field(event: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidRunRequest, match=complaint):
        run(event)


def test_what_began_anew_meanwhile_stays_and_is_nobodys_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table, key = put("records", "account", edge("account"))
    other = put("records", "account", edge("account"))
    plain = database.call

    def active(operation: str, **parameters: Any) -> Any:
        if operation == "transact_write_items":
            monkeypatch.setattr(database, "call", plain)
            owner, record = key["person"], key["record"]
            put(table, "account", NOW, owner, record=record)
        return plain(operation, **parameters)

    monkeypatch.setattr(database, "call", active)
    told = of("account")
    assert (told["found"], told["removed"], told["failed"]) == (1, 1, 0)
    assert there((table, key))
    assert not there(other)


def test_a_run_that_is_out_of_time_goes_on_from_its_report_until_nothing_is_due() -> None:
    """It stops clean, says so, and the stream of `operations` brings its report back to it."""
    places = [put("records", "enquiry", edge("enquiry")) for _ in range(6)]
    preview = run({"dry_run": True, "class": "enquiry"})
    report = run({"class": "enquiry"}, Context(looks=6))
    assert report["status"] == "unfinished"
    assert sum(map(there, places)) + report["total"]["removed"] == len(places)
    for _ in range(9):
        stored, *_ = parts(report)
        if stored.status == "finished":
            break
        batch = {"Records": [inserted("operations", {"kind": "run", "id": stored.id})] * 2}
        assert run(batch, Context(looks=8)) == {"batchItemFailures": []}
    last, *before = parts(report)
    assert last.status == "finished"
    assert not any(map(there, places))
    assert (last.digest, last.classes["enquiry"].removed) == (preview["digest"], len(places))
    numbers = [one.part for one in (*reversed(before), last)]
    assert numbers == list(range(1, len(numbers) + 1)), "one report a part, though each came twice"


def test_a_run_that_gets_nowhere_does_not_go_on_for_ever() -> None:
    put("records", "enquiry", edge("enquiry"))
    report = run({"class": "enquiry"}, Context(looks=0))
    assert (report["status"], report["places_left"]) == ("stuck", SHARDS)
    stored = inserted("operations", {"kind": "run", "id": report["id"]})
    assert run({"Records": [stored]}) == {"batchItemFailures": []}
    assert [one.id for one in parts(report)] == [report["id"]]
    assert of("enquiry")["removed"] == 1


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_report_that_is_final_starts_nothing(dry_run: bool) -> None:
    report = run({"class": "visit", "dry_run": dry_run}, Context(looks=4 if dry_run else 99))
    assert report["status"] == ("partial" if dry_run else "finished")
    other = put("operations", "breach", NOW)[1]
    keys = ({"kind": "run", "id": report["id"]}, other)
    batch = [inserted("operations", key) for key in keys]
    assert run({"Records": batch}) == {"batchItemFailures": []}
    assert [one.id for one in parts(report)] == [report["id"]]


def test_a_report_that_cannot_be_read_comes_again() -> None:
    key = put("operations", "breach", NOW)[1]
    stored = inserted("operations", key)
    stored["dynamodb"]["NewImage"]["kind"] = {"S": "run"}
    failed = [{"itemIdentifier": stored["dynamodb"]["SequenceNumber"]}]
    assert run({"Records": [stored]}) == {"batchItemFailures": failed}


def test_the_figures_are_told_to_cloudwatch(capsys: pytest.CaptureFixture[str]) -> None:
    """S13: by class, and the two that alarms go by; a preview tells nothing."""
    owner = person()
    put("records", "enquiry", edge("enquiry"), owner)
    run({"dry_run": True})
    assert "_aws" not in capsys.readouterr().out
    run()
    text = capsys.readouterr().out
    (whole,) = [json.loads(line) for line in text.splitlines() if "_aws" in line]
    assert whole["classes"]["enquiry"] == {"removed": 1, "held": 0, "failed": 0, "overdue": 0}
    assert (whole["OverdueItems"], whole["RetentionFailed"]) == (0, 0)
    assert whole["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "privacy-prod"
    assert owner not in text


def test_what_cannot_be_removed_is_told_as_failed_and_overdue(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = put("records", "enquiry", edge("enquiry"))
    monkeypatch.setattr("shared.storage.retention.removal.attempt", lambda *_members: None)
    told = of("enquiry")
    assert (told["found"], told["failed"], told["overdue"]) == (1, 1, 1)
    assert '"OverdueItems": 1, "RetentionFailed": 1' in capsys.readouterr().out
    monkeypatch.undo()
    assert there(place)
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    assert of("enquiry")["removed"] == 1


def test_what_went_in_a_transaction_whose_answer_was_lost_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places = [put("records", "enquiry", edge("enquiry")) for _ in range(3)]
    sent, done = database.call, set[str]()

    def unanswered(operation: str, **parameters: Any) -> Any:
        if operation != "transact_write_items":
            return sent(operation, **parameters)
        token = parameters.get("ClientRequestToken", str(len(done)))
        if token in done:  # AWS knows it again, and changes nothing
            return {}
        sent(operation, **parameters)
        done.add(token)
        raise Busy

    monkeypatch.setattr(database, "call", unanswered)
    told = of("enquiry")
    assert not any(map(there, places))
    assert (told["found"], told["removed"], told["failed"]) == (3, 3, 0)


def test_it_runs_by_hand_and_by_schedule(functions: Functions) -> None:
    assert functions.invoke("retention", {})["status"] == "finished"


def test_a_full_transaction_has_no_more_members_than_dynamodb_takes() -> None:
    """With the check of holds, the count, and what the log notes of the ledger's."""
    place = retention_index.RetentionPartition("ledger", "consent_evidence", 0)
    due = [retention_index.Item(place, {"n": n}, "2020") for n in range(200)]
    groups = list(removal.groups(due))
    assert sum(map(len, groups)) == len(due)
    full = max(map(len, groups))
    assert full + math.ceil(full / log_inbox.MAX_REMOVED) + 2 <= database.MEMBERS
