"""Acting on a request: the same for the person, the staff and the workers."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared.bank_holidays import england
from shared.domain import data_subject_request as domain
from shared.domain.consent import Decision, Evidence, NoticeReference
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import Conflict
from shared.domain.evidence import RequestContext
from shared.domain.policy import Policy
from shared.domain.regime import REGIMES, Terms
from shared.storage import consent_states, policies
from shared.storage.dynamodb import database
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction

NOTICE = "request_form"
# What staff and workers do comes from no page and no browser.
UNSEEN = RequestContext(page=None, property=None, ip=None, browser=None)

# What takes effect in the permission decision with the step that shows who asks.
_AT_ONCE = ("objection", "restriction")


def terms(request_type: str) -> Terms:
    """Give the terms of the deployment's regime for a type of request."""
    return REGIMES[os.environ["REGIME"]].terms(request_type)


def act(
    case: DataSubjectRequest,
    step: RequestAction,
    *members: Mapping[str, Any],
    seen: RequestContext = UNSEEN,
) -> DataSubjectRequest:
    """Carry a step out: status and dates follow from the table and the regime.

    `members` join its transaction; `seen` is the page, property, network and browser of a
    person's own step.

    An objection or a restriction is in force with the step that shows who asks, in the same
    transaction (S46, Art. 18 and 21).

    Raises:
        Conflict: the step does not fit, or somebody else acted first.
        Invalid: the step needs a reason.
    """
    rules = terms(case.type)
    if step.action == "extension":
        domain.refuse_extension(case, rules, step.at, england())
    after = domain.with_dates(
        domain.apply_action(case, step.action, step.at, step.reason, step.on), rules, england()
    )
    changes = {"facts": after.facts, "due": after.due, "target": after.target, **step.changes}
    whole = replace(step, status=after.status, changes=changes)
    if case.type in _AT_ONCE and _admitted(case, after):
        return _with_wish(case, whole, members, seen, lifts=False)
    if step.action == "lifting":
        return _with_wish(case, whole, members, seen, lifts=True)
    return request_store.advance(case, whole, *members)


def _admitted(before: DataSubjectRequest, after: DataSubjectRequest) -> bool:
    return before.status != after.status and after.status == domain.IN_PROGRESS


def _with_wish(
    case: DataSubjectRequest,
    step: RequestAction,
    members: Sequence[Mapping[str, Any]],
    seen: RequestContext,
    *,
    lifts: bool,
) -> DataSubjectRequest:
    """Write the step with the ledger event that gives it effect."""
    policy = policies.published().current(step.at)
    after, own = request_store.advancing(case, step)
    wish = _wish(case, policy, step, seen, lifts=lifts)
    try:
        consent_states.change(wish, policies.published(), *own, *members)
    except database.TransactionFailed:
        raise Conflict("Somebody acted on this request just now; read it again.") from None
    return after


def _wish(
    case: DataSubjectRequest,
    policy: Policy,
    step: RequestAction,
    seen: RequestContext,
    *,
    lifts: bool,
) -> Decision:
    notice = policy.notices[NOTICE]
    objects = (*policy.marketing_purposes, *policy.objectable_purposes)
    return Decision(
        subject=case.person,
        kind="objection" if case.type == "objection" else "restriction",
        choices={},
        evidence=Evidence(
            method="form" if step.by == "person" else "staff",
            gpc=False,
            gpc_override=False,
            sign_up=None,
            language=None,
            **seen,
        ),
        policy=policy,
        notice=NoticeReference(id=notice.id, sha256=notice.sha256),
        at=step.at,
        objects=objects if case.type == "objection" else (),
        restricts=None if case.type == "objection" else not lifts,
    )
