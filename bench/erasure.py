"""Erasing one person with many records: seconds, calls to AWS, and how far memory rises.

`python -m bench.erasure 10 1000 100000 --engine dynamodb-local`; each size in a fresh process, so
that peaks do not hide each other. The embedded engine reads a whole table for each query: take
the real one for anything but small numbers.
"""

import argparse
import resource
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "functions"), str(ROOT)]

from infra import synth  # noqa: E402
from local import aws_calls, cloud, engine  # noqa: E402
from local.functions import Functions  # noqa: E402
from shared.storage.aws_json import connection  # noqa: E402

BATCH = 25


def measure(records: int, name: str) -> str:
    """Erase somebody with so many records; give a line of the table."""
    with engine.started(name):
        # The engine on this machine may take longer for a page of 1 MB than DynamoDB ever does.
        connection.READ_SECONDS = 60
        Functions(cloud.lay(synth.template()), serial=name == "moto").prepare()
        from fulfilment.erasure import erasure_run  # noqa: PLC0415 - with the engine's environment
        from tests.support import NOW  # noqa: PLC0415

        case = _somebody(records)
        calls = 0

        def count(*_: Any) -> None:
            nonlocal calls
            calls += 1

        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        with aws_calls.seen(("dynamodb", "s3", "secretsmanager"), count):
            erasure_run.carry_out(case, NOW + timedelta(hours=1))
        took = time.perf_counter() - started
        risen = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return f"{records:>9,} {took:>9.1f} {calls:>9,} {risen:>11.1f}"


def _somebody(records: int) -> Any:
    """Write a person's records straight into the table, and a request in progress."""
    from shared.domain.consent import NoticeReference  # noqa: PLC0415
    from shared.domain.data_subject_request import DataSubjectRequest  # noqa: PLC0415 - with the engine's environment
    from shared.domain.identifiers import person_id  # noqa: PLC0415
    from shared.domain.timestamps import format_timestamp  # noqa: PLC0415
    from shared.storage import records as storage  # noqa: PLC0415
    from shared.storage import secrets  # noqa: PLC0415
    from shared.storage.aws_clients import client  # noqa: PLC0415
    from shared.storage.dynamodb import database  # noqa: PLC0415
    from shared.storage.requests import request_store  # noqa: PLC0415
    from tests.support import NOW  # noqa: PLC0415

    person = person_id(secrets.identity(), "sam@example.com")
    seen = storage.Provenance(
        form="contact_form",
        notice=NoticeReference(id="contact_form", sha256="0" * 43, language="en-GB"),
        policy_version="2023-06",
        page=None,
        property="program",
        ip=None,
        browser=None,
    )
    said = {"email": "sam@example.com", "name": "Sam Example", "message": "Hello. " * 40}
    for start in range(0, records, BATCH):
        writes = []
        for number in range(start, min(start + BATCH, records)):
            name = f"{number:08}"
            one = storage.Record(person, "enquiry", name, format_timestamp(NOW), said, seen)
            writes.append({"PutRequest": {"Item": storage.put(one)["Item"]}})
        client("dynamodb").batch_write_item(RequestItems={database.table("records"): writes})
    case = DataSubjectRequest(
        id="r_bench",
        person=person,
        type="erasure",
        status="in_progress",
        name="Sam Example",
        email="sam@example.com",
        details=None,
        corrections=[],
        consent_id=None,
        policy_version="2023-06",
        channel="web",
        received_at=format_timestamp(NOW),
        facts={"received": "2026-02-01", "identified": "2026-02-01"},
    )
    return request_store.open_request(
        case, request_store.RequestAction("opened", "person", NOW, status=case.status)
    )


def main() -> None:
    """Measure each size that was asked for."""
    asked = argparse.ArgumentParser(prog="python -m bench.erasure", description=__doc__)
    asked.add_argument("records", type=int, nargs="*", default=[10, 1000])
    asked.add_argument("--engine", choices=engine.NAMES, default="dynamodb-local")
    chosen = asked.parse_args()
    if len(chosen.records) == 1:
        print(measure(chosen.records[0], chosen.engine))
        return
    print(f"{'records':>9} {'seconds':>9} {'AWS calls':>9} {'MB risen':>11}   ({chosen.engine})")
    for size in chosen.records:
        command = [sys.executable, "-m", "bench.erasure", str(size), "--engine", chosen.engine]
        subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
