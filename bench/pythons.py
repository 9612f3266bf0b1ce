"""Which Python measures: the version that Lambda runs, where this machine has one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra.bytecode import RUNTIME


def find() -> tuple[str, str]:
    """Return a Python's path and version (`3.13`): Lambda's if one runs here, else our own."""
    known = sorted(Path.home().glob(f".pyenv/versions/{RUNTIME}*/bin/python{RUNTIME}"))
    for candidate in (shutil.which(f"python{RUNTIME}"), *map(str, known)):
        if candidate and _runs(candidate):
            return candidate, RUNTIME
    return sys.executable, f"{sys.version_info.major}.{sys.version_info.minor}"


def put_first(python: str) -> None:
    """Let the build's compiler find `python`: it looks for one of the right version on PATH."""
    os.environ["PATH"] = f"{Path(python).parent}{os.pathsep}{os.environ.get('PATH', '')}"


def _runs(python: str) -> bool:
    """Tell whether it is more than a shim, and can make a TLS connection."""
    ran = subprocess.run([python, "-c", "import ssl"], capture_output=True, check=False)
    return ran.returncode == 0
