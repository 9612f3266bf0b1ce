"""`python -m ops erasures replay`: a restored backup brings nobody back (Art. 17, S13)."""

from datetime import timedelta
from typing import Any

import pytest

from fulfilment.erasure import erasure_run
from local.functions import Functions
from ops.__main__ import main
from shared.edge import current_time
from shared.services import release_browsers
from shared.storage import erasure_list
from shared.storage.dynamodb import database
from shared.storage.erasure_list import Erasure
from tests.functions.asking import Asker
from tests.functions.people import Person, somebody
from tests.functions.test_erasure import LATER
from tests.support import NOW


@pytest.fixture
def sam(monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    return somebody()


@pytest.fixture
def restored(cloud: object, functions: Functions, sam: Person) -> Asker:
    """Somebody who was erased, and whom a backup of the records table brought back."""
    asker = Asker(sam, functions)
    sam.subscribe()
    backup = _records(sam)
    asker.ask("erasure")
    asker.verify()
    erasure_run.carry_out(asker.case, LATER)
    assert sam.held() == []
    for item in backup:
        database.call("put_item", TableName=database.table("records"), Item=item)
    assert len(sam.held()) == 2
    return asker


def _records(sam: Person) -> list[dict[str, Any]]:
    query = {
        "KeyConditionExpression": "person = :person",
        "ExpressionAttributeValues": {":person": {"S": sam.id}},
    }
    return list(database.pages("query", TableName=database.table("records"), **query))


def replay(*more: str) -> int:
    return main(["erasures", "replay", "--table-prefix", "", *more])


def test_what_came_back_goes_again(restored: Asker, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay() == 0
    assert restored.person.held() == []
    shown = capsys.readouterr().out
    assert f"{restored.person.id[:8]}… of 2026-02-01: 2 found, 2 erased" in shown
    assert restored.person.email not in shown
    assert restored.person.id not in shown
    assert replay() == 0
    assert "nothing left" in capsys.readouterr().out


def test_one_that_fails_is_told_and_stops_no_other(
    restored: Asker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """K9: a restored table may hold of one person what nobody can read."""
    plain, met = release_browsers.release_browsers, list[str]()
    first = Erasure("p_" + "a" * 26, "r_" + "a" * 26, "2026-01-01T09:00:00.000Z", frozenset())
    erasure_list.note(first)

    def release(person: str, *more: Any) -> None:
        met.append(person)
        if person == first.person:
            raise ValueError(restored.person.email)
        plain(person, *more)

    monkeypatch.setattr(release_browsers, "release_browsers", release)
    assert replay() == 1
    assert met.index(first.person) < met.index(restored.person.id)
    assert restored.person.held() == []
    shown = capsys.readouterr().out
    assert "failed, ValueError" in shown
    assert restored.person.email not in shown


def test_a_dry_run_counts_and_changes_nothing(
    restored: Asker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay("--dry-run") == 0
    assert len(restored.person.held()) == 2
    assert "nothing was changed" in capsys.readouterr().out


def test_who_came_back_after_the_erasure_keeps_what_is_new(restored: Asker) -> None:
    sam = restored.person
    later = LATER + timedelta(days=1)
    sam.send("/v1/contact", now=later, name="Sam", message="I am back", marketing_opt_out=True)
    assert replay() == 0
    assert [record.kind for record in sam.held()] == ["enquiry"]
    assert sam.standing.event is not None


def test_since_leaves_earlier_ones_alone(restored: Asker) -> None:
    assert replay("--since", "2026-02-02") == 0
    assert len(restored.person.held()) == 2
    assert replay("--since", "2026-02-01") == 0
    assert restored.person.held() == []


@pytest.mark.usefixtures("cloud")
def test_nonsense_is_one_clear_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert replay("--since", "yesterday") == 1
    assert "such as 2026-02-01" in capsys.readouterr().err
    monkeypatch.delenv("TABLE_RECORDS")
    assert main(["erasures", "replay", "--table-prefix", "Nowhere-"]) == 1
    assert "TABLE_RECORDS" in capsys.readouterr().err
