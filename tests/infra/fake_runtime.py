"""Lambda's runtime API on loopback: hands one function its events and keeps the answers."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from awslambdaric import bootstrap

RIC = ("awslambdaric", "simplejson", "snapshot_restore_py")
SECONDS = 30


class Runtime(ThreadingHTTPServer):
    """The API's two queues: events to come, and what the function said to each."""

    def __init__(self, seconds: float = SECONDS) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.daemon_threads = True
        self.seconds = seconds
        self.events: Queue[str | None] = Queue()
        self.answers: Queue[tuple[str, Any]] = Queue()

    @property
    def address(self) -> str:
        """Where the function's client finds it."""
        return f"127.0.0.1:{self.server_port}"

    def invoke(self, event: Mapping[str, Any]) -> tuple[str, Any]:
        """Return the kind of answer, `response` or `error`, and what it holds."""
        self.events.put(json.dumps(event))
        try:
            return self.answers.get(timeout=self.seconds)
        except Empty:
            raise AssertionError("the function did not answer") from None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Runtime

    def do_GET(self) -> None:
        event = self.server.events.get()
        if event is None:  # the test is over
            self.close_connection = True
            return
        self._answer(
            200,
            event,
            {
                "Lambda-Runtime-Aws-Request-Id": "00000000-0000-4000-8000-000000000001",
                "Lambda-Runtime-Deadline-Ms": "4102444800000",
                "Lambda-Runtime-Invoked-Function-Arn": (
                    "arn:aws:lambda:eu-west-1:123456789012:function:under-test"
                ),
            },
        )

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.server.answers.put((self.path.rpartition("/")[2], json.loads(body)))
        self._answer(202, "{}", {})

    def _answer(self, status: int, text: str, headers: Mapping[str, str]) -> None:
        content = text.encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Say nothing: pytest shows what fails."""


@contextmanager
def running(
    handler: str, path: list[Path], environment: Mapping[str, str], ric: Path
) -> Iterator[Runtime]:
    """Run `handler` from `path` alone: of this environment only Lambda's own client is seen.

    `ric` is an empty folder, in which that client is laid out.
    """
    packages = Path(bootstrap.__file__).parent.parent
    for source in (*(packages / name for name in RIC), *packages.glob("runtime_client*")):
        (ric / source.name).symlink_to(source)
    with Runtime() as runtime:
        threading.Thread(target=runtime.serve_forever, daemon=True).start()
        child = subprocess.Popen(
            [sys.executable, "-S", "-m", "awslambdaric", handler],
            cwd=path[0],
            env={
                **environment,
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.pathsep.join(map(str, [*path, ric])),
                "AWS_LAMBDA_RUNTIME_API": runtime.address,
                "AWS_LAMBDA_LOG_FORMAT": "JSON",
            },
        )
        try:
            yield runtime
        finally:
            child.kill()
            child.wait()
            runtime.events.put(None)
            runtime.shutdown()
