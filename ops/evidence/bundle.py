"""The archive of an evidence bundle: files as they come, straight to disk, and their manifest.

The same files give the same bytes; only the signature differs, for it tells its time.
"""

import hashlib
import json
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from ops import CommandError
from ops.verify_evidence import FORMAT, MANIFEST, SIGNATURE

# So that the same evidence gives the same bytes.
_MOMENT = (1980, 1, 1, 0, 0, 0)
PROGRESS_EVERY = 1000  # events
Signer = Callable[[Mapping[str, Any]], str]


class Bundle:
    """An archive that is being written, to be used with `with`; a fault leaves no archive."""

    def __init__(self, path: Path, scope: Mapping[str, Any]) -> None:
        """Begin an archive of the evidence that `scope` names.

        Raises:
            CommandError: it cannot be written there.
        """
        self.path, self.scope = path, scope
        try:
            self._archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}.") from None
        self._hashes: dict[str, str] = {}

    def add(self, name: str, content: bytes) -> None:
        """Add a file."""
        self.stream(name, (content,))

    def stream(self, name: str, parts: Iterable[bytes]) -> None:
        """Add a file that is written as its parts come."""
        digest = hashlib.sha256()
        info = zipfile.ZipInfo(name, _MOMENT)
        info.compress_type = zipfile.ZIP_DEFLATED
        with self._archive.open(info, "w", force_zip64=True) as file:
            for part in parts:
                digest.update(part)
                file.write(part)
        self._hashes[name] = digest.hexdigest()

    def finish(self, sign: Signer | None = None) -> None:
        """Write the manifest, and the signature of who vouches for it, if somebody does."""
        manifest = written({"format": FORMAT, "scope": self.scope, "files": dict(self._hashes)})
        self.add(MANIFEST, manifest)
        if sign is not None:
            vouched = {"manifest": hashlib.sha256(manifest).hexdigest()}
            self.add(SIGNATURE, sign(vouched).encode())

    def __enter__(self) -> Self:
        """Go on."""
        return self

    def __exit__(self, _kind: object, fault: BaseException | None, _trace: object) -> None:
        """Close the archive; after a fault take it away, for half a bundle proves nothing."""
        self._archive.close()
        if fault is not None:
            self.path.unlink()


class Progress:
    """Counts what goes by and says so now and then; notes the policy versions that are named."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.count = self.last = 0
        self.versions: set[str] = set()

    def lines(self, events: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
        """Yield the events as lines of a file."""
        for event in events:
            self.count += 1
            self.last = event["sequence"]
            self.versions |= {event["policy_version"], *(event["words"] or {}).values()}
            if self.count % PROGRESS_EVERY == 0:
                print(f"{self.count} events …", file=sys.stderr)
            yield line(event)


def written(value: Any) -> bytes:
    """Write JSON that does not depend on the order in which it was made."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def line(value: Any) -> bytes:
    """Write one line of a file of lines."""
    return written(value) + b"\n"
