"""Standard Webhooks: how the company's other systems know that a call is ours, and new.

The signature (`v1`) is HMAC-SHA256 over `id.timestamp.body`. Each source has a key of its own,
derived from one secret, so that none of them can pass for us at another.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from shared.storage import secrets


def keys(source: str) -> tuple[bytes, ...]:
    """Derive the keys that calls to `source` are signed with: two while the secret is changed."""
    context = f"source/{source}".encode()
    return tuple(hmac.digest(secret, context, hashlib.sha256) for secret in secrets.sources())


def message_id(*parts: str) -> str:
    """Name a message by what it is about: the same one has the same id however often it is sent."""
    raw = hashlib.sha256("\0".join(parts).encode()).digest()[:16]
    return f"msg_{base64.b32encode(raw).decode().rstrip('=').lower()}"


def headers(signing_keys: Iterable[bytes], name: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the three headers of the message `name` that is sent `at` this moment."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((name.encode(), timestamp.encode(), body))
    digests = (hmac.digest(key, signed, hashlib.sha256) for key in signing_keys)
    return {
        "webhook-id": name,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(
            f"v1,{base64.b64encode(digest).decode()}" for digest in digests
        ),
    }
