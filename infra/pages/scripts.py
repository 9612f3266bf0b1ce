"""Scripts and sheets under names that say what is in them, so that they can be kept for ever.

The scripts are ES modules. A module imports another by its plain name, `./api.js`; here every
name becomes the one with the content's hash in it, from the leaves of the imports upwards.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_IMPORT = re.compile(r'^(import\s[^;]*?from\s+)"\./(\w+)\.js";', re.MULTILINE)
_BLANKS = re.compile(r"/\*.*?\*/|\n\s+", re.DOTALL)


def named(name: str, suffix: str, text: str) -> str:
    """Name a file after its content: `site.1a2b3c4d5e6f.css`."""
    return f"{name}.{hashlib.sha256(text.encode()).hexdigest()[:12]}.{suffix}"


class Scripts:
    """The modules of some folders, as they are served; no two have one name."""

    def __init__(self, *folders: Path) -> None:
        """Read nothing yet."""
        self.folders = folders
        self._served = cache(self._serve)

    def served(self, name: str) -> tuple[str, str]:
        """Return a module's hashed name and its text, imports renamed."""
        return self._served(name)

    def needed(self, name: str) -> list[str]:
        """List a module and all that it imports, itself last."""
        found: list[str] = []
        for other in self._imports(name):
            found += [module for module in self.needed(other) if module not in found]
        return [*found, name]

    def path(self, name: str) -> Path:
        """Return a module's source file."""
        return next(path for folder in self.folders if (path := folder / f"{name}.js").is_file())

    def _imports(self, name: str) -> Iterator[str]:
        for match in _IMPORT.finditer(self.path(name).read_text(encoding="utf-8")):
            yield match[2]

    def _serve(self, name: str) -> tuple[str, str]:
        source = self.path(name).read_text(encoding="utf-8")
        text = _IMPORT.sub(lambda m: f'{m[1]}"./{self.served(m[2])[0]}";', source)
        return named(name, "js", text), text


def sheet(text: str) -> str:
    """Take comments and indentation out of a sheet."""
    return _BLANKS.sub("\n", text).replace("\n\n", "\n").strip() + "\n"
