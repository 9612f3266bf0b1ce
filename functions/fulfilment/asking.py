"""Asking each of the company's other systems for what it has to do, and keeping their answers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from fulfilment import sources
from shared.domain.case import Case
from shared.storage.cases import Step

# A source that is there needs asking no more; one that failed waits for the staff.
SETTLED = frozenset({"collected", "corrected", "erased", "kept", "skipped", "uploaded"})
FAILED = "failed"


def each(case: Case, verb: str, now: datetime) -> tuple[Case, Step | None]:
    """Ask every source that has not answered yet; give the case with their answers.

    With it comes the step that tells the staff of one that failed just now, if one did.
    """
    states: dict[str, Mapping[str, Any]] = dict(case.sources)
    failed: list[str] = []
    for source in sources.names():
        status = states.get(source, {}).get("status")
        if status in SETTLED or status == FAILED:
            continue
        states[source] = sources.ask(verb, case, source, now)
        if states[source]["status"] == FAILED:
            failed.append(source)
    asked = replace(case, sources=states)
    if not failed:
        return asked, None
    why = states[failed[0]].get("why")
    details = {"source": failed[0], "why": why}
    changes = {"sources": states}
    return asked, Step("source_failed", "system", now, details=details, changes=changes)


def settled(case: Case) -> bool:
    """Tell whether no source is outstanding or failed."""
    return all(state.get("status") in SETTLED for state in case.sources.values())
