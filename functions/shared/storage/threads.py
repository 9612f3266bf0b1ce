"""Calls to AWS side by side, as parts of one invocation.

Threads know nothing of the invocation by themselves: each is told how much time is left of it, and
which request it goes back to.
"""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")


def mapped(work: Callable[[S], T], each: Collection[S], at_once: int) -> Iterator[T]:
    """Do the work for each, so many at once; yield what came of it in their order."""
    runs = [copy_context().run for _ in each]
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(lambda run, one: run(work, one), runs, each)
