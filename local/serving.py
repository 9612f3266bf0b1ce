"""A server that answers in the background, for as long as a block runs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from socketserver import BaseRequestHandler, BaseServer


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


@contextmanager
def on_loopback(handler: Callable[..., BaseRequestHandler]) -> Iterator[str]:
    """Have a handler answer on a free port of loopback; give the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}"
