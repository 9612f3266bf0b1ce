"""Regular expressions that were compiled beforehand, in place of compiling them at each start.

What was compiled comes with the bundle (`infra/regexes.py`), by pattern and flags, as the code that
`re` hands to its engine. What is not there, or is for another engine, is compiled as ever.
"""

import re  # noqa: F401 - so that its compiler is there
import sys
from importlib import import_module
from typing import Any

made_before: Any = import_module("regexes")
compiler: Any = sys.modules["re._compiler"]
engine: Any = compiler._sre  # noqa: SLF001 - what `re` itself compiles by
plain = compiler.compile


def compile(pattern: Any, flags: int = 0) -> Any:  # noqa: A001 - as `re` calls it
    """Make a pattern of the code that is there, or compile it."""
    made = made_before.CODES.get((pattern, flags))
    if made is None:
        return plain(pattern, flags)
    whole, code, groups, index, names = made
    words = memoryview(code).cast("I").tolist()
    return engine.compile(pattern, whole, words, groups, dict(index), names)


if engine.MAGIC == made_before.MAGIC:
    compiler.compile = compile
