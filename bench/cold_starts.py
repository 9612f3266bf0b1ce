"""How many instructions each function takes to start and to do its first piece of work.

`python -m bench.cold_starts` needs valgrind and some minutes. What is built runs in new processes,
each told what the template tells it; AWS is the embedded engine, asked over loopback. x = ratio to
the floor, a handler by hand that puts one item by boto3 (`bench/floor.py`).
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "functions"), str(ROOT)]

from bench import figures, folders, instructions, pythons  # noqa: E402 - after the path
from bench.loopback import listening  # noqa: E402
from bench.participants import FLOOR, capture_event  # noqa: E402
from bench.rounds import Participant  # noqa: E402
from infra import context, synth  # noqa: E402
from infra.catalogue import FUNCTIONS  # noqa: E402
from infra.pages import build  # noqa: E402
from local import cloud, engine  # noqa: E402
from local.functions import Functions  # noqa: E402
from local.serving import on_loopback  # noqa: E402

# What each function does first, a sample event of events/.
FIRST = {
    "pages": "home",
    "consent": "capture",
    "contact": "contact",
    "preferences": "permissions",
    "access": "ask",
    "visits": "take_visit",
    "desk": "today",
    "notifications": "records",
    "aggregation": "ledger",
    "deadlines": "schedule",
    "retention": "schedule",
    "transparency": "schedule",
}
# What the fulfilment of a request is, by its type.
FULFILLED = {"erasure": "fulfilment, an erasure", "access": "fulfilment, a copy: documents"}
# Services whose hosts are not called as their signatures are.
HOSTS = {"ses": "email"}


def main() -> int:
    """Count and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.cold_starts", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write them into bench/figures.json")
    parser.add_argument(
        "--only",
        action="append",
        metavar="FUNCTION",
        help="count what begins so alone, the others stay as they were; repeatable",
    )
    chosen = parser.parse_args()
    python, version = pythons.chosen()
    built = folders.prepare(version, tuple(row.name for row in FUNCTIONS), _say)
    build.for_deployment(built.bundles / "pages/pages/built", context.read(synth.defaults()))
    counted = figures.kept()["cold_starts"] if chosen.only else {}
    if not chosen.only:
        with listening() as aws:
            floor = Participant(FLOOR, "floor.handler", (built.plain,), capture_event())
            counted[FLOOR] = instructions.cold(python, floor, aws.url)
    least = counted[FLOOR]
    print(f"| function | cold start |\n|---|---|\n| {FLOOR} | {least:,}, 1.00x |", flush=True)
    with engine.started("moto"), forwarding() as url:
        for entrant in _participants(built, url):
            if not entrant.title.startswith(tuple(chosen.only or [""])):
                continue
            count = counted[entrant.title] = instructions.cold(python, entrant, url)
            print(f"| {entrant.title} | {count:,}, {count / least:.2f}x |", flush=True)
    if chosen.write:
        figures.keep(cold_starts=counted)
    return 0


def _participants(built: folders.Folders, url: str) -> Iterator[Participant]:
    functions = Functions(cloud.lay(synth.template()), serial=True)
    functions.prepare()
    handlers = {row.name: row.handler for row in FUNCTIONS}

    def entrant(function: str, title: str, event: Mapping[str, Any]) -> Participant:
        path = folders.CACHE / "cold_starts" / f"{title}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(event), encoding="utf-8")
        told = {**functions.cloud.environment(function), "AWS_ENDPOINT_URL": url}
        return Participant(title, handlers[function], built.ours(function), path, 0, told)

    from bench import somebody  # noqa: PLC0415 - with the engine's environment
    from tests.sample_events import EVENTS, prepared  # noqa: PLC0415

    for function, name in FIRST.items():
        event = prepared(functions, EVENTS / function / f"{name}.json")
        if function == "notifications":
            event["Records"] = event["Records"][:1]
        yield entrant(function, function, event)
    for kind, title in FULFILLED.items():
        event = prepared(functions, EVENTS / "fulfilment" / "requests.json")
        case = somebody.with_request(kind, 1, f"r_{kind}", f"{kind}@example.com")
        image = event["Records"][0]["dynamodb"]["NewImage"]
        image |= {"request": {"S": case.id}, "about": {"S": case.person}, "type": {"S": kind}}
        yield entrant("fulfilment", title, event)


@contextmanager
def forwarding() -> Iterator[str]:
    """Hand the engine in this process what comes over loopback, and return where it comes in."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def forward(self) -> None:
            """Ask the service that a request is signed for."""
            service = self.headers["Authorization"].split("/")[3]
            host = f"{HOSTS.get(service, service)}.{engine.REGION}.amazonaws.com"
            answer = requests.request(
                self.command,
                f"https://{host}{self.path}",
                data=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
                headers={**self.headers, "Host": host},
                timeout=60,
            )
            self.send_response_only(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = forward  # noqa: N815 - its names

    with on_loopback(Handler) as url:
        yield url


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    sys.exit(main())
