"""Acting on a request: the same for the person, the staff and the workers."""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.bank_holidays import england
from shared.domain import data_subject_request
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import NotFound
from shared.domain.evidence import DESK, RequestContext, unseen
from shared.domain.regime import REGIMES, Terms
from shared.services import request_effects
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction, Stale

# What staff and workers do comes from no page and no browser.
UNSEEN = unseen(DESK)
# Somebody else's note, reminder or mail came in between so often: then others come first for good.
TRIES = 8


def terms(request_type: str) -> Terms:
    """Return the terms of the deployment's regime for a type of request."""
    return REGIMES[os.environ["REGIME"]].terms(request_type)


def act(
    case: DataSubjectRequest,
    step: RequestAction,
    *members: Mapping[str, Any],
    seen: RequestContext = UNSEEN,
) -> DataSubjectRequest:
    """Carry an action out: status and dates follow from the tables and the regime.

    `members` join its transaction; `seen` is the page, property, network and browser of a
    person's own action. If somebody acted on the request since it was read, it is read again, and
    the action is decided anew. `changes` of sources are those of this action's sources alone. An
    action whose key was seen before changes nothing.

    Raises:
        Conflict: the action does not fit how the request stands.
        Invalid: the action needs a reason, or its day cannot be.
        IdempotencyConflict: its key came before with another action.
    """
    for _ in range(TRIES):
        if step.key is not None and request_store.repeated(case.id, step.key, step.fingerprint):
            return request_store.get(case.id) or case
        try:
            return _act(case, step, members, seen)
        except Stale:
            fresh = request_store.get(case.id)
            if fresh is None:
                raise NotFound from None
            case = fresh
    raise Stale


def _act(
    case: DataSubjectRequest,
    step: RequestAction,
    members: tuple[Mapping[str, Any], ...],
    seen: RequestContext,
) -> DataSubjectRequest:
    rules = terms(case.type)
    data_subject_request.refuse_unfitting(case, step.action)
    if step.action == "extension":
        data_subject_request.refuse_extension(case, rules, step.at, england())
    after = data_subject_request.with_dates(
        data_subject_request.apply_action(
            case, step.action, step.at, step.reason, step.on, step.details
        ),
        rules,
        england(),
    )
    changes = {
        **step.changes,
        "facts": {**after.facts, **step.changes.get("facts", {})},
        "sources": {**case.sources, **step.changes.get("sources", {})},
        "due": after.due,
        "target": after.target,
    }
    whole = replace(step, status=after.status, changes=changes)
    begins = request_effects.of_action(case, after, step)
    if begins is None:
        return request_store.advance(case, whole, *members)
    return request_effects.advance(case, whole, members, seen, begins=begins)
