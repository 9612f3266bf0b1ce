"""After a correction: the other systems are asked to make it, and recipients told (S55, S56, S31).

Our own records were put right with the step that completed the request. UK GDPR Art. 19 has
us tell everybody to whom the data had been passed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fulfilment import asking
from shared.domain import rectification
from shared.domain.case import Case
from shared.storage import cases, disclosures, dynamo, rectifications
from shared.storage.cases import Happening, Step

APPLIED = "applied"
# With the request's own writes a transaction stays below its hundred members.
MOST_NOTICES = 90


def tell(case: Case, happening: Happening, now: datetime) -> None:
    """Pass on what `happening`, the completion of `case`, corrected; a second time does nothing.

    A source that does not answer is noted with the case as failed: the request is completed, and
    staff see what is left to do.

    Raises:
        Busy: the store is throttling; the same call may work in a moment.
        Conflict: somebody acted on the case meanwhile.
    """
    if any(event.action == APPLIED for event in cases.timeline(case.id)):
        return
    decisions = case.result.get("decisions", [])
    more = _the_rest(case, decisions, happening.by, now)
    fields = _accepted(case, decisions)
    notices: list[dict[str, Any]] = []
    if fields:
        case, _ = asking.each(case, "correct", now)
        notices = disclosures.notices(case.person, "corrected", fields, now, case.id)
    details = {"fields": list(fields), "recipients_told": len(notices), "more_records": more}
    step = Step(APPLIED, "system", now, details=details, changes={"sources": case.sources})
    for start in range(MOST_NOTICES, len(notices), MOST_NOTICES):
        some = notices[start : start + MOST_NOTICES]
        dynamo.call("transact_write_items", TransactItems=some)
    cases.advance(case, step, *notices[:MOST_NOTICES])


def _accepted(case: Case, decisions: list[Mapping[str, Any]]) -> tuple[str, ...]:
    settled = rectification.settled(case.corrections, decisions)
    return tuple(item["field"] for item in settled if item["accepted"])


def _the_rest(case: Case, decisions: list[Mapping[str, Any]], by: str, now: datetime) -> int:
    """Correct what did not fit into the completion's own transaction; give how many records."""
    corrected = 0
    while True:
        writes, _ = rectifications.members(case.person, case, decisions, by, now)
        if not writes:
            return corrected
        dynamo.call("transact_write_items", TransactItems=writes)
        corrected += len(writes)
