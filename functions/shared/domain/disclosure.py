"""May something be passed on? Only with a ground that the policy knows, or where law orders it.

"We will not sell, distribute or lease … unless we have your permission or are required by law"
(S49): permission is decided as everywhere; a legal authority is named and recorded apart.
"""

from dataclasses import dataclass
from typing import Literal

from shared.domain.permission import Permission
from shared.domain.policy import Policy, Purpose

Basis = Literal["consent", "contract", "legitimate_interests", "authority"]
# Required by law: somebody who may demand it, under something that can be looked up.
AUTHORITY: Basis = "authority"
Change = Literal["corrected", "erased", "restricted", "unrestricted"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """A third party of the policy's register: what it may receive for, and where it is (S12)."""

    id: str
    name: str
    location: str
    safeguard: str | None
    purposes: frozenset[str]


def recipient(policy: Policy, name: str) -> Recipient | None:
    """Find a recipient in the policy's register (S31)."""
    for item in policy.document["recipients"]:
        if item["id"] == name:
            return Recipient(
                name,
                item["name"],
                item["location"],
                item.get("safeguard"),
                frozenset(item["purposes"]),
            )
    return None


def refusal(
    basis: Basis, purpose: Purpose, receiving: Recipient, permission: Permission
) -> str | None:
    """Say why something may not be passed on; None if it may.

    `not_registered`: the register does not name the recipient for the purpose. `other_basis`: the
    purpose does not rest on that ground. Else the reason of the permission, such as `withdrawn`.
    """
    if basis == AUTHORITY:
        return None
    if purpose.id not in receiving.purposes:
        return "not_registered"
    if purpose.lawful_basis != basis:
        return "other_basis"
    return None if permission.allowed else permission.reason


WORDS = {
    "not_registered": "The policy's register does not name this recipient for this purpose.",
    "other_basis": "The purpose does not rest on the ground that was named.",
    "never_asked": "The person was never asked for this permission.",
    "withdrawn": "The person said no.",
    "objected": "The person objected.",
    "suppressed": "The person objected to marketing by anybody.",
    "restricted": "The person had the use of all data restricted.",
    "expired": "The permission is too old to count.",
    "policy_changed": "The permission was given under other words.",
}


def explained(reason: str, purpose: Purpose) -> str:
    """Put a refusal into a sentence; it names nobody."""
    return f"Not permitted for “{purpose.title}”: {WORDS[reason]}"
