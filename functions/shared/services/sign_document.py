"""Documents as compact JWS (RFC 7515): receipts, and what vouches for a bundle of evidence."""

import json
from collections.abc import Mapping
from typing import Any

from shared.domain.hash_chain import base64url
from shared.storage import signing_keys

MEDIA_TYPE = "application/jose"


def sign_document(document: Mapping[str, Any]) -> str:
    """Sign a document; the header's `kid` is the key's RFC 7638 thumbprint."""
    header = {"alg": "ES256", "kid": signing_keys.public_keys()[0]["kid"], "typ": "JOSE"}
    signing_input = ".".join(
        base64url(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode())
        for part in (header, document)
    )
    signature = signing_keys.raw_signature(signing_keys.sign(signing_input.encode()))
    return f"{signing_input}.{base64url(signature)}"
