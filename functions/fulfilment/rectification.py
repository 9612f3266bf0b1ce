"""After a correction: the other systems are asked to make it, and recipients told (S55, S56, S31).

Our own records were put right with the step that completed the request. UK GDPR Art. 19 has
us tell everybody to whom the data had been passed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fulfilment.sources import source_requests
from shared.domain import address_change, rectification
from shared.domain.data_subject_request import DataSubjectRequest
from shared.services import apply_action, notify_recipients
from shared.storage import rectifications
from shared.storage.dynamodb import database
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction, TimelineEvent

APPLIED = "applied"


def tell(case: DataSubjectRequest, completion: TimelineEvent, now: datetime) -> None:
    """Pass on what `completion`, the completion of `case`, corrected; a second time does nothing.

    A source that does not answer is noted with the case as failed: the request is completed, and
    staff are told what is left to do.

    Raises:
        Busy: the store is throttling; the same call may work in a moment.
        Conflict: somebody acted on the case meanwhile.
    """
    if any(event.action == APPLIED for event in request_store.timeline(case.id)):
        return
    decisions = case.result.get("decisions", [])
    # What was put right at once, in an account or in one record, is put right there alone.
    by_hand = bool(case.facts.get("made_at_once"))
    more = 0 if by_hand else _the_rest(case, decisions, completion.by, now)
    fields = _accepted(case, decisions)
    told, answers = 0, dict[str, Mapping[str, Any]]()
    if fields:
        case, answers = _ask(case, now)
        told = notify_recipients.notify(
            address_change.holder(case), "corrected", fields, now, case.id
        )
    details = {"fields": list(fields), "recipients_told": told, "more_records": more}
    step = RequestAction(APPLIED, "system", now, details=details, changes={"sources": answers})
    apply_action.act(case, step)


def ask_again(case: DataSubjectRequest, now: datetime) -> None:
    """Ask the sources that staff want asked again; what they answer is noted with the case."""
    case, answers = _ask(case, now)
    if answers:
        step = RequestAction("followed", "system", now, changes={"sources": answers})
        apply_action.act(case, step)


def _ask(
    case: DataSubjectRequest, now: datetime
) -> tuple[DataSubjectRequest, dict[str, Mapping[str, Any]]]:
    """Ask the sources to follow; return what they answered and has still to be noted.

    One that fails is told to the staff by a step of its own, which notes what all answered.
    """
    asked, failed = source_requests.ask_all(case, "correct", now)
    if failed is not None:
        return apply_action.act(case, failed), {}
    answers = {n: state for n, state in asked.sources.items() if state != case.sources.get(n)}
    return case, answers


def _accepted(case: DataSubjectRequest, decisions: list[Mapping[str, Any]]) -> tuple[str, ...]:
    settled = rectification.settled(case.corrections, decisions)
    return tuple(item["field"] for item in settled if item["accepted"])


def _the_rest(
    case: DataSubjectRequest, decisions: list[Mapping[str, Any]], by: str, now: datetime
) -> int:
    """Correct what did not fit into the completion's own transaction; return how many records."""
    corrected = 0
    while True:
        writes, _ = rectifications.members(case.person, case, decisions, by, now)
        if not writes:
            return corrected
        database.call("transact_write_items", TransactItems=writes)
        corrected += len(writes)
