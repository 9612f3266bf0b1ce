"""The way out of marketing mail: a signed link that names somebody to us alone and never ends.

Nothing is stored for it, so it lives as long as the address may be mailed, and longer. The token
is `key-check.sealed`: the number of the key that it was made with, a keyed check over the person's
name, and the name under a pad that the check and the key lead to, 22 characters each
(deterministic authenticated encryption in the manner of RFC 5297).
"""

import base64
import hmac
import re

from shared.domain.errors import TokenInvalid
from shared.domain.hash_chain import base64url

_FORM = re.compile(r"([0-9])-([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{22})", re.ASCII)
_PERSON = re.compile(r"p_[a-z2-7]{26}", re.ASCII)
# Which key a link was signed with; the next number when the secret is ever another one.
KEY_ID = "1"


def token(secret: bytes, person: str) -> str:
    """Make a person's token: the same each time."""
    name = _raw(person)
    check = _digest(secret, b"unsubscribe check", name)
    sealed = _xor(name, _digest(secret, b"unsubscribe pad", check))
    return f"{KEY_ID}-{base64url(check)}.{base64url(sealed)}"


def person(secret: bytes, text: str) -> str:
    """Tell whose token it is.

    Raises:
        TokenInvalid: nobody's: cut off, made up, or anything else, of whatever length.
    """
    match = _FORM.fullmatch(text)
    if match is None or match[1] != KEY_ID:
        raise TokenInvalid
    check, sealed = (base64.urlsafe_b64decode(f"{part}==") for part in match.groups()[1:])
    name = _xor(sealed, _digest(secret, b"unsubscribe pad", check))
    whose = "p_" + base64.b32encode(name).decode().rstrip("=").lower()
    if not hmac.compare_digest(token(secret, whose), text):
        raise TokenInvalid
    return whose


def headers(url: str) -> dict[str, str]:
    """Return the headers that every marketing mail carries, for one click (RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _raw(whose: str) -> bytes:
    if not _PERSON.fullmatch(whose):
        raise TokenInvalid
    return base64.b32decode(whose.removeprefix("p_").upper() + "======")


def _digest(secret: bytes, purpose: bytes, content: bytes) -> bytes:
    return hmac.digest(secret, purpose + b"\0" + content, "sha256")[:16]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))
