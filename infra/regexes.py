"""The regular expressions of a bundle, compiled with it.

`re` compiles in Python, which was a tenth of a cold start and comes to the same each time. Here
the Python that will run the bundle does it once (`infra/regex_codes.py`), and functions start
with what it made (`infra/stand_in/regexes_beforehand.py`).
"""

import importlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import botocore

from infra import bytecode
from infra.routes import FOLDER

MODULE = "regexes.py"
CODES = Path(__file__).with_name("regex_codes.py")
# Of the standard library and of packages, what functions import that compiles.
STANDARD = ("email.generator", "glob", "html", "json", "logging", "string", "textwrap", "tomllib")
PACKAGES = ("botocore.httpsession", "botocore.session", "jinja2")
INSTALLED = Path(botocore.__file__).parent.parent


def write(function: str, folder: Path, version: str) -> None:
    """Write what `function` and what it shares compile, and have its package begin with it.

    Without a Python of `version` nothing is made beforehand, and all is as ever.
    """
    text = '"""Made by infra/regexes.py."""\n\nMAGIC = 0\nCODES = {}\n'
    if python := bytecode.compiler(version):
        asked = {
            "folder": str(INSTALLED),
            "modules": STANDARD + PACKAGES,
            "patterns": sorted(patterns(function), key=repr),
        }
        text = subprocess.run(  # noqa: S603  # our own script, by a Python from PATH
            [python, "-I", "-B", str(CODES)],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        ).stdout
    (folder / MODULE).write_text(text, "utf-8")
    package = folder / function / "__init__.py"
    package.write_text(f"{package.read_text('utf-8')}\nimport regexes_beforehand\n", "utf-8")


def patterns(function: str) -> Iterator[tuple[str, int, bool]]:
    """Yield what modules of `function` and of what it shares compile when they are imported."""
    for home in (function, "shared"):
        for path in sorted((FOLDER / home).rglob("*.py")):
            name = ".".join(path.relative_to(FOLDER).with_suffix("").parts)
            for value in vars(importlib.import_module(name.removesuffix(".__init__"))).values():
                if isinstance(value, re.Pattern):
                    yield _told(value)


def _told(pattern: "re.Pattern[str] | re.Pattern[bytes]") -> tuple[str, int, bool]:
    """Return a pattern's text and the flags that it was made with: UNICODE is every text's own."""
    if isinstance(pattern.pattern, bytes):
        return pattern.pattern.decode("latin-1"), pattern.flags, True
    return pattern.pattern, pattern.flags & ~re.UNICODE, False
