"""What a page of the desk costs over ten thousand requests: calls, read units, bytes, seconds.

`python -m bench.desk 10000 --engine dynamodb-local`. Requests are written straight into the
tables, a sixteenth of them open (`--open` says how many of a hundred); then each page is asked for
over HTTP. Read units are what the engine says that it used; the embedded engine reads a whole
table for each query and is for small numbers. Seconds are of this machine, its engine included.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "functions"), str(ROOT)]

from bench import figures, filling  # noqa: E402 - after the path
from bench.watching import engine_counts  # noqa: E402
from infra import openapi, synth  # noqa: E402
from local import clock, cloud, engine, server  # noqa: E402
from local.functions import Functions  # noqa: E402
from local.gateway import Gateway  # noqa: E402
from local.serving import serving  # noqa: E402

MORNING = datetime(2026, 2, 2, 9, tzinfo=UTC)
ASKER = "amir.sample.7@example.com"
TRIES = 20
REQUESTS = "/v1/desk/requests"
# What an officer looks at: words, method, path, body.
PAGES: tuple[tuple[str, str, str, Any], ...] = (
    ("Today", "GET", "/v1/desk/today", None),
    ("list, all that are open", "GET", REQUESTS, None),
    ("list, completed", "GET", f"{REQUESTS}?status=completed", None),
    ("list, overdue", "GET", f"{REQUESTS}?overdue=true", None),
    ("list, restrictions", "GET", f"{REQUESTS}?type=restriction", None),
    ("list, completed restrictions", "GET", f"{REQUESTS}?status=completed&type=restriction", None),
    ("one request", "GET", f"{REQUESTS}/r_{0:026}", None),
    ("search by address", "POST", "/v1/desk/people/search", {"email": ASKER}),
    ("complaints of a year", "GET", "/v1/desk/complaints", None),
    ("the last month's report", "GET", "/v1/desk/reports/2026-01", None),
    ("a year-old month's report", "GET", "/v1/desk/reports/2025-02", None),
    ("disclosures", "GET", "/v1/desk/disclosures", None),
    ("disclosures of one person", "POST", "/v1/desk/disclosures/search", {"email": ASKER}),
    ("holds", "GET", "/v1/desk/holds", None),
    ("audit", "GET", "/v1/desk/audit", None),
)


@dataclass
class Page:
    """What one page cost."""

    page: str
    calls: int = 0
    reads: float = 0
    bytes: int = 0
    seconds: float = 0


def measure(requests: int, in_the_open: int, name: str) -> list[Page]:
    """Fill the desk with so many requests and ask for each page."""
    with engine.started(name):
        clock.install()
        template = synth.template()
        functions = Functions(cloud.lay(template), serial=name == "moto")
        functions.prepare()
        fill(requests, in_the_open)
        application = server.Application(
            Gateway(template, functions, []), functions, openapi.document(), lambda: None
        )
        with served(application) as client:
            client.put("/_local/clock", json={"now": MORNING.isoformat()})
            client.get("/v1/desk/today")  # connections, caches, the secret
            return [asked(client, *page) for page in PAGES]


@contextmanager
def served(application: Any) -> Iterator[httpx.Client]:
    """Serve on a free port; return a privacy officer's client."""
    listening = server.listen(application, 0)
    headers = {"Authorization": "Bearer local-privacy_officer"}
    url = f"http://{server.HOST}:{listening.server_port}"
    with serving(listening), httpx.Client(base_url=url, headers=headers, timeout=600) as client:
        yield client


def asked(client: httpx.Client, words: str, method: str, path: str, body: Any) -> Page:
    """Ask for a page, watching every call."""
    page = Page(words)
    with engine_counts("dynamodb", "s3") as counts:
        for _ in range(TRIES):  # an engine that shares its processors says that it is busy
            counts.clear()
            began = time.perf_counter()
            answer = client.request(method, path, json=body)
            page.seconds = round(time.perf_counter() - began, 2)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
    if not answer.is_success:
        raise RuntimeError(f"{words}: {answer.status_code} {answer.text[:300]}")
    page.calls, page.reads = counts.calls.total(), counts.reads
    page.bytes = len(answer.content)
    return page


def fill(requests: int, in_the_open: int) -> None:
    """Write requests with what happened to them, disclosures and looks straight into the tables."""
    from shared.domain.identifiers import person_id  # noqa: PLC0415 - with the engine's environment
    from shared.domain.timestamps import format_timestamp  # noqa: PLC0415
    from shared.storage import audit, records, secrets  # noqa: PLC0415
    from tests import factories  # noqa: PLC0415

    def people(number: int) -> str:
        return person_id(secrets.identity(), factories.asker(number)[1])

    def heads_and_events() -> Iterator[dict[str, Any]]:
        for number in range(requests):
            is_open = number % 100 < in_the_open
            yield from factories.stored_request(number, people(number), MORNING, is_open=is_open)

    def disclosed() -> Iterator[dict[str, Any]]:
        for number in range(requests // 4):
            yield records.put(factories.disclosure(number, people(number), MORNING))["Item"]

    for table, items in (("requests", heads_and_events()), ("records", disclosed())):
        filling.write(table, items)
    for number in range(requests // 10):  # over a month
        at = format_timestamp(MORNING - timedelta(minutes=43 * number + 1))
        person = people(number)
        audit.add(audit.AuditRecord(at, "staff-1", "search_person", f"look-{number}", person))


def main() -> int:
    """Measure, print, and with --write keep what docs/performance.md shows."""
    parser = argparse.ArgumentParser(prog="python -m bench.desk", description=__doc__)
    parser.add_argument("requests", type=int, nargs="?", default=10_000)
    parser.add_argument("--open", type=int, default=6, help="how many of a hundred are open (6)")
    parser.add_argument("--engine", choices=engine.NAMES, default="dynamodb-local")
    parser.add_argument("--write", action="store_true", help="write bench/figures.json")
    chosen = parser.parse_args()
    pages = measure(chosen.requests, chosen.open, chosen.engine)
    print(f"{chosen.requests:,} requests, {chosen.open} of a hundred open ({chosen.engine})")
    print(f"{'page':<32} {'calls':>6} {'reads':>9} {'bytes':>9} {'seconds':>8}")
    for one in pages:
        print(f"{one.page:<32} {one.calls:>6} {one.reads:>9g} {one.bytes:>9,} {one.seconds:>8.2f}")
    if chosen.write:
        shown = [asdict(one) for one in pages]
        figures.keep(desk={"requests": chosen.requests, "open": chosen.open, "pages": shown})
    return 0


if __name__ == "__main__":
    sys.exit(main())
