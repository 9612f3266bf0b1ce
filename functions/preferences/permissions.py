"""May we? For other back ends, a thousand addresses a call (S14, S49)."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from preferences.schemas import PermissionResult
from shared.domain.errors import Invalid
from shared.domain.identifiers import person_id
from shared.domain.permission import ConsentState, Permission, decide
from shared.domain.policy import Purpose
from shared.services import person_state
from shared.services.person_state import PersonState
from shared.storage import consent_states, policies, secrets

PARALLEL_READS = 4


def results(purpose_id: str, emails: Sequence[str], now: datetime) -> list[PermissionResult]:
    """Decide for each address, in order; nothing is written or logged.

    Raises:
        Invalid: the current policy has no such purpose.
    """
    known = policies.published()
    purpose = known.current(now).purposes.get(purpose_id)
    if purpose is None:
        raise Invalid.field("/purpose", "is not a purpose of the current policy")
    secret = secrets.identity()
    people = [person_id(secret, email) for email in emails]
    unique = list(dict.fromkeys(people))
    batches = [
        unique[start : start + consent_states.BATCH]
        for start in range(0, len(unique), consent_states.BATCH)
    ]
    decided: dict[str, Permission] = {}
    with ThreadPoolExecutor(PARALLEL_READS) as readers:
        for found in readers.map(consent_states.get_many, batches):
            for person, standing in found.items():
                decided[person] = _decide(purpose, person, standing, now)
    return [_verdict(email, decided[person]) for email, person in zip(emails, people, strict=True)]


def _decide(purpose: Purpose, person: str, standing: ConsentState, now: datetime) -> Permission:
    """Decide by the person's own state, and for a browser's purpose in each of their browsers."""
    known = policies.published()
    if purpose.subject == "person" or standing.event is None:
        return decide(purpose, standing, known, now)
    state = PersonState(standing, person_state.browsers(person))
    return state.decide(purpose, known, now)


def _verdict(email: str, permission: Permission) -> PermissionResult:
    return PermissionResult(
        email=email,
        allowed=permission.allowed,
        reason=permission.reason,
        since=permission.since,
        until=permission.until,
        policy_version=permission.policy_version,
    )
