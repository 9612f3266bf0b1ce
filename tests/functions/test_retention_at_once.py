"""Two runs at once, and holds placed while a run removes: what only a real engine shows (S13)."""

import secrets as randomness
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.domain import retention
from shared.domain.timestamps import format_timestamp
from shared.storage import holds
from shared.storage.retention import removal, retention_index, sweep
from shared.storage.retention.retention_index import Item, RetentionPartition
from shared.storage.retention.sweep import Sweep, Swept
from tests.conftest import ENGINE
from tests.functions.keeping import KEPT, edge, hold, lift, person, put, there
from tests.support import NOW

pytestmark = [
    pytest.mark.usefixtures("cloud"),
    pytest.mark.skipif(ENGINE == "moto", reason="moto does not keep transactions apart"),
]

CUTOFFS = {"enquiry": format_timestamp(retention.cutoff(NOW, KEPT["enquiry"]))}


def swept(_: object = None) -> Swept:
    order = Sweep(CUTOFFS, counted_as=f"test {randomness.token_hex(4)}")
    return sweep.run(order, retention_index.places(CUTOFFS), lambda: True, workers=4)


def test_a_full_group_of_the_largest_items_goes_in_one_transaction() -> None:
    """The engine counts what is sent, of a removal the key: the service may count more."""
    start, place = edge("enquiry"), RetentionPartition("records", "enquiry", 9)
    large: dict[str, Any] = {"retention_class": place.name, "fields": {"message": "x" * 390_000}}
    places = [put("records", "enquiry", start, **large) for _ in range(removal.GROUP)]
    items = [Item(place, key, format_timestamp(start)) for _, key in places]
    done = removal.remove(items, CUTOFFS["enquiry"], holds.Watch(), "test of a group")
    assert (done.removed, done.held, done.failed) == (items, [], [])
    assert not any(map(there, places))


def test_two_runs_at_once_remove_everything_once_and_fail_nothing() -> None:
    places = [put("records", "enquiry", edge("enquiry")) for _ in range(600)]
    with ThreadPoolExecutor(2) as pool:
        done = [one.classes["enquiry"] for one in pool.map(swept, range(2))]
    assert sum(one.removed for one in done) == len(places)
    assert [one.failed for one in done] == [0, 0]
    assert not any(map(there, places))


def test_what_is_held_in_the_middle_of_a_run_is_there_if_the_hold_was_placed() -> None:
    """A hold that is in force found its item in time, or the item was gone before it."""
    owners = [person() for _ in range(300)]
    places = [put("records", "enquiry", edge("enquiry"), owner) for owner in owners]
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(swept)
        orders, there_then = [], []
        for owner, place in list(zip(owners, places, strict=True))[::10]:
            orders.append(hold(person=owner))
            there_then.append(there(place))
        figures = running.result().classes["enquiry"]
    kept = [there(place) for place in places[::10]]
    assert kept == there_then, "once its hold is in force nothing is removed"
    assert figures.held == sum(kept)
    assert figures.removed + figures.held == len(places)
    for order in orders:
        lift(order)
    assert swept().classes["enquiry"].removed == sum(kept)
    assert not holds.in_force().markers
