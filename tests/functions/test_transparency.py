"""The log over all ledgers: exact under kills, repetitions and two runs at once (S51)."""

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from ops import verify_evidence
from shared.domain import log_entries
from shared.domain.errors import Busy
from shared.edge import current_time
from shared.services import grow_log, prove_decisions
from shared.services.grow_log import Inconsistent
from shared.services.prove_decisions import Prover
from shared.storage import ledger, signing_keys
from shared.storage.dynamodb import database
from shared.storage.merkle_log import log_heads, log_inbox, log_state, log_tree
from tests.faults import proofs
from tests.functions import keeping
from tests.functions.test_capture import body, capture, on, withdraw
from tests.support import NOW
from transparency import handler

pytestmark = pytest.mark.usefixtures("cloud", "emptied")
DAY = timedelta(days=1)
MORNING = NOW.replace(hour=5, minute=30)


@pytest.fixture
def emptied(cloud: object) -> None:
    """A log and a ledger of one's own: both are of everybody."""
    for table in ("ledger", "merkle_log"):
        rows = boto3.resource("dynamodb").Table(database.table(table))
        keys = [key["AttributeName"] for key in rows.key_schema]
        with rows.batch_writer() as batch:
            for item in rows.scan()["Items"]:
                batch.delete_item(Key={key: item[key] for key in keys})
    boto3.resource("s3").Bucket(os.environ["BUCKET_HEADS"]).objects.all().delete()
    signing_keys.public_keys.cache_clear()  # as in a process that has just begun


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], Any]:
    """Run the function at a moment; the answer is its own."""

    def run(now: datetime, context: Any = None) -> Any:
        monkeypatch.setattr(current_time, "now", lambda: now)
        return handler.handle({}, context or keeping.Context())

    return run


def decide(now: datetime = NOW, name: str | None = None, **more: Any) -> str:
    known = {} if name is None else {"consent_id": name}
    return str(capture(body(**known, **more), now=now).json["consent_id"])


def stored() -> list[bytes]:
    """Return the log's entries, which are numbered without a gap."""
    state = log_state.get()
    assert state is not None
    found = list(log_tree.entries(0, state.size))
    assert [place for place, _ in found] == list(range(state.size))
    return [entry for _, entry in found]


def committed(*names: str) -> set[bytes]:
    return {
        log_entries.decision(entry.salt, entry.event["digest"])
        for name in names
        for entry in ledger.entries_after(name, 0, 100)
    }


def head() -> tuple[int, bytes]:
    state = log_state.get()
    assert state is not None
    assert state.head is not None
    assert log_heads.get(state.head_size) == state.head
    return log_entries.head(state.head)


def checked(proof: Any, entry: bytes) -> bool:
    size, root = head()
    return verify_evidence.included(proof["leaf"], size, entry, proof["path"], root)


def test_each_day_takes_in_what_was_decided_and_signs_a_head(at: Any) -> None:
    first, second = decide(), decide()
    assert at(NOW + DAY) == {"size": 3, "added": 3, "finished": True}
    assert set(stored()[:2]) == committed(first, second)
    assert stored()[2] == log_entries.day("2026-02-02")
    before = head()
    assert withdraw(first, now=NOW + DAY).status == 201
    at(NOW + 2 * DAY)
    size, root = head()
    assert (before[0], size) == (3, 5)
    proof = Prover().tree.consistency(3, 5)
    assert verify_evidence.consistent(*before, size, root, proof)
    assert set(stored()) >= committed(first, second)


def test_a_long_load_finds_what_is_not_in_the_log(at: Any) -> None:
    decide()
    at(NOW + DAY)
    later = NOW + 5 * DAY
    assert list(proofs.missing_in_the_log(proofs.Stored().chains(), later)) == []
    name = decide(NOW + DAY)
    (found,) = proofs.missing_in_the_log(proofs.Stored().chains(), later)
    assert found == f"log: {name} 1 is in it 0 times"


def test_a_day_is_taken_in_once_and_what_is_not_settled_waits(at: Any) -> None:
    name = decide(NOW)
    assert at(NOW + timedelta(minutes=59))["size"] == 1, "the day alone"
    assert at(NOW + timedelta(hours=2))["added"] == 0, "the day is over for the log"
    assert at(NOW + DAY)["size"] == 3
    assert committed(name) <= set(stored())


def test_a_day_without_decisions_has_its_head_too(at: Any) -> None:
    at(NOW)
    at(NOW + DAY)
    assert stored() == [log_entries.day("2026-02-01"), log_entries.day("2026-02-02")]
    assert head()[0] == 2


def test_a_visitor_gets_proofs_once_a_head_covers_them(at: Any) -> None:
    name = decide()
    early = on("/proofs", name).json
    assert early["head"] is None
    assert early["decisions"][0]["leaf"] is None
    at(NOW + DAY)
    withdraw(name, now=NOW + DAY)
    shown = on("/proofs", name).json
    assert log_entries.head(shown["head"]) == head()
    covered, later = shown["decisions"]
    digest = on("/history", name).json["events"][0]["digest"]
    assert checked(covered, log_entries.decision(covered["salt"], digest))
    assert (later["leaf"], later["path"]) == (None, [])
    assert shown["next"] is None
    assert on("/proofs", "c_" + "a" * 26).status == 404


def test_many_decisions_fill_pages_and_each_is_proven(
    at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small pages and nodes here; two of the decisions have the same moment in one shard."""
    monkeypatch.setattr(grow_log, "PAGE", 2)
    names = [decide() for _ in range(12)]
    for name in names:
        decide(NOW, name, choices={"analytics": False})
    at(NOW + DAY)
    entries = [entry for name in names for entry in ledger.entries_after(name, 0, 10)]
    prover = Prover()
    assert len(entries) == 24
    for entry in entries:
        commitment = log_entries.decision(entry.salt, entry.event["digest"])
        assert checked(prover.decision(entry), commitment)
    assert len(stored()) == 25


def retained(at: Any, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_time, "now", lambda: now)
    assert keeping.run({"class": "consent_evidence"})["status"] == "finished"


def test_what_retention_removes_is_told_from_what_is_missing(
    at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, other = decide(), decide()
    withdraw(name, now=NOW + 30 * DAY)
    at(NOW + 31 * DAY)
    old = stored()
    first = ledger.entries_after(name, 0, 1)[0]
    retained(at, NOW.replace(year=2032) + DAY, monkeypatch)
    assert ledger.entries_after(name, 0, 1)[0].event["sequence"] == 2
    assert len(list(log_inbox.waiting())) >= 1
    at(NOW.replace(year=2032) + DAY)
    assert list(log_inbox.waiting()) == []
    assert stored()[: len(old)] == old, "the entries stay and tell nothing"
    (kept,) = ledger.entries_after(name, 0, 10)
    proof = Prover().before(kept)
    assert proof is not None
    entry = log_entries.decode(proof["entry"])
    assert checked(proof, entry)
    place = old.index(log_entries.decision(first.salt, first.event["digest"]))
    stood = log_entries.was(first.event["digest"])
    assert entry == log_entries.removal(place, stood, "2032-02-02")
    assert len(list(Prover().removals(0, len(old)))) == 2, "the other's too"
    # Somebody who removes an event past retention leaves an entry that nothing accounts for.
    database.call(
        "delete_item",
        TableName=database.table("ledger"),
        Key={"subject": {"S": name}, "sequence": {"N": "2"}},
    )
    at(NOW.replace(year=2032) + 2 * DAY)
    assert len(list(Prover().removals(0, len(old)))) == 2
    assert on("/proofs", other).status == 404


def test_what_goes_before_the_log_saw_it_is_noted_without_a_place(
    at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide()
    retained(at, NOW.replace(year=2032) + DAY, monkeypatch)
    at(NOW.replace(year=2032) + DAY)
    removed, day = stored()
    assert b'"removed":null' in removed
    assert "day" in json.loads(day)


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("answered", [False, True])
def test_a_run_that_is_killed_at_any_call_leaves_nothing_out_and_nothing_twice(
    at: Any, monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    """Before each call that writes, and after it, when its answer is lost."""
    monkeypatch.setattr(grow_log, "PAGE", 2)
    decide()
    retained(at, NOW.replace(year=2032) + DAY, monkeypatch)
    now = NOW.replace(year=2032) + DAY
    names = [decide(now - 5 * timedelta(hours=1)) for _ in range(5)]
    killed = calls = last = 0

    def dying(real: Any) -> Any:
        """Die at each writing call of a run but those at which an earlier run died."""

        def call(*args: Any, **more: Any) -> Any:
            nonlocal calls, killed, last
            if real is not keep and args[0] != "transact_write_items":
                return real(*args, **more)
            calls += 1
            if calls <= last:
                return real(*args, **more)
            killed, last = killed + 1, (last + 1) % 3
            if answered:
                real(*args, **more)
            raise Killed

        return call

    keep = log_heads.keep
    monkeypatch.setattr(database, "call", dying(database.call))
    monkeypatch.setattr(log_heads, "keep", dying(keep))
    for _ in range(50):
        calls = 0
        try:
            if at(now)["finished"]:
                break
        except Killed:
            continue
    assert killed >= 5, "each page, the removal, the day, the head"
    found = stored()
    assert committed(*names) <= set(found)
    assert len(found) == len(set(found)) == 7
    assert head()[0] == 7


def test_of_two_runs_at_once_one_goes_first_and_the_other_looks_again(
    at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [decide() for _ in range(4)]
    append, raced = log_state.append, False

    def second(*args: Any, **more: Any) -> Any:
        """Let a whole run come in between before the first write."""
        nonlocal raced
        if not raced:
            raced = True
            handler.handle({}, keeping.Context())
        return append(*args, **more)

    monkeypatch.setattr(log_state, "append", second)
    at(NOW + DAY)
    assert raced
    found = stored()
    assert committed(*names) == set(found[:-1])
    assert len(found) == 5


def test_a_run_whose_time_is_over_is_gone_on_with(at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grow_log, "PAGE", 1)
    names = [decide() for _ in range(3)]
    assert at(NOW + DAY, keeping.Context(looks=8))["finished"] is False
    state = log_state.get()
    assert state is None or state.head is None
    assert at(NOW + DAY)["finished"] is True
    assert committed(*names) == set(stored()[:-1])


def test_nothing_is_signed_that_contradicts_an_earlier_head(at: Any) -> None:
    decide()
    at(NOW + DAY)
    state = log_state.get()
    assert state is not None
    page = {**log_tree.page_key(0), "entries": [log_entries.encode(b"x" * 32)] * state.size}
    item = log_state.put(page)["Put"] | {"ConditionExpression": "attribute_exists(part)"}
    database.call("put_item", **item)
    with pytest.raises(Inconsistent):
        at(NOW + 2 * DAY)
    assert list(log_heads.covering(0)) == [2]
    with pytest.raises((AssertionError, Inconsistent, KeyError)):
        assert checked(Prover().removal(0), b"")


def test_a_throttled_store_is_a_run_to_be_repeated(
    at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = decide()
    with monkeypatch.context() as patch:
        patch.setattr(log_state, "append", lambda *_, **__: (_ for _ in ()).throw(Busy))
        with pytest.raises(Busy):
            at(NOW + DAY)
    at(NOW + DAY)
    assert committed(name) <= set(stored())
    assert prove_decisions.Prover().size == 2


def test_the_state_names_nobody_once_a_day_is_over(at: Any) -> None:
    name = decide()
    at(NOW + DAY)
    rows = boto3.resource("dynamodb").Table(database.table("merkle_log")).scan()["Items"]
    assert name not in str(rows)
