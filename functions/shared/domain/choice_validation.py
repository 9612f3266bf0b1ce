"""What somebody may choose, and what their browser chooses for them.

A refusal is always honoured; a grant must be unambiguous: asked for by the notice that was
shown, and not contradicted by how it was given.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from shared.domain.consent import Event, Evidence
from shared.domain.errors import FieldError, Invalid, pointer
from shared.domain.policy import Notice, Policies, Policy, Purpose

# Global Privacy Control opts out of sale, of sharing and of advertising across websites.
GPC_PURPOSES = ("advertising", "third_party_sharing", "third_party_promotions")


def check(policy: Policy, notice: Notice, choices: Mapping[str, bool], evidence: Evidence) -> None:
    """Refuse choices that this notice cannot have led to; a grant must be unambiguous.

    Raises:
        Invalid: an unknown purpose, one that does not rest on consent, a grant that the
            notice did not ask for, or a method that contradicts the choices.
    """
    method = evidence["method"]
    faults = [
        FieldError(pointer("choices", name), fault)
        for name in choices
        if (fault := _choice_fault(policy.purposes.get(name), notice, choices[name], method))
    ]
    if not choices and method != "gpc":
        faults.append(FieldError("/choices", "must name at least one purpose"))
    if method == "gpc" and not evidence["gpc"]:
        faults.append(FieldError("/method", "gpc needs the request header Sec-GPC: 1"))
    if faults:
        raise Invalid(*faults)


def _choice_fault(
    purpose: Purpose | None, notice: Notice, granted: object, method: str
) -> str | None:
    if purpose is None:
        return "is not a purpose of this policy version"
    if purpose.required and not granted:
        return "is always on and cannot be refused"
    if not purpose.asks_consent:
        return None if purpose.required else "does not rest on consent; object to it instead"
    if granted and purpose.id not in notice.asks:
        return f"is not what the notice {notice.id} asks for"
    if granted and method in ("reject_all", "gpc"):
        return f"cannot be granted by {method}"
    return None


def with_gpc(choices: Mapping[str, bool], evidence: Evidence) -> dict[str, bool]:
    """Let the browser's signal decide its purposes, unless the visitor knowingly overrode it."""
    if not evidence["gpc"] or evidence["gpc_override"]:
        return dict(choices)
    return {**choices, **dict.fromkeys(GPC_PURPOSES, False)}


def withdrawn(
    event: Event, policies: Policies, purposes: Collection[str] | None, now: datetime
) -> dict[str, bool]:
    """Turn a withdrawal into decisions: those purposes, or all that rest on consent.

    Raises:
        Invalid: a purpose that is unknown or that does not rest on consent.
    """
    policy = policies.versions[event["policy_version"]]
    known = {**policies.current(now).purposes, **policy.purposes}
    faults = [
        FieldError(f"/purposes/{index}", fault)
        for index, name in enumerate(purposes or ())
        if (fault := _withdrawal_fault(known.get(name)))
    ]
    if faults:
        raise Invalid(*faults)
    names = policy.consent_purposes if purposes is None else purposes
    return dict.fromkeys(names, False)


def _withdrawal_fault(purpose: Purpose | None) -> str | None:
    if purpose is None:
        return "is not a purpose of the policy"
    return None if purpose.asks_consent else "does not rest on consent, so none can be withdrawn"
