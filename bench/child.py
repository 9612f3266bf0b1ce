"""One fresh process: import a handler, serve one request, then many; print CPU seconds.

`python child.py MODULE ATTRIBUTE EVENT WARM`, with the import path in PYTHONPATH.
"""

import gc
import importlib
import json
import resource
import sys
import time


def main() -> None:
    """Measure; nothing but the standard library is imported before the clock starts."""
    module, attribute, path, count = sys.argv[1:]
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib would be paid by none
        event = json.load(file)
    gc.collect()
    start = time.process_time()
    handler = getattr(importlib.import_module(module), attribute)
    first = handler(event, None)
    cold = time.process_time() - start
    if first["statusCode"] != 201:  # noqa: PLR2004
        sys.exit(f"{module} answered {first}")
    for _ in range(30):
        handler(event, None)
    start = time.process_time()
    for _ in range(int(count)):
        handler(event, None)
    warm = (time.process_time() - start) / int(count)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(json.dumps({"cold": cold, "warm": warm, "rss": memory}))


main()
