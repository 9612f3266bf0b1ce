"""Which Python measures: the version that Lambda runs, where this machine has one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra.bytecode import RUNTIME


def chosen() -> tuple[str, str]:
    """Return the Python that measures, by path and version (`3.13`), first on PATH from now on.

    So the build's compiler finds it, which looks for one of the right version there.
    """
    python, version = _found()
    os.environ["PATH"] = f"{Path(python).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return python, version


def _found() -> tuple[str, str]:
    """Find Lambda's if one runs here, else our own."""
    known = sorted(Path.home().glob(f".pyenv/versions/{RUNTIME}*/bin/python{RUNTIME}"))
    for candidate in (shutil.which(f"python{RUNTIME}"), *map(str, known)):
        if candidate and _runs(candidate):
            return candidate, RUNTIME
    return sys.executable, f"{sys.version_info.major}.{sys.version_info.minor}"


def _runs(python: str) -> bool:
    """Tell whether it is more than a shim, and can make a TLS connection."""
    ran = subprocess.run([python, "-c", "import ssl"], capture_output=True, check=False)
    return ran.returncode == 0
