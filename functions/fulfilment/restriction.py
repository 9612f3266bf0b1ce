"""Objections and restrictions: in force already, what is left is to say so (Art. 18, 19, 21)."""

from datetime import datetime

from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.request_types import row
from shared.services import apply_action, notify_recipients
from shared.services.notify_recipients import EVERYTHING
from shared.storage.requests.request_store import RequestAction


def complete(case: DataSubjectRequest, now: datetime) -> None:
    """Complete the request; those to whom data was passed on are told of a restriction (S46).

    An objection that says more than that it objects is weighed by staff (Art. 21(1)); what it may
    stop without being weighed was stopped with the step that showed who asks.
    """
    if case.type == "objection" and case.details:
        return
    told = row(case.type).recipients
    if told is not None:
        notify_recipients.notify(case.person, told, EVERYTHING, now, case.id)
    apply_action.act(case, RequestAction("fulfilled", "system", now))


def tell_of_end(case: DataSubjectRequest, now: datetime) -> None:
    """Tell the same recipients that a restriction is over."""
    notify_recipients.notify(case.person, "unrestricted", EVERYTHING, now, f"{case.id}#lifted")
