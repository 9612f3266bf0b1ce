"""Stream workers, run as records arrive: a thread reads the shards and invokes the functions.

A shard that cannot be read is opened anew behind what was read last. One that stays silent for so
long is said aloud, again and again, and whoever waits for the workers is told: mails that never
come would else look like mails that nobody sent.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3

from infra.declarations import title
from local import mail
from local.cloud import of_type, ring
from local.functions import Functions
from ops.redrive import as_lambda_gives_it

# Nothing came: the pause doubles from the first to the second, so that an idle run costs little.
PAUSE_SECONDS = 0.05
MAX_PAUSE_SECONDS = 0.4
MAX_TRIES = 5
MAX_FAULTS = 20


class StreamStopped(Exception):
    """A stream cannot be read; the message says whose and why."""


@dataclass
class _Shard:
    function: str
    arn: str
    iterator: str | None = None
    seen: str | None = None
    filters: tuple[Mapping[str, Any], ...] = ()
    batch: int = 1
    faults: int = 0


@dataclass
class Streams:
    """The template's event source mappings from DynamoDB streams."""

    functions: Functions
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _idle: threading.Event = field(default_factory=threading.Event)
    _wanted: threading.Event = field(default_factory=threading.Event)
    _client: Any = None
    _opened: list[_Shard] = field(default_factory=list)
    dead: list[Mapping[str, Any]] = field(default_factory=list)

    def start(self) -> None:
        """Begin to read, from now on."""
        # Once: making a client reads the environment, which other threads may be changing.
        self._client = boto3.client("dynamodbstreams")
        self._opened = self._shards()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what was not read is gone with the engine."""
        self._stop.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def drain(self, seconds: float = 10) -> None:
        """Wait until nothing new came out of any stream in a whole round.

        Raises:
            StreamStopped: a stream cannot be read, or the thread that reads them is gone.
        """
        for _ in range(2):
            self._idle.clear()
            self._wanted.set()
            self._idle.wait(seconds)
        if self._thread is not None and not self._thread.is_alive() and not self._stop.is_set():
            raise StreamStopped("The thread that reads the streams has ended.")
        for shard in self._opened:
            if shard.faults >= MAX_FAULTS:
                raise StreamStopped(f"{shard.function} reads nothing of {shard.arn}.")

    def _shards(self) -> list[_Shard]:
        template = self.functions.cloud.template
        found = []
        for mapping in of_type(template, "AWS::Lambda::EventSourceMapping").values():
            properties = mapping["Properties"]
            arn = self.functions.cloud.resolve(properties["EventSourceArn"])
            if ":dynamodb:" in arn:
                name = _function(template, properties["FunctionName"])
                filters = tuple(
                    json.loads(each["Pattern"]) for each in properties["FilterCriteria"]["Filters"]
                )
                iterator = _iterator(self._client, arn, None, "LATEST")
                batch = int(properties["BatchSize"])
                found.append(_Shard(name, arn, iterator, filters=filters, batch=batch))
        return found

    def _run(self) -> None:
        pause = PAUSE_SECONDS
        while not self._stop.is_set():
            busy = [self._guarded(shard) for shard in self._opened]
            if any(busy):
                pause = PAUSE_SECONDS
                continue
            self._idle.set()
            if self._wanted.wait(pause):
                self._wanted.clear()
            pause = min(2 * pause, MAX_PAUSE_SECONDS)

    def _guarded(self, shard: _Shard) -> bool:
        """Read a shard once; what goes wrong is said and tried again, and stops no other shard."""
        try:
            busy = self._round(shard)
        except Exception as fault:  # noqa: BLE001 - said aloud below, and tried again
            shard.faults += 1
            if shard.faults % MAX_FAULTS == 0:
                what = f"{shard.function} reads nothing of {shard.arn}"
                print(f"  STREAM STOPPED: {what} ({type(fault).__name__}: {fault})", flush=True)
            shard.iterator = None
            self._stop.wait(PAUSE_SECONDS)
            return False
        shard.faults = 0
        return busy

    def _round(self, shard: _Shard) -> bool:
        client = self._client
        if shard.iterator is None:
            shard.iterator = _iterator(client, shard.arn, shard.seen)
        try:
            answer = client.get_records(ShardIterator=shard.iterator)
        except (
            client.exceptions.TrimmedDataAccessException,  # a real engine's, of an empty shard
            client.exceptions.ExpiredIteratorException,
        ):
            shard.iterator = _iterator(client, shard.arn, shard.seen)
            return False
        shard.iterator = answer["NextShardIterator"]
        records = answer["Records"]
        if records:
            shard.seen = records[-1]["dynamodb"]["SequenceNumber"]
            heard = [record for record in records if hears(shard.filters, record)]
            for at in range(0, len(heard), shard.batch):
                if at:
                    self._stop.wait(PAUSE_SECONDS)  # whoever waits for the engine has a turn
                self._deliver(shard, heard[at : at + shard.batch])
        return bool(records)

    def _deliver(self, shard: _Shard, records: list[dict[str, Any]]) -> None:
        """Hand a batch over; from the first that failed on it comes again, as in Lambda.

        What fails each time is set aside as dead, and the rest goes on without it.
        """
        tries = 0
        while records:
            done = self._attempt(shard, records)
            mail.note()
            if done is None and len(records) > 1:  # it raised: which record it was, halves tell
                middle = len(records) // 2
                self._deliver(shard, records[:middle])
                records = records[middle:]
                continue
            records = records[done or 0 :]
            tries = 0 if done else tries + 1
            if tries == MAX_TRIES:
                self.dead.append(records[0])
                print(f"  {shard.function} gave up on a stream record", flush=True)
                ring(f"{title(shard.function)}DeadLetters", "It gave a stream record up.")
                records, tries = records[1:], 0

    def _attempt(self, shard: _Shard, records: list[dict[str, Any]]) -> int | None:
        """Invoke the function once; tell how many records are done, None if it raised."""
        batch = [as_lambda_gives_it(record, shard.arn) for record in records]
        try:
            answer = self.functions.invoke(shard.function, {"Records": batch})
            failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
        except Exception as fault:  # noqa: BLE001 - as in Lambda: a batch that raised comes again
            print(f"  {shard.function} failed: {type(fault).__name__}", flush=True)
            return None
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        return next((at for at, number in enumerate(numbers) if number in failed), len(numbers))


def hears(filters: tuple[Mapping[str, Any], ...], record: Mapping[str, Any]) -> bool:
    """Tell whether a mapping's filters let a stream record through, as Lambda reads patterns."""
    return not filters or any(_matches(pattern, record) for pattern in filters)


def _matches(pattern: Any, value: Any) -> bool:
    """Match as event patterns do: all members of a mapping, any of a list, a value, a prefix."""
    match pattern:
        case {"prefix": str(prefix)}:
            return isinstance(value, str) and value.startswith(prefix)
        case dict():
            return isinstance(value, Mapping) and all(
                key in value and _matches(inner, value[key]) for key, inner in pattern.items()
            )
        case list():
            return any(_matches(inner, value) for inner in pattern)
        case _:
            return bool(pattern == value)


def _iterator(client: Any, arn: str, seen: str | None, kind: str = "TRIM_HORIZON") -> str:
    """Open a stream's only shard behind the record seen last, or at one of its ends."""
    (shard,) = client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    place = {"ShardIteratorType": kind}
    if seen is not None:
        place = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": seen}
    opened = client.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], **place)
    return str(opened["ShardIterator"])


def _function(template: Mapping[str, Any], reference: Any) -> str:
    """Find our name of the function that an event source mapping names."""
    logical_id = reference.get("Ref") or reference["Fn::GetAtt"][0]
    handler = template["Resources"][logical_id]["Properties"]["Handler"]
    return str(handler.split(".")[0])
