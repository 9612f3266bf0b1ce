"""What is measured, as it would be deployed: our layer and bundles, and a plain installation."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from infra import bundle, bytecode, layer

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".cache" / "bench"
ALL = ROOT / "locks" / "all.lock"
PARTICIPANTS = ("floor.py", "least.py", "powertools.py", "cookbook.py", "usual.py")
# The tracer's library is in no lock of ours: nothing else here needs it.
USUAL = ("aws-lambda-powertools", "aws-xray-sdk==2.15.0", "boto3", "fastapi", "mangum")
# Whose version a figure depends on.
TOLD = (
    "aws-lambda-powertools",
    "awslambdaric",
    "boto3",
    "fastapi",
    "mangum",
    "pydantic",
    "urllib3",
)


@dataclass(frozen=True, slots=True)
class Folders:
    """Import paths: `plain` for the floor and the usual way; ours is a bundle and the layer."""

    plain: Path
    layer: Path
    bundles: Path

    def ours(self, function: str) -> tuple[Path, Path]:
        """Return the import path of one of our functions."""
        return self.bundles / function, self.layer


def prepare(version: str, functions: tuple[str, ...], say: Callable[[str], None]) -> Folders:
    """Build what is not there yet for Python `version` on this machine, all of it compiled.

    Raises:
        subprocess.CalledProcessError: the packages cannot be had.
    """
    home = CACHE / version
    folders = Folders(home / "plain", home / "layer", home / "bundles")
    own = ROOT / "infra"
    recipe = [own / "layer.py", own / "bytecode.py", *layer.STAND_INS, layer.LOCK]
    _once(folders.layer, recipe, say, lambda to: layer.build(to, None, version))
    here = [ROOT / "bench" / name for name in PARTICIPANTS]
    _once(folders.plain, [Path(__file__), ALL, *here], say, lambda to: _plain(to, version))
    shutil.rmtree(folders.bundles, ignore_errors=True)
    for function in functions:
        bundle.build(function, folders.bundles / function, version)
    return folders


def versions() -> dict[str, str]:
    """Return the versions of what takes part, as the lock has them."""
    pinned = re.findall(r"^([\w-]+(?:\[\w+\])?)==(\S+)", ALL.read_text("utf-8"), re.MULTILINE)
    return {name: version for name, version in pinned if name in TOLD}


def lambda_client(version: str, say: Callable[[str], None]) -> Path:
    """Return the folder of the client by which Lambda runs a function, compiled like the rest."""
    folder = CACHE / version / "client"
    _once(folder, [Path(__file__), ALL], say, lambda to: _client(to, version))
    return folder


def size(folder: Path) -> int:
    """Return the bytes of all files below `folder`, unpacked."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _once(
    folder: Path, made_of: list[Path], say: Callable[[str], None], build: Callable[[Path], None]
) -> None:
    """Build `folder` unless it was built, whole, from the same files."""
    stamp = hashlib.sha256(b"".join(path.read_bytes() for path in made_of)).hexdigest()
    built = folder.with_name(f"{folder.name}.built")
    if built.exists() and built.read_text(encoding="ascii") == stamp:
        return
    say(f"building {folder.relative_to(ROOT)} …")
    built.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    build(folder)
    built.write_text(stamp, encoding="ascii")


def _plain(target: Path, version: str) -> None:
    """Install what the others need, as anybody would, in the lock's versions; compiled like ours.

    Compiling is the largest single factor of a cold start, so that comparing without it
    would flatter us.
    """
    _install(target, version, USUAL)
    for name in PARTICIPANTS:
        shutil.copyfile(ROOT / "bench" / name, target / name)
    bytecode.compile_folder(target, version, str(target), keep_source=True)


def _client(target: Path, version: str) -> None:
    _install(target, version, ("awslambdaric",))
    bytecode.compile_folder(target, version, str(target), keep_source=True)


def _install(target: Path, version: str, packages: Iterable[str]) -> None:
    """Install packages in the lock's versions."""
    pinned = target.with_name(f"{target.name}.txt")
    pinned.parent.mkdir(parents=True, exist_ok=True)
    pinned.write_text("\n".join(packages) + "\n", encoding="ascii")
    versions = re.sub(r" \\\n(\s+--hash=\S+( \\)?\n)+", "\n", ALL.read_text(encoding="utf-8"))
    constraints = target.parent / "constraints.txt"
    constraints.write_text(versions, encoding="utf-8")
    subprocess.run(
        [
            *(find_uv_bin(), "pip", "install", "--quiet", "--target", str(target)),
            *("--requirements", str(pinned), "--constraints", str(constraints)),
            *("--only-binary", ":all:", "--python-version", version),
            *("--link-mode", "copy", "--no-compile-bytecode"),
        ],
        check=True,
        env={**os.environ, "UV_NO_CONFIG": "1"},
    )
