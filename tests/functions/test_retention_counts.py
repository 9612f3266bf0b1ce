"""Nothing is removed without its count: whatever breaks, the reports tell exactly what went."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import Busy
from shared.edge import current_time
from shared.storage.dynamodb import database
from shared.storage.retention import removal_counts, runs
from tests.functions.keeping import Context, edge, inserted, parts, put, run, there
from tests.support import NOW

pytestmark = pytest.mark.usefixtures("cloud")
ONLY = {"class": "enquiry"}
LATER = NOW + timedelta(minutes=20)


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture(autouse=True)
def stands(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    before = told()
    yield
    monkeypatch.setattr(current_time, "now", lambda: LATER)
    run(ONLY)
    left = [*database.partition("operations", kind=runs.OPEN)]
    left += database.partition("operations", kind=removal_counts.KIND)
    assert left == [], "what was needed for the count alone is gone"
    assert before <= told()


def told() -> int:
    """Return how many enquiries all runs say that they removed: each in its last report."""
    last = {report.run: report for report in reversed(runs.listed(1000)) if not report.dry_run}
    return sum(r.classes["enquiry"].removed for r in last.values() if "enquiry" in r.classes)


def writes(operation: str, parameters: dict[str, Any]) -> bool:
    about = parameters.get("TableName") == database.table("operations")
    return operation == "transact_write_items" or (
        about and operation in ("put_item", "delete_item")
    )


def test_a_run_that_is_killed_after_any_write_has_its_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """K10.1."""
    plain = database.call
    for number in range(1, 10):
        before = told()
        places = [put("records", "enquiry", edge("enquiry")) for _ in range(4)]
        done = 0

        def dying(operation: str, number: int = number, **parameters: Any) -> Any:
            nonlocal done
            answer = plain(operation, **parameters)
            done += writes(operation, parameters)
            if done == number:
                raise Killed
            return answer

        with monkeypatch.context() as patch:
            patch.setattr(database, "call", dying)
            try:
                run(ONLY)
            except Killed:
                gone = len(places) - sum(map(there, places))
            else:
                assert number > 3, "it was killed at each of its writes"
                break
        monkeypatch.setattr(current_time, "now", lambda: LATER)
        run(ONLY)
        assert not any(map(there, places))
        assert told() - before == len(places), (number, gone)
        monkeypatch.setattr(current_time, "now", lambda: NOW)


def test_a_removal_whose_answers_were_all_lost_is_counted_and_no_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place, plain = put("records", "enquiry", edge("enquiry")), database.call

    def lost(operation: str, **parameters: Any) -> Any:
        try:
            answer = plain(operation, **parameters)
        except database.TransactionFailed:
            raise Busy from None
        if operation == "transact_write_items":
            raise Busy
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(database, "call", lost)
        patch.setattr("time.sleep", lambda _seconds: None)
        total = run(ONLY)["total"]
    assert not there(place)
    assert (total["found"], total["removed"], total["failed"]) == (1, 1, 0)


def test_two_that_go_on_with_one_run_at_once_both_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream may bring one report twice: whoever is second tells what it removed on top."""
    places = [put("records", "enquiry", edge("enquiry"), record=f"enquiry#{n}") for n in range(6)]
    before = told()
    report = run(ONLY, Context(looks=6))
    assert report["status"] == "unfinished"
    batch = {"Records": [inserted("operations", {"kind": "run", "id": report["id"]})]}
    plain = database.call

    def overtaken(operation: str, **parameters: Any) -> Any:
        answer = plain(operation, **parameters)
        if operation == "transact_write_items":
            monkeypatch.setattr(database, "call", plain)
            assert run(batch) == {"batchItemFailures": []}
        return answer

    monkeypatch.setattr(database, "call", overtaken)
    assert run(batch) == {"batchItemFailures": []}
    assert database.call is plain, "they met"
    assert not any(map(there, places))
    assert told() - before == len(places)
    assert parts(report)[0].status == "finished"
