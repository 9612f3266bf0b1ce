"""The one table from faults to RFC 9457 problems."""

import json
from dataclasses import dataclass

from shared.domain import errors
from shared.storage import passing_faults

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 50
BUSY = 503


class Malformed(Exception):
    """The body is not JSON in UTF-8."""


class TooLarge(Exception):
    """The body is over 64 KiB."""


class WrongMediaType(Exception):
    """The body is not in a media type that the route reads."""


class NotAcceptable(Exception):
    """The route has no representation that the Accept header allows."""


@dataclass(frozen=True, slots=True)
class Problem:
    """How one kind of fault is told; `slug` ends its type, `detail` is what is said by default."""

    slug: str
    status: int
    title: str
    detail: str


TABLE: dict[type[Exception], Problem] = {
    Malformed: Problem("malformed-json", 400, "Malformed JSON", "The body is not JSON."),
    errors.NotFound: Problem("not-found", 404, "Not found", "There is nothing under that name."),
    NotAcceptable: Problem(
        "not-acceptable", 406, "Not acceptable", "Ask for one of the media types in the detail."
    ),
    TooLarge: Problem("too-large", 413, "Body too large", "A body has at most 64 KiB here."),
    WrongMediaType: Problem(
        "wrong-media-type", 415, "Wrong media type", "Send the body as application/json."
    ),
    errors.Invalid: Problem(
        "invalid", 422, "Invalid request", "Each entry of errors names a field and what is wrong."
    ),
    errors.Unauthenticated: Problem(
        "unauthenticated",
        401,
        "Not signed in",
        "Send Authorization: Bearer with a session that is still open.",
    ),
    errors.Forbidden: Problem(
        "forbidden",
        403,
        "Not allowed",
        "None of your groups may do this; whoever manages staff can add one.",
    ),
    errors.ConsentRequired: Problem(
        "consent-required",
        403,
        "Consent required",
        "This browser has not agreed to the purpose that this serves; nothing was kept.",
    ),
    errors.Denied: Problem(
        "disclosure-denied",
        403,
        "Disclosure denied",
        "Nothing may be passed on without a permission or a legal authority; nothing was kept.",
    ),
    errors.Conflict: Problem(
        "conflict", 409, "Conflict", "This does not fit how things stand; read again, then decide."
    ),
    errors.Outdated: Problem(
        "outdated",
        412,
        "Changed meanwhile",
        "Somebody changed this since you read it; read it again, then decide.",
    ),
    errors.TokenInvalid: Problem(
        "token-invalid",
        410,
        "Link used up",
        "This link was used before, or is too old. Ask for a new one.",
    ),
    errors.Limited: Problem(
        "throttled", 429, "Too many requests", "Wait as Retry-After says, then try again."
    ),
    errors.IdempotencyConflict: Problem(
        "idempotency-conflict",
        422,
        "Idempotency conflict",
        "This Idempotency-Key came before with another request; use a new key.",
    ),
    errors.InFlight: Problem(
        "in-flight",
        409,
        "In flight",
        "The first request with this Idempotency-Key is being worked on; ask again in a moment.",
    ),
    errors.Busy: Problem("busy", 503, "Busy", "Try the same request again in a moment."),
}
UNKNOWN = Problem("internal", 500, "Internal error", "Something failed here; it has been logged.")


def find(fault: Exception) -> Problem:
    """Look a fault up, by its class or the nearest one it derives from; UNKNOWN if in none."""
    if passing_faults.passes(fault):
        return TABLE[errors.Busy]
    return next((TABLE[kind] for kind in type(fault).__mro__ if kind in TABLE), UNKNOWN)


def headers(fault: Exception, status: int) -> dict[str, str]:
    """Return the headers that tell when to come back (RFC 9110; RateLimit header fields draft)."""
    if isinstance(fault, errors.Limited):
        return {
            "Retry-After": str(fault.retry_after),
            "RateLimit-Policy": f'"source";q={fault.limit};w={fault.window}',
            "RateLimit": f'"source";r=0;t={fault.retry_after}',
        }
    if isinstance(fault, errors.Unauthenticated):
        return {"WWW-Authenticate": "Bearer"}
    again = status == BUSY or isinstance(fault, errors.InFlight)
    return {"Retry-After": "1"} if again else {}


def quotes(problem: Problem, fault: Exception) -> bool:
    """Tell whether the fault's own words are for the caller."""
    ours = isinstance(fault, tuple(TABLE)) and not isinstance(fault, errors.Invalid)
    return problem is not UNKNOWN and ours and bool(fault.args)


def body(problem: Problem, fault: Exception, request_id: str) -> str:
    """Write the problem document; nothing of an unknown fault's text is in it."""
    detail = problem.detail
    if quotes(problem, fault):
        detail = str(fault.args[0])
    document: dict[str, object] = {
        "type": f"urn:problem-type:privacy:{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
        "request_id": request_id,
    }
    if isinstance(fault, errors.Invalid):
        document["errors"] = [
            {"pointer": error.pointer, "detail": error.detail}
            for error in fault.errors[:MAX_ERRORS]
        ]
    # A name that the caller gave may hold half a surrogate, which no encoding can write.
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace").decode()
