"""The same request again: how it is recognised, and what its effect is named by.

A key belongs to the person, browser or member of staff that the request names, whatever network
or program it comes from; what is kept of it is a hash together with that name.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from shared.domain.errors import IdempotencyConflict
from shared.domain.hash_chain import base64url, canonical

MIN_LENGTH, MAX_LENGTH = 16, 128
_FORM = re.compile(rf"[\x21-\x7e]{{{MIN_LENGTH},{MAX_LENGTH}}}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SEPARATORS = re.compile("[^A-Za-z0-9]+")
_CHARACTERS = frozenset("0123456789abcdefghijklmnopqrstuvwxyz")
# Randomness as it is usually written has at least this much of each: characters, different ones,
# and places (one in five) where a digit follows a letter or an upper case letter a lower case one.
_LENGTH, _DIFFERENT, _TURNS = 18, 8, 5


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """What a request is recognised by: its key, if it has one, and a hash of what it asks.

    The hash is keyed with the key itself, which is kept nowhere: what was asked cannot be tried
    out against it.
    """

    key: str | None = None
    fingerprint: str | None = None

    def mark(self, owner: str) -> str | None:
        """Hash the key for keeping beside its owner's records: eight characters, 48 bits."""
        if self.key is None:
            return None
        return base64url(hashlib.sha256(f"{owner} {self.key}".encode()).digest()[:6])

    def digest(self, owner: str) -> str:
        """Hash owner and key in full, to name what is kept for the request itself."""
        return base64url(hashlib.sha256(f"{owner} {self.key}".encode()).digest())


def read(text: str) -> str:
    """Read a key, bare or as the quoted string of RFC 9651.

    Raises:
        ValueError: it is too short, too long, or not of visible ASCII characters.
    """
    key = text.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not _FORM.fullmatch(key):
        raise ValueError(f"must be {MIN_LENGTH} to {MAX_LENGTH} visible ASCII characters, one time")
    return key


def assert_same(first: str | None, again: str | None) -> None:
    """Refuse a request whose key came before, if the fingerprint of what it asks is another.

    Raises:
        IdempotencyConflict: the key came before with another request.
    """
    if first != again:
        raise IdempotencyConflict


def looks_random(key: str) -> bool:
    """Tell whether two callers can hardly have thought of the same key: a UUID, or as random."""
    if len(_CHARACTERS.intersection(key.lower())) < _DIFFERENT:
        return False
    if _UUID.fullmatch(key):
        return True
    word = _SEPARATORS.sub("", key)
    classes = [character.isdigit() + 2 * character.isupper() for character in word]
    turns = sum(one != other for one, other in pairwise(classes))
    return len(word) >= _LENGTH and turns * _TURNS >= len(word)


def fingerprint(key: str, operation: str, asked: Mapping[str, Any]) -> str:
    """Hash what is asked, keyed with the key: 96 bits."""
    content = canonical({"operation": operation, **asked})
    return base64url(hmac.digest(key.encode(), content, "sha256")[:12])
