"""The desk's door: who comes in, who may do what, and a trail of everything they do.

The gateway has checked the sign-in; here its groups are checked against the operation's. What
somebody does is on the audit before they get an answer, reading included (S5, S11).
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.domain.errors import Forbidden
from shared.domain.timestamps import format_timestamp
from shared.edge.body import JSON
from shared.edge.content_negotiation import CSV
from shared.edge.http import STAFF, Api, Request
from shared.storage import audit

OFFICER = frozenset({"privacy_officer"})
WORKERS = OFFICER | {"support"}
READERS = OFFICER | {"auditor"}
EVERYBODY = WORKERS | READERS

api = Api()
# Who may do what: method and path to groups, as each operation declares it.
ALLOWED_GROUPS: dict[tuple[str, str], frozenset[str]] = {}


@dataclass(slots=True)
class AuditContext:
    """Who is acting, and what they do, for the audit."""

    actor: str
    groups: frozenset[str]
    action: str
    request: Request
    written: bool = field(default=False)

    def record(self, person: str | None, **facts: Any) -> None:
        """Write to the audit that the action concerns `person`: before it is carried out.

        `facts` help to understand it and hold no contact data.
        """
        audit.add(
            audit.AuditRecord(
                at=format_timestamp(self.request.now),
                actor=self.actor,
                action=self.action,
                request_id=self.request.request_id,
                person=person,
                facts=facts,
            )
        )
        self.written = True


def route(
    method: str,
    path: str,
    *,
    groups: frozenset[str],
    narrowed: Callable[[Request], frozenset[str]] | None = None,
    **more: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an operation of the desk for these `groups`; `more` is as for `Api.route`.

    The handler takes `trail` beside what other handlers take, and calls `trail.record` before
    it changes anything; if it does not, the audit says that nobody in particular was concerned.
    Who may not do it is turned away before the body is read, and stands in the audit; `narrowed`
    says which of the `groups` one path is for. An answer as CSV leaves the desk as a file, and is
    for READERS alone, whoever may look.
    """

    def declare(handler: Callable[..., Any]) -> Callable[..., Any]:
        ALLOWED_GROUPS[method, path] = groups
        wants_request = "request" in handler.__annotations__

        @functools.wraps(handler)
        def guarded(**arguments: Any) -> Any:
            trail: AuditContext = arguments.pop("admitted")
            trail.request = arguments["request"]
            if not wants_request:
                del arguments["request"]
            try:
                _refuse_file(trail)
                answer = handler(**arguments, trail=trail)
            except Forbidden:
                # What only the operation itself can refuse stands in the audit as other refusals.
                trail.record(None, refused=True)
                raise
            if not trail.written:
                trail.record(None)
            return answer

        # What the API sees of it: the request always, the trail never.
        guarded.__annotations__ = {**handler.__annotations__, "request": Request}
        del guarded.__annotations__["trail"]
        admit = functools.partial(
            _admit, allowed=groups, narrowed=narrowed, action=handler.__name__
        )
        return api.route(method, path, audience=STAFF, admit=admit, **more)(guarded)

    return declare


def listing(
    path: str, *, groups: frozenset[str], answer: type, method: str = "GET", **more: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a list that is also to be had as CSV; `answer` describes a page as JSON."""
    return route(method, path, groups=groups, produces=(JSON, CSV), answer=answer, **more)


def _refuse_file(trail: AuditContext) -> None:
    """Refuse an answer as CSV to who may only look."""
    if trail.request.accepted == CSV and not trail.groups & READERS:
        raise Forbidden


def _admit(
    request: Request,
    *,
    allowed: frozenset[str],
    narrowed: Callable[[Request], frozenset[str]] | None,
    action: str,
) -> AuditContext:
    """Check the groups of the token; Cognito gives several as `[a b]` or `a,b`.

    Raises:
        Forbidden: none of them may do this; the audit says that it was tried.
    """
    words = request.claims.get("cognito:groups", "").strip("[]").replace(",", " ")
    groups = frozenset(words.split())
    trail = AuditContext(request.claims["sub"], groups & EVERYBODY, action, request)
    if not groups & (narrowed(request) if narrowed else allowed):
        trail.record(None, refused=True)
        raise Forbidden
    return trail
