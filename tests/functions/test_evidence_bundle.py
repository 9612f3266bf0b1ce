"""A bundle of evidence verifies offline, and each kind of tampering is named."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops import evidence, verify_evidence
from ops.verify_evidence import verify
from shared.domain import hash_chain
from tests.functions.test_capture import body, capture, on, withdraw
from tests.support import call

pytestmark = pytest.mark.usefixtures("cloud")
Files = dict[str, bytes]


@pytest.fixture
def files() -> Files:
    """A browser that said yes, something else, and no."""
    name = capture(body(choices={"analytics": True})).json["consent_id"]
    capture(body(consent_id=name, choices={"personalisation": True}))
    withdraw(name)
    return _bundled(name)


def _bundled(name: str) -> Files:
    receipt = on("/receipt", name, headers={"Accept": "application/jose"}).text
    policy = call("consent", "GET", "/v1/policy/{version}", path={"version": "2023-06"}).text
    return {
        "events.json": evidence.written(on("/history", name).json["events"]),
        "receipt.jws": receipt.encode(),
        "keys.json": call("consent", "GET", "/.well-known/jwks.json").text.encode(),
        "policies/2023-06.json": policy.encode(),
    }


def test_a_true_bundle_holds_and_the_key_is_the_one_that_is_trusted(
    files: Files,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "bundle.zip"
    evidence.write(path, files)
    kid = json.loads(files["keys.json"])["keys"][0]["kid"]
    assert verify(str(path)) == []
    assert verify(str(path), kid) == []
    first = path.read_bytes()
    evidence.write(path, files)
    assert path.read_bytes() == first
    monkeypatch.setattr("sys.argv", ["verify_evidence.py", str(path)])
    assert verify_evidence.main() == 0
    assert "Not proven: whose key it is" in capsys.readouterr().out


def _events(change: Callable[[list[Any]], object]) -> Callable[[Files], None]:
    def made(files: Files) -> None:
        events = json.loads(files["events.json"])
        change(events)
        files["events.json"] = evidence.written(events)

    return made


def _policy(change: Callable[[Any], object]) -> Callable[[Files], None]:
    def made(files: Files) -> None:
        policy = json.loads(files["policies/2023-06.json"])
        change(policy)
        files["policies/2023-06.json"] = evidence.written(policy)

    return made


def _part(number: int, text: str) -> Callable[[Files], None]:
    def made(files: Files) -> None:
        parts = files["receipt.jws"].decode().split(".")
        parts[number] = text
        files["receipt.jws"] = ".".join(parts).encode()

    return made


def _forged(events: list[Any]) -> None:
    """Rewrite the newest event and its digest, as somebody with the ledger could."""
    events[-1]["choices"]["analytics"] = True
    statement = {name: value for name, value in events[-1].items() if name != "digest"}
    events[-1]["digest"] = hash_chain.digest(statement)


def _other_key(files: Files) -> None:
    keys = json.loads(files["keys.json"])
    keys["keys"][0]["x"], keys["keys"][0]["y"] = keys["keys"][0]["y"], keys["keys"][0]["x"]
    files["keys.json"] = evidence.written(keys)


def _somebody_elses_receipt(files: Files) -> None:
    files["receipt.jws"] = _bundled(capture(body()).json["consent_id"])["receipt.jws"]


NONE = hash_chain.base64url(b'{"alg":"none","kid":"x","typ":"JOSE"}')
TAMPERED: dict[str, tuple[Callable[[Files], object], str]] = {
    "an event altered": (_events(lambda e: e[0]["choices"].update(analytics=False)), "event 1 was"),
    "a time altered": (_events(lambda e: e[1].update(decided_at="2020-01-01")), "event 2 was"),
    "an event removed": (_events(lambda e: e.pop(1)), "events 2 to 2 are missing"),
    "the newest cut off": (_events(lambda e: e.pop()), "the newest were cut off"),
    "all events removed": (_events(lambda e: e.clear()), "there is no event"),
    "events reordered": (_events(lambda e: e.reverse()), "the order was changed"),
    "an event repeated": (_events(lambda e: e.insert(1, e[0])), "event 1 stands there twice"),
    "an event of another": (_events(lambda e: e[1].update(subject="c_x")), "to somebody else"),
    "a link cut": (_events(lambda e: e[1].update(previous_digest="x")), "predecessor's digest"),
    "a beginning invented": (_events(lambda e: e[0].update(previous_digest="x")), "event 1 names"),
    "an event forged with its digest": (_events(_forged), "the newest were cut off"),
    "words altered": (
        _policy(lambda p: p["notices"][0].update(text="Other.")),
        "notice cookie_banner: the words were altered",
    ),
    "words and hash replaced": (
        _policy(
            lambda p: p["notices"][0].update(
                text="x",
                sha256="2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
            )
        ),
        "its words are not in version 2023-06",
    ),
    "a purpose reworded": (
        _policy(lambda p: p["purposes"][1].update(text="Other.")),
        "purpose analytics: the words were altered",
    ),
    "the whole notice altered": (
        _policy(lambda p: p["notice"].update(text="Other.")),
        "version 2023-06, notice: the words were altered",
    ),
    "a version removed": (
        lambda f: f.pop("policies/2023-06.json"),
        "of version 2023-06 are missing",
    ),
    "versions exchanged": (_policy(lambda p: p.update(version="2026-10")), "were exchanged"),
    "a signature altered": (_part(2, hash_chain.base64url(b"x" * 64)), "signature is wrong"),
    "a receipt unsigned": (
        lambda f: f.update({"receipt.jws": f["receipt.jws"].rpartition(b".")[0]}),
        "the receipt is not signed",
    ),
    "another algorithm": (_part(0, NONE), "another algorithm than ES256"),
    "a receipt of another": (_somebody_elses_receipt, "the receipt is somebody else's"),
    "a key exchanged": (_other_key, "a key does not match its thumbprint"),
    "keys removed": (lambda f: f.update({"keys.json": b'{"keys":[]}'}), "the key that signed"),
    "a receipt removed": (lambda f: f.pop("receipt.jws"), "receipt.jws is missing"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_named_even_where_the_manifest_was_made_anew(
    files: Files, tmp_path: Path, name: str
) -> None:
    change, told = TAMPERED[name]
    change(files)
    path = tmp_path / "bundle.zip"
    evidence.write(path, files)
    found = verify(str(path))
    assert any(told in fault for fault in found), found


def test_the_archive_itself_is_checked(files: Files, tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    evidence.write(path, files)
    assert verify(str(path), "another") == [
        "the receipt is signed by another key than the one that you trust"
    ]
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("more.txt", "more")
    assert verify(str(path)) == ["more.txt was added: the manifest does not list it"]
    path.write_bytes(b"no archive")
    assert verify(str(path)) == ["the bundle cannot be read as an archive"]
