"""What tests of whole functions share: a person of their own, and a courier whose clock stands."""

import pytest

from shared.edge import clock
from tests.functions.people import Person, somebody
from tests.support import NOW


@pytest.fixture
def sam(monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody new; mails that follow what they send leave at NOW."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return somebody()
