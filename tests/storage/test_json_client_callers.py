"""Who asks AWS's JSON services, and where they are: as users of its SDKs expect."""

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore import exceptions
from botocore.auth import _host_from_url
from botocore.loaders import create_loader

from shared.storage import aws_clients
from shared.storage.aws_json import connection
from shared.storage.aws_json.answer import Answer
from shared.storage.aws_json.client import JsonClient
from shared.storage.aws_json.connection import Connection

HERE = "http://127.0.0.1:1"
LOADER = create_loader()
NOW = datetime(2026, 11, 25, tzinfo=UTC)
# An operation of each that takes nothing, and what the SDKs' variables call it.
SERVICES = {
    "dynamodb": ("ListTables", "DYNAMODB"),
    "events": ("ListRules", "EVENTBRIDGE"),
    "secretsmanager": ("ListSecrets", "SECRETS_MANAGER"),
}
SETTINGS: list[dict[str, str]] = [
    {},
    {"AWS_USE_FIPS_ENDPOINT": "true"},
    {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
    {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
    {"AWS_ENDPOINT_URL": HERE},
    {"AWS_ENDPOINT_URL": "http://[::1]:8000/"},
    {"AWS_ENDPOINT_URL": "https://gateway.example:443/aws/v1/"},
    {"AWS_ENDPOINT_URL_{}": f"{HERE}/", "AWS_ENDPOINT_URL": "http://127.0.0.1:2"},
    {"AWS_ENDPOINT_URL_{}": HERE, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
]


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith(("AWS_", "_X_AMZN_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    connection._chain.cache_clear()
    yield
    connection._chain.cache_clear()


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: " ".join(settings) or "none")
@pytest.mark.parametrize("service", SERVICES)
def test_each_is_where_botocore_finds_it(
    service: str, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    operation, variable = SERVICES[service]
    for name, value in settings.items():
        monkeypatch.setenv(name.format(variable), value)
    asked: list[str] = []

    def stop(request: Any, **_: Any) -> None:
        asked.append(request.url)
        raise InterruptedError

    session = botocore.session.Session()
    session.register_component("data_loader", LOADER)
    client = session.create_client(
        service, "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    client.meta.events.register_first("before-send", stop)
    with pytest.raises(InterruptedError):
        client._make_api_call(operation, {})
    ours, (url,) = Connection(service), asked
    where = urlsplit(url)
    assert (ours._host, ours._path) == (_host_from_url(url), where.path)
    ports = {"http": 80, "https": 443}
    assert ours._address == (where.hostname, where.port or ports[where.scheme])
    assert ours._tls == (where.scheme == "https")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    requests: list[str] = []

    def send(_: Connection, request: bytes, _seconds: float) -> Answer:
        requests.append(request.decode())
        return Answer(200, {}, b"")

    monkeypatch.setattr(Connection, "_sent", send)
    monkeypatch.setenv(
        "AWS_ENDPOINT_URL", f"{HERE}/aws"
    )  # an emulator in this process lets loopback be
    return requests


def test_lambdas_credentials_are_those_of_the_moment(
    sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Connection("dynamodb")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "first")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    made.exchange({}, b"", NOW, 1)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "second")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-a-session")
    made.exchange({}, b"", NOW, 1)
    assert sent[0].startswith("POST /aws/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\n")
    assert "Credential=first/" in sent[0]
    assert "X-Amz-Security-Token" not in sent[0]
    assert "Credential=second/" in sent[1]
    assert "X-Amz-Security-Token: of-a-session\r\n" in sent[1]
    assert connection._chain.cache_info().currsize == 0, "botocore's session is 30 ms of a start"


def test_anywhere_else_they_are_those_of_botocores_chain(sent: list[str], tmp_path: Path) -> None:
    with pytest.raises(exceptions.NoCredentialsError):
        Connection("dynamodb").exchange({}, b"", NOW, 1)
    assert sent == []
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = filed\naws_secret_access_key = x\n", "utf-8"
    )
    connection._chain.cache_clear()
    Connection("dynamodb").exchange({}, b"", NOW, 1)
    assert "Credential=filed/" in sent[0]


def test_a_call_says_which_program_makes_it_and_in_lambda_which_invocation(
    sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-2-3")
    made = Connection("dynamodb")
    made.exchange({}, b"", NOW, 1)
    assert "User-Agent: privacy-api/1\r\n" in sent[0]
    assert "X-Amzn-Trace-Id" not in sent[0]
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "consent")
    made.exchange({}, b"", NOW, 1)
    assert "X-Amzn-Trace-Id: Root=1-2-3\r\n" in sent[1]


@pytest.mark.parametrize("setting", ["BOTOCORE_ONLY", "HTTPS_PROXY", "http_proxy"])
def test_with_a_proxy_and_on_request_botocore_does_everything(
    setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")  # botocore knows no other variable
    monkeypatch.setenv(setting, HERE)
    for service in SERVICES:
        made = aws_clients.client.__wrapped__(service)
        assert not isinstance(made, JsonClient)
        assert made.meta.service_model.service_name == service


def test_a_bundle_that_is_not_there_is_said_to_be_the_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "none.pem"))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(exceptions.SSLError, match="No such file"):
            Connection("dynamodb")._sent(b"", 1)
