"""Check an evidence bundle offline: `python verify_evidence.py BUNDLE.zip`; this file is enough.

It needs Python and the package `cryptography`, no network and nothing of the product. It says what
the bundle proves, and names what does not hold. The key is trusted only if you know its thumbprint
from elsewhere: give it with --key.
"""

import argparse
import base64
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

MANIFEST = "manifest.json"
NEEDED = ("events.json", "receipt.jws", "keys.json")
# The longest bundle that is read; a longer one is none of ours.
MOST_BYTES = 256 * 1024 * 1024
_HALF = 32


class Unreadable(Exception):
    """What is there is no bundle."""


def verify(path: str, key: str | None = None) -> list[str]:
    """Return what does not hold, in sentences; nothing if all of it does."""
    try:
        files = _read(path)
        return list(_faults(files, key))
    except Unreadable as reason:
        return [str(reason)]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        return [f"the bundle is not in the form of a bundle ({type(error).__name__})"]


def main() -> int:
    """Say what is proven and what is not; exit with 1 if something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle")
    parser.add_argument("--key", help="the thumbprint (RFC 7638) of the key that you trust")
    chosen = parser.parse_args()
    found = verify(chosen.bundle, chosen.key)
    for fault in found:
        sys.stdout.write(f"NOT SO: {fault}\n")
    if found:
        return 1
    sys.stdout.write(
        "Proven: no event between the first and the last of the bundle is missing or altered; the "
        "words are those whose hashes the events name; the receipt is signed by the key in the "
        "bundle and vouches for the last event.\n"
    )
    if not chosen.key:
        sys.stdout.write("Not proven: whose key it is. Give its thumbprint with --key.\n")
    sys.stdout.write(
        "Not proven: what was decided after the receipt; events before the first, if retention "
        "removed them; that the clock was right.\n"
    )
    return 0


def _read(path: str) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > MOST_BYTES:
                raise Unreadable("the bundle is too large to be one")
            if len({member.filename for member in members}) != len(members):
                raise Unreadable("a file stands in the bundle twice")
            return {member.filename: archive.read(member) for member in members}
    except (OSError, zipfile.BadZipFile) as error:
        raise Unreadable("the bundle cannot be read as an archive") from error


def _faults(files: dict[str, bytes], key: str | None) -> Iterator[str]:
    if MANIFEST not in files:
        raise Unreadable("the manifest is missing")
    listed = json.loads(files[MANIFEST])["files"]
    for name in sorted({*listed, *NEEDED}):
        if name not in files:
            yield f"{name} is missing"
    for name in sorted(files.keys() - listed.keys() - {MANIFEST}):
        yield f"{name} was added: the manifest does not list it"
    for name in sorted(files.keys() & listed.keys()):
        if hashlib.sha256(files[name]).hexdigest() != listed[name]:
            yield f"{name} was altered: its hash is not that of the manifest"
    if any(name not in files for name in NEEDED):
        return
    events = json.loads(files["events.json"])
    yield from _chain(events)
    yield from _words(events, files)
    yield from _receipt(events, files, key)


def _chain(events: list[dict[str, Any]]) -> Iterator[str]:
    if not events:
        yield "there is no event"
    before: dict[str, Any] | None = None
    for event in events:
        number = event["sequence"]
        if before is None and number == 1 and event["previous_digest"] is not None:
            yield "event 1 names a predecessor"
        if before is not None:
            yield from _follows(event, before)
        if _digest(event) != event["digest"]:
            yield f"event {number} was altered: it does not match its digest"
        before = event


def _follows(event: dict[str, Any], before: dict[str, Any]) -> Iterator[str]:
    number, last = event["sequence"], before["sequence"]
    if event["subject"] != before["subject"]:
        yield f"event {number} belongs to somebody else"
    if number == last:
        yield f"event {number} stands there twice"
    elif number < last:
        yield f"event {number} comes after event {last}: the order was changed"
    elif number > last + 1:
        yield f"events {last + 1} to {number - 1} are missing"
    elif event["previous_digest"] != before["digest"]:
        yield f"event {number} does not name its predecessor's digest"


def _digest(event: dict[str, Any]) -> str:
    statement = {name: value for name, value in event.items() if name != "digest"}
    text = json.dumps(statement, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return _base64url(hashlib.sha256(text.encode()).digest())


def _words(events: list[dict[str, Any]], files: dict[str, bytes]) -> Iterator[str]:
    known: dict[str, dict[str, set[str]]] = {}
    for name in sorted(files):
        if not name.startswith("policies/"):
            continue
        policy = json.loads(files[name])
        version = policy["version"]
        if name != f"policies/{version}.json":
            yield f"{name} holds version {version}: versions were exchanged"
        yield from _texts(policy)
        known[version] = {
            item["id"]: {
                item["sha256"],
                *(words["sha256"] for words in (item.get("languages") or {}).values()),
            }
            for item in policy["notices"]
        }
        known[version]["privacy_notice"] = {policy["notice"]["sha256"]}
    for event in events:
        version, notice = event["policy_version"], event["notice"]
        if version not in known:
            yield f"event {event['sequence']}: the words of version {version} are missing"
        elif notice["sha256"] not in known[version].get(notice["id"], ()):
            yield f"event {event['sequence']}: its words are not in version {version}"


def _texts(policy: dict[str, Any]) -> Iterator[str]:
    version = policy["version"]
    texts = {"notice": (policy["notice"]["text"], policy["notice"]["sha256"])}
    for item in policy["notices"]:
        texts[f"notice {item['id']}"] = (item["text"], item["sha256"])
        for tag, words in (item.get("languages") or {}).items():
            texts[f"notice {item['id']} in {tag}"] = (words["text"], words["sha256"])
    for item in policy["purposes"]:
        covered = "\n".join((item["title"], item["text"], item["lawful_basis"]))
        texts[f"purpose {item['id']}"] = (covered, item["sha256"])
    for name, (text, wanted) in texts.items():
        if hashlib.sha256(text.encode()).hexdigest() != wanted:
            yield f"version {version}, {name}: the words were altered"


def _receipt(
    events: list[dict[str, Any]], files: dict[str, bytes], key: str | None
) -> Iterator[str]:
    parts = files["receipt.jws"].decode("ascii").strip().split(".")
    if len(parts) != len(("header", "payload", "signature")):
        yield "the receipt is not signed"
        return
    header, payload = (json.loads(_bytes(part)) for part in parts[:2])
    signature = _bytes(parts[2])
    keys = json.loads(files["keys.json"])["keys"]
    for each in keys:
        if each["kid"] != _thumbprint(each):
            yield "a key does not match its thumbprint: it was exchanged"
    named = [each for each in keys if each["kid"] == header["kid"]]
    if header["alg"] != "ES256":
        yield "the receipt names another algorithm than ES256"
    elif not named:
        yield "the key that signed the receipt is missing"
    elif not _signed(named[0], ".".join(parts[:2]).encode(), signature):
        yield "the receipt's signature is wrong: it was altered, or signed by another key"
    if key is not None and header["kid"] != key:
        yield "the receipt is signed by another key than the one that you trust"
    if events and payload["digest"] != events[-1]["digest"]:
        vouched = any(event["digest"] == payload["digest"] for event in events)
        yield (
            "events were added after the receipt"
            if vouched
            else "the event that the receipt vouches for is missing: the newest were cut off"
        )
    if events and payload["pii_principal_id"] != events[-1]["subject"]:
        yield "the receipt is somebody else's"


def _signed(key: dict[str, str], content: bytes, signature: bytes) -> bool:
    if len(signature) != 2 * _HALF:
        return False
    x, y = (int.from_bytes(_bytes(key[name]), "big") for name in ("x", "y"))
    first, second = (int.from_bytes(part, "big") for part in (signature[:_HALF], signature[_HALF:]))
    try:
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        der = encode_dss_signature(first, second)
        public.verify(der, content, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _thumbprint(key: dict[str, str]) -> str:
    members = {name: key[name] for name in ("crv", "kty", "x", "y")}
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return _base64url(hashlib.sha256(text.encode()).digest())


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


if __name__ == "__main__":
    sys.exit(main())
