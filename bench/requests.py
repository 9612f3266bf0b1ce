"""An access request of one person with many records: seconds, calls to AWS, how far memory rises.

`python -m bench.requests 10 1000 100000 --engine dynamodb-local`; each size in a fresh process, so
that peaks do not hide each other. The embedded engine reads a whole table for each query: take
the real one for anything but small numbers. The bucket is embedded either way and in this very
process; its memory is not the worker's, so what is uploaded is counted and thrown away.
"""

import os
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "functions"), str(ROOT)]

os.environ["S3_UPLOAD_PART_MIN_SIZE"] = "0"  # the embedded bucket takes empty parts, then

from bench import sizes  # noqa: E402
from infra import synth  # noqa: E402
from local import aws_calls, cloud, engine  # noqa: E402
from local.functions import Functions  # noqa: E402
from shared.storage import aws_clients  # noqa: E402
from shared.storage.aws_json import connection  # noqa: E402

SERVICES = ("dynamodb", "s3", "secretsmanager")


def measure(records: int, name: str) -> dict[str, float]:
    """Prepare the copy of somebody with so many records; return what it took."""
    with engine.started(name):
        # The engine on this machine may take longer for a page of 1 MB than DynamoDB ever does.
        connection.READ_SECONDS = 60
        Functions(cloud.lay(synth.template()), serial=name == "moto").prepare()
        from bench import somebody  # noqa: PLC0415
        from fulfilment.access_copy import access_export  # noqa: PLC0415 - with the engine's environment
        from shared.storage.requests import request_store  # noqa: PLC0415
        from tests.support import NOW  # noqa: PLC0415

        access_export.carry_out(
            somebody.with_request("access", 1, "r_first", "first@example.com"), NOW
        )  # imports, templates
        case = somebody.with_request("access", records, "r_bench", "sam@example.com")
        calls = _Calls()
        calls.spare()
        before = _peak()
        started = time.perf_counter()
        with aws_calls.seen(SERVICES, calls.count):
            access_export.carry_out(case, NOW + timedelta(hours=1))
        took = time.perf_counter() - started
        risen = _peak() - before
        done = request_store.entry(case.id, "export")
        if done is None:
            raise RuntimeError("no copy was prepared")
    megabytes = {name: round(done["files"][name]["bytes"] / 2**20, 1) for name in ("json", "zip")}
    return {
        "calls": calls.dynamodb,
        "s3_calls": calls.s3,
        "seconds": round(took, 1),
        "risen_mb": round(risen, 1),
        **{f"{name}_mb": size for name, size in megabytes.items()},
    }


class _Calls:
    """Counts calls by service, and spares the embedded bucket what a real one would take."""

    dynamodb = 0
    s3 = 0

    def spare(self) -> None:
        for operation in ("UploadPart", "PutObject"):
            event = f"before-parameter-build.s3.{operation}"
            aws_clients.client("s3").meta.events.register(event, self._empty)

    def count(self, service: str, *_: Any) -> None:
        if service == "dynamodb":
            self.dynamodb += 1
        else:
            self.s3 += 1

    def _empty(self, params: dict[str, Any], **_: Any) -> None:
        params["Body"] = b""


def _peak() -> float:
    """Return the most memory that the process had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sizes.main("bench.requests", __doc__, measure)
