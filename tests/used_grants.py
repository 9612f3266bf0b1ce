"""What the functions do while tests run, so that each grant of a role has a test that needs it.

tests/grants.json names, for every grant of every function, one test that makes use of it. Whenever
that test runs, the call must be among those that it made (tests/conftest.py looks). `make grants`
writes the file.
"""

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from infra.catalogue import FUNCTIONS
from local import aws_calls
from local.functions import Functions, Handler
from tests.granted import named, targets
from tests.infra.reading import actions, granted_to, resources

SERVICES = ("dynamodb", "secretsmanager", "kms", "sesv2", "events", "s3", "cloudwatch")
IAM_NAMES = {"sesv2": "ses"}
WALK = "test_every_journey_stays_within_its_functions_role_and_environment"
FILE = Path(__file__).with_name("grants.json")
ROOT = FILE.parent.parent

Call = tuple[str, str, str]

_running: ContextVar[str | None] = ContextVar("running", default=None)


# What AWS does in a function's name, and no code of ours: the poller reads its streams and sets
# aside what failed, its lines are logged, the stores use their key.
AWS_DOES = re.compile(
    r"logs:|sqs:SendMessage|dynamodb:(ListStreams|DescribeStream|GetRecords|GetShardIterator)"
    r"|kms:(Decrypt|DescribeKey|Encrypt|GenerateDataKey|ReEncrypt\w+)"
)


def grants(template: Mapping[str, Any], function: str) -> Iterator[Call]:
    """Yield every action that a function's role has, with each of its resources."""
    for statement in granted_to(template, function):
        for action in actions(statement):
            for resource in resources(statement):
                yield function, action, named(resource)


def ours(call: Call) -> bool:
    """Tell whether code of ours makes a call, and not AWS for it."""
    return not AWS_DOES.match(call[1])


def running() -> str | None:
    """Return the function that is at work; None where a test calls for itself."""
    return _running.get()


@contextmanager
def at_work(name: str) -> Iterator[None]:
    """Count what is called in the block as that function's."""
    token = _running.set(name)
    try:
        yield
    finally:
        _running.reset(token)


# What a test made for itself, and no template.
OF_A_TEST = "?"


class Names(dict[str, str]):
    """Logical ids by what their resources are called."""

    def __missing__(self, name: str) -> str:
        return OF_A_TEST


class Watch:
    """Notes (function, action, resource) of every call that a function makes."""

    def __init__(self, functions: Functions) -> None:
        self.calls: set[Call] = set()
        self.granted = {
            grant
            for row in FUNCTIONS
            for grant in grants(functions.cloud.template, row.name)
            if ours(grant)
        }
        self.names = Names(
            (name, logical_id)
            for logical_id, attributes in functions.cloud.resources.items()
            for name in (attributes["Ref"], attributes.get("Arn", attributes["Ref"]))
        )

    def around(self, name: str, handler: Handler) -> Handler:
        """Run a handler under watch."""

        def watched(event: Any, context: Any) -> Any:
            with at_work(name):
                return handler(event, context)

        return watched

    def note(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """See one call that is about to be sent; a test's own calls are nobody's."""
        name = running()
        if name is None:
            return
        for action, resource in targets(operation, params, self.names):
            if resource.startswith(OF_A_TEST):
                continue
            self.calls.add((name, f"{IAM_NAMES.get(service, service)}:{action}", resource))

    def clear(self) -> None:
        """Begin anew."""
        self.calls.clear()


@contextmanager
def watching(functions: Functions) -> Iterator[Watch]:
    """Watch all functions while the block runs, also workers that a test calls by their module."""
    watch = Watch(functions)
    for name, handler in functions.handlers.items():
        functions.handlers[name] = watch.around(name, handler)
        module = sys.modules[f"{name}.handler"]
        if getattr(module, "handle", None) is handler:
            vars(module)["handle"] = functions.handlers[name]
    with aws_calls.seen(SERVICES, watch.note):
        yield watch


def needed_by() -> dict[str, set[Call]]:
    """Return the calls that each test must make, by the test."""
    found: dict[str, set[Call]] = {}
    for function, grants in json.loads(FILE.read_text("utf-8")).items():
        for grant, test in grants.items():
            action, _, resource = grant.partition(" ")
            found.setdefault(test, set()).add((function, action, resource))
    return found


class Record:
    """Which tests ran and which calls each made, kept where RECORD_GRANTS names a folder for it."""

    def __init__(self) -> None:
        self.folder = os.environ.get("RECORD_GRANTS")
        self.ran: set[str] = set()
        self.made: dict[Call, set[str]] = {}

    def add(self, test: str, calls: set[Call]) -> None:
        """Note what a test had functions do."""
        self.ran.add(test)
        for call in calls:
            self.made.setdefault(call, set()).add(test)

    def write(self) -> None:
        """Write it beside what other processes write."""
        if self.folder:
            place = Path(self.folder) / f"{os.getpid()}.json"
            place.parent.mkdir(parents=True, exist_ok=True)
            rows = [[*call, sorted(tests)] for call, tests in sorted(self.made.items())]
            place.write_text(json.dumps({"ran": sorted(self.ran), "made": rows}), "utf-8")

    def read(self, folder: Path) -> None:
        """Take in what every process has written."""
        for path in sorted(folder.glob("*.json")):
            written = json.loads(path.read_text("utf-8"))
            self.ran.update(written["ran"])
            for function, action, resource, tests in written["made"]:
                self.made.setdefault((function, action, resource), set()).update(tests)


def choose(
    record: Record, granted: Iterable[Call], before: Mapping[str, set[Call]]
) -> dict[str, dict[str, str]]:
    """Choose a test for every grant that one made use of.

    A grant keeps the test that it had `before`, unless that one is gone or ran without the call.
    """
    kept = {
        call: test
        for test, calls in before.items()
        if stands(test)
        for call in calls
        if test not in record.ran or test in record.made.get(call, ())
    }
    chosen: dict[str, dict[str, str]] = {}
    for call in sorted(granted):
        function, action, resource = call
        # The walk reads every secret anew; others find it read. Then whichever has no parameters.
        among = sorted(
            record.made.get(call, ()), key=lambda name: (WALK not in name, "[" in name, name)
        )
        if test := kept.get(call) or next(iter(among), None):
            chosen.setdefault(function, {})[f"{action} {resource}"] = test
    return chosen


def stands(test: str) -> bool:
    """Tell whether a test is still where its name says."""
    path, _, function = test.partition("[")[0].partition("::")
    place = ROOT / path
    return place.exists() and f"def {function}(" in place.read_text("utf-8")


if __name__ == "__main__":
    from infra import synth

    record = Record()
    record.read(Path(sys.argv[1]))
    granted = {grant for row in FUNCTIONS for grant in grants(synth.template(), row.name)}
    FILE.write_text(json.dumps(choose(record, granted, needed_by()), indent=2) + "\n", "utf-8")
