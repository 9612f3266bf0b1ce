"""The audit at the desk: by person, staff, action and time, newest first, JSON or CSV (S11)."""

import csv
import io
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from desk import csv_export
from desk.authorization import ALLOWED_GROUPS
from shared.domain.timestamps import format_timestamp
from shared.storage import audit
from shared.storage.audit import AuditRecord
from tests.functions.desking import GROUPS
from tests.functions.people import Person
from tests.support import NOW, Answer, call, pages, refused

pytestmark = pytest.mark.usefixtures("cloud")

AUDIT = "/v1/desk/audit"
CSV = {"Accept": "text/csv"}


def ask(staff: str = "auditor", headers: Any = None, **query: str) -> Answer:
    asked = {name.strip("_"): text for name, text in query.items()}
    return call("desk", "GET", AUDIT, query=asked or None, staff=staff, headers=headers)


def seen(**query: str) -> list[Any]:
    answer = ask(**query)
    assert answer.status == 200, answer.text
    return list(answer.json["items"])


@pytest.fixture
def actor(sam: Person) -> str:
    """Somebody at the desk who, over some days, did something with Sam's data and other things."""
    name = f"sub-{sam.id[-8:]}"
    for number in range(6):
        at = NOW - timedelta(days=number, minutes=1)
        action = "read_person" if number % 2 else "correct_record"
        person = sam.id if number < 4 else None
        audit.add(
            AuditRecord(
                format_timestamp(at), name, action, f"{name}-{number}", person, {"n": number}
            )
        )
    return name


def test_by_staff_by_person_and_by_action(sam: Person, actor: str) -> None:
    assert [item["facts"]["n"] for item in seen(actor=actor)] == [0, 1, 2, 3, 4, 5]
    assert [item["facts"]["n"] for item in seen(person=sam.id)] == [0, 1, 2, 3]
    mine = seen(person=sam.id, actor=actor, action="read_person")
    assert [item["facts"]["n"] for item in mine] == [1, 3]
    (first,) = seen(person=sam.id, limit="1", actor=actor)
    assert first == {
        "at": "2026-02-01T08:59:00.000Z",
        "actor": actor,
        "action": "correct_record",
        "person_id": sam.id,
        "request_id": f"{actor}-0",
        "facts": {"n": 0},
    }


def test_by_time_with_the_end_left_out(actor: str) -> None:
    span = {"from_": "2026-01-29T08:59:00Z", "to": "2026-01-31T08:59:00Z"}
    assert [item["facts"]["n"] for item in seen(actor=actor, **span)] == [2, 3]
    found = [item for item in seen(**span, limit="1000") if item["actor"] == actor]
    assert [item["facts"]["n"] for item in found] == [2, 3], "day by day, without an index"
    assert seen(actor=actor, to="2025-01-01T00:00:00Z") == []


@pytest.mark.parametrize("by", ["actor", "day"])
def test_pages_give_each_entry_once(actor: str, by: str) -> None:
    wanted = {"actor": actor} if by == "actor" else {"to": "2026-02-01T08:59:30Z"}
    found = [item for page in pages(ask, **wanted) for item in page["items"]]
    assert [item["facts"]["n"] for item in found if item["actor"] == actor] == [0, 1, 2, 3, 4, 5]
    assert all(one["at"] >= two["at"] for one, two in pairwise(found))
    assert len({(item["at"], item["request_id"]) for item in found}) == len(found)


def test_a_seldom_action_makes_short_pages_and_no_long_reads(
    actor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.audit.routes.MAX_READ", 2)
    page = ask(actor=actor, action="nothing").json
    assert page["items"] == []
    assert page["next"]


def test_csv_is_the_same_and_runs_nothing(sam: Person, actor: str) -> None:
    """Cells that a spreadsheet would take for a formula begin with an apostrophe."""
    evil = AuditRecord(
        format_timestamp(NOW - timedelta(hours=1)), actor, "read_person", '=1+"x"', sam.id, {}
    )
    audit.add(evil)
    answer = ask(headers=CSV, person=sam.id, limit="3")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Link"].endswith('rel="next"')
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["at"] for row in rows] == [item["at"] for item in seen(person=sam.id, limit="3")]
    assert rows[1]["request_id"] == '\'=1+"x"'
    assert rows[0]["facts"] == '{"n": 0}'
    assert "Link" not in ask(headers=CSV, person=sam.id).headers
    assert ask(headers={"Accept": "image/png"}).status == 406


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    text = csv_export.csv(("a", "b"), [{"a": cell, "b": None}])
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row == {"a": f"'{cell}", "b": ""}


@refused(
    "query",
    {
        "/query/person": [{"person": "sam"}],
        "/query/actor": [{"actor": "a b"}],
        "/query/action": [{"action": "Drop table"}],
        "/query/from": [
            {"from_": "yesterday"},
            {"from_": "2026-02-02T00:00:00Z", "to": "2026-02-01T00:00:00Z"},
            {"from_": "2024-01-01T00:00:00Z"},
        ],
        "/query/to": [{"to": "2026-02-01"}],
        "/query/limit": [{"limit": "0"}, {"limit": "1001"}, {"limit": "many"}],
        "/query/cursor": [
            {"cursor": "%"},
            {"cursor": "YQ"},
            {"cursor": "MjAyNi0xMy0wMVQwOTowMDowMC4wMDBaI3g"},
        ],
    },
)
def test_a_wrong_filter_is_named(query: dict[str, str], pointer: str) -> None:
    answer = ask(**query)
    assert (answer.status, answer.pointers) == (422, [pointer])


def test_reading_the_audit_is_on_the_audit(sam: Person) -> None:
    assert seen(person=sam.id) == []
    (entry,) = audit.of_person(sam.id)
    assert (entry.actor, entry.action) == ("staff-auditor", "list_audit")


@pytest.mark.parametrize("group", GROUPS)
def test_it_is_for_officers_and_auditors(group: str) -> None:
    answer = ask(group)
    assert (answer.status == 403) is (group not in ALLOWED_GROUPS["GET", AUDIT]), answer.text
    if answer.status == 403:
        assert answer.json["type"].endswith(":forbidden")
    assert ALLOWED_GROUPS["GET", AUDIT] == {"privacy_officer", "auditor"}
