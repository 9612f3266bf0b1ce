"""One call to one of the company's other systems: over TLS, in bounded time, of bounded size."""

import json
import os
import time
from collections.abc import Mapping
from functools import cache
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

MAX_BYTES = 5 * 1024 * 1024  # bytes of an answer
TIMEOUT = urllib3.Timeout(connect=2, read=10)  # seconds
MAX_SECONDS = 60.0  # seconds that one answer may drip in
TRIES = 3
PAUSES = (0.5, 2.0)  # seconds between the tries

_OK = 200
_TOO_MANY = 429
_SERVER_FAULTS = 500
_CHUNK = 64 * 1024


class Fault(Exception):
    """A source did not answer as agreed; `why` is the kind of fault and holds nothing personal.

    `insecure` (its address is not https), `unreachable` (no connection, no TLS, no answer in
    time), `failing` (429 or 5xx, three times), `refused` (any other status), `too_large`,
    `malformed`, `too_many_pages`.
    """

    def __init__(self, why: str, *, passing: bool = False) -> None:
        """Hold the kind of fault; `passing` ones may be over in a moment."""
        super().__init__(why)
        self.why = why
        self.passing = passing


def addresses() -> Mapping[str, str]:
    """Return the address of each source by its name, as the deployment configured them."""
    configured: dict[str, str] = json.loads(os.environ.get("SOURCES") or "{}")
    return configured


def post(url: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Send a JSON body and return the answer's; what is passing is tried three times.

    Raises:
        Fault: it could not be had.
    """
    if not _secure(url):
        raise Fault("insecure")
    sent = {"Content-Type": "application/json", "Accept-Encoding": "identity", **headers}
    for pause in (*PAUSES, None):
        try:
            return _attempt(url, sent, body)
        except Fault as fault:
            if not fault.passing or pause is None:
                raise
            time.sleep(pause)
    raise AssertionError


def _attempt(url: str, headers: Mapping[str, str], body: bytes) -> bytes:
    until = time.monotonic() + MAX_SECONDS
    try:
        response = _pool().request(
            "POST",
            url,
            body=body,
            headers=headers,
            timeout=TIMEOUT,
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            if response.status != _OK:
                passing = response.status == _TOO_MANY or response.status >= _SERVER_FAULTS
                raise Fault("failing" if passing else "refused", passing=passing)
            return _read(response, until)
        finally:
            response.close()
    except (HTTPError, OSError):
        raise Fault("unreachable", passing=True) from None


def _read(response: urllib3.BaseHTTPResponse, until: float) -> bytes:
    whole = bytearray()
    while chunk := response.read1(_CHUNK, decode_content=False):
        whole += chunk
        if len(whole) > MAX_BYTES:
            raise Fault("too_large")
        if time.monotonic() > until:
            raise Fault("unreachable", passing=True)
    return bytes(whole)


def _secure(url: str) -> bool:
    """Allow https; plain http to this very machine, and never in Lambda, which names itself."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    here = parts.scheme == "http" and parts.hostname == "127.0.0.1"
    return here and "AWS_LAMBDA_FUNCTION_NAME" not in os.environ


@cache
def _pool() -> urllib3.PoolManager:
    """Return the connections, whose certificates are checked against the system's authorities."""
    return urllib3.PoolManager(cert_reqs="CERT_REQUIRED")
