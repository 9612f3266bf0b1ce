"""Doing each of several pieces of work, whatever becomes of the others."""

from collections.abc import Callable, Iterable

from shared.edge import log


def each(work: Iterable[Callable[[], object]], what: str) -> None:
    """Do every piece; those that fail beside the first are logged as `what`.

    Raises:
        Exception: the first fault, when all were tried.
    """
    first: Exception | None = None
    for piece in work:
        try:
            piece()
        except Exception as fault:  # noqa: BLE001 - the first is raised below, when all were tried
            if first is None:
                first = fault
            else:
                log.fault(fault, what)
    if first is not None:
        raise first
