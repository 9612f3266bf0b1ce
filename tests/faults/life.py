"""Whoever calls the functions: a client that tries again, streams, schedules, as AWS has them.

A client sends the same request, with the same key, until it has an answer that is one. A stream's
batch that failed comes again, halved where the function raised or died, up to the mapping's own
number of tries; then it is set aside. A schedule's run that failed is tried again twice. What was
set aside is driven again at the end, by `ops redrive`.
"""

import copy
import functools
import json
import random
import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import shared.storage.secrets
import shared.storage.signing_keys
from local.cloud import of_type
from local.functions import Context, Functions
from local.streams import _function, hears
from shared.domain import retention_partitions
from shared.edge import current_time
from shared.storage import hold_items, statistics
from shared.storage.retention import retention_index
from tests.faults.dead_letters import DeadLetters
from tests.faults.wire import Killed, Wire
from tests.faults.world import Snapshot, World
from tests.support import NOW, Answer, proxy_event

# What a client does not take for an answer: it asks again, later each time. A claim is overtaken at
# the third asking after it was left, and two faults may leave it twice.
TRIES = 9
PATIENCE = timedelta(seconds=65)
MOMENT = timedelta(seconds=2)
# Lambda tries a run that a schedule started so often again.
RUNS = 3


@dataclass(frozen=True)
class Hurried(Context):
    """What Lambda tells of an invocation: plenty of time, until the wire says that it is over."""

    wire: Wire = field(default_factory=Wire)

    def get_remaining_time_in_millis(self) -> int:
        return 20_000 if self.wire.time_over else 60_000


@dataclass(frozen=True, slots=True)
class EventSource:
    """An event source mapping of the template: which function, which table, what it hears."""

    function: str
    table: str
    arn: str
    filters: tuple[Mapping[str, Any], ...]
    batch: int
    retries: int

    @property
    def name(self) -> str:
        return f"{self.function} of {self.table}"


@dataclass
class Delivery:
    """How records and runs come, if not once, at once, in their order and to a worker that works.

    `twice`: each batch twice. `reversed`: the last first, but for changes of one item. `late`: what
    this mapping hears, once somebody waits for it, or at the end. `poison`: of what this worker
    hears the first record, or its run, brings the process down until it is driven again.
    """

    twice: bool = False
    reversed: bool = False
    late: str = ""
    poison: str = ""
    bad: str | None = None


@dataclass
class Life:
    """One flow as it goes: its clock, what it remembers, how far each stream was read.

    `called`, `heard` and `ran` are the routes, the workers' streams and the schedules so far.
    """

    functions: Functions
    world: World
    mappings: tuple[EventSource, ...]
    dead: DeadLetters
    now: datetime = NOW
    known: dict[str, Any] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)
    oddities: list[str] = field(default_factory=list)
    called: set[tuple[str, str, str]] = field(default_factory=set)
    heard: set[str] = field(default_factory=set)
    ran: set[str] = field(default_factory=set)
    delivery: Delivery = field(default_factory=Delivery)

    def call(
        self, function: str, method: str, resource: str, body: Any = None, **more: Any
    ) -> Answer:
        """Send a request until it is answered, and note the answer; `may` lists other statuses.

        Every try is the same request, with the same key, at a later time.
        """
        may = more.pop("may", ())

        def event(now: datetime) -> dict[str, Any]:
            return proxy_event(method, resource, body, now=now, **more)

        return self._answered(function, (method, resource), event, may)

    def replay(self, function: str, sample: Mapping[str, Any], status: int) -> Answer:
        """Send a request as its sample event has it, until it is answered, and note the answer.

        It may be answered with the `status` of its route, or a redirection.
        """

        def event(now: datetime) -> dict[str, Any]:
            fresh = copy.deepcopy(dict(sample))
            milliseconds = int(now.timestamp() * 1000)
            fresh["requestContext"]["requestTimeEpoch"] = milliseconds
            fresh["requestContext"]["requestId"] = str(uuid.uuid4())
            return fresh

        place = (sample["httpMethod"], sample["resource"])
        return self._answered(function, place, event, {*range(300, 400), status})

    def _answered(
        self,
        function: str,
        place: tuple[str, str],
        event: Callable[[datetime], dict[str, Any]],
        may: Any,
    ) -> Answer:
        what = " ".join(place)
        self.called.add((function, *place))
        for _ in range(TRIES):
            answer = self._try(function, event(self.now))
            if answer is not None and answer.status < 500 and not _in_flight(answer):
                break
            if answer is None:  # the gateway says 504, and nobody knows what happened
                self.now += PATIENCE
                continue
            if answer.status == 500:
                self.oddities.append(f"500 at {what}")
            elif "Retry-After" not in answer.headers:
                self.oddities.append(f"{answer.status} without Retry-After at {what}")
            self.now += PATIENCE if _in_flight(answer) else MOMENT
        else:
            self.oddities.append(f"never answered: {what}")
            raise Stopped
        self.answers.append(f"answer: {what} {answer.status} {answer.text}")
        if answer.status >= 300 and answer.status not in may:
            self.oddities.append(f"refused: {what} {answer.status} {answer.text}")
            raise Stopped
        return answer

    def deliver(self) -> None:
        """Hand the workers what is new in the streams, until nothing is."""
        fed = True
        while fed:
            fed = any(list(map(self._drain, self.mappings)))  # all of them, each round

    def release(self) -> bool:
        """Hand over what is late, if anything is; tell whether it was."""
        was_late = bool(self.delivery.late)
        self.delivery.late = ""
        if was_late:
            self.deliver()
        return was_late

    def run(self, function: str, event: Mapping[str, Any] | None = None) -> None:
        """Run what a schedule or a rule runs, again if it fails; then it is a dead letter."""
        self.ran.add(function)
        for _ in range(RUNS):
            broken = self.delivery.poison == function
            if not broken and self._invoked(function, dict(event or {})) is not _FAILED:
                return
            self.now += timedelta(minutes=1)
        self.dead.put_run(function, dict(event or {}))

    def redrive(self) -> None:
        """Do once more what was set aside, by `ops redrive`; nothing is poison any more."""
        self.delivery = Delivery()
        aside = self.dead.workers()
        for worker in aside:
            self.oddities.append(f"dead letter: {worker}")
            self.oddities += self.dead.redrive(worker, self._redriven)
        if aside:
            self.deliver()

    def again(self) -> None:
        """Hand over everything that ever was in the streams once more, as a late redrive would.

        Not what was `made` for a sample.
        """
        for mapping in self.mappings:
            begin = self.known.get("made", {}).get(mapping.name, 0)
            records = [_handed(mapping, raw) for raw in self.world.stream(mapping.table)[begin:]]
            heard = [record for record in records if hears(mapping.filters, record)]
            if heard:
                self._hand_over(mapping, heard)
        self.deliver()

    def take(self) -> "Taken":
        """Take down where the flow stands."""
        rest = (self.now, self.known, self.read, self.answers, self.oddities, self.dead.letters)
        return Taken(self.world.take(), copy.deepcopy(rest))

    def put_back(self, taken: "Taken") -> None:
        """Go back to where the flow stood."""
        self.world.put_back(taken.world)
        rest = copy.deepcopy(taken.rest)
        self.now, self.known, self.read, self.answers, self.oddities, self.dead.letters = rest

    def _try(self, function: str, event: dict[str, Any]) -> Answer | None:
        answer = self._invoked(function, event)
        if answer is _FAILED:
            return None
        return Answer(answer["statusCode"], answer["headers"], answer["body"])

    def _invoked(self, function: str, event: dict[str, Any]) -> Any:
        """Invoke a function; what dies or raises leaves a process that is not used again."""
        wire = self.world.wire
        current_time.now = lambda: self.now
        wire.function = function
        try:
            answer = self.functions.handlers[function](event, Hurried(function, wire=wire))
        except Killed:
            answer = _FAILED
        except Exception as fault:  # noqa: BLE001 - as Lambda: it failed, whatever it was
            self.oddities.append(f"raised: {function} {type(fault).__name__}")
            answer = _FAILED
        wire.give_time()
        if wire.dead:
            wire.dead = False
            answer = _FAILED
            forget_process()
        return answer

    def _redriven(self, function: str, event: dict[str, Any]) -> Any:
        answer = self._invoked(function, event)
        return None if answer is _FAILED else answer or {}

    def _drain(self, mapping: EventSource) -> bool:
        if mapping.name == self.delivery.late:
            return False
        stored = self.world.stream(mapping.table)
        begin = self.read.get(mapping.name, 0)
        self.read[mapping.name] = len(stored)
        records = [_handed(mapping, raw) for raw in stored[begin:]]
        heard = [record for record in records if hears(mapping.filters, record)]
        if heard:
            self.heard.add(mapping.name)
        if self.delivery.reversed:
            heard = _reversed(heard)
        for at in range(0, len(heard), mapping.batch):
            for _ in range(2 if self.delivery.twice else 1):
                self._hand_over(mapping, heard[at : at + mapping.batch])
        return bool(heard)

    def _hand_over(self, mapping: EventSource, records: list[dict[str, Any]]) -> None:
        """Hand a batch over; from the first that failed on it comes again, halved if it raised."""
        tries = 0
        while records:
            answer = self._worked(mapping, records)
            if answer is _FAILED and len(records) > 1:
                middle = len(records) // 2
                self._hand_over(mapping, records[:middle])
                records = records[middle:]
                continue
            done = 0 if answer is _FAILED else _done(records, answer)
            records = records[done:]
            tries = 0 if done else tries + 1
            self.now += MOMENT if records else timedelta()
            if records and tries > mapping.retries:
                self.dead.put_batch(mapping.function, mapping.arn, records)
                return

    def _worked(self, mapping: EventSource, records: list[dict[str, Any]]) -> Any:
        """Have a worker do a batch; poison ends the process when it comes to it."""
        delivery, numbers = self.delivery, list(map(_number, records))
        if delivery.poison == mapping.name and delivery.bad is None:
            delivery.bad = numbers[0]
        if delivery.poison == mapping.name and delivery.bad in numbers:
            if before := records[: numbers.index(delivery.bad)]:
                self._invoked(mapping.function, {"Records": copy.deepcopy(before)})
            forget_process()
            return _FAILED
        return self._invoked(mapping.function, {"Records": copy.deepcopy(records)})


@dataclass(frozen=True, slots=True)
class Taken:
    """Where a flow stood."""

    world: Snapshot
    rest: tuple[Any, ...]


class Stopped(Exception):
    """The flow cannot go on; its oddities say why."""


_FAILED: Any = object()


def begin(functions: Functions, world: World) -> Life:
    """Begin a life on the laid template; counts have one shard there: which one is chance."""
    statistics.SHARDS = 1
    few_shards()
    return Life(functions, world, tuple(_mappings(functions)), DeadLetters())


def few_shards() -> None:
    """Have two shards of each record class, which every night looks through: more are the same."""
    for module in (retention_partitions, retention_index, hold_items):
        vars(module)["SHARDS"] = 2


@contextmanager
def determined(seed: str) -> Iterator[None]:
    """Draw the randomness of ids from a seed, and let nobody wait, while the block runs."""
    import time  # noqa: PLC0415 - what is patched

    chance = random.Random(seed)
    plain, pause = secrets.token_bytes, time.sleep
    secrets.token_bytes = lambda nbytes=None: chance.randbytes(nbytes or 32)
    time.sleep = lambda _seconds: None
    try:
        yield
    finally:
        secrets.token_bytes, time.sleep = plain, pause


def _mappings(functions: Functions) -> Iterator[EventSource]:
    cloud = functions.cloud
    for each in of_type(cloud.template, "AWS::Lambda::EventSourceMapping").values():
        properties = each["Properties"]
        arn = cloud.resolve(properties["EventSourceArn"])
        filters = properties["FilterCriteria"]["Filters"]
        yield EventSource(
            function=_function(cloud.template, properties["FunctionName"]),
            table=arn.split("/")[1],
            arn=arn,
            filters=tuple(json.loads(each["Pattern"]) for each in filters),
            batch=properties["BatchSize"],
            retries=properties["MaximumRetryAttempts"],
        )


def _handed(mapping: EventSource, raw: Any) -> dict[str, Any]:
    """Write a record as Lambda hands it over."""
    record = raw.to_json()
    change = record["dynamodb"]
    moment = change["ApproximateCreationDateTime"]
    arrived = moment.timestamp() if isinstance(moment, datetime) else moment
    return {
        **record,
        "dynamodb": {**change, "ApproximateCreationDateTime": arrived},
        "eventSourceARN": mapping.arn,
    }


def _done(records: list[dict[str, Any]], answer: Mapping[str, Any]) -> int:
    failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
    numbers = list(map(_number, records))
    return next((at for at, number in enumerate(numbers) if number in failed), len(numbers))


def _number(record: Mapping[str, Any]) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def _reversed(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the last first; a stream promises an order among the changes of one item alone."""
    items: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        items.setdefault(json.dumps(record["dynamodb"]["Keys"], sort_keys=True), []).append(record)
    return [record for changes in reversed(items.values()) for record in changes]


def _in_flight(answer: Answer) -> bool:
    return answer.status == 409 and "in-flight" in answer.text


def forget_process() -> None:
    """Forget what a process learns from AWS and keeps: a new one has to ask again."""
    for module in (shared.storage.secrets, shared.storage.signing_keys):
        for known in vars(module).values():
            own = getattr(known, "__module__", None) == module.__name__
            if own and isinstance(known, functools._lru_cache_wrapper):
                known.cache_clear()
