"""One signed HTTPS exchange with an AWS service, over connections that are kept open.

Endpoint, credentials, roots and tracing come from where users of AWS expect: the environment
variables of the SDKs, which Lambda sets, and botocore's own chain for credentials anywhere else.
"""

import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import urllib3
from botocore import exceptions
from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth

CONNECT_SECONDS, READ_SECONDS = 1.0, 3.0
# Connections that wait for their next use; more are opened where more threads call at once.
KEPT = 10
USER_AGENT = "privacy-api/1"
# Roots that Amazon's endpoints are certified by, which the layer's build takes from botocore's: a
# hundred and twenty others cost every cold start 17 ms. Where they do not do, all of them count.
_AMAZON_ROOTS = Path(exceptions.__file__).with_name("amazon_roots.pem")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: its headers' names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """Where a service is, and how to reach it.

    Attributes:
        service: its name.
        endpoint: the service's address.
        region: where it is.
        clock_skew: how far the service's clock is ahead of ours.
    """

    def __init__(self, service: str) -> None:
        """Find the endpoint; nothing is opened before the first exchange."""
        self.service = service
        self.region = os.environ.get("AWS_REGION") or os.environ["AWS_DEFAULT_REGION"]
        self.endpoint = _endpoint(service, self.region)
        self.clock_skew = timedelta(0)
        self._pool = self._open(_few_roots)

    def exchange(self, headers: Mapping[str, str], body: bytes, seconds: float) -> Answer:
        """Sign and send one POST; take no longer than `seconds`.

        Raises:
            botocore.exceptions.HTTPClientError: what botocore raises for a connection that is
                refused, broken or too slow.
            botocore.exceptions.NoCredentialsError: there are none.
        """
        host = urlsplit(self.endpoint).netloc
        sent = {"Host": host, "User-Agent": USER_AGENT, **_trace(), **headers}
        _Signer(_credentials(), self.service, self.region).sign(
            self.endpoint, sent, body, datetime.now(UTC) + self.clock_skew
        )
        timeout = urllib3.Timeout(
            connect=min(CONNECT_SECONDS, seconds), read=min(READ_SECONDS, seconds)
        )
        try:
            try:
                answer = self._post(sent, body, timeout)
            except urllib3.exceptions.SSLError:
                self._pool = self._open(_all_roots)
                answer = self._post(sent, body, timeout)
        except urllib3.exceptions.HTTPError as fault:
            raise _named(fault, self.endpoint) from fault
        return Answer(
            answer.status, {k.lower(): v for k, v in answer.headers.items()}, bytes(answer.data)
        )

    def _post(
        self, headers: Mapping[str, str], body: bytes, timeout: urllib3.Timeout
    ) -> urllib3.BaseHTTPResponse:
        return self._pool.urlopen(
            "POST", "/", body=body, headers=headers, retries=False, timeout=timeout
        )

    def _open(self, roots: Callable[[], ssl.SSLContext]) -> urllib3.HTTPConnectionPool:
        where = urlsplit(self.endpoint)
        if where.scheme == "http":
            return urllib3.HTTPConnectionPool(str(where.hostname), where.port, maxsize=KEPT)
        return urllib3.HTTPSConnectionPool(
            str(where.hostname), where.port, maxsize=KEPT, ssl_context=roots()
        )


class _Signer(SigV4Auth):  # type: ignore[misc]  # botocore is not typed
    """botocore's signature version 4, at a moment that is given."""

    def sign(self, url: str, headers: dict[str, str], body: bytes, now: datetime) -> None:
        """Add what the signature needs and the signature itself to `headers`."""
        request = _Request(url, headers, body, {"timestamp": now.strftime(SIGV4_TIMESTAMP)})
        self._modify_request_before_signing(request)
        canonical = self.canonical_request(request)
        signature = self.signature(self.string_to_sign(request, canonical), request)
        self._inject_signature_to_request(request, signature)

    def _normalize_url_path(self, _path: str) -> str:
        """Return the path as it is signed: these services have no other."""
        return "/"


@dataclass(slots=True)
class _Request:
    """A request as the signer looks at it."""

    url: str
    headers: dict[str, str]
    body: bytes
    context: dict[str, Any]
    method: str = "POST"
    params: None = None


class _Credentials(NamedTuple):
    access_key: str
    secret_key: str
    token: str | None


def _credentials() -> Any:
    """Return the credentials of this moment: Lambda's from its environment, else botocore's."""
    env = os.environ
    if "AWS_ACCESS_KEY_ID" in env and "AWS_SECRET_ACCESS_KEY" in env:
        token = env.get("AWS_SESSION_TOKEN") or None
        return _Credentials(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], token)
    found = _chain().get_credentials()
    if found is None:
        raise exceptions.NoCredentialsError
    return found.get_frozen_credentials()


@cache
def _chain() -> Any:
    import botocore.session  # noqa: PLC0415 - never in Lambda

    return botocore.session.get_session()


def _trace() -> dict[str, str]:
    """Return the header by which AWS sees which invocation a call belongs to."""
    known = os.environ.get("_X_AMZN_TRACE_ID")
    if known is None or "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        return {}
    return {"X-Amzn-Trace-Id": known}


def _few_roots() -> ssl.SSLContext:
    """Trust what AWS_CA_BUNDLE names, else Amazon's own roots, else all of botocore's."""
    told = os.environ.get("AWS_CA_BUNDLE")
    if not told and _AMAZON_ROOTS.exists():
        return ssl.create_default_context(cafile=str(_AMAZON_ROOTS))
    return _all_roots()


def _all_roots() -> ssl.SSLContext:
    told = os.environ.get("AWS_CA_BUNDLE") or str(_AMAZON_ROOTS.with_name("cacert.pem"))
    return ssl.create_default_context(cafile=told)


# What botocore calls the faults of a connection; the first that fits counts.
_NAMES: tuple[tuple[type[Exception], Any], ...] = (
    (urllib3.exceptions.NewConnectionError, exceptions.EndpointConnectionError),
    (urllib3.exceptions.NameResolutionError, exceptions.EndpointConnectionError),
    (urllib3.exceptions.ConnectTimeoutError, exceptions.ConnectTimeoutError),
    (urllib3.exceptions.ReadTimeoutError, exceptions.ReadTimeoutError),
    (urllib3.exceptions.SSLError, exceptions.SSLError),
    (urllib3.exceptions.ProtocolError, exceptions.ConnectionClosedError),
    (Exception, exceptions.HTTPClientError),
)


def _named(fault: urllib3.exceptions.HTTPError, endpoint: str) -> Exception:
    """Name a fault of the connection as botocore does."""
    name = next(name for kind, name in _NAMES if isinstance(fault, kind))
    named: Exception = name(endpoint_url=endpoint, error=fault)
    return named


# What the SDKs' variables call a service, where it is not its own name.
_VARIABLES = {"secretsmanager": "SECRETS_MANAGER"}


def _endpoint(service: str, region: str) -> str:
    def is_set(name: str) -> bool:
        return os.environ.get(name, "").lower() == "true"

    variable = f"AWS_ENDPOINT_URL_{_VARIABLES.get(service, service.upper())}"
    told = os.environ.get(variable) or os.environ.get("AWS_ENDPOINT_URL")
    if told and not is_set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        return told.rstrip("/")
    name = f"{service}-fips" if is_set("AWS_USE_FIPS_ENDPOINT") else service
    domain = "api.aws" if is_set("AWS_USE_DUALSTACK_ENDPOINT") else "amazonaws.com"
    return f"https://{name}.{region}.{domain}"
