"""One fresh process: import a handler, serve one event, then many; print CPU seconds.

`python child.py MODULE ATTRIBUTE EVENT WARM`, with the import path in PYTHONPATH.
"""

import gc
import importlib
import json
import resource
import sys
import time
from typing import Any


class Context:
    """What Lambda tells of an invocation, as far as handlers look."""

    function_name, memory_limit_in_mb, aws_request_id = "measured", 1024, "none"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:measured"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Tell how long the invocation may still take."""
        return 900_000


def main() -> None:
    """Measure; nothing but the standard library is imported before the clock starts."""
    module, attribute, path, count = sys.argv[1:]
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib would be paid by none
        event = json.load(file)
    gc.collect()
    start = time.process_time()
    handler = getattr(importlib.import_module(module), attribute)
    first = handler(event, Context)
    cold = time.process_time() - start
    _check(module, first)
    for _ in range(min(30, int(count))):
        handler(event, Context)
    start = time.process_time()
    for _ in range(int(count)):
        handler(event, Context)
    warm = (time.process_time() - start) / max(1, int(count))
    sys.stdout.write(json.dumps({"cold": cold, "warm": warm, "rss": _peak()}))


def _peak() -> int:
    """Return the most bytes that this program had; `getrusage` would begin with its parent's."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123
            (line,) = (line for line in file if line.startswith("VmHWM:"))
    except FileNotFoundError:  # not Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(line.split()[1]) * 1024


def _check(module: str, answer: dict[str, Any]) -> None:
    """Stop if what was measured is not the work: not a 2xx, or a batch with failures."""
    if answer.get("statusCode", 200) // 100 != 2 or answer.get("batchItemFailures"):  # noqa: PLR2004
        sys.exit(f"{module} answered {answer}")


main()
