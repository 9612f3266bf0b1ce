"""What a request does to the permissions of its person, in the transaction that says so.

An objection to marketing is in force on receipt, whoever asks (UK GDPR Art. 21(2) and (3)): to
stop mail harms nobody. The rest of an objection, and a restriction, are in force with the step
that shows who asks (S46, Art. 18 and 21). What staff weigh follows with their answer: a use for
which we have no compelling ground stops, one for which we have goes on (Art. 21(1)).
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.domain import consent
from shared.domain.consent import Decision, bare_evidence
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.evidence import RequestContext
from shared.domain.policy import Policy
from shared.domain.request_actions import COMPLETED
from shared.domain.request_types import row
from shared.storage import consent_states, policies
from shared.storage.dynamodb import database
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction

NOTICE = "request_form"


def opened_with_objection(
    case: DataSubjectRequest, first: RequestAction, seen: RequestContext
) -> DataSubjectRequest:
    """Open a request together with the objection to marketing that it makes.

    Raises:
        AlreadyExists: a request of that id is there; nothing was written.
    """
    policy = policies.published().current(first.at)
    begun, own = request_store.opening(case, first)
    decision = _decision(case, policy, first, seen, objects=policy.marketing_purposes)
    try:
        consent_states.change(decision, policies.published(), *own)
    except database.TransactionFailed:
        raise request_store.AlreadyExists from None
    return begun


def of_action(
    before: DataSubjectRequest, after: DataSubjectRequest, action: RequestAction
) -> bool | None:
    """Tell whether an action begins (True) or ends (False) what the request asks, if it does."""
    if row(before.type).at_once and after.identified and not before.identified:
        return True
    if action.action == "completion" and before.type == "objection":
        return False
    if action.action == "lifted" and not _restricted_otherwise(before):
        return False
    return None


def advance(
    case: DataSubjectRequest,
    action: RequestAction,
    members: Collection[Mapping[str, Any]],
    seen: RequestContext,
    *,
    begins: bool,
) -> DataSubjectRequest:
    """Write the action with the ledger event that gives it effect.

    Raises:
        Stale: somebody acted on the request meanwhile.
        Conflict: one of `members` fails.
    """
    policy = policies.published().current(action.at)
    after, own = request_store.advancing(case, action)
    if case.type == "objection" and begins:
        objects = (*policy.marketing_purposes, *policy.objectable_purposes)
        decision = _decision(case, policy, action, seen, objects=objects)
    elif case.type == "objection":
        decision = _weighed(case, policy, action, seen)
    else:
        decision = _decision(case, policy, action, seen, restricts=begins)
    try:
        consent_states.change(decision, policies.published(), *own, *members)
    except database.TransactionFailed as failure:
        raise request_store.failed(failure, len(own), consent_states.OTHERS) from None
    return after


def _weighed(
    case: DataSubjectRequest, policy: Policy, action: RequestAction, seen: RequestContext
) -> Decision:
    """Return what staff made of an objection: a ground without a use named leaves all as it is."""
    goes_on = action.details.get("goes_on", ())
    decided = bool(goes_on) or "ground" not in action.details
    ours = (name for name in policy.weighed_purposes if not policy.purposes[name].of_a_browser)
    stops = [name for name in ours if decided and name not in goes_on]
    decision = _decision(case, policy, action, seen, objects=stops)
    return replace(decision, goes_on=goes_on, unless_so=True)


def _restricted_otherwise(case: DataSubjectRequest) -> bool:
    """Tell whether another restriction of the same person is in force."""
    return any(
        other.id != case.id
        and other.type == "restriction"
        and other.status == COMPLETED
        and not other.facts.get("lifted")
        for other in request_store.for_person(case.person)
    )


def _decision(
    case: DataSubjectRequest,
    policy: Policy,
    action: RequestAction,
    seen: RequestContext,
    *,
    objects: Collection[str] = (),
    restricts: bool | None = None,
) -> Decision:
    at: datetime = action.at
    return Decision(
        subject=case.person,
        kind="objection" if case.type == "objection" or objects else "restriction",
        choices={},
        evidence=bare_evidence("form" if action.by == "person" else "staff", seen),
        policy=policy,
        notice=consent.words(policy.notices[NOTICE]),
        at=at,
        objects=objects,
        restricts=restricts,
    )
