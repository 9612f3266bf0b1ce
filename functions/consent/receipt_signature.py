"""Receipts as compact JWS (RFC 7515), ES256 by a KMS key that never leaves KMS."""

import hashlib
import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from shared.domain.hash_chain import base64url, canonical
from shared.storage.aws_clients import client

MEDIA_TYPE = "application/jose"

# DER of a P-256 public key: this head (RFC 5480), then the point 04 || X || Y.
_SPKI_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
_HALF = 32


def sign(document: Mapping[str, Any]) -> str:
    """Sign a document; the header's `kid` is the key's RFC 7638 thumbprint."""
    header = {"alg": "ES256", "kid": public_keys()[0]["kid"], "typ": "JOSE"}
    signing_input = ".".join(
        base64url(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode())
        for part in (header, document)
    )
    answer = client("kms").sign(
        KeyId=os.environ["KEY_RECEIPTS"],
        Message=hashlib.sha256(signing_input.encode()).digest(),
        MessageType="DIGEST",
        SigningAlgorithm="ECDSA_SHA_256",
    )
    return f"{signing_input}.{base64url(raw_signature(answer['Signature']))}"


@cache
def public_keys() -> list[dict[str, str]]:
    """Give the keys as JWKs, the signing one first; read from KMS once per process."""
    answer = client("kms").get_public_key(KeyId=os.environ["KEY_RECEIPTS"])
    return [jwk(answer["PublicKey"])]


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


def raw_signature(der: bytes) -> bytes:
    """Turn KMS's DER signature, SEQUENCE of two INTEGERs, into JWS's R || S."""
    first_length = der[3]
    first = der[4 : 4 + first_length]
    second = der[6 + first_length :]
    return b"".join(
        int.from_bytes(number, "big").to_bytes(_HALF, "big") for number in (first, second)
    )
