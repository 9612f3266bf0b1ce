"""What a member of staff's action says beside its name: grounds, fee, decisions, days."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from desk.requests.schemas import StaffAction
from shared.domain import data_subject_request, rectification
from shared.domain.calendar_dates import LONDON, london_date
from shared.domain.data_subject_request import DataSubjectRequest
from shared.domain.errors import Invalid
from shared.domain.request_actions import ACTIONS, COMPLETED
from shared.domain.request_facts import NOTICE_OF_END
from shared.domain.request_types import FEE_GROUNDS, Grounds, chosen_ground, row
from shared.domain.timestamps import format_timestamp
from shared.edge.http import Request
from shared.services import apply_action
from shared.services.follow_up import END_OF_RESTRICTION
from shared.storage import consent_states, policies, rectifications
from shared.storage.requests import follow_ups, request_store
from shared.storage.requests.follow_ups import FollowUp
from shared.storage.requests.request_store import RequestAction

# A restriction's end is ordered for a day that can still be reached by the notice of it.
NOTICE_AT_LEAST = timedelta(days=1)
NOTICE_AT_MOST = timedelta(days=366)
_STANDS = "stops by another objection, earlier or still open; name open ones in `also`"


def planned(
    case: DataSubjectRequest,
    together: Sequence[DataSubjectRequest],
    action: str,
    body: StaffAction,
    by: str,
    request: Request,
) -> Callable[[], DataSubjectRequest]:
    """Decide an action on one of the requests that are answered `together`; calling it acts.

    What was done already with the same key, and completing again, does nothing.

    Raises:
        Conflict: the action does not fit how the request stands; that is looked at first.
        Invalid: what it says is not enough, or wrong.
    """
    key = request.key.mark(case.id)
    if key is not None and request_store.repeated(case.id, key, request.key.fingerprint):
        return lambda: case
    if action == "completion" and case.status == COMPLETED:
        return lambda: case
    data_subject_request.refuse_unfitting(case, action)
    reason = (body.reason or "").strip()
    if not reason and (ACTIONS[action].reason or _outcome_needed(case, action)):
        raise Invalid.field("/reason", "is required: the person or the file is told why")
    details = _details(case, together, action, body, reason, request)
    members, changes = _answered(case, body, by, request) if action == "completion" else ((), {})
    if action == "lifting":
        members = [follow_ups.putting(_end_of_restriction(case, details["ends_on"]))]
    step = RequestAction(
        action,
        by,
        request.now,
        on=body.on,
        reason=body.reason,
        details=details,
        changes=changes,
        key=key,
        fingerprint=request.key.fingerprint,
    )
    return lambda: apply_action.act(case, step, *members)


def _outcome_needed(case: DataSubjectRequest, action: str) -> bool:
    """Tell whether the answer says what came of it: of a complaint, and of a weighed objection."""
    return action == "completion" and case.type in ("complaint", "objection")


def _details(
    case: DataSubjectRequest,
    together: Sequence[DataSubjectRequest],
    action: str,
    body: StaffAction,
    reason: str,
    request: Request,
) -> Mapping[str, Any]:
    said: dict[str, Callable[[], Mapping[str, Any]]] = {
        "note": lambda: {"tell": True} if body.tell else {},
        "identity": lambda: {"method": body.method or "undoubted"},
        "authority": lambda: {"answers_to": _answers_to(case, body)},
        "refusal": lambda: {"ground": _ground(row(case.type).refusals, body, reason)},
        "extension": lambda: {"ground": _ground(row(case.type).extensions, body, reason)},
        "fee": lambda: _fee(body, reason, request),
        "permitted_use": lambda: _use(case, body, reason, request),
        "lifting": lambda: {"ends_on": _end(body, request)},
        "completion": lambda: (
            _said_of_outcome(case, body) | _going_on(case, together, body, request)
        ),
    }
    return said[action]() if action in said else {}


def _answers_to(case: DataSubjectRequest, body: StaffAction) -> str:
    """Return where our answers go by an agent's authority.

    Raises:
        Invalid: it is not said, or the agent has no address that we could answer to.
    """
    if body.answers_to is None:
        raise Invalid.field("/answers_to", "is required: agent or person, as the authority says")
    if body.answers_to == "agent" and not (case.agent or {}).get("email"):
        raise Invalid.field("/answers_to", "must be person: the agent has no e-mail address")
    return body.answers_to


def _going_on(
    case: DataSubjectRequest,
    together: Sequence[DataSubjectRequest],
    body: StaffAction,
    request: Request,
) -> dict[str, list[str]]:
    """Return the uses that go on in spite of the objections that are answered (Art. 21(1)).

    Raises:
        Invalid: it is none that can, another objection to it stands, or no ground says why.
    """
    if not body.goes_on:
        return {}
    fitting = policies.published().current(request.now).may_go_on
    stopped = _objected_otherwise(together)
    for number, name in enumerate(body.goes_on):
        if case.type != "objection" or name not in fitting:
            raise Invalid.field(f"/goes_on/{number}", f"must be one of {', '.join(fitting)}")
        if name in stopped:
            raise Invalid.field(f"/goes_on/{number}", _STANDS)
    if body.ground is None:
        raise Invalid.field("/ground", "is required: why the use goes on")
    return {"goes_on": list(dict.fromkeys(body.goes_on))}


def _objected_otherwise(together: Sequence[DataSubjectRequest]) -> frozenset[str]:
    """Name the purposes to which a no is another's than of the objections answered together.

    It is older than all of them, so that it was answered, or decided without us; or another
    objection of the person waits for its own answer.
    """
    person, answered = together[0].person, {case.id for case in together}
    event = consent_states.get(person).event
    objections = event["objections"] if event else {}
    if not objections:
        return frozenset()
    entered = min(map(_entered_at, together))
    another = any(
        other.type == "objection" and other.open and other.identified and other.id not in answered
        for other in request_store.for_person(person)
    )
    return frozenset(name for name, since in objections.items() if another or since < entered)


def _entered_at(case: DataSubjectRequest) -> str:
    """Return when a request came to stand here, whatever day it is said to be of."""
    return next(request_store.timeline(case.id)).at


def _said_of_outcome(case: DataSubjectRequest, body: StaffAction) -> dict[str, Any]:
    """Return what an answer comes to, and the ground on which a part of it is left undone.

    An outcome is told in the words of `reason` (Data Protection Act 2018 s.164A). The console also
    asks which one of the type's it is; from a program that leaves it out it is counted as unstated.

    Raises:
        Invalid: it is none that the type has.
    """
    kind = row(case.type)
    said: dict[str, str] = {}
    for name, given, known in (
        ("outcome", body.outcome, kind.outcomes),
        ("ground", body.ground, kind.partly),
    ):
        if given is None:
            continue
        if given not in known:
            fitting = f"must be one of {', '.join(known)}" if known else "is not for this type"
            raise Invalid.field(f"/{name}", fitting)
        said[name] = given
    return said


def _ground(grounds: Grounds, body: StaffAction, reason: str) -> str:
    try:
        return chosen_ground(grounds, body.ground, reason)
    except ValueError as wrong:
        raise Invalid.field("/ground", str(wrong)) from None


def _use(
    case: DataSubjectRequest, body: StaffAction, reason: str, request: Request
) -> Mapping[str, Any]:
    """Return what restricted data is used for, and on which ground of Art. 18(2).

    Raises:
        Invalid: the ground is none, or the purpose is none of the policy's.
    """
    known = policies.published().current(request.now).purposes
    if body.purpose is not None and body.purpose not in known:
        raise Invalid.field("/purpose", f"must be one of {', '.join(known)}")
    purpose = {"purpose": body.purpose} if body.purpose else {}
    return {"ground": _ground(row(case.type).uses, body, reason), **purpose}


def _fee(body: StaffAction, reason: str, request: Request) -> Mapping[str, Any]:
    """Return what is asked: an amount with its calculation, or the policy's nominal one."""
    nominal = policies.published().current(request.now).document["rights"]["fee"]
    if body.amount is not None and not body.calculation:
        raise Invalid.field("/calculation", "is required: what the amount is made of")
    return {
        "ground": _ground(FEE_GROUNDS, body, reason),
        "amount": body.amount or nominal["amount"],
        "currency": nominal["currency"],
        "calculation": body.calculation or nominal["basis"],
    }


def _end(body: StaffAction, request: Request) -> str:
    """Return the day on which a restriction ends: later than the notice of it (Art. 18(3))."""
    today = london_date(request.now)
    ends = body.ends_on or today + NOTICE_OF_END
    if not today + NOTICE_AT_LEAST <= ends <= today + NOTICE_AT_MOST:
        raise Invalid.field("/ends_on", "must be from tomorrow on, within a year")
    return ends.isoformat()


def _end_of_restriction(case: DataSubjectRequest, ends_on: str) -> FollowUp:
    morning = datetime.combine(date.fromisoformat(ends_on), time(), LONDON)
    return FollowUp(case.id, END_OF_RESTRICTION, case.person, format_timestamp(morning))


def _answered(
    case: DataSubjectRequest, body: StaffAction, by: str, request: Request
) -> tuple[Sequence[Any], dict[str, Any]]:
    """Return the writes that an answer by staff makes, and what came of the request."""
    if row(case.type).corrections:
        return _corrections(case, body, by, request)
    said = _said_of_outcome(case, body)
    outcome = said.get("outcome") or ("partly" if "ground" in said else None)
    result = {"outcome": outcome, "ground": said.get("ground")}
    known = {name: value for name, value in result.items() if value is not None}
    return (), {"result": known} if known else {}


def _corrections(
    case: DataSubjectRequest, body: StaffAction, by: str, request: Request
) -> tuple[Sequence[Any], dict[str, Any]]:
    """Return the writes that correct our records, and what was decided.

    Raises:
        Invalid: a correction is refused without a reason.
    """
    for number, item in enumerate(body.decisions):
        if not item.accepted and not (item.reason or body.reason or "").strip():
            raise Invalid.field(f"/decisions/{number}/reason", "is required: the person is told")
    decisions = [
        {"reason": body.reason, **item.model_dump(exclude_none=True)} for item in body.decisions
    ]
    members, corrected = rectifications.members(case.person, case, decisions, by, request.now)
    settled = rectification.settled(case.corrections, decisions)
    accepted = [item for item in settled if item["accepted"]]
    outcome = "done" if len(accepted) == len(settled) else "partly" if accepted else "refused"
    return members, {"result": {"corrections": corrected, "decisions": settled, "outcome": outcome}}
