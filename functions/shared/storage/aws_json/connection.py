"""One signed HTTPS exchange with an AWS service, over connections that are kept open.

Endpoint, credentials, roots and tracing come from where users of AWS expect: the environment
variables of the SDKs, which Lambda sets, and botocore's own chain for credentials anywhere else.
"""

import os
import select
import socket
import ssl
from collections.abc import Mapping
from datetime import datetime
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
    """

    def __init__(self, service: str) -> None:
        """Find the endpoint; nothing is opened before the first exchange."""
        self.service = service
        self.region = os.environ.get("AWS_REGION") or os.environ["AWS_DEFAULT_REGION"]
        self.endpoint = _endpoint(service, self.region)
        where = urlsplit(self.endpoint)
        self._tls, self._path = where.scheme == "https", f"{where.path}/"
        usual = 443 if self._tls else 80
        self._address = str(where.hostname), where.port or usual
        self._host = where.netloc.removesuffix(f":{usual}")
        self._roots = _roots()
        self._kept: list[socket.socket] = []

    def __del__(self) -> None:
        """Close what was kept."""
        for line in self._kept:
            line.close()

    def exchange(
        self, headers: Mapping[str, str], body: bytes, at: datetime, seconds: float
    ) -> Answer:
        """Sign and send one POST at a moment of the service's clock; wait no longer than `seconds`.

        Raises:
            botocore.exceptions.HTTPClientError: what botocore raises for a connection that is
                refused, broken or too slow.
            botocore.exceptions.NoCredentialsError: there are none.
        """
        told = {"Host": self._host, **headers}
        sent = signed(self._path, told, body, _credentials(), self.service, self.region, at)
        lines = [f"{name}: {value}" for name, value in sent.items()]
        lines += [f"User-Agent: {USER_AGENT}", f"Content-Length: {len(body)}", *_trace(), "\r\n"]
        head = f"POST {self._path} HTTP/1.1\r\n" + "\r\n".join(lines)
        return self._sent(head.encode("latin-1") + body, seconds)

    def _sent(self, request: bytes, seconds: float) -> Answer:
        """Send a request in one piece, and read the answer to it."""
        line = self._line()
        try:
            line = line or self._opened(min(CONNECT_SECONDS, seconds))
            line.settimeout(min(READ_SECONDS, seconds))
            line.sendall(request)
            found = answer.read(line.recv)
        except (OSError, ValueError) as fault:
            if isinstance(fault, ssl.SSLError):
                self._roots = self._roots[-1:]  # for the next try
            if line is not None:
                line.close()
            kind = _named(fault, opened=line is not None)
            raise kind(endpoint_url=self.endpoint, error=fault) from fault
        if found.lasts and len(self._kept) < KEPT:
            self._kept.append(line)
        else:
            line.close()
        return found

    def _line(self) -> socket.socket | None:
        """Return a connection that was kept and is still good."""
        try:
            while _ended(line := self._kept.pop()):
                line.close()
        except IndexError:  # none is left
            return None
        return line

    def _opened(self, seconds: float) -> socket.socket:
        trusting = _trusting(self._roots[0]) if self._tls else None
        line = socket.create_connection(self._address, seconds)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return trusting.wrap_socket(line, server_hostname=self._address[0]) if trusting else line


def _ended(line: socket.socket) -> bool:
    """Tell whether the other side has closed a connection, or says what nobody asked."""
    poll = select.poll()
    poll.register(line, select.POLLIN)
    return bool(poll.poll(0))


def _named(fault: Exception, *, opened: bool) -> Any:
    """Return what botocore calls a fault of a connection that is open, or is to be."""
    if isinstance(fault, TimeoutError):
        return exceptions.ReadTimeoutError if opened else exceptions.ConnectTimeoutError
    if isinstance(fault, ssl.SSLError | FileNotFoundError):  # of a bundle of roots
        return exceptions.SSLError
    return exceptions.ConnectionClosedError if opened else exceptions.EndpointConnectionError


def _credentials() -> Credentials:
    """Return the credentials of this moment: Lambda's from its environment, else botocore's."""
    told = os.environ.get
    if (name := told("AWS_ACCESS_KEY_ID")) and (secret := told("AWS_SECRET_ACCESS_KEY")):
        return Credentials(name, secret, told("AWS_SESSION_TOKEN") or None)
    found = _chain().get_credentials()
    if found is None:
        raise exceptions.NoCredentialsError
    return Credentials(*found.get_frozen_credentials()[:3])


@cache
def _chain() -> Any:
    import botocore.session  # noqa: PLC0415 - never in Lambda

    return botocore.session.get_session()


def _trace() -> list[str]:
    """Return the header by which AWS sees which invocation a call belongs to."""
    known = "AWS_LAMBDA_FUNCTION_NAME" in os.environ and os.environ.get("_X_AMZN_TRACE_ID")
    return [f"X-Amzn-Trace-Id: {known}"] if known else []


@lru_cache(maxsize=2)
def _trusting(roots: str) -> ssl.SSLContext:
    """Trust the roots in a file, which is read once for all services."""
    return ssl.create_default_context(cafile=roots)


def _roots() -> list[str]:
    """Name the file of AWS_CA_BUNDLE, else that of Amazon's own roots and then botocore's."""
    own = os.environ.get("AWS_CA_BUNDLE")
    both = _AMAZON_ROOTS, _AMAZON_ROOTS.with_name("cacert.pem")
    return [own] if own else [str(file) for file in both if file.exists()]


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
