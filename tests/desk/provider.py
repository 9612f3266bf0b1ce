"""An OpenID provider on loopback that answers as Cognito's managed login: code, PKCE, rotation.

Providers to install give opaque access tokens; the API's authoriser reads Cognito's, which are
signed and say scope and groups. What a real one checks is checked here: the registered return
address, the verifier, that a code and what renews are used once.
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.wrappers import Request, Response

from infra.sign_in import LOOPBACK_PORTS, LOOPBACK_RETURN, RESOURCE, SCOPE_NAME
from local import server
from local.serving import serving
from local.staff_pool import StaffPool

CLIENT = "1example23456789"


@dataclass
class Provider:
    """One user pool with one member of staff, whose groups a test may change."""

    url: str = ""
    groups: list[str] = field(default_factory=lambda: ["privacy_officer"])
    lives: int = 300
    disabled: bool = False
    returns: set[str] = field(default_factory=set)
    scope: str = f"openid {RESOURCE}/{SCOPE_NAME}"

    def __post_init__(self) -> None:
        """Make a key of its own."""
        self.key = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
        self.codes: dict[str, dict[str, str]] = {}
        self.renewals: set[str] = set()
        self.revoked: list[str] = []
        self.left = 0

    @property
    def pool(self) -> StaffPool:
        return StaffPool(self.url, self.url, CLIENT)

    def token(self, **more: Any) -> str:
        """Sign an access token of the pool's; `more` changes what it says."""
        now = int(time.time())
        claims = {
            "sub": "5f6c2a0e-olu",
            "iss": self.url,
            "client_id": CLIENT,
            "token_use": "access",
            "scope": self.scope,
            "cognito:groups": self.groups,
            "iat": now,
            "exp": now + self.lives,
            **more,
        }
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        """Answer one request."""
        request = Request(environ)
        pages = {
            "/oauth2/authorize": self._authorize,
            "/oauth2/token": self._token,
            "/oauth2/revoke": self._revoke,
            "/logout": self._logout,
            "/.well-known/jwks.json": self._keys,
        }
        page = pages.get(request.path)
        answer = page(request) if page else Response("nothing here", 404)
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer(environ, start)

    def _authorize(self, request: Request) -> Response:
        asked = request.args.to_dict()
        good = (
            asked.get("client_id") == CLIENT
            and asked.get("redirect_uri") in self.returns
            and asked.get("response_type") == "code"
            and asked.get("code_challenge_method") == "S256"
        )
        if not good:
            return Response("redirect_mismatch", 400)
        code = secrets.token_urlsafe(24)
        self.codes[code] = asked
        back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
        link = back.replace("&", "&amp;")
        page = f'<!doctype html><title>Pool</title><a href="{link}">Sign in as Olu</a>'
        return Response(page, mimetype="text/html")

    def _token(self, request: Request) -> Response:
        form = request.form
        refused = Response('{"error":"invalid_grant"}', 400, mimetype="application/json")
        if form.get("client_id") != CLIENT or self.disabled:
            return refused
        if form.get("grant_type") == "authorization_code":
            asked = self.codes.pop(form.get("code", ""), None)
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if asked is None or asked["code_challenge"] != challenge:
                return refused
            if asked["redirect_uri"] != form.get("redirect_uri"):
                return refused
        elif form.get("refresh_token") in self.renewals:
            self.renewals.discard(form["refresh_token"])
        else:
            return refused
        renewal = secrets.token_urlsafe(24)
        self.renewals.add(renewal)
        found = {
            "access_token": self.token(),
            "refresh_token": renewal,
            "expires_in": self.lives,
            "token_type": "Bearer",
        }
        return Response(json.dumps(found), mimetype="application/json")

    def _revoke(self, request: Request) -> Response:
        self.revoked.append(request.form["token"])
        self.renewals.discard(request.form["token"])
        return Response(status=200)

    def _logout(self, request: Request) -> Response:
        self.left += 1
        return Response(status=302, headers={"Location": request.args["logout_uri"]})

    def _keys(self, _request: Request) -> Response:
        keys = KeySet([self.key]).as_dict(private=False)
        return Response(json.dumps(keys), mimetype="application/json")


@contextmanager
def running() -> Iterator[Provider]:
    """Serve a provider on a free port."""
    made = Provider()
    listening = server.listen(made, 0)
    made.url = f"http://{server.HOST}:{listening.server_port}"
    made.returns = {LOOPBACK_RETURN.format(port=port) for port in LOOPBACK_PORTS}
    with serving(listening):
        yield made
