"""May something be passed on? Only on a ground (S49), to somebody of the register (S31)."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import disclosure
from shared.domain.disclosure import Basis, Recipient
from shared.domain.permission import ConsentState, Permission, decide
from shared.domain.policy import Policy, Purpose
from shared.storage import policies
from tests.support import NOW

POLICY: Policy = policies.published().current(NOW)
PURPOSES = st.sampled_from(list(POLICY.purposes.values()))
RECIPIENTS = st.sampled_from(
    [disclosure.recipient(POLICY, item["id"]) for item in POLICY.document["recipients"]]
)
BASES: st.SearchStrategy[Basis] = st.sampled_from(get_args(Basis))
REASONS = ("never_asked", "withdrawn", "objected", "suppressed", "restricted", "expired")
PERMISSIONS = st.builds(
    Permission, allowed=st.booleans(), reason=st.sampled_from(REASONS), since=st.none()
)


@given(BASES, PURPOSES, RECIPIENTS, PERMISSIONS)
def test_nothing_is_passed_on_without_permission_unless_law_orders_it(
    basis: Basis, purpose: Purpose, receiving: Recipient, permission: Permission
) -> None:
    """S49: the ground is the purpose's own, the recipient is registered, and it is permitted."""
    reason = disclosure.refusal(basis, purpose, receiving, permission)
    if basis == disclosure.AUTHORITY:
        assert reason is None
    elif reason is None:
        assert permission.allowed
        assert purpose.lawful_basis == basis
        assert purpose.id in receiving.purposes
    else:
        assert reason in {"not_registered", "other_basis", permission.reason}


@given(PURPOSES, RECIPIENTS, st.sampled_from(REASONS))
def test_a_refusal_is_explained_without_naming_anybody(
    purpose: Purpose, receiving: Recipient, reason: str
) -> None:
    no = Permission(allowed=False, reason=reason, since=None)
    told = disclosure.refusal("consent", purpose, receiving, no)
    assert told is not None
    assert disclosure.WORDS[told] in disclosure.explained(told, purpose)


@pytest.mark.parametrize(
    ("basis", "purpose", "recipient", "allowed", "reason"),
    [
        ("consent", "third_party_sharing", "marketing_associates", True, None),
        ("consent", "third_party_sharing", "marketing_associates", False, "withdrawn"),
        (
            "legitimate_interests",
            "third_party_sharing",
            "marketing_associates",
            True,
            "other_basis",
        ),
        ("consent", "third_party_sharing", "carriers", True, "not_registered"),
        ("contract", "service", "carriers", True, None),
        ("consent", "service", "carriers", True, "other_basis"),
        ("authority", "third_party_sharing", "authorities", False, None),
    ],
)
def test_examples(
    basis: Basis, purpose: str, recipient: str, allowed: bool, reason: str | None
) -> None:
    """S49."""
    receiving = disclosure.recipient(POLICY, recipient)
    assert receiving is not None
    permission = Permission(allowed=allowed, reason="withdrawn", since=None)
    found = disclosure.refusal(basis, POLICY.purposes[purpose], receiving, permission)
    assert found == reason


def test_every_reason_that_a_permission_can_have_has_words() -> None:
    suppressed = ConsentState(None, dict.fromkeys(POLICY.purposes, "2026-01-01T00:00:00.000Z"))
    for purpose in POLICY.purposes.values():
        decided = decide(purpose, suppressed, policies.published(), NOW)
        if not decided.allowed:
            assert disclosure.explained(decided.reason, purpose)
    assert disclosure.recipient(POLICY, "nobody") is None
