"""May we? For other back ends, a thousand addresses a call (S14, S49)."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from preferences.schemas import PermissionResult
from shared.domain.errors import Invalid
from shared.domain.identifiers import person_id
from shared.domain.permission import Permission, decide
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
                decided[person] = decide(purpose, standing, known, now)
    return [_verdict(email, decided[person]) for email, person in zip(emails, people, strict=True)]


def _verdict(email: str, permission: Permission) -> PermissionResult:
    return PermissionResult(
        email=email,
        allowed=permission.allowed,
        reason=permission.reason,
        since=permission.since,
    )
