"""What a process holds on to, counted: the same after each round of a long load.

Megabytes tell little: code that is loaded late, a heap that is not given back and what stands in
free lists are in them. What is counted here is exact: objects of our own classes, faults with all
that they have seen, what is remembered of earlier calls, threads, open files, handlers of logs.
"""

import functools
import gc
import logging
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_HOME = Path(__file__).parent.parent.parent / "functions"
OURS = frozenset(path.name.removesuffix(".py") for path in _HOME.iterdir())
# Rounds in which code is loaded and connections are made.
FIRST = 2
# A connection more or less, and an object that is in work by another thread as it is counted.
ROOM = 3

Held = Mapping[str, int]


def held() -> Held:
    """Count what is held now, when nothing is under way."""
    gc.collect()
    counts: Counter[str] = Counter()
    for each in gc.get_objects():
        kind = type(each)
        if isinstance(each, functools._lru_cache_wrapper):
            if _is_ours(each.__wrapped__):
                counts[f"remembered by {each.__qualname__}"] = each.cache_info().currsize
        elif _is_ours(kind):
            counts[f"{kind.__module__}.{kind.__qualname__}"] += 1
        elif isinstance(each, BaseException) and each.__traceback__ is not None:
            counts["faults"] += 1
    del each
    counts["threads"] = threading.active_count()
    counts["files"] = sum(1 for _ in Path("/proc/self/fd").iterdir())
    names = [logging.getLogger(), *map(logging.getLogger, list(logging.root.manager.loggerDict))]
    counts["handlers of logs"] = sum(len(logger.handlers) for logger in names)
    return counts


def grown(rounds: Sequence[Held], bounds: Mapping[str, int]) -> Iterator[str]:
    """Yield what there is more of in the last third of the rounds than ever before.

    What is remembered within its bound may grow: `bounds` has those that are reached late.
    """
    settled = rounds[FIRST:]
    third = len(settled) // 3
    if third == 0:
        return
    for name in sorted(set().union(*settled)):
        values = [each.get(name, 0) for each in settled]
        before, last = max(values[:-third]), min(values[-third:])
        if last > before + ROOM and last > bounds.get(name.removeprefix("remembered by "), 0):
            yield f"memory: {name}: {', '.join(map(str, values))}"


def bounds() -> Mapping[str, int]:
    """Return how much each of our caches that have a bound may remember."""
    return {
        each.__qualname__: each.cache_info().maxsize or 0
        for each in gc.get_objects()
        if isinstance(each, functools._lru_cache_wrapper) and _is_ours(each.__wrapped__)
    }


def _is_ours(kind: object) -> bool:
    return str(getattr(kind, "__module__", "")).partition(".")[0] in OURS
