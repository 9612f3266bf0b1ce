"""The keys that sign receipts and tree heads: ES256 by KMS keys that never leave KMS.

The environment names them, `KEY_RECEIPTS` and after a rotation `KEY_RECEIPTS_2027` beside it: the
last by name signs, and all are published, so that what an older one signed verifies.
"""

import base64
import hashlib
import os
from collections.abc import Mapping
from functools import cache

from shared.domain.hash_chain import base64url, canonical
from shared.storage.aws_clients import client

_KEY = "KEY_RECEIPTS"
# DER of a P-256 public key: this head (RFC 5480), then the point 04 || X || Y.
_SPKI_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
_HALF = 32


def sign(content: bytes) -> bytes:
    """Sign with the key that signs now; the signature is DER, as KMS gives it."""
    answer = client("kms").sign(
        KeyId=os.environ[_names()[0]],
        Message=hashlib.sha256(content).digest(),
        MessageType="DIGEST",
        SigningAlgorithm="ECDSA_SHA_256",
    )
    return bytes(answer["Signature"])


@cache
def public_keys() -> list[dict[str, str]]:
    """Return the keys as JWKs, the signing one first; read from KMS once per process."""
    return [
        jwk(client("kms").get_public_key(KeyId=os.environ[name])["PublicKey"]) for name in _names()
    ]


def _names() -> list[str]:
    named = (name for name in os.environ if name == _KEY or name.startswith(f"{_KEY}_"))
    return sorted(named, reverse=True)


def jwk(der: bytes) -> dict[str, str]:
    """Turn KMS's DER public key into a JWK (RFC 7518, 6.2).

    Raises:
        ValueError: it is not an uncompressed point on P-256.
    """
    head, point = der[: len(_SPKI_HEAD)], der[len(_SPKI_HEAD) :]
    if head != _SPKI_HEAD or len(point) != 1 + 2 * _HALF or point[:1] != b"\x04":
        raise ValueError("the receipts key is not a P-256 public key")
    key = {
        "crv": "P-256",
        "kty": "EC",
        "x": base64url(point[1 : 1 + _HALF]),
        "y": base64url(point[1 + _HALF :]),
    }
    thumbprint = base64url(hashlib.sha256(canonical(key)).digest())
    return {**key, "alg": "ES256", "use": "sig", "kid": thumbprint}


def der(key: Mapping[str, str]) -> bytes:
    """Turn a JWK back into DER (SPKI)."""
    x, y = (base64.urlsafe_b64decode(f"{key[name]}=") for name in ("x", "y"))
    return _SPKI_HEAD + b"\x04" + x + y


def raw_signature(der: bytes) -> bytes:
    """Turn KMS's DER signature, SEQUENCE of two INTEGERs, into JWS's R || S."""
    first_length = der[3]
    first = der[4 : 4 + first_length]
    second = der[6 + first_length :]
    return b"".join(
        int.from_bytes(number, "big").to_bytes(_HALF, "big") for number in (first, second)
    )
