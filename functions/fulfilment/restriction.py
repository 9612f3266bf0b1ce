"""Objections and restrictions: in force already, what is left is to say so (Art. 18, 19, 21).

Who has data restricted because they want it kept has it kept: a hold lasts as long as that does.
"""

from contextlib import suppress
from datetime import datetime

from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.request_types import RESTRICTION_GROUNDS, RequestType, row
from shared.domain.timestamps import format_timestamp
from shared.services import apply_action, notify_recipients
from shared.services.notify_recipients import EVERYTHING
from shared.storage import holds, inventory
from shared.storage.hold_items import Hold
from shared.storage.requests.request_store import RequestAction

# Art. 18(1)(b) and (c): erasing it is what the person is against, or they need it.
KEEPS = frozenset({"unlawful", "claims"})
BY = "system"


def hold(case: DataSubjectRequest, now: datetime) -> None:
    """Keep a restricted person's data from retention, if the ground is that it be kept."""
    ground = case.facts.get("ground")
    over = case.facts.get("lifted") or not case.identified
    if case.type != RequestType.RESTRICTION or ground not in KEEPS or over:
        return
    kept = Hold(
        id=case.id,
        reason=f"Restriction {case.id}: {RESTRICTION_GROUNDS[ground]}.",
        by=BY,
        placed_at=format_timestamp(now),
        person=case.person,
        browsers=tuple(sorted(inventory.linked(case.person))),
    )
    with suppress(holds.AlreadyExists):
        holds.place(kept)


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
    """Let go what the restriction kept, and tell the same recipients that it is over."""
    if (kept := holds.get(case.id)) is not None:
        holds.lift(kept, BY, now, "The restriction is over.")
    notify_recipients.notify(case.person, "unrestricted", EVERYTHING, now, f"{case.id}#lifted")
