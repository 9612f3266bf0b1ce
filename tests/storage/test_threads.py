"""Threads of an invocation keep to its time, and know which request they work for."""

import os
from types import SimpleNamespace

import pytest

from shared.domain.errors import Busy
from shared.storage import correlation, statistics, threads, time_left
from shared.storage.aws_clients import client


def test_a_thread_knows_what_its_invocation_knows() -> None:
    correlation.begin("a request")
    with time_left.of(SimpleNamespace(get_remaining_time_in_millis=lambda: 5_000)):
        known = threads.mapped(lambda _: (correlation.current(), time_left.seconds()), "abc", 2)
        assert all(name == "a request" and seconds <= 5 for name, seconds in known)


@pytest.mark.skipif("BOTOCORE_ONLY" in os.environ, reason="botocore knows no invocation's time")
@pytest.mark.usefixtures("cloud")
def test_what_is_read_side_by_side_asks_nothing_once_the_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A call that outlives its invocation is a 504 of the gateway's: 503 comes in time."""
    asked: list[object] = []
    monkeypatch.setattr(client("dynamodb")._connection, "exchange", asked.append)
    over = SimpleNamespace(get_remaining_time_in_millis=lambda: 0)
    with time_left.of(over), pytest.raises(Busy):
        statistics.of_day("visits", "2026-02-01")
    assert asked == []
