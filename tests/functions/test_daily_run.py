"""The daily run does each of its pieces of work, whatever becomes of the others (K9.5)."""

import secrets as randomness
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from deadlines import handler as deadlines
from local.functions import Functions
from shared.domain.breach import Breach
from shared.domain.timestamps import format_timestamp
from shared.edge import apart, current_time
from shared.services import announce_policy, follow_up
from shared.storage import breaches
from shared.storage.dynamodb import database
from shared.storage.requests import follow_ups, request_store
from shared.storage.requests.follow_ups import FollowUp
from shared.storage.requests.request_store import FoundRequest
from tests import factories
from tests.support import NOW

pytestmark = pytest.mark.usefixtures("cloud")
AT = format_timestamp(NOW)


def breach() -> str:
    name = f"b_{randomness.token_hex(13)}"
    breaches.add(factories.breach(AT, id=name))
    return name


def warned(name: str) -> bool:
    return any(database.partition("operations", kind=f"{breaches.WARNINGS}{name}"))


def broken(*_: Any) -> Any:
    raise ValueError("broken")


def test_what_fails_in_a_daily_run_stops_nothing_else_and_fails_the_run(
    functions: Functions, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, plain = breach(), breach(), breaches.warn
    names = ["r_one", "r_two"]
    for name in names:
        follow_ups.put(FollowUp(name, follow_up.DEFERRED_ERASURE, "p_x", AT))
    begun: list[str] = []

    def begin(waiting: FollowUp, _now: object) -> bool:
        begun.append(waiting.request)
        return bool(broken())

    def warn(entry: Breach, *more: Any) -> bool:
        return bool(broken() if entry.id == first else plain(entry, *more))

    monkeypatch.setattr(follow_up, "begin", begin)
    monkeypatch.setattr(announce_policy, "proceed", broken)
    monkeypatch.setattr(breaches, "warn", warn)
    monkeypatch.setattr(current_time, "now", lambda: NOW + timedelta(hours=30))
    with pytest.raises(ValueError, match="broken"):
        functions.invoke("deadlines", {})
    assert set(names) <= set(begun)
    assert (warned(first), warned(second)) == (False, True)
    assert '"OverdueRequests": ' in capsys.readouterr().out


def test_a_request_that_fails_stops_no_other_and_fails_the_run(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda runs it again, and rings when it gives up; what is done is not done again."""
    plain, looked = deadlines._look_at, list[str]()

    def look(found: FoundRequest, *more: Any) -> None:
        looked.append(found.id)
        if found.id == "r_one":
            broken()
        plain(found, *more)

    given = [FoundRequest("2026-03-01", name, None) for name in ("r_one", "r_two")]
    monkeypatch.setattr(request_store, "in_order", lambda _: given)
    monkeypatch.setattr(deadlines, "_look_at", look)
    with pytest.raises(ValueError, match="broken"):
        functions.invoke("deadlines", {})
    assert looked == ["r_one", "r_two"]


def test_the_first_fault_is_told_when_all_were_tried() -> None:
    done: list[str] = []
    work: list[Callable[[], object]] = [lambda: done.append("a"), broken, lambda: done.append("b")]
    with pytest.raises(ValueError, match="broken"):
        apart.each(work, "work")
    assert done == ["a", "b"]
