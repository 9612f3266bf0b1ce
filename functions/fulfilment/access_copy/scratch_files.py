"""What was gathered about somebody, class by class, in files of scratch space.

So memory holds one thing at a time, however much there is. The folder goes when the work is over;
what a run that was cut off left behind goes when the next one begins.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

PREFIX = "privacy-"
# More fields than that, in all records of one class together, share one column.
MAX_COLUMNS = 500


@dataclass
class ScratchFiles:
    """A folder with one file per class: a JSON document to the line."""

    folder: Path
    counts: dict[str, int] = field(default_factory=dict)
    columns: dict[str, dict[str, None]] = field(default_factory=dict)
    _files: dict[str, IO[str]] = field(default_factory=dict)

    def add(self, kind: str, entry: Mapping[str, Any]) -> None:
        """Write one thing of a class down, as a copy has it."""
        if kind not in self._files:
            path = self.path(f"{kind}.jsonl")
            self._files[kind] = path.open("w", encoding="utf-8")
            self.columns[kind] = {}
        self._files[kind].write(json.dumps(entry, ensure_ascii=False) + "\n")
        self.counts[kind] = self.counts.get(kind, 0) + 1
        known = self.columns[kind]
        for name, _ in flatten(entry["data"]):
            if len(known) < MAX_COLUMNS:
                known[name] = None

    def close(self) -> None:
        """Let the files be read, and free what writing them took."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def lines(self, kind: str) -> Iterator[str]:
        """Yield each thing of a class as it was written, without the end of the line."""
        with self.path(f"{kind}.jsonl").open(encoding="utf-8", newline="\n") as file:
            for line in file:
                yield line[:-1]

    def entries(self, kind: str) -> Iterator[dict[str, Any]]:
        """Yield each thing of a class."""
        return (json.loads(line) for line in self.lines(kind))

    def path(self, name: str) -> Path:
        """Return a place in the folder."""
        return self.folder / name


@contextmanager
def opened() -> Iterator[ScratchFiles]:
    """Make the folder, and remove it with all that is in it, whatever happens."""
    _sweep()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        scratch = ScratchFiles(Path(folder))
        try:
            yield scratch
        finally:
            scratch.close()


def _sweep() -> None:
    """Remove what a run that Lambda cut off left; there, nobody else works in this space."""
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            shutil.rmtree(left)


def flatten(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value with its path, `provenance.page`; lists are values, what is empty is not."""
    for name, value in data.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{name}.")
        elif value is not None and value != []:
            yield f"{prefix}{name}", value
