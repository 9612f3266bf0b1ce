"""Stream workers, run as records arrive: a thread reads the shards and invokes the functions."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3

from local import mail
from local.cloud import of_type
from local.functions import Functions

PAUSE_SECONDS = 0.05
MOST_TRIES = 5


@dataclass
class _Shard:
    function: str
    arn: str
    iterator: str | None = None


@dataclass
class Streams:
    """The template's event source mappings from DynamoDB streams."""

    functions: Functions
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _idle: threading.Event = field(default_factory=threading.Event)
    dead: list[Mapping[str, Any]] = field(default_factory=list)

    def start(self) -> None:
        """Begin to read, from now on."""
        shards = self._shards()
        self._thread = threading.Thread(target=self._run, args=(shards,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what was not read is gone with the engine."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def drain(self, seconds: float = 10) -> None:
        """Wait until nothing new came out of any stream in a whole round."""
        self._idle.clear()
        self._idle.wait(seconds)
        self._idle.clear()
        self._idle.wait(seconds)

    def _shards(self) -> list[_Shard]:
        template = self.functions.cloud.template
        found = []
        for mapping in of_type(template, "AWS::Lambda::EventSourceMapping").values():
            properties = mapping["Properties"]
            arn = self.functions.cloud.resolve(properties["EventSourceArn"])
            if ":dynamodb:" in arn:
                name = _function(template, properties["FunctionName"])
                found.append(_Shard(name, arn, _beginning(arn)))
        return found

    def _run(self, shards: list[_Shard]) -> None:
        while not self._stop.is_set():
            busy = [self._round(shard) for shard in shards]
            if not any(busy):
                self._idle.set()
                time.sleep(PAUSE_SECONDS)

    def _round(self, shard: _Shard) -> bool:
        client = boto3.client("dynamodbstreams")
        answer = client.get_records(ShardIterator=shard.iterator)
        shard.iterator = answer["NextShardIterator"]
        records = answer["Records"]
        if records:
            self._deliver(shard, records)
        return bool(records)

    def _deliver(self, shard: _Shard, records: list[dict[str, Any]]) -> None:
        """Hand a batch over; what fails comes again, and at last is set aside as dead."""
        for _ in range(MOST_TRIES):
            batch = [_as_lambda_gives_it(record, shard.arn) for record in records]
            answer = self.functions.invoke(shard.function, {"Records": batch})
            mail.note()
            failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
            records = [r for r in records if r["dynamodb"]["SequenceNumber"] in failed]
            if not records:
                return
        self.dead.extend(records)
        print(f"  {shard.function} gave up on {len(records)} stream records", flush=True)


def _beginning(arn: str) -> str:
    client = boto3.client("dynamodbstreams")
    (shard,) = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    return str(
        client.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
    )


def _function(template: Mapping[str, Any], reference: Any) -> str:
    """Find our name of the function that an event source mapping names."""
    logical_id = reference.get("Ref") or reference["Fn::GetAtt"][0]
    handler = template["Resources"][logical_id]["Properties"]["Handler"]
    return str(handler.split(".")[0])


def _as_lambda_gives_it(record: dict[str, Any], arn: str) -> dict[str, Any]:
    change = {
        **record["dynamodb"],
        "ApproximateCreationDateTime": record["dynamodb"][
            "ApproximateCreationDateTime"
        ].timestamp(),
    }
    return {**record, "dynamodb": change, "eventSourceARN": arn, "awsRegion": "eu-west-1"}
