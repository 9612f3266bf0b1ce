"""Erasing one person with many records: seconds, calls to AWS, and how far memory rises.

`python -m bench.erasure 10 1000 100000 --engine dynamodb-local`; each size in a fresh process, so
that peaks do not hide each other. The embedded engine reads a whole table for each query: take
the real one for anything but small numbers.
"""

import resource
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "functions"), str(ROOT)]

from bench import sizes  # noqa: E402
from infra import synth  # noqa: E402
from local import aws_calls, cloud, engine  # noqa: E402
from local.functions import Functions  # noqa: E402
from shared.storage.aws_json import connection  # noqa: E402


def measure(records: int, name: str) -> dict[str, float]:
    """Erase somebody with so many records; return what it took."""
    with engine.started(name):
        # The engine on this machine may take longer for a page of 1 MB than DynamoDB ever does.
        connection.READ_SECONDS = 60
        Functions(cloud.lay(synth.template()), serial=name == "moto").prepare()
        from bench import somebody  # noqa: PLC0415
        from fulfilment.erasure import erasure_run  # noqa: PLC0415 - with the engine's environment
        from tests.support import NOW  # noqa: PLC0415

        case = somebody.with_request("erasure", records, "r_bench", "sam@example.com")
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
    return {"calls": calls, "seconds": round(took, 1), "risen_mb": round(risen, 1)}


if __name__ == "__main__":
    sizes.main("bench.erasure", __doc__, measure)
