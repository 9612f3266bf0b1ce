"""`python -m ops retention`: the last report, and an independent look at what is left (S13)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from ops import retention_audit
from ops.__main__ import main
from ops.retention_audit import Finding
from shared.domain import retention
from shared.domain.timestamps import format_timestamp
from shared.edge import current_time
from shared.storage import consent_states, ledger, objects
from shared.storage.dynamodb import database
from shared.storage.dynamodb.attribute_values import encode
from shared.storage.retention import retention_index
from tests.functions.keeping import (
    KEPT,
    SECOND,
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
from tests.support import NOW, call

pytestmark = pytest.mark.usefixtures("cloud", "standing_clock")


def audit(as_of: datetime = NOW) -> Iterator[Finding]:
    """Look through the tables only: the bucket's own clock is not the tests'."""
    look = retention_audit.start(KEPT, as_of)
    for table in retention_audit.KEYS:
        yield from look.table(table)


def marked(place: tuple[str, dict[str, Any]]) -> str:
    return retention.mark(*place).hex()[:16]


def overdue(as_of: datetime = NOW) -> set[str]:
    return {found.mark for found in audit(as_of) if found.what == retention_audit.OVERDUE}


def remove(place: tuple[str, dict[str, Any]]) -> None:
    table, key = place
    database.call("delete_item", TableName=database.table(table), Key=encode(key))


def test_after_a_run_another_way_of_looking_finds_nothing_and_nothing_else_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """S13: data of every class, one second before, at and after the edge of its time."""
    goes, stays = [], []
    for table, kind in sorted(
        {(place.table, place.kind) for place in retention_index.places(KEPT)}
    ):
        goes += [put(table, kind, edge(kind)), put(table, kind, edge(kind) - SECOND)]
        stays += [put(table, kind, edge(kind) + SECOND)]
    assert overdue() >= set(map(marked, goes))
    assert not overdue() & set(map(marked, stays))
    run()
    assert overdue() == set()
    assert all(map(there, stays))
    assert overdue(NOW + SECOND) >= set(map(marked, stays))
    monkeypatch.setattr(current_time, "now", lambda: NOW + SECOND)
    run()
    assert overdue(NOW + SECOND) == set()
    assert not any(map(there, stays))


def test_what_is_held_is_no_finding_until_it_is_lifted() -> None:
    sam, head = person(), request()
    places = [
        put("records", "enquiry", edge("enquiry"), sam),
        put("requests", "case", edge("case"), request=head, entry="case", person=sam),
        put("records", "account", edge("account")),
    ]
    orders = [hold(person=sam), hold(kind="account")]
    assert not overdue() & set(map(marked, places))
    for order in orders:
        lift(order)
    assert overdue() >= set(map(marked, places))
    run()
    assert overdue() == set()


def test_the_copy_of_an_event_beside_a_suppression_goes_with_the_event() -> None:
    """S13: the suppression stays, for it is what keeps the objection."""
    old, fresh = person(), person()
    for owner, decided in ((old, edge("consent_evidence")), (fresh, NOW)):
        event = {"sequence": 1, "decided_at": format_timestamp(decided)}
        more = {"event": event, "suppressed": {"direct_marketing": format_timestamp(NOW)}}
        put("consent_states", "suppression", NOW, owner, **more)
        put("ledger", "consent_evidence", edge("consent_evidence"), owner)
    both = {owner: ("consent_states", {"person": owner}) for owner in (old, fresh)}
    assert marked(both[old]) in overdue()
    assert marked(both[fresh]) not in overdue()
    run()
    assert not overdue()
    assert consent_states.get(old).event is None
    assert consent_states.get(old).suppressed_since == format_timestamp(NOW)
    assert consent_states.get(fresh).event is not None


def test_what_no_run_would_come_to_is_found() -> None:
    """A class in another table than expected, an unknown one, none at all, a lost entry."""
    astray = put("records", "desk_audit", edge("desk_audit"))
    unknown = put("records", "tea", NOW)
    bare = ("records", {"person": person(), "record": "bare#1"})
    lost = ("requests", {"request": request(), "entry": "event#00001"})
    for table, key in (bare, lost):
        database.call("put_item", TableName=database.table(table), Item=encode(key))
    run()
    found = {(finding.what, finding.mark) for finding in audit()}
    expected = {
        (retention_audit.OVERDUE, marked(astray)),
        (retention_audit.UNKNOWN, marked(unknown)),
        (retention_audit.NO_CLASS, marked(bare)),
        (retention_audit.ALONE, marked(lost)),
    }
    assert found >= expected
    for place in (astray, unknown, bare, lost):
        remove(place)
    assert not expected & {(finding.what, finding.mark) for finding in audit()}


def test_copies_past_their_period_and_of_requests_that_are_gone_are_found() -> None:
    whole, gone = request(), request()
    put("requests", "case", NOW, request=whole, entry="case", person=(sam := person()))
    for name in (f"exports/{whole}/a.json", f"exports/{gone}/a.json", f"uploads/{gone}/b.json"):
        objects.put_json(name, {})

    def found(days: int) -> set[tuple[str, str]]:
        as_of = datetime.now(NOW.tzinfo) + timedelta(days=days)
        look = retention_audit.start(KEPT, as_of)
        return {(finding.what, finding.mark) for finding in look.bucket()}

    def mark(name: str) -> str:
        return retention.mark("exports", {"key": name}).hex()[:16]

    soon, late = found(1), found(31)
    assert (retention_audit.ALONE, mark(f"uploads/{gone}/b.json")) in soon
    assert mark(f"exports/{whole}/a.json") not in {name for _, name in soon}
    assert (retention_audit.OVERDUE, mark(f"exports/{whole}/a.json")) in late
    order = hold(person=sam)
    assert mark(f"exports/{whole}/a.json") not in {name for _, name in found(31)}
    lift(order)


def test_the_commands_say_what_was_done_and_what_is_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    owner = person()
    put("records", "enquiry", edge("enquiry"), owner)
    report = run()
    assert main(["retention", "report", "--table-prefix", ""]) == 0
    assert report["total"]["removed"] == 1
    assert "digest" in capsys.readouterr().out
    put("records", "enquiry", edge("enquiry"), owner)
    audited = ["retention", "audit", "--table-prefix", "", "--as-of"]
    assert main([*audited, NOW.isoformat()]) == 1
    shown = capsys.readouterr().out
    assert "records: 1 of class enquiry overdue" in shown
    assert owner not in shown
    assert of("enquiry")["removed"] == 1
    assert main([*audited, "soon"]) == 1
    assert "--as-of takes a moment" in capsys.readouterr().err


def test_the_ledger_verifies_after_retention_removed_the_oldest_events(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """S13, S51: a history that begins late is whole, and the next decision goes on with it."""
    decided = edge("consent_evidence")
    body: dict[str, Any] = {
        "policy_version": "2023-06",
        "notice_id": "cookie_banner",
        "method": "accept_all",
        "choices": {"analytics": True},
    }
    for days in (3, 2, 1):
        answer = call("consent", "POST", "/v1/consents", body, now=NOW - timedelta(days=days))
        assert answer.status == 201
        body["consent_id"] = answer.json["consent_id"]
    name = str(body["consent_id"])
    table = database.table("ledger")
    for sequence in (1, 2):
        boto3.client("dynamodb").update_item(
            TableName=table,
            Key=encode({"subject": name, "sequence": sequence}),
            UpdateExpression="SET retention_start = :old",
            ExpressionAttributeValues=encode({":old": format_timestamp(decided)}),
        )
    of("consent_evidence")
    assert [event["sequence"] for event in ledger.after(name, 0, 10)] == [3]
    assert call("consent", "POST", "/v1/consents", body).json["sequence"] == 4
    assert main(["ledger", "verify", "--table", table]) == 0, capsys.readouterr().out
