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


def signals(policy: Policy, allowed: Mapping[str, bool]) -> Signals:
    """Tell each interface's types: granted where every purpose that the type stands for is on.

    `allowed` are purposes with a switch; one without is on where it is required. A type that
    no purpose of the policy names is denied.
    """
    on = {name: allowed.get(name, item.required) for name, item in policy.purposes.items()}
    return {
        interface: {kind: _told(policy, on, interface, kind) for kind in kinds}
        for interface, kinds in INTERFACES.items()
    }


def _told(policy: Policy, on: Mapping[str, bool], interface: str, kind: str) -> str:
    naming = [
        name for name, item in policy.purposes.items() if kind in item.signals.get(interface, ())
    ]
    return "granted" if naming and all(on[name] for name in naming) else "denied"
