"""The Idempotency-Key header: same key and body, the first answer again (RFC draft, K8)."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from shared.domain import idempotency
from shared.domain.errors import Invalid
from shared.domain.idempotency import IdempotencyKey
from shared.edge.body import Body
from shared.storage import idempotency_claims

__all__ = ["IdempotencyKey", "Once", "once", "read"]

POINTER = "/headers/Idempotency-Key"
METHODS = frozenset({"PATCH", "POST"})
# Members of a body that name whose request it is.
_NAMES = ("consent_id", "email", "token")


def read(
    values: list[str] | None,
    operation: str,
    path: Mapping[str, str],
    query: Mapping[str, str],
    body: Body | None,
    *,
    named: bool,
) -> IdempotencyKey:
    """Read the header's values; `operation`, path, query and body are what is asked.

    `named` tells that the caller is known. Where neither the caller nor the request names
    anybody, the key alone tells two callers apart, so that it must be random.

    Raises:
        Invalid: the header stands there twice or is no key, or is one that others may think of.
    """
    if not values:
        return IdempotencyKey()
    try:
        key = idempotency.read(", ".join(values))
    except ValueError as fault:
        raise Invalid.field(POINTER, str(fault)) from None
    named = named or bool(path) or any(getattr(body, name, None) for name in _NAMES)
    if not named and not idempotency.looks_random(key):
        raise Invalid.field(POINTER, "must be random, as a UUID is, where nobody is named")
    content = body.model_dump(mode="json", exclude_unset=True) if body is not None else None
    asked = {"path": dict(path), "query": dict(query), "body": content}
    return IdempotencyKey(key, idempotency.fingerprint(key, operation, asked))


@dataclass(slots=True)
class Once:
    """Whether a request was done before, and of what it led to what cannot be read again.

    An effect that is a transaction takes `finishing` as its members: then nobody is left not
    knowing whether it was done, whatever becomes of its answer.
    """

    done: bool = False
    result: dict[str, Any] = field(default_factory=dict)
    finish: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None
    finished: bool = False

    def finishing(self) -> list[dict[str, Any]]:
        """Return the write that closes the claim with the result so far; none without a key."""
        self.finished = True
        return [self.finish(self.result)] if self.finish else []


@contextmanager
def once(owner: str, request: Any) -> Iterator[Once]:
    """Have the effect of a request happen once for its owner's key, for what has no other name.

    Whoever uses it does nothing where it was `done`, and else leaves in `result` what the answer
    to a repetition needs. What is refused, or fails, may come again at once: its effect is such
    that a second time changes nothing. Only where the process died the claim stands for a while.

    Raises:
        IdempotencyConflict: the key came before with another request.
        InFlight: the first one is being worked on.
    """
    if request.key.key is None:
        yield Once()
        return
    first = idempotency_claims.begin(owner, request.key, request.now)
    if first is not None:
        yield Once(done=True, result=dict(first))
        return
    made = Once(finish=partial(idempotency_claims.finishing, owner, request.key, request.now))
    try:
        yield made
    except Exception:
        idempotency_claims.forget(owner, request.key)
        raise
    if not made.finished:
        idempotency_claims.finish(owner, request.key, request.now, made.result)
