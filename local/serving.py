"""A server that answers in the background, for as long as a block runs."""

import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from socketserver import BaseRequestHandler, BaseServer
from typing import Any


@contextmanager
def serving(server: BaseServer) -> Iterator[None]:
    """Have the server answer; what it listens on is closed afterwards."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *of: Any) -> None:
        """Say nothing of who hangs up: a process that has done its work is ended."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*of)


@contextmanager
def on_loopback(
    handler: Callable[..., BaseRequestHandler], tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Have a handler answer on a free port of loopback, over TLS if told how; give the address."""
    server = _Server(("127.0.0.1", 0), handler)
    if tls:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    with serving(server):
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
