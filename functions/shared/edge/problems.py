"""The one table from faults to RFC 9457 problems."""

import json
from dataclasses import dataclass

from shared.domain import errors

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 50


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
    TooLarge: Problem("too-large", 413, "Body too large", "A body has at most 64 KiB."),
    WrongMediaType: Problem(
        "wrong-media-type", 415, "Wrong media type", "Send the body as application/json."
    ),
    errors.Invalid: Problem(
        "invalid", 422, "Invalid request", "Each entry of errors names a field and what is wrong."
    ),
    errors.IdempotencyConflict: Problem(
        "idempotency-conflict",
        422,
        "Idempotency conflict",
        "This Idempotency-Key came before with another request; use a new key.",
    ),
    errors.Busy: Problem("busy", 503, "Busy", "Try the same request again in a moment."),
}
UNKNOWN = Problem("internal", 500, "Internal error", "Something failed here; it has been logged.")

RETRY_AFTER = {429: "1", 503: "1"}


def find(fault: Exception) -> Problem:
    """Look a fault up, by its class or the nearest one it derives from; UNKNOWN if in none."""
    return next((TABLE[kind] for kind in type(fault).__mro__ if kind in TABLE), UNKNOWN)


def body(problem: Problem, fault: Exception, request_id: str) -> str:
    """Write the problem document; nothing of an unknown fault's text is in it."""
    detail = problem.detail
    if problem is not UNKNOWN and not isinstance(fault, errors.Invalid) and fault.args:
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
            for error in fault.errors[:MOST_ERRORS]
        ]
    return json.dumps(document, ensure_ascii=False)
