"""AWS calls and capacity units of each operation, by DynamoDB's own rules on the real items.

A write costs a unit per started kilobyte, again for the retention index (keys only: one),
and twice in a transaction; a strongly consistent read costs a unit per started four.
"""

import math
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "functions"), str(ROOT)]

from infra import synth  # noqa: E402 - after the path
from infra.catalogue import TABLES  # noqa: E402
from local import cloud, engine  # noqa: E402
from local.functions import Functions  # noqa: E402
from shared.storage.aws import client  # noqa: E402
from tests.support import call  # noqa: E402

INDEXED = {f"{table.name.title()}Table" for table in TABLES if table.retained}
PERSON = {"policy_version": "2023-06", "email": "sam@example.com", "name": "Sam Example"}
CAPTURE = {
    "policy_version": "2023-06",
    "notice_id": "cookie_banner",
    "method": "choose",
    "choices": {"analytics": True, "advertising": False, "personalisation": True},
    "language": "en-GB",
    "page": "https://www.khoocommerce.example/pricing",
}

VISIT = {
    "visit_id": "vR8sK2mQ4tYb7WxN1cLz",
    "device_type": "desktop",
    "entry": "https://www.khoocommerce.example/",
    "exit": "https://www.khoocommerce.example/pricing",
    "pages": [
        {
            "url": f"https://www.khoocommerce.example{path}",
            "at": "2026-02-01T08:59:00Z",
            "engaged_ms": 30_000,
        }
        for path in ("/", "/pricing")
    ],
}


@dataclass
class Cost:
    """What one operation costs."""

    operation: str
    calls: int = 0
    reads: float = 0
    writes: float = 0


def count() -> list[Cost]:
    """Run each operation once on the embedded engine and count."""
    with engine.started("moto"):
        functions = Functions(cloud.lay(synth.template()), serial=True)
        functions.prepare()
        with _watched() as measure:
            return _operations(measure)


Measure = Callable[[str, Callable[[], Any]], Any]


def _operations(measure: Measure) -> list[Cost]:
    call("preferences", "POST", "/v1/permissions", _question(1))  # the secret is read once
    costs: list[Cost] = []

    def cost(operation: str, *request: Any, **more: Any) -> Any:
        found, answer = measure(operation, lambda: call(*request, **more))
        costs.append(found)
        return answer

    first = cost("first capture", "consent", "POST", "/v1/consents", CAPTURE)
    named = {"consent_id": first.json["consent_id"]}
    cost("later capture", "consent", "POST", "/v1/consents", CAPTURE | named)
    one = "/v1/consents/{consent_id}"
    cost("read", "consent", "GET", one, path=named)
    cost("page visit", "visits", "POST", "/v1/visits", VISIT | named)
    cost("withdrawal", "consent", "POST", f"{one}/withdrawal", {}, path=named)
    message = PERSON | {"message": "When will my order arrive?"}
    cost("contact form", "contact", "POST", "/v1/contact", message)
    box = message | {"marketing_opt_out": True}
    cost("contact form with the opt-out box", "contact", "POST", "/v1/contact", box)
    cost("newsletter form", "contact", "POST", "/v1/newsletter", PERSON)
    ask = "/v1/permissions"
    cost("permission check, 1 address", "preferences", "POST", ask, _question(1))
    cost("permission check, 1,000 addresses", "preferences", "POST", ask, _question(1000))
    return costs


@dataclass
class Bulk:
    """Many permission checks in a row: addresses a second, and how far memory rose."""

    addresses: int
    per_second: float
    risen: int


def many(thousands: int = 100) -> Bulk:
    """Ask for `thousands` times a thousand different addresses, on the embedded engine."""
    with engine.started("moto"):
        functions = Functions(cloud.lay(synth.template()), serial=True)
        functions.prepare()
        call("preferences", "POST", "/v1/permissions", _question(1000))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        for number in range(thousands):
            answer = call("preferences", "POST", "/v1/permissions", _question(1000, number * 1000))
            if len(answer.json["results"]) != 1000:  # noqa: PLR2004 - what was asked
                raise RuntimeError(answer.text)
        took = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Bulk(thousands * 1000, thousands * 1000 / took, (after - before) * 1024)


def _question(addresses: int, first: int = 0) -> dict[str, Any]:
    emails = [f"person{first + number}@example.com" for number in range(addresses)]
    return {"purpose": "direct_marketing", "emails": emails}


@contextmanager
def _watched() -> Iterator[Measure]:
    """Count what goes to AWS while an operation runs."""
    current = Cost("")

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        current.calls += 1
        _charge(current, model.name, params)

    def measure(operation: str, run: Callable[[], Any]) -> Any:
        nonlocal current
        current = Cost(operation)
        answer = run()
        return current, answer

    services = ("dynamodb", "secretsmanager", "kms")
    for service in services:
        client(service).meta.events.register("provide-client-params", note)
    try:
        yield measure
    finally:
        for service in services:
            client(service).meta.events.unregister("provide-client-params", note)


def _charge(cost: Cost, operation: str, params: dict[str, Any]) -> None:
    if operation == "PutItem":
        cost.writes += _put(params)
    elif operation == "UpdateItem":
        cost.writes += 1
    elif operation == "TransactWriteItems":
        for member in params["TransactItems"]:
            ((kind, write),) = member.items()
            cost.writes += 2 * (_put(write) if kind == "Put" else 1)
    elif operation in ("Query", "GetItem"):
        cost.reads += 1
    elif operation == "BatchGetItem":
        cost.reads += sum(len(table["Keys"]) for table in params["RequestItems"].values())


def _put(params: dict[str, Any]) -> int:
    return math.ceil(size(params["Item"]) / 1024) + (params["TableName"] in INDEXED)


def size(attributes: dict[str, Any]) -> int:
    """Give an item's bytes as DynamoDB counts them: names, values, three for a list or map."""
    return sum(len(name.encode()) + _value(value) for name, value in attributes.items())


def _value(attribute: dict[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    if kind == "M":
        return 3 + sum(len(name.encode()) + 1 + _value(member) for name, member in value.items())
    if kind == "L":
        return 3 + sum(1 + _value(member) for member in value)
    return len(str(value).encode()) if kind in ("S", "N") else 1
