"""One signed HTTPS exchange with an AWS service, over connections that are kept open.

Endpoint, credentials, roots and tracing come from where users of AWS expect: the environment
variables of the SDKs, which Lambda sets, and botocore's own chain for credentials anywhere else.
"""

import os
import select
import socket
import ssl
import weakref
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore import exceptions

from shared.storage.aws_json import answer
from shared.storage.aws_json.answer import Answer
from shared.storage.aws_json.signature import Credentials, signed

CONNECT_SECONDS, READ_SECONDS = 1.0, 3.0
# Connections that wait for their next use; more are opened where more threads call at once.
KEPT = 10
USER_AGENT = "privacy-api/1"
# Roots that Amazon's endpoints are certified by, which the layer's build takes from botocore's: a
# hundred and twenty others cost every cold start 17 ms. Where they do not do, all of them count.
_AMAZON_ROOTS = Path(exceptions.__file__).with_name("amazon_roots.pem")


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
        self._where = urlsplit(self.endpoint)
        self._roots = _few_roots
        self._kept: list[socket.socket] = []
        weakref.finalize(self, _close, self._kept)

    def exchange(self, headers: Mapping[str, str], body: bytes, seconds: float) -> Answer:
        """Sign and send one POST; take no longer than `seconds`.

        Raises:
            botocore.exceptions.HTTPClientError: what botocore raises for a connection that is
                refused, broken or too slow.
            botocore.exceptions.NoCredentialsError: there are none.
        """
        now = datetime.now(UTC) + self.clock_skew
        told = {"Host": self._where.netloc, **headers}
        sent = signed(told, body, _credentials(), self.service, self.region, now)
        sent |= {"User-Agent": USER_AGENT, "Content-Length": str(len(body)), **_trace()}
        lines = "".join([f"{name}: {value}\r\n" for name, value in sent.items()])
        request = f"POST / HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body
        try:
            return self._sent(request, seconds)
        except exceptions.SSLError:
            if self._roots is _all_roots:
                raise
            self._roots = _all_roots
            return self._sent(request, seconds)

    def _sent(self, request: bytes, seconds: float) -> Answer:
        """Send a request in one piece, and read the answer to it."""
        line = self._line(min(CONNECT_SECONDS, seconds))
        try:
            line.settimeout(min(READ_SECONDS, seconds))
            line.sendall(request)
            found = answer.read(line.recv)
        except (OSError, ValueError) as fault:
            line.close()
            raise _named(fault, exceptions.ReadTimeoutError)(
                endpoint_url=self.endpoint, error=fault
            ) from fault
        if found.lasts and len(self._kept) < KEPT:
            self._kept.append(line)
        else:
            line.close()
        return found

    def _line(self, seconds: float) -> socket.socket:
        """Return a connection that was kept and is still good, or open one."""
        while self._kept:
            try:
                line = self._kept.pop()
            except IndexError:  # another thread took it
                break
            if not _ended(line):
                return line
            line.close()
        try:
            return self._opened(seconds)
        except OSError as fault:
            raise _named(fault, exceptions.ConnectTimeoutError, exceptions.EndpointConnectionError)(
                endpoint_url=self.endpoint, error=fault
            ) from fault

    def _opened(self, seconds: float) -> socket.socket:
        host, tls = str(self._where.hostname), self._where.scheme == "https"
        line = socket.create_connection((host, self._where.port or (443 if tls else 80)), seconds)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not tls:
            return line
        try:
            return _trusting(self._roots()).wrap_socket(line, server_hostname=host)
        except OSError:
            line.close()
            raise


def _close(lines: list[socket.socket]) -> None:
    while lines:
        lines.pop().close()


def _ended(line: socket.socket) -> bool:
    """Tell whether the other side has closed a connection, or says what nobody asked."""
    poll = select.poll()
    poll.register(line, select.POLLIN)
    return bool(poll.poll(0))


def _named(fault: Exception, slow: Any, broken: Any = exceptions.ConnectionClosedError) -> Any:
    """Return what botocore calls a fault of the connection."""
    if isinstance(fault, TimeoutError):
        return slow
    return exceptions.SSLError if isinstance(fault, ssl.SSLError) else broken


def _credentials() -> Credentials:
    """Return the credentials of this moment: Lambda's from its environment, else botocore's."""
    told = os.environ.get
    if (name := told("AWS_ACCESS_KEY_ID")) and (secret := told("AWS_SECRET_ACCESS_KEY")):
        return Credentials(name, secret, told("AWS_SESSION_TOKEN") or None)
    found = _chain().get_credentials()
    if found is None:
        raise exceptions.NoCredentialsError
    now = found.get_frozen_credentials()
    return Credentials(now.access_key, now.secret_key, now.token)


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


@lru_cache(maxsize=2)
def _trusting(roots: str) -> ssl.SSLContext:
    """Trust the roots in a file, which is read once for all services."""
    return ssl.create_default_context(cafile=roots)


def _few_roots() -> str:
    """Name the file of AWS_CA_BUNDLE, else that of Amazon's own roots, else botocore's."""
    few = not os.environ.get("AWS_CA_BUNDLE") and _AMAZON_ROOTS.exists()
    return str(_AMAZON_ROOTS) if few else _all_roots()


def _all_roots() -> str:
    return os.environ.get("AWS_CA_BUNDLE") or str(_AMAZON_ROOTS.with_name("cacert.pem"))


# One that answers IPv6 at the address of all.
_ONE_ADDRESS = "secretsmanager"
# What the SDKs' variables call a service, where it is not its own name.
_VARIABLES = {"events": "EVENTBRIDGE", "secretsmanager": "SECRETS_MANAGER"}


def _endpoint(service: str, region: str) -> str:
    def is_set(name: str) -> bool:
        return os.environ.get(name, "").lower() == "true"

    variable = f"AWS_ENDPOINT_URL_{_VARIABLES.get(service, service.upper())}"
    told = os.environ.get(variable) or os.environ.get("AWS_ENDPOINT_URL")
    if told and not is_set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        return told.rstrip("/")
    name = f"{service}-fips" if is_set("AWS_USE_FIPS_ENDPOINT") else service
    apart = is_set("AWS_USE_DUALSTACK_ENDPOINT") and service != _ONE_ADDRESS
    domain = "api.aws" if apart else "amazonaws.com"
    return f"https://{name}.{region}.{domain}"
