"""Legal holds: what they keep, that they win, and that nothing of them is left (S13, S22)."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import Busy
from shared.domain.timestamps import format_timestamp
from shared.storage import hold_items, holds
from shared.storage.dynamodb import database
from shared.storage.hold_items import Hold
from tests.functions.keeping import browser, edge, hold, lift, of, person, put, run, there
from tests.support import NOW

pytestmark = pytest.mark.usefixtures("cloud", "standing_clock")


def test_a_held_person_keeps_everything_of_theirs_and_of_their_browsers() -> None:
    """S13: in every table whose keys tell whose it is; others' goes."""
    sam, linked, other = person(), browser(), put("records", "enquiry", edge("enquiry"))
    kept = [
        put("records", "enquiry", edge("enquiry"), sam),
        put("records", "visit", edge("visit"), linked),
        put("ledger", "consent_evidence", edge("consent_evidence"), linked),
        put("consent_states", "suppression", edge("suppression"), sam),
        put("audit", "desk_audit", edge("desk_audit"), sam),
        put("operations", "erasure_list", edge("erasure_list"), sam),
    ]
    placed = hold(person=sam, browsers=(linked,))
    preview = run({"dry_run": True})
    assert (preview["classes"]["visit"]["held"], preview["classes"]["visit"]["overdue"]) == (1, 0)
    report = run()
    assert (report["total"]["held"], report["total"]["overdue"]) == (len(kept), 0)
    assert all(map(there, kept))
    assert not there(other)
    lift(placed)
    assert run()["total"]["removed"] >= len(kept)
    assert not any(map(there, kept))


def test_a_held_class_keeps_everybodys() -> None:
    placed = hold(kind="account")
    account, enquiry = (
        put("records", "account", edge("account")),
        put("records", "enquiry", edge("enquiry")),
    )
    assert holds.on_class("account") == {placed.id}
    assert (of("account")["held"], of("enquiry")["removed"]) == (1, 1)
    assert (there(account), there(enquiry)) == (True, False)
    lift(placed)
    assert holds.on_class("account") == frozenset()
    assert of("account")["removed"] == 1


def test_two_holds_on_one_person_are_two_and_lifting_twice_is_once() -> None:
    sam = person()
    first, second = hold(person=sam), hold(person=sam)
    assert holds.on(sam) == {first.id, second.id}
    lift(first)
    lift(first)
    assert holds.on(sam) == {second.id}
    lift(second)
    assert holds.on(sam) == frozenset()
    assert hold_items.subject_marker(sam) not in holds.in_force().markers


def test_nothing_names_somebody_once_their_hold_is_lifted_but_the_register() -> None:
    sam = person()
    placed = hold(person=sam)
    lift(placed)
    assert not there(("operations", {"kind": "held", "id": f"person#{sam}"}))
    ended = holds.get(placed.id)
    assert ended is not None
    assert (ended.lifted_by, ended.lifted_at) == ("staff-1", format_timestamp(NOW))
    assert of("hold")["found"] == 0, "its own period begins when it is lifted"


def test_a_hold_whose_time_is_over_lapses_with_the_next_run() -> None:
    place = put("records", "enquiry", edge("enquiry"), sam := person())
    over = hold(person=sam, until=format_timestamp(NOW))
    going_on = hold(person=person(), until=format_timestamp(NOW + timedelta(seconds=1)))
    assert of("enquiry", dry_run=True)["held"] == 1, "a preview changes nothing"
    report = run({"class": "enquiry"})
    assert (report["lapsed_holds"], report["classes"]["enquiry"]["removed"]) == (1, 1)
    assert not there(place)
    lapsed, still = holds.get(over.id), holds.get(going_on.id)
    assert lapsed is not None
    assert lapsed.lifted_by == "system"
    assert still is not None
    assert still.lifted_at is None
    lift(going_on)


@pytest.mark.parametrize("on_class", [False, True])
def test_a_hold_placed_in_the_moment_of_removal_wins(
    monkeypatch: pytest.MonkeyPatch, *, on_class: bool
) -> None:
    """S13: between the look and the removal, for which no list of holds is fresh enough."""
    place = put("records", "enquiry", edge("enquiry"), sam := person())
    other = put("records", "enquiry", edge("enquiry"))
    plain = database.call
    placed: list[Hold] = []
    begun = iter([True])

    def late(operation: str, **parameters: Any) -> Any:
        if operation == "transact_write_items" and next(begun, False):
            placed.append(hold(kind="enquiry") if on_class else hold(person=sam))
        return plain(operation, **parameters)

    monkeypatch.setattr(database, "call", late)
    told = of("enquiry")
    assert (told["held"], told["failed"]) == ((2, 0) if on_class else (1, 0))
    assert (there(place), there(other)) == (True, on_class)
    lift(placed[0])
    assert of("enquiry")["removed"] == told["held"]


def test_a_hold_on_more_browsers_than_a_transaction_takes_covers_them_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(holds, "_MARKERS_AT_ONCE", 9)
    names = tuple(browser() for _ in range(20))
    placed = hold(person=person(), browsers=names)
    assert len(holds.in_force().markers & set(placed.markers)) == 21
    lift(placed)
    assert not holds.in_force().markers & set(placed.markers)


@pytest.mark.parametrize("then", ["placed again", "lifted"])
def test_what_breaks_off_is_in_the_register_and_can_be_placed_again_or_lifted(
    then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K10.3: no marker is left that nobody can lift."""
    monkeypatch.setattr(holds, "_MARKERS_AT_ONCE", 9)
    names = tuple(browser() for _ in range(12))
    name = f"h_{then.replace(' ', '_')}"
    wanted = Hold(
        name, "A claim.", "staff-1", format_timestamp(NOW), person=person(), browsers=names
    )
    plain, placed = database.call, iter((True,))

    def breaking(operation: str, **parameters: Any) -> Any:
        if operation == "transact_write_items" and not next(placed, False):
            raise Busy
        return plain(operation, **parameters)

    with monkeypatch.context() as patch:
        patch.setattr(database, "call", breaking)
        patch.setattr(holds, "_PAUSE_SECONDS", 0)
        with pytest.raises(Busy):
            holds.place(wanted)
    kept = holds.get(name)
    assert kept == wanted
    assert len(holds.in_force().markers & set(wanted.markers)) == 9
    if then == "placed again":
        before = holds.in_force().epoch
        with pytest.raises(holds.AlreadyExists):
            holds.place(wanted)
        assert holds.in_force().markers >= set(wanted.markers)
        assert holds.in_force().epoch > before, "removals that began before look anew"
    lift(kept)
    assert not holds.in_force().markers & set(wanted.markers)
    with pytest.raises(holds.AlreadyExists):
        holds.place(wanted)
    assert not holds.in_force().markers & set(wanted.markers), "what is lifted stays lifted"


def test_members_for_others_transactions_fail_them_if_somebody_or_a_class_is_held() -> None:
    sam, table = person(), database.table("records")
    _, key = put("records", "enquiry", NOW, sam)
    delete = {"Delete": {"TableName": table, "Key": {n: {"S": v} for n, v in key.items()}}}
    for placed in (hold(person=sam), hold(kind="enquiry")):
        with pytest.raises(database.TransactionFailed):
            database.call(
                "transact_write_items",
                TransactItems=[delete, *holds.assert_not_held(sam, "enquiry")],
            )
        lift(placed)
    database.call(
        "transact_write_items", TransactItems=[delete, *holds.assert_not_held(sam, "enquiry")]
    )
    assert not there(("records", key))
