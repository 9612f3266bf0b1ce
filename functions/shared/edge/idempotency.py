"""The Idempotency-Key header: same key and body, the first answer again."""

import hashlib
from dataclasses import dataclass

from shared.domain.errors import Invalid
from shared.domain.hash_chain import base64url, canonical
from shared.edge.body import Body
from shared.edge.http import Request

LONGEST = 255


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A request that may be a repetition: its key, if it has one, and what it asks."""

    key: str | None
    fingerprint: str | None

    def mark(self, subject: str) -> str | None:
        """Hash the key for keeping beside a subject's records: eight characters, 48 bits."""
        if self.key is None:
            return None
        return base64url(hashlib.sha256(f"{subject} {self.key}".encode()).digest()[:6])


def idempotency_key(request: Request, operation: str, body: Body) -> IdempotencyKey:
    """Read the header, bare or as the quoted string of RFC 9651, and hash what is asked.

    Raises:
        Invalid: the key is empty, too long or not of visible ASCII characters.
    """
    value = request.header("idempotency-key")
    if value is None:
        return IdempotencyKey(None, None)
    key = value.strip().removeprefix('"').removesuffix('"')
    if not 0 < len(key) <= LONGEST or not key.isascii() or not key.isprintable() or " " in key:
        raise Invalid.field(
            "/headers/Idempotency-Key", f"must be 1 to {LONGEST} visible ASCII characters"
        )
    asked = {"operation": operation, "body": body.model_dump(mode="json", exclude_unset=True)}
    return IdempotencyKey(key, base64url(hashlib.sha256(canonical(asked)).digest()[:12]))
