"""What somebody may choose, and what their browser chooses for them.

A refusal is always honoured; a grant must be unambiguous: asked for by the notice that was
shown, and not contradicted by how it was given.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from shared.domain.consent import Event, Evidence, choices
from shared.domain.errors import FieldError, Invalid, pointer
from shared.domain.policy import Notice, Policy, Purpose, subject_kind

WHERE_A_PERSON_DECIDES = (
    "is decided by a person, not by a browser: in the preference centre, PATCH /v1/preferences, "
    "or on a form that asks for it"
)
WHERE_IT_IS_WEIGHED = (
    "goes on unless your objection outweighs our grounds: send a request of type objection, "
    "POST /v1/requests"
)


class Heard(NamedTuple):
    """Choices as they count with the browser's signal, and which of them it turned off."""

    choices: dict[str, bool]
    turned_off: tuple[str, ...]


def check(
    subject: str,
    policy: Policy,
    notice: Notice,
    made: Mapping[str, bool],
    evidence: Evidence,
) -> None:
    """Refuse choices that this notice cannot have led to; a grant must be unambiguous.

    To allow a use that needs no consent takes the objection to it back.

    Raises:
        Invalid: an unknown purpose, one that the subject does not decide, a refusal of what does
            not rest on consent, a grant that the notice did not ask for, or a method that
            contradicts the choices.
    """
    method = evidence["method"]
    faults = [
        FieldError(pointer("choices", name), fault)
        for name in made
        if (fault := _fault(subject, policy.purposes.get(name), notice, made[name], method))
    ]
    if not made and method != "gpc":
        faults.append(FieldError("/choices", "must name at least one purpose"))
    if method == "gpc" and not evidence["gpc"]:
        faults.append(FieldError("/method", "gpc needs the request header Sec-GPC: 1"))
    if faults:
        raise Invalid(*faults)


def _fault(
    subject: str, purpose: Purpose | None, notice: Notice, granted: object, method: str
) -> str | None:
    if purpose is None:
        return "is not a purpose of this policy version"
    if subject_kind(subject) == "browser" and not purpose.of_a_browser:
        return WHERE_A_PERSON_DECIDES
    if not purpose.asks_consent and not (granted and purpose.objectable):
        return _without_consent(purpose, granted)
    if granted and purpose.asks_consent and purpose.id not in notice.asks:
        return f"is not what the notice {notice.id} asks for"
    contradicts = ("reject_all", "gpc") if granted else ("accept_all",)
    if method in contradicts:
        return f"cannot be {'granted' if granted else 'refused'} by {method}"
    return None


def _without_consent(purpose: Purpose, granted: object) -> str | None:
    if purpose.required and granted:
        return None
    if purpose.weighed:
        return WHERE_IT_IS_WEIGHED
    if purpose.required:
        return "is always on and cannot be refused"
    return "does not rest on consent; object to it instead"


def heard(
    subject: str, policy: Policy, made: Mapping[str, bool], evidence: Evidence, before: Event | None
) -> Heard:
    """Let the browser's signal decide its purposes, unless whoever decides knowingly overrode it.

    In a browser it decides all of its purposes that a browser decides, named or not; with a
    person, whose other browsers may send none, only what this decision would grant. Turned off
    is what would be on without it.
    """
    if not evidence["gpc"] or evidence["gpc_override"]:
        return Heard(dict(made), ())
    own = subject_kind(subject) == "browser"
    on = {name for name, choice in choices(before).items() if choice.granted} if own else set()
    on |= {name for name, granted in made.items() if granted}
    on -= {name for name, granted in made.items() if not granted}
    signalled = [name for name in policy.consents_of(subject) if policy.purposes[name].gpc]
    off = [name for name in signalled if own or name in on]
    return Heard({**made, **dict.fromkeys(off, False)}, tuple(name for name in off if name in on))


def withdrawn(event: Event, policy: Policy, purposes: Collection[str] | None) -> dict[str, bool]:
    """Turn a withdrawal into decisions: those purposes, or all that the subject decides.

    Raises:
        Invalid: a purpose that is unknown or that does not rest on consent.
    """
    everything = dict.fromkeys((*event["choices"], *policy.consents_of(event["subject"])), False)
    if purposes is None:
        return everything
    _refuse(purposes, lambda name: None if name in everything else _not_withdrawn(policy, name))
    return dict.fromkeys(purposes, False)


def objected(policy: Policy, purposes: Collection[str] | None) -> tuple[str, ...]:
    """Return the uses without consent that a browser objects to: those named, or all it can.

    Raises:
        Invalid: a purpose that is unknown, that rests on consent or that goes on unless an
            objection outweighs our grounds.
    """
    can = tuple(name for name in policy.objectable_purposes if policy.purposes[name].of_a_browser)
    _refuse(purposes or (), lambda name: None if name in can else _not_objected(policy, name))
    return can if purposes is None else tuple(purposes)


def _refuse(names: Iterable[str], fault: Callable[[str], str | None]) -> None:
    faults = [
        FieldError(f"/purposes/{index}", why)
        for index, name in enumerate(names)
        if (why := fault(name))
    ]
    if faults:
        raise Invalid(*faults)


def _not_withdrawn(policy: Policy, name: str) -> str:
    purpose = policy.purposes.get(name)
    if purpose is None:
        return "is not a purpose of the policy"
    if purpose.asks_consent:
        return WHERE_A_PERSON_DECIDES
    return "does not rest on consent, so none can be withdrawn"


def _not_objected(policy: Policy, name: str) -> str:
    purpose = policy.purposes.get(name)
    if purpose is None:
        return "is not a purpose of the policy"
    if purpose.asks_consent:
        return "rests on consent: withdraw it instead"
    if purpose.weighed:
        return WHERE_IT_IS_WEIGHED
    return WHERE_A_PERSON_DECIDES if purpose.objectable else "is always on"
