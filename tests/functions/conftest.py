"""What tests of whole functions share: a person of their own, and a worker whose clock stands."""

import pytest

from shared.edge import current_time
from tests.functions.people import Person, somebody
from tests.support import NOW


@pytest.fixture
def sam(monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody new; mails that follow what they send leave at NOW."""
    monkeypatch.setattr(current_time, "now", lambda: NOW)
    return somebody()
