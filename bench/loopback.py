"""AWS as far as a measured request needs it: one small server on loopback, in this process."""

import json
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from local.serving import on_loopback

ANSWERS: dict[str, dict[str, Any]] = {
    "PutItem": {},
    "TransactWriteItems": {},
    "BatchGetItem": {"Responses": {}},
    "UpdateItem": {"Attributes": {"hits": {"N": "1"}}},
    "GetSecretValue": {"SecretString": "loopback" * 4},
}


@dataclass
class Loopback:
    """Where it listens, and how often each operation came since the last look."""

    url: str
    calls: Counter[str] = field(default_factory=Counter)

    def taken(self) -> Counter[str]:
        """Return the calls since the last look, and start anew."""
        seen, self.calls = self.calls, Counter()
        return seen


@contextmanager
def listening(tls: ssl.SSLContext | None = None) -> Iterator[Loopback]:
    """Answer AWS's JSON protocol, with the same few bytes to everybody, while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            """Answer one call; an operation that is not expected here is refused."""
            self.rfile.read(int(self.headers["Content-Length"]))
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            loopback.calls[operation] += 1
            known = operation in ANSWERS
            content = json.dumps(ANSWERS.get(operation, {"__type": "Unexpected"})).encode()
            head = (
                f"HTTP/1.1 {200 if known else 400} -\r\nContent-Type: application/x-amz-json-1.0"
                f"\r\nContent-Length: {len(content)}\r\n\r\n"
            )
            self.wfile.write(head.encode() + content)

    with on_loopback(Handler, tls) as url:
        loopback = Loopback(url)
        yield loopback
