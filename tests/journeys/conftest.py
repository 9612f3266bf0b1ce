"""The whole product behind a real socket on loopback, with its stream workers running."""

import os
import uuid
from collections.abc import Iterator

import httpx
import pytest

from infra import openapi
from local import clock, server
from local.functions import Functions
from local.gateway import Gateway
from local.serving import serving
from local.streams import Streams


@pytest.fixture(scope="module")
def base_url(functions: Functions) -> Iterator[str]:
    """Serve on a free port for a module: other tests break stores that workers would meet."""
    clock.install()
    streams = Streams(functions)
    gateway = Gateway(functions.cloud.template, functions, os.environ["ORIGINS"].split())
    application = server.Application(gateway, functions, openapi.document(), streams.drain)
    listening = server.listen(application, 0)
    with serving(listening):
        streams.start()
        yield f"http://{server.HOST}:{listening.server_port}"
        streams.stop()
    assert streams.dead == [], (
        "the notifications worker could not do what these stored items call for"
    )


class Twice(httpx.HTTPTransport):
    """Presses every button twice: what is asked to be done comes again with its key.

    The second answer is the first; the journey goes on with it.
    """

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET" or not request.url.path.startswith("/v1/"):
            return super().handle_request(request)
        request.headers.setdefault("Idempotency-Key", str(uuid.uuid4()))
        first = super().handle_request(request)
        first.read()
        second = super().handle_request(request)
        assert second.status_code == first.status_code, request.url
        return second


@pytest.fixture
def web(base_url: str) -> Iterator[httpx.Client]:
    """A website's client; the clock stands still at a known moment and runs on afterwards."""
    with httpx.Client(base_url=base_url, timeout=30, transport=Twice()) as client:
        client.put("/_local/clock", json={"now": "2026-02-01T09:00:00Z"})
        yield client
        client.put("/_local/clock", json={"now": None})
