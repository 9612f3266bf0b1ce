"""Counts stay right whatever Lambda does with a stream's batches, one chance after the other (S8).

Played are Lambda's rules for a stream: shards side by side, each in order; a batch that failed in
part begins again at the first that failed, one that failed whole is cut in two; what is tried too
often goes to the dead letters and may be driven again much later, cut as it was. Meanwhile workers
crash before and after they wrote, are throttled, and are handed what another one is still at.
"""

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bench import decisions
from shared.storage import counting
from shared.storage.aws_clients import client
from shared.storage.dynamodb import database
from tests.conftest import ENGINE
from tests.functions.visiting import aggregate, counted, day

pytestmark = pytest.mark.usefixtures("cloud")

Batch = list[dict[str, Any]]
SHARDS, TRIES = 3, 9
# moto works through one call after the other, and slowly.
RECORDS, SEEDS = (15, 1) if ENGINE == "moto" else (60, 3)
SIDE_BY_SIDE = 1 if ENGINE == "moto" else 6


class Chances:
    """What goes wrong, by chance, the same for the same seed on an engine that keeps turns."""

    def __init__(self, seed: int) -> None:
        self._random, self._lock = random.Random(seed), Lock()

    def one_in(self, number: int) -> bool:
        with self._lock:
            return self._random.randrange(number) == 0

    def size(self, most: int) -> int:
        with self._lock:
            return self._random.randint(1, most)


@contextmanager
def faults(patch: pytest.MonkeyPatch, chances: Chances) -> Iterator[None]:
    """Have calls fail by chance: throttled, cut off before they are written, and after it."""
    dynamodb = client("dynamodb")
    write, read = dynamodb.transact_write_items, dynamodb.batch_get_item

    def writing(**parameters: Any) -> Any:
        if chances.one_in(6):
            throttled: Any = {"Error": {"Code": "ThrottlingException", "Message": ""}}
            raise ClientError(throttled, "TransactWriteItems")
        if chances.one_in(6):
            raise MemoryError
        answer = write(**parameters)
        if chances.one_in(4):
            raise MemoryError
        return answer

    def reading(**parameters: Any) -> Any:
        if chances.one_in(9):
            raise TimeoutError
        return read(**parameters)

    with patch.context() as patched:
        patched.setattr(counting, "_PAUSE_SECONDS", 0.001)
        patched.setattr(dynamodb, "transact_write_items", writing)
        patched.setattr(dynamodb, "batch_get_item", reading)
        yield


def handed_over(batch: Batch, chances: Chances) -> list[Batch]:
    """Hand a batch over as Lambda does; return what went to the dead letters."""
    for _ in range(TRIES):
        failed = set(aggregate(*batch))
        first = next((at for at, one in enumerate(batch) if number(one) in failed), None)
        if first is None:
            return []
        if first == 0 and len(batch) > 1:
            cut = len(batch) // 2
            return handed_over(batch[:cut], chances) + handed_over(batch[cut:], chances)
        batch = batch[first:]
    return [batch]


def of_a_shard(records: Batch, chances: Chances) -> list[Batch]:
    """Hand a shard's records over in its order, in batches of any size, some of them twice."""
    dead, left = list[Batch](), records
    while left:
        size = chances.size(6)
        dead += handed_over(left[:size], chances)
        left = left[chances.size(size) :] if chances.one_in(2) else left[size:]
    return dead


def number(record: dict[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def shard(place: int, poison: int) -> tuple[Batch, dict[str, Any]]:
    """Return a shard's records with one among them that nobody can read, and that one mended."""
    apart = place * 10**6 + random.SystemRandom().randrange(10**5) * 10**8
    table = database.table("ledger")
    records = list(decisions.records(RECORDS, table, apart + 10**14 - RECORDS // 2))
    whole = records[poison]
    broken = whole["dynamodb"]["NewImage"] | {"choices": {"M": {}}}
    records[poison] = {**whole, "dynamodb": {**whole["dynamodb"], "NewImage": broken}}
    return records, whole


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_happens_to_batches_each_decision_is_counted_once(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shard that splits goes on as two, which are read once it is at its end."""
    chances, on = Chances(seed), day()
    made = [shard(place, chances.size(RECORDS - 1)) for place in range(SHARDS)]
    for records, whole in made:
        for one in (*records, whole):
            image = one["dynamodb"]["NewImage"]
            if "decided_at" in image:
                image["decided_at"] = {"S": f"{on:%Y-%m-%d}T12:00:00.000Z"}
    parents = [records for records, _ in made[:1]]
    children = [records for records, _ in made[1:]]
    dead: list[Batch] = []
    with faults(monkeypatch, chances), ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for generation in (parents, children, parents + children):  # and all again, side by side
            twice = [*generation, *generation]
            for found in pool.map(lambda shard: of_a_shard(shard, chances), twice):
                dead += found
    poisoned = {number(whole) for _, whole in made}
    assert poisoned <= {number(one) for batch in dead for one in batch}
    mended = {number(whole): whole for _, whole in made}
    for batch in dead:  # driven again, in no order
        assert aggregate(*(mended.get(number(one), one) for one in batch)) == []
    wanted = Counter(
        f"{image['method']['S']}#{image['notice']['M']['id']['S']}"
        for records, whole in made
        for image in (mended.get(number(one), one)["dynamodb"]["NewImage"] for one in records)
    )
    summed = {what: row["answered"] for what, row in counted("consents", on).items()}
    assert summed == wanted
