"""What the functions do while tests run, so that each grant of a role has a test that needs it.

tests/grants.json names, for every grant of every function, one test that makes use of it. Whenever
that test runs, the call must be among those that it made (tests/conftest.py looks); what no test
can do stands in tests/test_least_privilege.py with its reason. `make grants` writes the file.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from local import aws_calls
from local.functions import Functions, Handler
from tests.granted import targets

SERVICES = ("dynamodb", "secretsmanager", "kms", "sesv2", "events", "s3", "cloudwatch")
IAM_NAMES = {"sesv2": "ses"}
FILE = Path(__file__).with_name("grants.json")

Call = tuple[str, str, str]

_running: ContextVar[str | None] = ContextVar("running", default=None)


class Watch:
    """Notes (function, action, resource) of every call that a function makes."""

    def __init__(self, functions: Functions) -> None:
        self.calls: set[Call] = set()
        self._at_work: list[str] = []
        self._names = {
            name: logical_id
            for logical_id, attributes in functions.cloud.resources.items()
            for name in (attributes["Ref"], attributes.get("Arn", attributes["Ref"]))
        }

    def around(self, name: str, handler: Handler) -> Handler:
        """Run a handler under watch."""

        def watched(event: Any, context: Any) -> Any:
            token = _running.set(name)
            self._at_work.append(name)
            try:
                return handler(event, context)
            finally:
                self._at_work.remove(name)
                _running.reset(token)

        return watched

    def note(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """See one call that is about to be sent; a test's own calls are nobody's.

        A function's own threads know no name: theirs it is if no other function is at work.
        """
        name = _running.get() or (self._at_work[0] if len(set(self._at_work)) == 1 else None)
        if name is None:
            return
        for action, resource in targets(operation, params, self._names):
            self.calls.add((name, f"{IAM_NAMES.get(service, service)}:{action}", resource))


@contextmanager
def watching(functions: Functions) -> Iterator[Watch]:
    """Watch all functions while the block runs."""
    watch = Watch(functions)
    for name, handler in functions.handlers.items():
        functions.handlers[name] = watch.around(name, handler)
    with aws_calls.seen(SERVICES, watch.note):
        yield watch


def needed_by() -> dict[str, set[Call]]:
    """Give the calls that each test must make, by the test."""
    found: dict[str, set[Call]] = {}
    for function, grants in json.loads(FILE.read_text("utf-8")).items():
        for grant, test in grants.items():
            action, _, resource = grant.partition(" ")
            found.setdefault(test, set()).add((function, action, resource))
    return found


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
