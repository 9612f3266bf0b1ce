"""Signature version 4 of a POST: AWS's JSON services are asked by nothing else.

botocore's signer knows every kind of request, and costs more than the rest of a call; tests compare
the two.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

_ALGORITHM, _END = "AWS4-HMAC-SHA256", "aws4_request"


class Credentials(NamedTuple):
    """Who asks: a key's name, the key, and the token of a session."""

    access_key: str
    secret_key: str
    token: str | None


def signed(
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    by: Credentials,
    service: str,
    region: str,
    at: datetime,
) -> dict[str, str]:
    """Return all `headers`, each of which counts, with those that sign them and the body.

    `Host` is one of them; `at` is now, by the service's clock.
    """
    stamp = at.isoformat(timespec="seconds")[:19].replace("-", "").replace(":", "") + "Z"
    told = {**headers, "X-Amz-Date": stamp}
    if by.token:
        told["X-Amz-Security-Token"] = by.token
    lines = sorted([(name.lower(), " ".join(value.split())) for name, value in told.items()])
    names = ";".join([name for name, _ in lines])
    listed = "".join([f"{name}:{value}\n" for name, value in lines])
    request = f"POST\n{path}\n\n{listed}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{stamp[:8]}/{region}/{service}/{_END}"
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = _key(by.secret_key, stamp[:8], region, service)
    signature = hmac.digest(key, f"{_ALGORITHM}\n{stamp}\n{scope}\n{digest}".encode(), "sha256")
    told["Authorization"] = (
        f"{_ALGORITHM} Credential={by.access_key}/{scope}, SignedHeaders={names}, "
        f"Signature={signature.hex()}"
    )
    return told


@lru_cache(maxsize=8)
def _key(secret: str, *scope: str) -> bytes:
    """Derive the key of a day, a region and a service."""
    key = f"AWS4{secret}".encode()
    for part in (*scope, _END):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
