"""What tests of whole functions share: a person of their own, and a worker whose clock stands."""

from typing import Any

import pytest

from shared.domain.policy import Policies
from shared.edge import current_time
from shared.storage import policies
from shared.storage.dynamodb import database
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


@pytest.fixture
def database_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the calls to the database from here on."""
    made: list[str] = []
    call = database.call

    def counted(operation: str, **parameters: Any) -> Any:
        made.append(operation)
        return call(operation, **parameters)

    monkeypatch.setattr(database, "call", counted)
    return made
