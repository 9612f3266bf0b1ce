"""Who a record is about, without saying who: browsers (`c_…`) and people (`p_…`)."""

import base64
import hmac
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from shared.domain.email_address import canonical
from shared.domain.errors import Invalid

_BITS = 128
# The forms of names, as regular expressions that every program reads alike.
CONSENT_ID, PERSON_ID, REQUEST_ID = (f"{kind}_[a-z2-7]{{26}}" for kind in "cpr")


def consent_id(randomness: bytes) -> str:
    """Name a browser: a bearer capability, so `randomness` is at least 16 unguessable bytes."""
    return "c_" + _base32(randomness)


def repeatable_consent_id(secret: bytes, key: str) -> str:
    """Name a browser that has no name yet, the same way each time its first capture is retried.

    The caller's Idempotency-Key alone decides, whatever network the retry comes from; so it must
    be one that no other visitor can have thought of, which the edge makes sure of.
    """
    return consent_id(keyed(secret, "first-capture", key))


def checked_consent_id(text: str, pointer: str = "/consent_id") -> str:
    """Return `text` back if it has a consent id's form.

    Raises:
        Invalid: it has not, blamed on `pointer`.
    """
    if not re.fullmatch(CONSENT_ID, text):
        raise Invalid.field(pointer, "is not a consent id: c_ and 26 characters of a-z, 2-7")
    return text


def person_id(secret: bytes, email: str) -> str:
    """Name the person behind an address; without the secret nobody can tell who it is.

    Raises:
        ValueError: it is no address; what came through a body's `Email` is one.
    """
    return "p_" + _base32(keyed(secret, "person", canonical(email)))


def record_id(at: datetime, randomness: bytes) -> str:
    """Name a record so that later ones sort later and none can be guessed: 26 characters.

    `randomness` is ten bytes; the first six are the moment in milliseconds.
    """
    return _base32(int(at.timestamp() * 1000).to_bytes(6, "big") + randomness[:10])


def repeatable_record_id(secret: bytes, owner: str, key: str) -> str:
    """Name a record the same way each time the request that writes it is retried.

    The owner, a person or a member of staff, is mixed in: what follows a record goes by its
    name, and must not be taken for done because somebody else's request came with the same key.
    """
    return _base32(keyed(secret, "record", owner, key))


def request_id(randomness: bytes) -> str:
    """Name a data subject request: at least 16 unguessable bytes, nothing of its time in it."""
    return "r_" + _base32(randomness)


def repeatable_request_id(secret: bytes, person: str, key: str) -> str:
    """Name a request the same way each time it is sent again with its Idempotency-Key.

    It belongs to the person and the key, whichever network or browser it comes from.
    """
    return request_id(keyed(secret, "request", person, key))


def postal_person_id(secret: bytes, name: str, lines: Sequence[str]) -> str:
    """Name the person behind a letter without an e-mail address, by name and postal address."""
    folded = (unicodedata.normalize("NFC", text).casefold() for text in (name, *lines))
    return "p_" + _base32(keyed(secret, "letter", *(" ".join(text.split()) for text in folded)))


def reference(randomness: bytes) -> str:
    """Return a form's sender something short to say on the phone: `K7QM-3XPD` (40 bits)."""
    text = base64.b32encode(randomness[:5]).decode()
    return f"{text[:4]}-{text[4:]}"


def keyed(secret: bytes, *parts: str) -> bytes:
    """Hash what must be neither told nor guessed: 128 bits of HMAC-SHA256 over the parts."""
    return hmac.digest(secret, "\0".join(parts).encode(), "sha256")[: _BITS // 8]


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()
