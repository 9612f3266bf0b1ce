"""Standard Webhooks: how the company's other systems know that a call is ours, and new.

The signature (`v1`) is HMAC-SHA256 over `id.timestamp.body`. Each source has a key of its own,
derived from one secret, so that none of them can pass for us at another.
"""

import base64
import hashlib
import hmac
from datetime import datetime

from shared.storage import secrets


def key(source: str) -> bytes:
    """Derive the key that calls to `source` are signed with."""
    return hmac.digest(secrets.sources(), f"source/{source}".encode(), hashlib.sha256)


def message_id(*parts: str) -> str:
    """Name a message by what it is about: the same one has the same id however often it is sent."""
    raw = hashlib.sha256("\0".join(parts).encode()).digest()[:16]
    return f"msg_{base64.b32encode(raw).decode().rstrip('=').lower()}"


def headers(secret: bytes, name: str, at: datetime, body: bytes) -> dict[str, str]:
    """Give the three headers of the message `name` that is sent `at` this moment."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((name.encode(), timestamp.encode(), body))
    signature = base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
    return {
        "webhook-id": name,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }
