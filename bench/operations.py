"""AWS calls and capacity units of each operation, by DynamoDB's own rules on the real items.

`python -m bench.operations`: rules are those of `bench/capacity.py`. What an operation writes is
handed to the workers that its streams feed, until nothing new comes: their part is counted apart.
"""

import argparse
import os
import re
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "functions"), str(ROOT)]

from bench import figures, watching  # noqa: E402 - after the path
from bench.watching import Cost  # noqa: E402
from infra import synth  # noqa: E402
from infra.context import read  # noqa: E402
from infra.pages import build  # noqa: E402
from local import cloud, engine  # noqa: E402
from local.functions import Functions  # noqa: E402
from tests.functions.people import TOKEN, Person, text  # noqa: E402
from tests.support import call  # noqa: E402

# How often a site of a million captures a month sees one in a minute.
A_MINUTE = 24
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


def count() -> list[Cost]:
    """Run each operation once on the embedded engine and count."""
    with engine.started("moto"), TemporaryDirectory() as pages:
        build.for_deployment(Path(pages), read(synth.defaults()))
        os.environ["PAGES_FOLDER"] = pages
        functions = Functions(cloud.lay(synth.template()), serial=True)
        functions.prepare()
        return of(functions)


def of(functions: Functions) -> list[Cost]:
    """Run each operation on an engine that is there."""
    with watching.Watch(functions) as watch:
        return _operations(watch)


def _operations(watch: watching.Watch) -> list[Cost]:
    call("preferences", "POST", "/v1/permissions", _question(1))  # the secret is read once
    costs: list[Cost] = []

    def cost(
        operation: str,
        function: str,
        method: str,
        resource: str,
        body: Any = None,
        *,
        often: bool = False,
        **more: Any,
    ) -> Any:
        def run() -> Any:
            fresh = {name: value() if callable(value) else value for name, value in more.items()}
            return call(function, method, resource, body() if callable(body) else body, **fresh)

        found, answer = watch.measure(operation, run, A_MINUTE if often else 1)
        costs.append(found)
        return answer

    cost("privacy.js", "pages", "GET", "/privacy.js")
    keyed: dict[str, Any] = {"often": True, "headers": lambda: {"Idempotency-Key": str(uuid4())}}
    capture = "consent", "POST", "/v1/consents"
    first = cost("first capture", *capture, CAPTURE, often=True)
    cost("first capture with an Idempotency-Key", *capture, CAPTURE, **keyed)
    named = {"consent_id": first.json["consent_id"]}
    cost("later capture", *capture, CAPTURE | named, often=True)
    known = iter([call(*capture, CAPTURE).json["consent_id"] for _ in range(A_MINUTE)])
    again: Callable[[], Any] = lambda: CAPTURE | {"consent_id": next(known)}  # noqa: E731
    cost("later capture with an Idempotency-Key", *capture, again, **keyed)
    one = "/v1/consents/{consent_id}"
    cost("read", "consent", "GET", one, path=named)
    cost("page visit", "visits", "POST", "/v1/visits", lambda: _visit() | named, often=True)
    cost("withdrawal", "consent", "POST", f"{one}/withdrawal", {}, path=named)
    message = PERSON | {"message": "When will my order arrive?"}
    cost("contact form", "contact", "POST", "/v1/contact", message)
    box = message | {"marketing_opt_out": True}
    cost("contact form with the opt-out box", "contact", "POST", "/v1/contact", box)
    cost("newsletter form", "contact", "POST", "/v1/newsletter", PERSON)
    ask = "/v1/permissions"
    cost("permission check, 1 address", "preferences", "POST", ask, _question(1))
    cost("permission check, 1,000 addresses", "preferences", "POST", ask, _question(1000))
    person = Person(PERSON["email"])
    wanted = {"type": "access", "email": person.email, "name": PERSON["name"]}
    asked = cost("access request, asked", "access", "POST", "/v1/requests", wanted)
    at = {"request_id": asked.json["request_id"]}
    (token,) = re.findall(rf"{at['request_id']}#token=({TOKEN})", text(person.mails()[-1]))
    verified = "/v1/requests/{request_id}/verification"
    cost("access request, answered", "access", "POST", verified, {"token": token}, path=at)
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


def _visit() -> dict[str, Any]:
    return VISIT | {"visit_id": f"visit-{uuid4().hex}"}


def _question(addresses: int, first: int = 0) -> dict[str, Any]:
    emails = [f"person{first + number}@example.com" for number in range(addresses)]
    return {"purpose": "direct_marketing", "emails": emails}


def main() -> int:
    """Count and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.operations", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put them into bench/figures.json")
    chosen = parser.parse_args()
    counted = count()
    print("| operation | calls | read | write | later calls | read | write |")
    print("|---" * 7 + "|")
    for cost in counted:
        print(
            f"| {cost.operation} | {cost.calls} | {cost.reads:g} | {cost.writes:g} "
            f"| {cost.later_calls} | {cost.later_reads:g} | {cost.later_writes:g} |"
        )
    if chosen.write:
        figures.keep(operations=[vars(cost) for cost in counted])
    return 0


if __name__ == "__main__":
    sys.exit(main())
