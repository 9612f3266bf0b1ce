"""A function's bundle: its own folder, `shared` and what is made beforehand, compiled."""

import shutil
from pathlib import Path

from infra import bytecode, core_schemas, dataclass_inits, regexes
from infra.routes import FOLDER

PLACE = "/var/task"
_NOT_DEPLOYED = shutil.ignore_patterns("__pycache__", "*.pyc")


def build(function: str, target: Path, version: str = bytecode.RUNTIME) -> None:
    """Make the bundle of `function` at `target`, which is made if it is not there."""
    for name in (function, "shared"):
        shutil.copytree(FOLDER / name, target / name, ignore=_NOT_DEPLOYED)
    core_schemas.write(function, target / core_schemas.MODULE)
    dataclass_inits.write(target)
    regexes.write(function, target, version)
    bytecode.compile_folder(target, version, PLACE, keep_source=True)
