"""The company's other systems: signed calls, bounded, tried again, never trusted blindly (S5)."""

import base64
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment.access_copy import access_export
from fulfilment.sources import source_client, source_systems, webhook_signature
from local import example_source as sample
from local.functions import Functions
from local.serving import on_loopback, serving
from shared.domain.timestamps import format_timestamp
from shared.storage import objects, secrets
from shared.storage.requests import request_store
from shared.storage.requests.request_store import RequestAction
from tests.functions.asking import Asker
from tests.functions.people import Person
from tests.functions.test_export import document, unpacked
from tests.support import NOW, call

LATER = NOW + timedelta(hours=1)
ORDER = {
    "class": "statutory_record",
    "title": "Order",
    "data": {"number": "SO-1", "lines": [{"sku": "KC-100"}]},
    "received_at": "2025-11-03T10:00:00Z",
    "may_hold_others": False,
}
TICKET = {"class": "support_record", "title": "Ticket", "data": {"text": "?"}, "portable": True}
OWN_TICKET = {**TICKET, "may_hold_others": False}

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class System:
    """One of the company's other systems, on loopback: it says what it is told to say, in turn."""

    url: str = ""
    script: list[Answer] = field(default_factory=list)
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    otherwise: Callable[[dict[str, Any]], Any] = lambda _: {"records": [ORDER], "next": None}

    def say(self, *answers: Any, status: int = 200, **headers: str) -> None:
        bodies = [
            each if isinstance(each, bytes) else json.dumps(each).encode() for each in answers
        ]
        self.script += [(status, headers, body) for body in bodies]

    def respond(self, headers: dict[str, str], body: bytes) -> Answer:
        self.seen.append((headers, body))
        if self.script:
            return self.script.pop(0)
        return 200, {}, json.dumps(self.otherwise(json.loads(body))).encode()

    @property
    def messages(self) -> list[Any]:
        return [json.loads(body) for _, body in self.seen]


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    system = System()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more, answer = system.respond(headers, body)
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    monkeypatch.setattr(source_client, "PAUSES", (0.0, 0.0))
    with on_loopback(Handler) as url:
        system.url = f"{url}/privacy"
        monkeypatch.setenv("SOURCES", json.dumps({"orders": system.url}))
        yield system


@pytest.fixture
def asker(cloud: object, functions: Functions, sam: Person) -> Asker:
    sam.send("/v1/contact", name="Sam", message="Hello", phone="+442079460018")
    return Asker(sam, functions)


def begun(asker: Asker, kind: str = "access", **more: Any) -> None:
    assert asker.ask(kind, **more).status == 202
    assert asker.verify().status == 200


def entry(asker: Asker) -> dict[str, Any]:
    found = request_store.entry(asker.id, "export")
    assert found is not None
    return found


def test_the_published_example_of_standard_webhooks_is_signed_alike() -> None:
    """The specification's own example key, message and signature."""
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1_614_265_330, UTC)
    headers = webhook_signature.headers(
        [secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}'
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    name = sample.verify(secret, headers, b'{"test": 2432232314}', at)
    assert name == "msg_p5jXN8AQM9LWM0D4loKWxJek"


@given(st.binary(), st.binary(min_size=1), st.text("ab_.", min_size=1), st.integers(-299, 299))
def test_a_signature_holds_for_its_own_message_alone(
    body: bytes, secret: bytes, name: str, late: int
) -> None:
    headers = webhook_signature.headers([secret], name, NOW, body)
    then = NOW + timedelta(seconds=late)
    assert sample.verify(secret, headers, body, then) == name
    changed = [
        (secret + b"!", headers, body, then),
        (secret, headers, body + b" ", then),
        (secret, {**headers, "webhook-id": name + "x"}, body, then),
        (secret, headers, body, then + timedelta(seconds=601)),
        (secret, {**headers, "webhook-signature": "v2,x v1,"}, body, then),
    ]
    for attempt in changed:
        with pytest.raises(sample.Refused):
            sample.verify(*attempt)


def test_each_source_has_a_key_of_its_own(cloud: object) -> None:
    (key,) = webhook_signature.keys("orders")
    assert (key,) != webhook_signature.keys("invoices")
    assert not {key, secrets.identity()} & set(secrets.sources())
    assert sample.key() == key


@pytest.fixture
def changing(cloud: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[bytes]:
    """The secret is changed; gives the key that `orders` still has."""
    client = boto3.client("secretsmanager")
    secret = client.create_secret(Name=f"changing-{uuid4()}", SecretString="first")["ARN"]
    monkeypatch.setenv("SECRET_SOURCES", secret)
    _read_anew()
    (old,) = webhook_signature.keys("orders")
    client.put_secret_value(SecretId=secret, SecretString="second")
    _read_anew()
    yield old
    monkeypatch.undo()
    _read_anew()


def _read_anew() -> None:
    """Be a new process, which reads the secret when it first needs it."""
    secrets.sources.cache_clear()
    secrets._value.cache_clear()


def test_while_the_secret_changes_either_key_understands_a_call(changing: bytes) -> None:
    new = sample.key()
    assert new != changing
    headers = webhook_signature.headers(webhook_signature.keys("orders"), "msg_1", NOW, b"{}")
    for key in (new, changing):
        assert sample.verify(key, headers, b"{}", NOW) == "msg_1"
    with pytest.raises(sample.Refused):
        sample.verify(b"neither", headers, b"{}", NOW)


def test_a_key_that_leaked_is_out_at_once(changing: bytes) -> None:
    client, secret = boto3.client("secretsmanager"), os.environ["SECRET_SOURCES"]
    stages = client.describe_secret(SecretId=secret)["VersionIdsToStages"]
    (leaked,) = [version for version, stage in stages.items() if stage == ["AWSPREVIOUS"]]
    client.update_secret_version_stage(
        SecretId=secret, VersionStage="AWSPREVIOUS", RemoveFromVersionId=leaked
    )
    _read_anew()
    headers = webhook_signature.headers(webhook_signature.keys("orders"), "msg_1", NOW, b"{}")
    assert sample.verify(sample.key(), headers, b"{}", NOW) == "msg_1"
    with pytest.raises(sample.Refused):
        sample.verify(changing, headers, b"{}", NOW)


def test_what_sources_hold_is_in_the_copy(asker: Asker, system: System) -> None:
    """S5, S52: page by page, with the name of the system that holds it."""
    system.say({"records": [ORDER], "next": "2"}, {"records": [TICKET], "next": None})
    begun(asker)
    access_export.carry_out(asker.case, LATER)
    assert asker.case.sources["orders"]["status"] == "collected"
    assert asker.case.sources["orders"]["records"] == 2
    data = document(entry(asker))["data"]
    (order,) = data["statutory_record"]
    assert (order["system"], order["title"], order["data"]) == ("orders", "Order", ORDER["data"])
    assert data["support_record"][0]["at"] is None
    assert b"SO-1" in unpacked(entry(asker))["csv/statutory_record.csv"]
    first, second = system.messages
    assert first == {
        "type": "collect",
        "request_id": asker.id,
        "request_type": "access",
        "person_id": asker.person.id,
        "email": asker.person.email,
        "cursor": None,
    }
    assert second["cursor"] == "2"


def test_a_portable_copy_has_of_sources_what_they_mark(asker: Asker, system: System) -> None:
    """Art. 20(1): an invoice is not the person's own data to take along, a ticket is."""
    system.say({"records": [ORDER, TICKET], "next": None})
    begun(asker, "portability")
    access_export.carry_out(asker.case, LATER)
    data = document(entry(asker))["data"]
    assert "support_record" in data
    assert "statutory_record" not in data


def test_calls_are_signed_and_a_repetition_has_the_same_id(asker: Asker, system: System) -> None:
    begun(asker)
    for _ in range(2):
        assert source_systems.ask("collect", asker.case, "orders", LATER)["status"] == "collected"
    (first, body), (second, same) = system.seen
    assert body == same
    assert first["webhook-id"] == second["webhook-id"]
    sample.verify(sample.key(), first, body, NOW)
    source_systems.ask("erase", asker.case, "orders", LATER)
    assert system.seen[-1][0]["webhook-id"] != first["webhook-id"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_is_passing_is_tried_three_times(asker: Asker, system: System, status: int) -> None:
    begun(asker)
    system.say({}, {}, status=status)
    assert source_systems.ask("collect", asker.case, "orders", LATER)["status"] == "collected"
    system.say({}, {}, {}, status=status)
    state = source_systems.ask("collect", asker.case, "orders", LATER)
    assert (state["status"], state["why"]) == ("failed", "failing")
    assert len(system.seen) == 6


BAD: dict[str, tuple[Any, int, str]] = {
    "no JSON": (b"<html>", 200, "malformed"),
    "an unknown field": ({"records": [], "next": None, "more": 1}, 200, "malformed"),
    "a wrong type": ({"records": [{**ORDER, "title": 7}], "next": None}, 200, "malformed"),
    "an unknown class": ({"records": [{**ORDER, "class": "gossip"}]}, 200, "malformed"),
    "a time without zone": (
        {"records": [{**ORDER, "received_at": "2025-11-03T10:00:00"}]},
        200,
        "malformed",
    ),
    "too large": (b" " * (source_client.MAX_BYTES + 1), 200, "too_large"),
    "not found": ({}, 404, "refused"),
    "unauthorised": ({}, 401, "refused"),
}


@pytest.mark.parametrize("name", BAD)
def test_anything_but_the_contract_is_refused_at_once(
    asker: Asker, system: System, name: str
) -> None:
    said, status, why = BAD[name]
    begun(asker)
    system.say(said, status=status)
    state = source_systems.ask("collect", asker.case, "orders", LATER)
    assert (state["status"], state["why"]) == ("failed", why)
    assert len(system.seen) == 1
    assert not list(_uploads(asker))


def test_a_redirect_is_not_followed(asker: Asker, system: System) -> None:
    begun(asker)
    system.say({}, status=307, Location=system.url)
    assert source_systems.ask("collect", asker.case, "orders", LATER)["why"] == "refused"
    assert len(system.seen) == 1


def test_pages_without_end_are_ended(
    asker: Asker, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_systems, "MAX_PAGES", 3)
    system.otherwise = lambda _: {"records": [ORDER], "next": "again"}
    begun(asker)
    assert source_systems.ask("collect", asker.case, "orders", LATER)["why"] == "too_many_pages"
    assert len(system.seen) == 3


def test_nobody_there_is_unreachable(
    asker: Asker, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES", json.dumps({"orders": "http://127.0.0.1:9/"}))
    begun(asker)
    assert source_systems.ask("collect", asker.case, "orders", LATER)["why"] == "unreachable"


@pytest.mark.parametrize(
    "url",
    [
        "http://orders.khoocommerce.example/",
        "http://localhost:1/",
        "http://127.0.0.1.nip.example/",
        "http://127.0.0.1@orders.khoocommerce.example/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
    ],
)
def test_nothing_is_said_without_tls(url: str) -> None:
    with pytest.raises(source_client.Fault, match="insecure"):
        source_client.post(url, {}, b"{}")


def test_in_lambda_not_even_to_the_machine_itself(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "fulfilment")
    with pytest.raises(source_client.Fault, match="insecure"):
        source_client.post(system.url, {}, b"{}")
    assert not system.seen


def test_a_certificate_that_nobody_vouches_for_is_refused(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_client, "PAUSES", (0.0, 0.0))
    with _tls(tmp_path) as url, pytest.raises(source_client.Fault, match="unreachable"):
        source_client.post(url, {}, b"{}")


def test_a_source_that_fails_waits_for_staff_and_the_rest_is_kept(
    asker: Asker, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retry, and only what is missing is asked for again."""
    both = {"orders": system.url, "stock": system.url}
    monkeypatch.setenv("SOURCES", json.dumps(both))
    begun(asker)
    system.say({"records": [ORDER]}, status=200)
    system.say({}, status=404)
    access_export.carry_out(asker.case, LATER)
    assert asker.case.status == "in_progress"
    assert {name: state["status"] for name, state in asker.case.sources.items()} == {
        "orders": "collected",
        "stock": "failed",
    }
    (event,) = [
        event for event in request_store.timeline(asker.id) if event.action == "source_failed"
    ]
    assert event.details == {"source": "stock", "why": "refused"}
    access_export.carry_out(asker.case, LATER)
    assert len(system.seen) == 2, "it waits for the staff"
    assert _desk(asker, "stock", retry=True).status == 200
    system.say({"records": [OWN_TICKET]})
    access_export.carry_out(asker.case, LATER)
    assert asker.case.status == "completed"
    assert len(system.seen) == 3
    assert {"statutory_record", "support_record"} <= set(document(entry(asker))["data"])


def test_staff_upload_what_a_source_did_not_answer(asker: Asker, system: System) -> None:
    """In the contract's form, or in any other: then as it stands."""
    begun(asker)
    system.say({}, status=404)
    access_export.carry_out(asker.case, LATER)
    assert _desk(asker, "orders", records=[ORDER, {"Order no.": 7}]).status == 200
    asker.deliver("fulfilment")
    assert asker.case.status == "awaiting_review", "it may hold what others wrote"
    told = document(entry(asker))
    assert told["data"]["statutory_record"][0]["data"] == ORDER["data"]
    assert told["data"]["other"][0]["data"] == {"Order no.": 7}
    assert told["other_systems"] == [{"name": "orders", "status": "uploaded", "reason": None}]


def test_staff_skip_a_source_and_the_copy_says_so(asker: Asker, system: System) -> None:
    begun(asker)
    system.say({}, status=404)
    access_export.carry_out(asker.case, LATER)
    assert _desk(asker, "orders", skip="The shop was closed in 2019").status == 200
    assert asker.case.sources["orders"]["at"] == format_timestamp(NOW), "as all moments are told"
    asker.deliver("fulfilment")
    (state,) = document(entry(asker))["other_systems"]
    assert state == {"name": "orders", "status": "skipped", "reason": "The shop was closed in 2019"}


def test_a_source_corrects_what_staff_accepted(asker: Asker, system: System) -> None:
    """S56: what they refused is not passed on."""
    wrong = [{"field": "phone", "value": "+442079460999"}, {"field": "name", "value": "S"}]
    begun(asker, "rectification", corrections=wrong)
    decisions = [
        {"field": "phone", "accepted": True},
        {"field": "name", "accepted": False, "reason": "No"},
    ]
    assert asker.staff("completion", decisions=decisions).status == 200
    system.say({"status": "corrected"})
    asker.deliver("fulfilment")
    assert asker.case.sources["orders"]["status"] == "corrected"
    (message,) = system.messages
    assert (message["type"], message["corrections"]) == ("correct", wrong[:1])
    system.say({"status": "refused", "reason": "It is right"})
    state = source_systems.ask("correct", asker.case, "orders", LATER)
    assert (state["status"], state["reason"]) == ("kept", "It is right")


def test_a_source_erases_and_says_what_it_keeps(asker: Asker, system: System) -> None:
    """S22: statute makes it keep invoices; the certificate says so."""
    begun(asker, "erasure")
    left = [{"class": "statutory_record", "count": 2, "ground": "VAT Act 1994"}]
    system.say({"erased": 3, "kept": left})
    asker.deliver("fulfilment")
    assert asker.case.status == "completed"
    certificate = request_store.entry(asker.id, "certificate")
    assert certificate is not None
    state = certificate["sources"]["orders"]
    assert (state["status"], state["erased"], state["kept"]) == ("kept", 3, left)
    system.say({"erased": 0, "kept": []})
    assert source_systems.ask("erase", asker.case, "orders", LATER)["status"] == "erased"


def test_a_page_counts_whole_or_not_at_all(asker: Asker, system: System) -> None:
    begun(asker)
    request_store.advance(asker.case, RequestAction("note", "s", NOW))
    system.say({"records": [ORDER], "next": "2"})
    system.say({}, status=404)
    assert source_systems.ask("collect", asker.case, "orders", LATER)["status"] == "failed"
    assert not list(_uploads(asker))


def _uploads(asker: Asker) -> list[str]:
    from shared.storage.aws_clients import client  # noqa: PLC0415

    listed = client("s3").list_objects_v2(Bucket=objects.bucket(), Prefix=f"uploads/{asker.id}/")
    return [item["Key"] for item in listed.get("Contents", ())]


def _desk(asker: Asker, source: str, **body: Any) -> Any:
    route = "/v1/desk/requests/{request_id}/sources/{source}"
    path = {"request_id": asker.id, "source": source}
    return call("desk", "POST", route, body, path=path, staff="privacy_officer")


def _tls(folder: Any) -> Any:
    """Serve TLS with a certificate that it signed itself."""
    import contextlib  # noqa: PLC0415
    import ssl  # noqa: PLC0415

    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    pem = folder / "tls.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """The client turns away, as it should."""

    @contextlib.contextmanager
    def secured() -> Iterator[str]:
        server = Quiet(("127.0.0.1", 0), BaseHTTPRequestHandler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        with serving(server):
            yield f"https://127.0.0.1:{server.server_port}/"

    return secured()
