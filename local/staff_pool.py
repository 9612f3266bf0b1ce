"""A user pool's tokens, checked as API Gateway's Cognito authoriser checks them.

The local run believes a role that is named; where a pool is given (a test's, on this machine), the
gateway takes its access tokens and nothing else.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import urllib3
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

_BEARER = "Bearer "


@dataclass(frozen=True)
class StaffPool:
    """A pool: its `issuer`, the `url` of its sign-in pages, the `client` that staff use."""

    issuer: str
    url: str
    client: str

    @property
    def variables(self) -> dict[str, str]:
        """Return what the stage tells the pages."""
        return {"sign_in_url": self.url, "sign_in_client": self.client}

    def claims(self, authorization: str | None, scopes: list[str]) -> dict[str, str] | None:
        """Return the claims of an access token that is good and has one of `scopes`; else None.

        Their values are texts, as the gateway gives them.
        """
        text = (authorization or "").removeprefix(_BEARER)
        document = urllib3.request("GET", f"{self.issuer}/.well-known/jwks.json", timeout=5.0)
        try:
            found = jwt.decode(text, KeySet.import_key_set(document.json()), algorithms=["RS256"])
        except (JoseError, ValueError):
            return None
        claims: dict[str, Any] = found.claims
        good = (
            claims.get("iss") == self.issuer
            and claims.get("token_use") == "access"
            and claims.get("client_id") == self.client
            and claims.get("exp", 0) > datetime.now(UTC).timestamp()
            and set(str(claims.get("scope", "")).split()) & set(scopes)
        )
        return {name: _text(value) for name, value in claims.items()} if good else None


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
