"""What the functions do while tests run, so that each grant of a role has a test that needs it.

tests/grants.json names, for every grant of every function, one test that makes use of it. Whenever
that test runs, the call must be among those that it made (tests/conftest.py looks). `make grants`
writes the file.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
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
        self._names = Names(
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
        name = _running.get()
        if name is None:
            return
        for action, resource in targets(operation, params, self._names):
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


def choose(folder: Path, template: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Choose a test for every grant from what was recorded; what is not granted is left out.

    A grant that no test made use of just now keeps its test, unless that one ran, too.
    """
    made: dict[Call, set[str]] = {}
    for path in sorted(folder.glob("*.json")):
        for function, action, resource, tests in json.loads(path.read_text("utf-8")):
            made.setdefault((function, action, resource), set()).update(tests)
    ran = {test for tests in made.values() for test in tests}
    for test, calls in needed_by().items():
        for call in calls:
            if test not in ran:
                made.setdefault(call, {test})
    granted = {grant for row in FUNCTIONS for grant in grants(template, row.name)}
    chosen: dict[str, dict[str, str]] = {}
    for call in sorted(granted & set(made)):
        function, action, resource = call
        # The walk reads every secret anew; others find it read. Then whichever has no parameters.
        test = min(made[call], key=lambda name: (WALK not in name, "[" in name, name))
        chosen.setdefault(function, {})[f"{action} {resource}"] = test
    return chosen


class Record:
    """Which test made which call, where RECORD_GRANTS names a folder for it."""

    def __init__(self) -> None:
        self._tests: dict[Call, set[str]] = {}

    def add(self, test: str, calls: set[Call]) -> None:
        """Note what a test had functions do."""
        for call in calls:
            self._tests.setdefault(call, set()).add(test)

    def write(self) -> None:
        """Write it beside what other processes write."""
        if folder := os.environ.get("RECORD_GRANTS"):
            place = Path(folder) / f"{os.getpid()}.json"
            place.parent.mkdir(parents=True, exist_ok=True)
            rows = [[*call, sorted(tests)] for call, tests in sorted(self._tests.items())]
            place.write_text(json.dumps(rows), "utf-8")


if __name__ == "__main__":
    from infra import synth

    written = json.dumps(choose(Path(sys.argv[1]), synth.template()), indent=2)
    FILE.write_text(written + "\n", "utf-8")
