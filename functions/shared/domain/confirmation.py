"""What a mailed confirmation may still do: a promise about the state that it was asked for in.

Whoever said no after signing up meant it, and whoever agreed to other words than those in force
did not agree to these. A confirmation that was used stands for as long as what it did does.
"""

from collections.abc import Collection

from shared.domain.consent import Event
from shared.domain.policy import Policy


def refused_since(event: Event | None, purposes: Collection[str], since: str) -> bool:
    """Tell whether one of the purposes was objected to or withdrawn after a moment."""
    if event is None:
        return False
    objections = event["objections"] or {}
    decided = {**event["carried"], **dict.fromkeys(event["decided"], event["decided_at"])}
    return any(
        objections.get(name, "") > since
        or (decided.get(name, "") > since and not event["choices"].get(name, False))
        for name in purposes
    )


def reworded(shown: Policy, in_force: Policy, purposes: Collection[str]) -> bool:
    """Tell whether one of the purposes has other words now than those that were shown."""
    return any(
        name not in in_force.purposes
        or name not in shown.purposes
        or shown.purposes[name].sha256 != in_force.purposes[name].sha256
        for name in purposes
    )
