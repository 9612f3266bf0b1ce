"""What can be done to a data subject request, one row an action: when, by whom, and what follows.

The state machine, the desk's routes, the command line, mails, workers and tests read these rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal


class RequestStatus(StrEnum):
    """Where a request stands."""

    AWAITING_IDENTITY = "awaiting_identity"
    AWAITING_FEE = "awaiting_fee"
    AWAITING_CLARIFICATION = "awaiting_clarification"
    IN_PROGRESS = "in_progress"
    AWAITING_REVIEW = "awaiting_review"
    COMPLETED = "completed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


AWAITING_IDENTITY = str(RequestStatus.AWAITING_IDENTITY)
AWAITING_FEE = str(RequestStatus.AWAITING_FEE)
AWAITING_CLARIFICATION = str(RequestStatus.AWAITING_CLARIFICATION)
IN_PROGRESS = str(RequestStatus.IN_PROGRESS)
AWAITING_REVIEW = str(RequestStatus.AWAITING_REVIEW)
COMPLETED = str(RequestStatus.COMPLETED)
REFUSED = str(RequestStatus.REFUSED)
CANCELLED = str(RequestStatus.CANCELLED)
LAPSED = str(RequestStatus.LAPSED)

# Open requests, by who has to do the next thing.
WAITING_FOR: Mapping[str, tuple[str, ...]] = {
    "them": (AWAITING_IDENTITY, AWAITING_FEE, AWAITING_CLARIFICATION),
    "us": (IN_PROGRESS, AWAITING_REVIEW),
}
OPEN = (*WAITING_FOR["them"], *WAITING_FOR["us"])
CLOSED = (COMPLETED, REFUSED, CANCELLED, LAPSED)
STATUSES = OPEN + CLOSED

# Where an action leads that only takes an obstacle away, or puts one up: what remains decides,
# unless the request is closed.
ONWARD = "onward"
STAYS = "stays"

OFFICER = frozenset({"privacy_officer"})
WORKERS = OFFICER | {"support"}

# Whose clock dates an action: ours, or that of what reached us, which may be earlier.
Author = Literal["us", "received"]


@dataclass(frozen=True, slots=True)
class ActionRow:
    """What holds for one action.

    `sources` are the statuses that it fits, `target` where it leads. `groups` of the staff may take
    it; none: it is the person's or the system's. `reason`: it says nothing without one. `dated`:
    "received" takes a day on which something came to us; everything else happens when we do it.
    `public`: the person sees it in the timeline. `wakes`: the worker looks at the request again.
    `types` of request that it fits; none: all. `own_route`: the desk has a route of its own for it.
    """

    sources: tuple[str, ...]
    target: str = STAYS
    groups: frozenset[str] = frozenset()
    reason: bool = False
    dated: Author = "us"
    public: bool = True
    wakes: bool = False
    types: tuple[str, ...] = ()
    own_route: bool = False


_REVIEWED = (IN_PROGRESS, AWAITING_REVIEW)
_UNIDENTIFIED = (AWAITING_IDENTITY, IN_PROGRESS)

ACTIONS: Mapping[str, ActionRow] = {
    "opened": ActionRow(()),
    # The person's.
    "verified": ActionRow(_UNIDENTIFIED, ONWARD, wakes=True),
    "message": ActionRow(OPEN, ONWARD, wakes=True),
    "cancellation": ActionRow(OPEN, CANCELLED),
    "download": ActionRow((COMPLETED,)),
    "address_proved": ActionRow((IN_PROGRESS,), STAYS, wakes=True, types=("rectification",)),
    # The staff's.
    "identity": ActionRow(_UNIDENTIFIED, ONWARD, WORKERS, dated="received", wakes=True),
    "authority": ActionRow((*OPEN, COMPLETED), STAYS, WORKERS, reason=True, dated="received"),
    "acknowledgement": ActionRow(STATUSES, STAYS, WORKERS, types=("complaint",)),
    "fee": ActionRow((AWAITING_IDENTITY, IN_PROGRESS), ONWARD, OFFICER, reason=True),
    "payment": ActionRow(
        (AWAITING_IDENTITY, AWAITING_FEE), ONWARD, WORKERS, dated="received", wakes=True
    ),
    "waiver": ActionRow((AWAITING_IDENTITY, AWAITING_FEE), ONWARD, OFFICER, wakes=True),
    "clarification": ActionRow((IN_PROGRESS,), ONWARD, WORKERS, reason=True),
    "resumption": ActionRow(
        (AWAITING_CLARIFICATION,), ONWARD, WORKERS, dated="received", wakes=True
    ),
    "extension": ActionRow(
        (IN_PROGRESS, AWAITING_CLARIFICATION, AWAITING_REVIEW), STAYS, OFFICER, reason=True
    ),
    "refusal": ActionRow(OPEN, REFUSED, OFFICER, reason=True),
    "completion": ActionRow(
        (IN_PROGRESS,),
        COMPLETED,
        OFFICER,
        wakes=True,
        types=("rectification", "restriction", "objection", "complaint"),
    ),
    "review": ActionRow(
        (AWAITING_REVIEW,), ONWARD, OFFICER, public=False, wakes=True, own_route=True
    ),
    "lifting": ActionRow((COMPLETED,), STAYS, OFFICER, reason=True, types=("restriction",)),
    "permitted_use": ActionRow(
        (IN_PROGRESS, COMPLETED), STAYS, OFFICER, reason=True, public=False, types=("restriction",)
    ),
    "upload": ActionRow((IN_PROGRESS,), STAYS, WORKERS, public=False, wakes=True, own_route=True),
    # A correction of ours is done when other systems are asked to follow: these fit it then, too.
    "skip": ActionRow(
        (IN_PROGRESS, COMPLETED),
        STAYS,
        WORKERS,
        reason=True,
        public=False,
        wakes=True,
        own_route=True,
    ),
    "retry": ActionRow((*_REVIEWED, COMPLETED), STAYS, WORKERS, public=False, wakes=True),
    "note": ActionRow(STATUSES, STAYS, WORKERS, reason=True, public=False),
    "letter_posted": ActionRow(
        STATUSES, STAYS, WORKERS, dated="received", public=False, own_route=True
    ),
    # The system's.
    "acknowledged": ActionRow(STATUSES, types=("complaint",)),
    "asked_again": ActionRow(OPEN, public=False),
    "link_asked": ActionRow(STATUSES, public=False),
    "mail_withheld": ActionRow(STATUSES, public=False),
    "mail_refused": ActionRow(STATUSES, ONWARD, public=False),
    "begun": ActionRow((IN_PROGRESS,), types=("erasure",), public=False),
    "source_failed": ActionRow((IN_PROGRESS, COMPLETED), public=False),
    "review_needed": ActionRow(_REVIEWED, AWAITING_REVIEW),
    "fulfilled": ActionRow((IN_PROGRESS, AWAITING_IDENTITY), COMPLETED),
    "reminder": ActionRow(OPEN, public=False, wakes=True),
    "lapse": ActionRow((AWAITING_IDENTITY, AWAITING_FEE), LAPSED),
    "address_waits": ActionRow((IN_PROGRESS,), types=("rectification",)),
    "address_due": ActionRow((IN_PROGRESS,), public=False, wakes=True, types=("rectification",)),
    "address_changed": ActionRow((IN_PROGRESS,), COMPLETED, wakes=True, types=("rectification",)),
    "applied": ActionRow((COMPLETED,), public=False, types=("rectification",)),
    "followed": ActionRow((COMPLETED,), public=False, types=("rectification",)),
    "lifted": ActionRow((COMPLETED,), wakes=True, types=("restriction",)),
    "deferral_due": ActionRow((COMPLETED,), public=False, wakes=True, types=("erasure",)),
    "deferral_done": ActionRow((COMPLETED,), types=("erasure",)),
}

STAFF_ACTIONS: Mapping[str, frozenset[str]] = {
    name: row.groups for name, row in ACTIONS.items() if row.groups and not row.own_route
}


def shown_to_person(action: str, details: Mapping[str, Any]) -> bool:
    """Tell whether the person sees an event: the staff's own notes are not for them."""
    if action == "note":
        return bool(details.get("tell"))
    row = ACTIONS.get(action)
    return row is None or row.public


def allowed(status: str, request_type: str) -> tuple[str, ...]:
    """Name the actions that fit a request of a type in a status."""
    return tuple(
        name
        for name, row in ACTIONS.items()
        if status in row.sources and (not row.types or request_type in row.types)
    )
