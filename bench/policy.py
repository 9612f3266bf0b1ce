"""How large the policy in force is as it is served, plain and compressed.

`python -m bench.policy --write` puts it into bench/figures.json, from which docs take it.
"""

import argparse
import gzip
import json
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "functions"), str(ROOT)]

from bench import figures  # noqa: E402 - after the path


def measured() -> dict[str, object]:
    """Return the newest version's name and its bytes, plain and as a gateway compresses them."""
    from consent import policy_views  # noqa: PLC0415 - with the path
    from shared.storage import policies  # noqa: PLC0415

    version, policy = list(policies.published().versions.items())[-1]
    content = policy_views.written(policy.document).encode()
    return {
        "version": version,
        "bytes": len(content),
        "compressed": len(gzip.compress(content, 6, mtime=0)),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.policy", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put it into bench/figures.json")
    found = measured()
    if parser.parse_args().write:
        figures.keep(policy=found)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
