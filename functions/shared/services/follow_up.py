"""Doing what had to wait, once its time has come.

A restriction ends on the day that the person was told (UK GDPR Art. 18(3)). What a legal hold, or
a copy that is still to be fetched, kept from an erasure is erased when that is over. An address is
changed when the old mailbox had its time to stop that. Each begins with an action on the request,
which the worker follows.
"""

from datetime import datetime

from shared.domain.errors import Conflict
from shared.domain.timestamps import format_timestamp
from shared.services import apply_action
from shared.storage import holds
from shared.storage.requests import follow_ups, request_store
from shared.storage.requests.follow_ups import FollowUp
from shared.storage.requests.request_store import RequestAction

END_OF_RESTRICTION = "end_of_restriction"
DEFERRED_ERASURE = "deferred_erasure"
CHANGE_OF_ADDRESS = "change_of_address"
# What is done once, and is then off the list.
_ONCE = {END_OF_RESTRICTION: "lifted", CHANGE_OF_ADDRESS: "address_due"}


def begin(waiting: FollowUp, now: datetime) -> bool:
    """Begin one, if it is due; tell whether it was. Safe to run again at any time."""
    return _due(waiting, now) and _begun(waiting, now)


def _due(waiting: FollowUp, now: datetime) -> bool:
    if waiting.after > format_timestamp(now):
        return False
    return waiting.what != DEFERRED_ERASURE or not _held(waiting)


def _held(waiting: FollowUp) -> bool:
    """Tell whether a legal hold still keeps what an erasure left."""
    owners = (waiting.person, *waiting.details.get("browsers", ()))
    classes = waiting.details.get("classes", ())
    return any(holds.on(owner) for owner in owners) or any(map(holds.on_class, classes))


def _begun(waiting: FollowUp, now: datetime) -> bool:
    case = request_store.get(waiting.request)
    members = [follow_ups.removing(waiting)]
    if case is None:
        return False
    if waiting.what == CHANGE_OF_ADDRESS and not case.open:
        follow_ups.remove(waiting)  # it was taken back, or refused
        return False
    action = _ONCE.get(waiting.what, "deferral_due")
    try:
        if waiting.what in _ONCE:
            apply_action.act(case, RequestAction(action, "system", now), *members)
        elif case.facts.get("deferral_begun") != (today := format_timestamp(now)[:10]):
            # The worker takes it off the list when it is done; until then it is asked daily.
            changes = {"facts": {"deferral_begun": today}}
            apply_action.act(case, RequestAction(action, "system", now, changes=changes))
        else:
            return False
    except Conflict:
        return False
    return True
