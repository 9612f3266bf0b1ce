"""What tests of whole functions share: a person of their own, and a worker whose clock stands."""

import pytest

from shared.domain.policy import Policies
from shared.edge import current_time
from shared.storage import policies
from tests.functions.people import Person, somebody
from tests.support import NOW

VERSION = "2023-06"
KNOWN = policies.load(policies.FOLDER)


@pytest.fixture
def sam(monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody new; mails that follow what they send leave at NOW."""
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    return somebody()


@pytest.fixture(autouse=True)
def first_version(monkeypatch: pytest.MonkeyPatch) -> Policies:
    """The words that these tests speak of are those of 2023-06, however late their clock runs.

    What the version in force says of itself is tested in `test_policy_in_force`.
    """
    first = Policies({VERSION: KNOWN.versions[VERSION]}, KNOWN.company)
    monkeypatch.setattr(policies, "published", lambda: first)
    return first
