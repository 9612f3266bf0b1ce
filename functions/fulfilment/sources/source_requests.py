"""Asking each of the company's other systems for what it has to do, and keeping their answers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from fulfilment.sources import source_systems
from shared.domain.data_subject_request import DataSubjectRequest
from shared.storage.requests.request_store import RequestAction

# A source that is there needs asking no more; one that failed waits for the staff.
SETTLED = frozenset({"collected", "corrected", "erased", "kept", "skipped", "uploaded"})
FAILED = "failed"


def ask_all(
    case: DataSubjectRequest, verb: str, now: datetime
) -> tuple[DataSubjectRequest, RequestAction | None]:
    """Ask every source that has not answered yet; return the case with their answers.

    With it comes the step that tells the staff of one that failed just now, if one did.
    """
    answered: dict[str, Mapping[str, Any]] = {}
    failed: list[str] = []
    for source in source_systems.names():
        status = case.sources.get(source, {}).get("status")
        if status in SETTLED or status == FAILED:
            continue
        answered[source] = source_systems.ask(verb, case, source, now)
        if answered[source]["status"] == FAILED:
            failed.append(source)
    asked = replace(case, sources={**case.sources, **answered})
    if not failed:
        return asked, None
    why = answered[failed[0]].get("why")
    details = {"source": failed[0], "why": why}
    changes = {"sources": answered}
    return asked, RequestAction("source_failed", "system", now, details=details, changes=changes)


def settled(case: DataSubjectRequest) -> bool:
    """Tell whether no source is outstanding or failed."""
    return all(state.get("status") in SETTLED for state in case.sources.values())
