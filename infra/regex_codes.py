"""Compile regular expressions, run by the Python that they are for; it imports nothing of ours.

On stdin, as JSON: `modules` to import, of which what they compile is noted, a `folder` that has
those that are not the standard library's, and `patterns` to compile as well, each its text, its
flags and whether it is of bytes. On stdout: a module of literals.
"""

import importlib
import re
import sys
from typing import Any

compiler: Any = sys.modules["re._compiler"]
engine: Any = compiler._sre  # noqa: SLF001 - what `re` itself compiles by
plain = compiler.compile
known: dict[tuple[str | bytes, int], tuple[Any, ...]] = {}


class _Noting:
    """The engine, which keeps what it was last asked to make."""

    last: tuple[Any, ...] = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(engine, name)

    def compile(self, *told: Any) -> Any:
        self.last = told
        return engine.compile(*told)


def noted(pattern: Any, flags: int = 0) -> Any:
    """Compile, and keep the code."""
    made = plain(pattern, flags)
    _, whole, code, groups, index, names = noting.last
    size = engine.CODESIZE
    packed = b"".join(int(one).to_bytes(size, sys.byteorder) for one in code)
    known[pattern, int(flags)] = int(whole), packed, groups, tuple(index.items()), tuple(names)
    return made


noting = _Noting()
compiler._sre = noting  # noqa: SLF001
compiler.compile = noted
re.purge()
# Only now: json compiles, too.
json: Any = importlib.import_module("json")
asked = json.loads(sys.stdin.read())
sys.path.append(asked["folder"])
for module in asked["modules"]:
    importlib.import_module(module)
for text, flags, of_bytes in asked["patterns"]:
    re.compile(text.encode("latin-1") if of_bytes else text, flags)
entries = sorted(f"    {key!r}: {code!r},\n" for key, code in known.items())
head = f'"""Made by infra/regexes.py."""\n\nMAGIC = {engine.MAGIC}\nCODES = {{\n'
sys.stdout.buffer.write(f"{head}{''.join(entries)}}}\n".encode())
