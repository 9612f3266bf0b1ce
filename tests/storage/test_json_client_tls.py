"""Whom our client of AWS trusts: Amazon's few roots first, then all of a bundle, then nobody."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import exceptions

from local.serving import serving as answering
from shared.storage.aws_json import client as json_client
from shared.storage.aws_json import connection
from shared.storage.aws_json.client import JsonClient
from tests.certificates import certificate, chain

HOST = "localhost"
Serving = Callable[..., AbstractContextManager[list[int]]]


class Handler(BaseHTTPRequestHandler):
    """Answers every call with an empty item."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        content = json.dumps({}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Quiet(ThreadingHTTPServer):
    """Says nothing about those who hang up because they do not trust it."""

    def handle_error(self, *_: Any) -> None:
        """Leave it to the client to tell."""


@pytest.fixture
def serving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serving:
    """Serve HTTPS by a root of that name; the list has how many roots each opening trusts."""
    few, every = tmp_path / "amazon_roots.pem", tmp_path / "cacert.pem"
    few.write_bytes(certificate("Amazon", "Amazon"))
    every.write_bytes(few.read_bytes() + certificate("Another", "Another"))
    monkeypatch.setattr(connection, "_AMAZON_ROOTS", few)
    monkeypatch.setattr(json_client, "PAUSE", 0)
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    opened: list[int] = []
    plain = ssl.create_default_context

    def noting(*arguments: Any, **more: Any) -> ssl.SSLContext:
        context = plain(*arguments, **more)
        opened.append(len(context.get_ca_certs()))
        return context

    @contextmanager
    def serve(issuer: str, host: str = HOST) -> Iterator[list[int]]:
        (tmp_path / "chain.pem").write_bytes(chain(host, issuer, host))
        server = Quiet(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "chain.pem")
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", f"https://{HOST}:{server.server_port}")
        monkeypatch.setattr(ssl, "create_default_context", noting)
        with answering(server):
            yield opened

    return serve


def get() -> Any:
    client = JsonClient("dynamodb", lambda: boto3.client("dynamodb"))
    for _ in range(2):
        client.get_item(TableName="ledger", Key={})
    return client


def test_amazons_own_roots_are_enough_for_amazon(serving: Serving) -> None:
    with serving("Amazon") as opened:
        get()
    assert opened == [1]


def test_another_root_of_the_bundle_is_found_at_the_price_of_a_second_handshake(
    serving: Serving,
) -> None:
    with serving("Another") as opened:
        get()
    assert opened == [1, 2], "once, and kept for the calls that follow"


@pytest.mark.parametrize(("issuer", "host"), [("Nobody", HOST), ("Amazon", "example.com")])
def test_nobody_else_is_trusted(serving: Serving, issuer: str, host: str) -> None:
    """Neither a root that no bundle has, nor another's certificate: the fault is botocore's."""
    with serving(issuer, host), pytest.raises(exceptions.SSLError):
        get()


def test_a_bundle_of_the_operators_goes_before_both(
    serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.pem"
    own.write_bytes(certificate("Own", "Own"))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(own))
    with serving("Own") as opened:
        get()
    assert opened == [1]
    with serving("Amazon"), pytest.raises(exceptions.SSLError):
        get()
