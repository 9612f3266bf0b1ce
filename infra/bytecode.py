"""Compiled Python for what is deployed: without it a cold start takes more than twice as long.

Lambda's file system is read-only, so that what is not compiled here is compiled again at
every cold start. The files are of the "unchecked hash" kind (PEP 552): they do not depend
on the time of the build, and no source file is looked at before they are used.
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

RUNTIME = "3.13"


@cache
def compiler(version: str) -> str | None:
    """Find a Python of `version` (`3.13`) that really runs; None, said on stderr, if none does.

    A released Python's files are good for all of its patch versions, so any 3.13 will do.
    """
    candidates = (sys.executable, shutil.which(f"python{version}"), shutil.which("python3"))
    for candidate in candidates:
        if candidate and _version(candidate) == version:
            return candidate
    sys.stderr.write(
        f"WARNING: there is no Python {version} on this machine's PATH, so what is deployed has"
        " no compiled files: cold starts will take 2 to 3 times as long.\n"
    )
    return None


def _version(python: str) -> str | None:
    show = "import sys; print('%d.%d' % sys.version_info[:2])"
    answer = subprocess.run(  # noqa: S603  # a Python from PATH
        [python, "-c", show], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() if answer.returncode == 0 else None


def compile_folder(folder: Path, version: str, place: str, *, keep_source: bool) -> bool:
    """Compile all of `folder` for Python `version`; says whether it could.

    `place` is where the folder will stand in Lambda: tracebacks name it, and the result does
    not depend on this machine's paths. With `keep_source` the compiled files go to
    `__pycache__`; without, they take the sources' places, and tracebacks keep file, line and
    function but not the line's text.

    Raises:
        subprocess.CalledProcessError: a file does not compile.
    """
    python = compiler(version)
    if python is None:
        return False
    subprocess.run(  # noqa: S603  # a Python from PATH
        [
            *(python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"),
            *(() if keep_source else ("-b",)),
            *("-s", str(folder), "-p", place, str(folder)),
        ],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    if not keep_source:
        for source in folder.rglob("*.py"):
            source.unlink()
    return True
