"""`python -m ops smoke`: does it work for visitors right now?

A browser of its own refuses everything and takes it back; with a sign-in, a test person writes by
the contact form, asks for a copy and is erased again. What is left is what is kept of anybody as
proof, until retention takes it: a browser's refusal, two completed requests with their trail (which
the year's report counts), and the copy for its days. The test person's address is Amazon SES's
simulator, which takes mails and reads none.
"""

import argparse
import json
import secrets
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import urllib3

from ops import CommandError
from ops.desk import add_caller, sign_in
from ops.desk.client import Desk

SIMULATOR = "simulator.amazonses.com"
NAME = "Smoke Test"
MESSAGE = "A test of the service by its operators; nothing to do."
WAIT_SECONDS = 180.0
PAUSE_SECONDS = 1.0
_TIMEOUT = urllib3.Timeout(connect=5, read=35)
_OPEN = ("in_progress", "awaiting_identity")
_DONE = ("completed", "awaiting_review")
_REQUESTS = "/v1/desk/requests"

Step = tuple[str, str]


ABOUT = "try a consent, and with a sign-in a form, a copy and an erasure, as a test person"
DESCRIPTION = (
    "Does what visitors do, against a deployment in use, and cleans up after "
    "itself: captures and withdraws a browser's refusal; signed in (`desk sign-in`, or --as "
    "against `make run`) also sends a contact form for a test person, has a copy prepared, and "
    "erases the person. One line a step with its time. Exits with 1 at the first that fails."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    add_caller(parser)
    parser.add_argument("--origin", help="a website whose scripts must be let in, e.g. https://…")
    parser.add_argument("--visitors-only", action="store_true", help="leave out what staff do")
    parser.set_defaults(func=run)


def run(chosen: argparse.Namespace) -> int:
    """Take every step, each told with its time; 0 if all went well.

    Raises:
        CommandError: a step was answered otherwise than it should be.
    """
    visitor = Visitor(chosen.url, chosen.origin)
    steps = _as_visitor(visitor)
    if not chosen.visitors_only:
        desk = Desk(chosen.url, lambda: sign_in.token(chosen.group))
        steps = _both(steps, _as_person(visitor, desk))
    began = time.monotonic()
    for what, said in steps:
        now = time.monotonic()
        print(f"{(now - began) * 1000:7,.0f} ms  {what}: {said}", flush=True)
        began = now
    print("It works.")
    return 0


def _both(first: Iterator[Step], second: Iterator[Step]) -> Iterator[Step]:
    yield from first
    yield from second


@dataclass
class Visitor:
    """A browser that calls the API at `url` as a script of `origin` would."""

    url: str
    origin: str | None = None
    _pool: urllib3.PoolManager = field(default_factory=urllib3.PoolManager)

    def call(
        self, method: str, path: str, body: Any = None, wanted: int = 200, **headers: str
    ) -> tuple[Any, Mapping[str, str]]:
        """Call and return the answer with its headers.

        Raises:
            CommandError: the status is not the wanted one, or a script may not read the answer.
        """
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.origin:
            sent["Origin"] = self.origin
        if body is not None:
            sent["Content-Type"] = "application/json"
        try:
            answer = self._pool.request(
                method,
                self.url.rstrip("/") + path,
                body=None if body is None else json.dumps(body).encode(),
                headers=sent,
                timeout=_TIMEOUT,
                retries=False,
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as fault:
            raise CommandError(f"{method} {path}: {type(fault).__name__}") from None
        if answer.status != wanted:
            request = answer.headers.get("X-Request-Id", "none")
            raise CommandError(f"{method} {path}: {answer.status}, X-Request-Id {request}")
        allowed = answer.headers.get("Access-Control-Allow-Origin")
        if self.origin and allowed not in (self.origin, "*"):
            mend = "is it among `origins` in cdk.json, and deployed?"
            raise CommandError(f"{method} {path}: scripts of {self.origin} may not read it; {mend}")
        return (json.loads(answer.data) if answer.data else None), answer.headers


def _as_visitor(visitor: Visitor) -> Iterator[Step]:
    policy, _ = visitor.call("GET", "/v1/policy")
    yield "policy", f"version {policy['version']}"
    if visitor.origin:
        asked = {"Access_Control_Request_Method": "POST"}
        visitor.call("OPTIONS", "/v1/consents", wanted=204, **asked)
        yield "preflight", f"lets {visitor.origin} in"
    taken, choices = _refusal(policy)
    key = str(uuid.uuid4())
    made, _ = visitor.call("POST", "/v1/consents", taken, 201, Idempotency_Key=key)
    again, _ = visitor.call("POST", "/v1/consents", taken, 201, Idempotency_Key=key)
    place = f"/v1/consents/{made['consent_id']}"
    _same("the same capture again", made["consent_id"], again["consent_id"])
    yield "capture", f"{len(choices)} purposes refused, once though sent twice"
    read, _ = visitor.call("GET", place)
    _same("what was chosen", {name: read["choices"][name] for name in choices}, choices)
    history, _ = visitor.call("GET", f"{place}/history")
    _same("the events of one capture", len(history["events"]), 1)
    visitor.call("GET", f"{place}/receipt")
    yield "evidence", "read, with its history and receipt"
    visitor.call("POST", f"{place}/withdrawal", {}, 201)
    yield "withdrawal", "done"


def _refusal(policy: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, bool]]:
    """Make a capture that refuses what rests on a browser's consent, under the banner's words."""
    optional = [
        purpose["id"]
        for purpose in policy["purposes"]
        if (purpose["subject"], purpose["lawful_basis"]) == ("browser", "consent")
    ]
    choices = dict.fromkeys(optional, False)
    banner = next(each["id"] for each in policy["notices"] if "banner" in each["id"])
    taken = {
        "policy_version": policy["version"],
        "notice_id": banner,
        "choices": choices,
        "method": "reject_all",
    }
    return taken, choices


def _as_person(visitor: Visitor, desk: Desk) -> Iterator[Step]:
    """Be a test person who writes, asks for a copy, and is erased whatever happened before."""
    email = f"success+{secrets.token_hex(8)}@{SIMULATOR}"
    policy, _ = visitor.call("GET", "/v1/policy")
    form = {"policy_version": policy["version"], "name": NAME, "email": email, "message": MESSAGE}
    answer, _ = visitor.call("POST", "/v1/contact", form, 202, Idempotency_Key=str(uuid.uuid4()))
    yield "contact form", f"taken as {answer.get('reference', 'sent')}"
    day = str(answer.get("received_at", ""))[:10] or time.strftime("%Y-%m-%d", time.gmtime())
    try:
        request = _taken_in(desk, "access", email, day)
        status = _settled(desk, request)
        if status == "awaiting_review":
            desk.post(f"{_REQUESTS}/{request}/completion", {"reason": MESSAGE})
        yield "copy", f"prepared ({status.replace('_', ' ')})"
    finally:
        erased = _settled(desk, _taken_in(desk, "erasure", email, day))
    _same("the erasure", erased, "completed")
    yield "erasure", "the test person is gone again"


def _taken_in(desk: Desk, kind: str, email: str, day: str) -> str:
    body = {
        "type": kind,
        "email": email,
        "name": NAME,
        "channel": "email",
        "received_on": day,
        "identity_shown": True,
    }
    return str(desk.post(_REQUESTS, body, key=str(uuid.uuid4()))["request_id"])


def _settled(desk: Desk, request: str) -> str:
    """Wait until the workers have done what a request asks; return its status.

    Raises:
        CommandError: they have not in three minutes, or it ended otherwise.
    """
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        status = str(desk.get(f"{_REQUESTS}/{request}")["status"])
        if status in _DONE:
            return status
        if status not in _OPEN:
            raise CommandError(f"request {request} is {status}")
        time.sleep(PAUSE_SECONDS)
    raise CommandError(f"request {request} is not done after {WAIT_SECONDS:.0f} seconds")


def _same(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise CommandError(f"{what}: {found} instead of {wanted}")
