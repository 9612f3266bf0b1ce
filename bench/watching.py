"""Counting what goes to AWS, and at which price in units, while an operation runs."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from bench import capacity
from infra.catalogue import FUNCTIONS, TABLES
from infra.declarations import Function, title
from local import aws_calls
from local.functions import Functions

# What an engine can be asked the units of.
READING = ("BatchGetItem", "GetItem", "Query", "Scan")
WRITING = ("DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem")
SERVICES = ("dynamodb", "secretsmanager", "kms", "s3", "sesv2", "events")
FED = {
    f"{title(table.name)}Table": [row.name for row in FUNCTIONS if table.name in row.streams]
    for table in TABLES
}


@dataclass(kw_only=True)
class Usage:
    """Calls to AWS, and the units of reading and writing that they take."""

    calls: float = 0
    reads: float = 0
    writes: float = 0


@dataclass
class Cost(Usage):
    """What one operation costs: the request alone, and (`later_…`) what workers do after it.

    `index_writes` are part of `writes`. What it leaves until it is due is `kept`, by record class:
    items, and bytes in tables and in indexes.
    """

    operation: str
    index_writes: float = 0
    later_runs: float = 0
    later_calls: float = 0
    later_reads: float = 0
    later_writes: float = 0
    mails: float = 0
    events: float = 0
    objects: float = 0
    kept: dict[str, dict[str, float]] = field(default_factory=dict)


class Watch:
    """Sees every call to AWS inside its block, and feeds the workers as streams would."""

    def __init__(self, functions: Functions) -> None:
        """Hold who runs the workers."""
        self._functions = functions
        self._cost = Cost("")
        self._later = False
        self._new: list[tuple[str, dict[str, Any]]] = []
        self._fed = 0
        self._capacity = capacity.Capacity()

    def __enter__(self) -> Self:
        """Begin to see."""
        self._watch = aws_calls.seen(SERVICES, self._note)
        self._watch.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """See no more."""
        self._watch.__exit__(None, None, None)

    def measure(self, operation: str, run: Callable[[], Any], times: int = 1) -> tuple[Cost, Any]:
        """Run an operation, then the workers until nothing new comes; return cost and last answer.

        `times` is how often it is run within a minute, for which some workers gather; the cost is
        that of one.
        """
        self._cost, self._later, self._new = Cost(operation), False, []
        for _ in range(times):
            answer = run()
        self._later = True
        while self._new:
            fresh, self._new = self._new, []
            for table in dict.fromkeys(name for name, _ in fresh):
                self._feed(table, [item for name, item in fresh if name == table])
        plain = {
            name: value
            for name, value in vars(self._cost).items()
            if name not in ("operation", "kept")
        }
        left: dict[str, dict[str, float]] = {
            kind: {name: _rounded(value / times) for name, value in each.items()}
            for kind, each in self._cost.kept.items()
        }
        return Cost(operation, **_shares(plain, times), kept=left), answer

    def _feed(self, table: str, items: list[dict[str, Any]]) -> None:
        """Hand new items of a table to each worker that hears of them, in its batches."""
        records = [self._record(table, item) for item in items]
        for worker in FED.get(table, ()):
            row = next(row for row in FUNCTIONS if row.name == worker)
            heard = [one for one in records if _heard(row, table, one["dynamodb"]["NewImage"])]
            # One that waits only a second is hardly ever handed two of a site's records at once.
            most = row.batch if row.window > 1 else 1
            for start in range(0, len(heard), most):
                self._cost.later_runs += 1
                answer = self._functions.invoke(worker, {"Records": heard[start : start + most]})
                if answer != {"batchItemFailures": []}:
                    raise RuntimeError(f"{worker} failed after {self._cost.operation}")

    def _record(self, table: str, item: dict[str, Any]) -> dict[str, Any]:
        self._fed += 1
        return {
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "eventSourceARN": f"arn:aws:dynamodb:eu-west-1:123456789012:table/{table}/stream/x",
            "dynamodb": {
                "NewImage": item,
                "SequenceNumber": f"{self._fed:021}",
                "ApproximateCreationDateTime": 1_770_000_000,
            },
        }

    def _note(self, _service: str, name: str, params: dict[str, Any]) -> None:
        before = self._capacity.of_indexes
        reads, writes = self._capacity.of(name, params)
        cost = self._cost
        if self._later:
            cost.later_calls += 1
            cost.later_reads += reads
            cost.later_writes += writes
        else:
            cost.calls += 1
            cost.reads += reads
            cost.writes += writes
            cost.index_writes += self._capacity.of_indexes - before
        cost.mails += name == "SendEmail"
        cost.events += len(params["Entries"]) if name == "PutEvents" else 0
        cost.objects += name in ("PutObject", "UploadPart", "CompleteMultipartUpload")
        new = [(put["TableName"], put["Item"]) for put in puts(name, params)]
        for table, item in new:
            self._keep(table, item)
        self._new += new

    def _keep(self, table: str, item: Mapping[str, Any]) -> None:
        """Note what an item leaves, if it is of a record class: others go with theirs, or soon."""
        if (partition := item.get("retention_class")) is None:
            return
        kind = partition["S"].partition("#")[0]
        each = self._cost.kept.setdefault(kind, {"items": 0, "table": 0, "index": 0})
        # Chance decides whether the number of its partition has one digit or two.
        own, indexed = capacity.stored(table, {**item, "retention_class": {"S": f"{kind}#00"}})
        for name, value in (("items", 1), ("table", own), ("index", indexed)):
            each[name] += value


def _rounded(value: float) -> int:
    """Return bytes in whole tens, and a few items as they are: nobody is to see a byte's change."""
    return math.ceil(value / 10) * 10 if value > 10 else math.ceil(value)  # noqa: PLR2004 - no bytes


def _shares(values: Mapping[str, float], times: int) -> dict[str, float]:
    """Return what one of so many took."""
    return {
        name: round(value / times, 4) if value % times else value // times
        for name, value in values.items()
    }


def _heard(row: Function, table: str, item: dict[str, Any]) -> bool:
    """Tell whether the worker's mapping lets the item through (infra/streams.py)."""
    for name, (attribute, prefix) in row.hears.items():
        if f"{title(name)}Table" == table:
            return str(item[attribute]["S"]).startswith(prefix)
    return True


def puts(operation: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a call puts, each as a PutItem's parameters."""
    return [write for kind, write in capacity.writes(operation, params) if kind == "Put"]


@dataclass
class EngineCounts:
    """Calls by operation, and the units that the engine itself says they used."""

    calls: Counter[str] = field(default_factory=Counter)
    units: dict[str, float] = field(default_factory=dict)

    @property
    def reads(self) -> float:
        """Return the units of all that reads."""
        return math.fsum(self.units.get(operation, 0) for operation in READING)

    @property
    def writes(self) -> float:
        """Return the units of all that writes."""
        return math.fsum(self.units.get(operation, 0) for operation in WRITING)

    def clear(self) -> None:
        """Begin anew."""
        self.calls.clear()
        self.units.clear()


@contextmanager
def engine_counts(*services: str) -> Iterator[EngineCounts]:
    """Count the calls to some services while the block runs, and have DynamoDB tell its units."""
    counts = EngineCounts()

    def ask(_service: str, operation: str, parameters: dict[str, Any]) -> None:
        counts.calls[operation] += 1
        if operation in (*READING, *WRITING):
            parameters["ReturnConsumedCapacity"] = "TOTAL"

    def add(_service: str, operation: str, answer: Mapping[str, Any]) -> None:
        if operation in (*READING, *WRITING):
            counts.units[operation] = counts.units.get(operation, 0) + _used(answer)

    with aws_calls.seen(services or ("dynamodb",), ask, add):
        yield counts


def _used(answer: Mapping[str, Any]) -> float:
    told = answer.get("ConsumedCapacity", ())
    each = [told] if isinstance(told, Mapping) else told
    return math.fsum(one["CapacityUnits"] for one in each)
