"""Who is at the terminal: a local group's token, or a sign-in on the user pool's own pages.

The browser signs in and comes back to a port of this machine (RFC 8252) with a code that only this
command can use (RFC 7636), so password, app and passkey are asked for by the pool alone. A sign-in
is kept in a file that only its owner can read: a token that lives for minutes, and what a new one
is had for, another one each time, during a working day. Nothing secret is in the arguments.
"""

import base64
import hashlib
import html
import json
import os
import re
import secrets
import sys
import time
import webbrowser
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import urllib3

from infra.sign_in import LOOPBACK_PORTS, LOOPBACK_RETURN, SCOPE
from ops import CommandError

# A token is renewed this long before its end, so that it does not end on the way.
EARLY_SECONDS = 30
# As long as somebody may need to find the phone with the app.
PATIENCE_SECONDS = 300
_PRIVATE = 0o600
_TIMEOUT = urllib3.Timeout(connect=5, read=15)
_REFUSED, _SERVER_FAULT = 400, 500
_DONE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Signed in</title>"
    "<p>You can close this page and go back to the terminal.</p>"
)


@dataclass(frozen=True)
class Client:
    """Where staff sign in (`url`) and as what (`client`), as the deployment's console says it."""

    url: str
    client: str


def token(local_group: str | None) -> str:
    """Return what to send: of `--as`, of PRIVACY_DESK_TOKEN, or of the last sign-in.

    Raises:
        CommandError: there is none of the three, or the sign-in is over.
    """
    if local_group:
        return f"local-{local_group}"
    given = os.environ.get("PRIVACY_DESK_TOKEN")
    if given:
        return given
    kept = _kept()
    if kept.get("until", 0) > time.time() + EARLY_SECONDS:
        return str(kept["token"])
    renewed = _renewed(kept) if kept.get("refresh") else None
    if renewed is None:
        raise CommandError(
            "Nobody is signed in: run `python -m ops desk --url URL sign-in`; "
            "against `make run`, say --as GROUP instead."
        )
    return renewed


def sign_in(api: str, *, browser: bool = True) -> Path:
    """Have the browser sign in, wait for it to come back, keep the tokens.

    `api` is the deployment's address; without `browser` the link is only written to be opened.

    Raises:
        CommandError: the API has no sign-in, nobody came back, or the pool refuses the code.
    """
    asked = _client(api)
    server = _listening()
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    back = LOOPBACK_RETURN.format(port=server.server_port)
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": asked.client,
        "redirect_uri": back,
        "scope": f"openid {SCOPE}",
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    link = f"{asked.url}/oauth2/authorize?{urlencode(query)}"
    print(f"Sign in here, if no browser opens by itself:\n  {link}", file=sys.stderr)
    if browser:
        webbrowser.open(link)
    with server:
        code = server.code(state)
    grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
    found = _exchanged(asked, {**grant, "code_verifier": verifier})
    if found is None:
        raise CommandError("The user pool did not take the sign-in; begin again.")
    return keep(found, asked)


def sign_out() -> None:
    """Have the kept sign-in no longer renewed by anybody, and forget it.

    Raises:
        CommandError: the pool cannot be told; the file is gone all the same.
    """
    kept = _kept()
    _place().unlink(missing_ok=True)
    if kept.get("refresh"):
        asked = Client(kept["url"], kept["client"])
        if _post(asked, "oauth2/revoke", {"token": kept["refresh"]}) is None:
            raise CommandError("The user pool was not told.")


def keep(found: dict[str, Any], asked: Client) -> Path:
    """Write the tokens where only their owner can read them."""
    place = _place()
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    kept = {
        "token": str(found["access_token"]),
        "until": time.time() + float(found.get("expires_in", 0)),
        "refresh": str(found.get("refresh_token", "")),
        "url": asked.url,
        "client": asked.client,
    }
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "w") as file:
        json.dump(kept, file)
    draft.replace(place)
    return place


class _Server(HTTPServer):
    """Waits on this machine for the browser to come back, and takes nothing else."""

    query: dict[str, list[str]] | None = None

    def code(self, state: str) -> str:
        """Return the code that the browser brings.

        Raises:
            CommandError: it brings another answer, or none in time.
        """
        self.timeout = 1
        until = time.monotonic() + PATIENCE_SECONDS
        while self.query is None and time.monotonic() < until:
            self.handle_request()
        if self.query is None:
            raise CommandError("Nobody signed in within five minutes; begin again.")
        if self.query.get("state") != [state] or "code" not in self.query:
            raise CommandError("What came back belongs to another sign-in; begin again.")
        return self.query["code"][0]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """Take the answer that the browser brings."""
        found = urlsplit(self.path)
        mine = found.path == urlsplit(LOOPBACK_RETURN).path
        if mine:
            self.server.query = parse_qs(found.query)
        self.send_response(200 if mine else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(_DONE.encode() if mine else b"")

    def log_message(self, *_: Any) -> None:
        """Keep quiet: the address has the code in it."""


def _listening() -> _Server:
    """Listen on the first of the ports that the pool knows which is free.

    Raises:
        CommandError: all of them are taken.
    """
    for port in LOOPBACK_PORTS:
        try:
            return _Server(("localhost", port), _Handler)
        except OSError:
            continue
    raise CommandError(f"The ports {', '.join(map(str, LOOPBACK_PORTS))} are all taken here.")


def _client(api: str) -> Client:
    """Ask the deployment's console where staff sign in.

    Raises:
        CommandError: it cannot be reached, or has no sign-in (as the local run: `--as`).
    """
    if not api.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise CommandError("The desk's address is https, or http on this machine.")
    try:
        page = urllib3.request("GET", f"{api.rstrip('/')}/desk", timeout=_TIMEOUT, redirect=False)
    except urllib3.exceptions.HTTPError:
        raise CommandError(f"{api} cannot be reached.") from None
    found = re.search(r'data-sign-in="([^"]*)"', page.data.decode(errors="replace"))
    told = json.loads(html.unescape(found[1])) if found else {}
    if not told.get("url"):
        raise CommandError(f"{api} has no sign-in of its own; on this machine give --as GROUP.")
    return Client(str(told["url"]), str(told["client"]))


def _renewed(kept: dict[str, Any]) -> str | None:
    """Have a new token for a sign-in that is still good; None if it is over."""
    asked = Client(kept["url"], kept["client"])
    grant = {"grant_type": "refresh_token", "refresh_token": kept["refresh"]}
    found = _exchanged(asked, grant)
    if found is None:
        return None
    keep({"refresh_token": kept["refresh"], **found}, asked)
    return str(found["access_token"])


def _exchanged(asked: Client, grant: dict[str, str]) -> dict[str, Any] | None:
    answer = _post(asked, "oauth2/token", grant)
    if answer is None:
        raise CommandError(f"{asked.url} cannot be reached.")
    if answer.status >= _REFUSED:
        return None
    found: dict[str, Any] = json.loads(answer.data)
    return found


def _post(asked: Client, path: str, values: dict[str, str]) -> urllib3.BaseHTTPResponse | None:
    """Send a form to the pool; None where no answer can be had."""
    try:
        answer = urllib3.request(
            "POST",
            f"{asked.url}/{path}",
            body=urlencode({**values, "client_id": asked.client}),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            timeout=_TIMEOUT,
            retries=False,
            redirect=False,
        )
    except urllib3.exceptions.HTTPError:
        return None
    return None if answer.status >= _SERVER_FAULT else answer


def _kept() -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads(_place().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept


def _place() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "privacy-desk" / "sign-in.json"
