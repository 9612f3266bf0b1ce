"""Doing what had to wait after a request was closed, once its time has come.

A restriction ends on the day that the person was told (UK GDPR Art. 18(3)). What a legal hold, or
a copy that is still to be fetched, kept from an erasure is erased when that is over. Both begin
with an action on the request, which the worker follows.
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
    action = "lifted" if waiting.what == END_OF_RESTRICTION else "deferral_due"
    try:
        if waiting.what == END_OF_RESTRICTION:
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
