"""Names of what a request leads to: the same again where the caller tries again."""

import secrets as randomness
from datetime import datetime

from shared.domain import identifiers
from shared.domain.idempotency import IdempotencyKey
from shared.storage import secrets


def record_id(key: IdempotencyKey, owner: str, now: datetime) -> str:
    """Name a record by its owner and the request's key; without a key, at random."""
    if key.key is None:
        return identifiers.record_id(now, randomness.token_bytes(10))
    return identifiers.repeatable_record_id(secrets.identity(), owner, key.key)
