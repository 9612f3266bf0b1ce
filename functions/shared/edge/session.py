"""Who a bearer session belongs to."""

import re

from shared.domain.errors import TokenInvalid, Unauthenticated
from shared.domain.token_scopes import TokenScope
from shared.edge.http import Request
from shared.storage import tokens
from shared.storage.tokens import TokenClaims

_BEARER = re.compile(r"Bearer ([A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{22})", re.IGNORECASE)


def opened(scope: TokenScope, request: Request) -> TokenClaims:
    """Check the Authorization header's session.

    Raises:
        Unauthenticated: it is missing, wrong, or over.
    """
    match = _BEARER.fullmatch(request.header("authorization") or "")
    if match is None:
        raise Unauthenticated
    try:
        return tokens.verify(scope, match[1], request.now)
    except TokenInvalid:
        raise Unauthenticated from None
