"""`python -m ops evidence`: one archive with all that proves a browser's decisions, offline.

It holds the events as hashed, every policy version that they name with its words, the signed
receipt and the keys, and a manifest; `verify_evidence.py`, which stands beside this file and needs
nothing else of the product, checks it.
"""

import argparse
import hashlib
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ops import CommandError
from ops.ledger import TIMEOUT_SECONDS, events_of

# So that the same evidence gives the same bytes.
_MOMENT = (1980, 1, 1, 0, 0, 0)


ABOUT = "write an archive that proves a browser's decisions without us"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("--api", metavar="URL", required=True, help="the API's address")
    parser.add_argument("--consent", metavar="CONSENT_ID", required=True, help="whose decisions")
    parser.add_argument("--out", type=Path, required=True, help="the archive to write (.zip)")
    parser.set_defaults(func=run)


def run(chosen: argparse.Namespace) -> int:
    """Fetch the evidence and write it."""
    api = chosen.api.rstrip("/")
    events = list(events_of(api, chosen.consent))
    path = f"{api}/v1/consents/{quote(chosen.consent, safe='')}/receipt"
    files = {
        "events.json": written(events),
        "receipt.jws": _fetched(path, "application/jose"),
        "keys.json": _fetched(f"{api}/.well-known/jwks.json"),
    }
    for version in sorted({str(event["policy_version"]) for event in events}):
        address = f"{api}/v1/policy/{quote(version, safe='')}"
        files[f"policies/{version}.json"] = _fetched(address)
    write(chosen.out, files)
    print(f"{chosen.out}: {len(events)} events; check it with python ops/verify_evidence.py")
    return 0


def write(path: Path, files: Mapping[str, bytes]) -> None:
    """Write the archive with its manifest; the same files give the same bytes."""
    listed = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted({**files, "manifest.json": written({"files": listed})}.items()):
            archive.writestr(zipfile.ZipInfo(name, _MOMENT), content, zipfile.ZIP_DEFLATED)


def written(value: Any) -> bytes:
    """Write JSON that does not depend on the order in which it was made."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _fetched(address: str, media_type: str = "application/json") -> bytes:
    asked = urllib.request.Request(address, headers={"Accept": media_type})  # noqa: S310 - checked by events_of
    try:
        with urllib.request.urlopen(asked, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
            return bytes(answer.read())
    except urllib.error.URLError as error:
        raise CommandError(f"{address.partition('/v1')[0]}: {error.reason}.") from None
