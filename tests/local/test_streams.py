"""Stream records reach their function as Lambda delivers them: in order, at least once."""

import os
from typing import Any, cast

import boto3
import pytest

from local import mail
from local import streams as streams_of
from local.functions import Functions
from local.streams import MAX_FAULTS, MAX_TRIES, Streams, StreamStopped, _iterator, _Shard, hears
from tests.conftest import ENGINE

POISON = "3"


class Worker:
    """A function that cannot do one record; `raises` makes it fail as a whole."""

    def __init__(self, *, raises: bool) -> None:
        self.raises = raises
        self.seen: list[list[str]] = []

    def invoke(self, _name: str, event: dict[str, Any]) -> dict[str, Any]:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        self.seen.append(numbers)
        if self.raises and POISON in numbers:
            raise RuntimeError
        failed = [number for number in numbers if number == POISON]
        return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}


class Moment:
    def timestamp(self) -> float:
        return 0.0


def deliver(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> Streams:
    monkeypatch.setattr(mail, "note", lambda: None)
    monkeypatch.setattr(streams_of, "ring", lambda _alarm, _why: None)
    streams = Streams(cast("Functions", worker))
    records = [
        {"dynamodb": {"SequenceNumber": str(n), "ApproximateCreationDateTime": Moment()}}
        for n in range(1, 6)
    ]
    streams._deliver(_Shard("worker", "arn", "here", None), records)
    return streams


@pytest.mark.parametrize("raises", [False, True])
def test_what_cannot_be_done_is_set_aside_and_nothing_else_is_lost(
    raises: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise 3 of the design: what follows a stored record happens at least once."""
    worker = Worker(raises=raises)
    streams = deliver(worker, monkeypatch)
    assert [record["dynamodb"]["SequenceNumber"] for record in streams.dead] == [POISON]
    assert sum(POISON in batch for batch in worker.seen) >= MAX_TRIES
    done = {n for batch in worker.seen if not (raises and POISON in batch) for n in batch}
    assert {"1", "2", "4", "5"} <= done


def test_a_failed_record_comes_again_with_those_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(raises=False)
    deliver(worker, monkeypatch)
    again = [["3", "4", "5"]] * (MAX_TRIES - 1)
    assert worker.seen[0] == ["1", "2", "3", "4", "5"]
    assert worker.seen[-1] == ["4", "5"]
    assert worker.seen[1:MAX_TRIES] == again


@pytest.mark.parametrize(
    ("keys", "kind", "wanted"),
    [
        ({"subject": {"S": "p_abc"}}, "INSERT", True),
        ({"subject": {"S": "c_abc"}}, "INSERT", False),
        ({"subject": {"S": "p_abc"}}, "REMOVE", False),
        ({"person": {"S": "p_abc"}}, "INSERT", False),
        ({"subject": {"N": "1"}}, "INSERT", False),
    ],
)
def test_a_mappings_filter_holds_here_too(keys: dict[str, Any], kind: str, wanted: bool) -> None:
    """What a function never hears of in AWS it must not hear of here."""
    pattern = {
        "eventName": ["INSERT"],
        "dynamodb": {"Keys": {"subject": {"S": [{"prefix": "p_"}]}}},
    }
    record = {"eventName": kind, "dynamodb": {"Keys": keys}}
    assert hears((pattern,), record) is wanted
    assert hears((), record)


class Unreadable:
    """A stream's client that opens iterators and reads none of them."""

    class exceptions:  # noqa: N801 - as botocore calls it
        class TrimmedDataAccessException(Exception):
            pass

        class ExpiredIteratorException(Exception):
            pass

    def __init__(self) -> None:
        self.opened = 0

    def describe_stream(self, **_: Any) -> dict[str, Any]:
        return {"StreamDescription": {"Shards": [{"ShardId": "s"}]}}

    def get_shard_iterator(self, **_: Any) -> dict[str, str]:
        self.opened += 1
        return {"ShardIterator": f"i{self.opened}"}

    def get_records(self, **_: Any) -> dict[str, Any]:
        raise RuntimeError("not here")


class Full(Unreadable):
    """A stream's client that has many records at once."""

    def get_records(self, **_: Any) -> dict[str, Any]:
        at = Moment()
        told = [
            {"dynamodb": {"SequenceNumber": str(n), "ApproximateCreationDateTime": at}}
            for n in range(11, 18)
        ]
        return {"Records": told, "NextShardIterator": "behind"}


def test_no_batch_is_larger_than_the_mapping_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call waits for a worker's batch here, so it must not wait for all that a stream has."""
    monkeypatch.setattr(mail, "note", lambda: None)
    worker = Worker(raises=False)
    streams = Streams(cast("Functions", worker))
    streams._client = Full()
    assert streams._round(_Shard("worker", "arn", "here", batch=3))
    assert worker.seen == [["11", "12", "13"], ["14", "15", "16"], ["17"]]


def test_a_stream_that_stops_says_so_and_goes_on_trying(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """K12.1."""
    streams = Streams(cast("Functions", None))
    streams._client = client = Unreadable()
    streams._opened = [_Shard("notifications", "arn")]
    for _ in range(MAX_FAULTS):
        streams._guarded(streams._opened[0])
    assert "STREAM STOPPED: notifications" in capsys.readouterr().out
    assert client.opened == MAX_FAULTS
    with pytest.raises(StreamStopped):
        streams.drain(0)


@pytest.mark.usefixtures("cloud")
def test_a_cancelled_transaction_silences_no_stream() -> None:
    """K12.1: what was opened before the rollback reads on what is written after it."""
    if ENGINE != "moto":
        pytest.skip("moto's own rollback")
    table = os.environ["TABLE_RECORDS"]
    streams, database = boto3.client("dynamodbstreams"), boto3.client("dynamodb")
    arn = database.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    for kind in ("LATEST", "TRIM_HORIZON"):
        place = _iterator(streams, arn, None, kind)
        _write(database, table, f"{kind}-before")
        with pytest.raises(database.exceptions.TransactionCanceledException):
            _write(database, table, f"{kind}-before")
        _write(database, table, f"{kind}-after")
        answer = streams.get_records(ShardIterator=place)
        found = [item["dynamodb"]["Keys"]["person"]["S"] for item in answer["Records"]]
        assert found[-2:] == [f"{kind}-before", f"{kind}-after"]
        _write(database, table, f"{kind}-last")
        again = streams.get_records(ShardIterator=answer["NextShardIterator"])["Records"]
        assert [item["dynamodb"]["Keys"]["person"]["S"] for item in again] == [f"{kind}-last"]


def _write(database: Any, table: str, person: str) -> None:
    put = {
        "TableName": table,
        "Item": {"person": {"S": person}, "record": {"S": "x"}},
        "ConditionExpression": "attribute_not_exists(person)",
    }
    database.transact_write_items(TransactItems=[{"Put": put}])
