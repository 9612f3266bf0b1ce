"""The hash chain that makes a missing or altered ledger event show (promise S51).

An event's digest is the base64url SHA-256 over the RFC 8785 form of the event without its
digest. Each event names its predecessor's digest, so history cannot be rewritten in the
middle. A chain whose oldest events retention has removed starts with the digest of the
last one removed; the end of a chain is vouched for by the receipt that the visitor holds.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_CANONICAL = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
)


@dataclass(frozen=True, slots=True)
class Break:
    """The first bad event of a chain and what is wrong with it."""

    sequence: int
    reason: str


def canonical(value: Mapping[str, Any]) -> bytes:
    """Write the RFC 8785 form of a value made of strings, integers, booleans, null and objects.

    Ledger events have ASCII member names and no fractions; for those the standard
    encoder, told to sort and not to escape, writes exactly what RFC 8785 asks for.
    """
    return _CANONICAL.encode(value).encode()


def digest(statement: Mapping[str, Any]) -> str:
    """Hash an event's statement, which must not hold its digest."""
    return base64url(hashlib.sha256(canonical(statement)).digest())


def base64url(raw: bytes) -> str:
    """Encode without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def first_break(subject: str, events: Iterable[Mapping[str, Any]]) -> Break | None:
    """Walk one subject's events, oldest first, and find the first that does not hold.

    Each event is its history form, with `subject`, `sequence`, `previous_digest`, `digest`.
    """
    before: Mapping[str, Any] | None = None
    for event in events:
        statement = {name: value for name, value in event.items() if name != "digest"}
        sequence = event["sequence"]
        if event["subject"] != subject:
            return Break(sequence, "belongs to another subject")
        if before is not None and sequence != before["sequence"] + 1:
            return Break(sequence, f"follows {before['sequence']}: events between are missing")
        if before is None and sequence == 1 and event["previous_digest"] is not None:
            return Break(sequence, "is the first, yet names a predecessor")
        if before is not None and event["previous_digest"] != before["digest"]:
            return Break(sequence, "does not name its predecessor's digest")
        if digest(statement) != event["digest"]:
            return Break(sequence, "does not match its own digest: it was altered")
        before = event
    return None
