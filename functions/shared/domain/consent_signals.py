"""What the purposes mean to other companies' consent interfaces, as the policy maps them.

Google consent mode v2 (seven types), Microsoft Clarity's `consentv2` and Microsoft Advertising's
UET each know `granted` and `denied` alone.
"""

from collections.abc import Mapping
from typing import Literal, get_args

from shared.domain.policy import Policy

Signals = dict[str, dict[str, str]]

GoogleType = Literal[
    "ad_storage",
    "ad_user_data",
    "ad_personalization",
    "analytics_storage",
    "functionality_storage",
    "personalization_storage",
    "security_storage",
]
ClarityType = Literal["ad_Storage", "analytics_Storage"]
UetType = Literal["ad_storage"]

INTERFACES: Mapping[str, tuple[str, ...]] = {
    "google": get_args(GoogleType),
    "clarity": get_args(ClarityType),
    "uet": get_args(UetType),
}

# Types by which nobody else keeps anything on a device.
HARMLESS = frozenset({"functionality_storage", "security_storage"})


def signals(policy: Policy, allowed: Mapping[str, bool]) -> Signals:
    """Tell each interface's types: granted where every purpose that the type stands for is on.

    `allowed` are purposes with a switch; one without is on where it is required. A type that
    no purpose of the policy names is denied.
    """
    off = {name for name, purpose in policy.purposes.items()
           if not allowed.get(name, purpose.required)}  # fmt: skip
    granted = {meant for meant, names in policy.signalled.items() if off.isdisjoint(names)}
    return {
        interface: {kind: "granted" if (interface, kind) in granted else "denied" for kind in kinds}
        for interface, kinds in INTERFACES.items()
    }
