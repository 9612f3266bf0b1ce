"""What can be wrong, in the words of the business. HTTP meets these in edge/problems.py only."""

from dataclasses import dataclass


def pointer(*steps: str | int) -> str:
    """Join steps into an RFC 6901 JSON pointer."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field; `pointer` is an RFC 6901 JSON pointer."""

    pointer: str
    detail: str


class DomainError(Exception):
    """Root of all that a caller can be told about; the message never holds personal data."""


class Invalid(DomainError):
    """The request contradicts the contract or the policy; names every field."""

    def __init__(self, *errors: FieldError) -> None:
        """Hold the field errors, at least one."""
        super().__init__(*(error.pointer for error in errors))
        self.errors = errors

    @classmethod
    def field(cls, pointer: str, detail: str) -> "Invalid":
        """Blame one field."""
        return cls(FieldError(pointer, detail))


class NotFound(DomainError):
    """Nothing is kept under that name, or the caller may not know that there is."""


class IdempotencyConflict(DomainError):
    """The Idempotency-Key came before with another request."""


class TokenInvalid(DomainError):
    """A mailed token or a session is wrong, used, replaced or over: nobody learns which."""


class Unauthenticated(DomainError):
    """The session is missing, wrong or over."""


class Forbidden(DomainError):
    """Signed in, but in no group that may do this."""


class ConsentRequired(DomainError):
    """What was sent may only be kept with a consent that is not given, or no longer (S32)."""


class Denied(DomainError):
    """Passing something on has no ground; the message says why (S49)."""


class Conflict(DomainError):
    """What was asked does not fit how things stand now; the message says how they stand."""


class Outdated(DomainError):
    """What is to be changed is no longer what was seen; the message says what it is now."""


class InFlight(DomainError):
    """The first request of this Idempotency-Key is being worked on."""


class Limited(DomainError):
    """Too many requests from one source; `retry_after` is in seconds."""

    def __init__(self, limit: int, window: int, retry_after: int) -> None:
        """Hold the limit: so many requests in so many seconds."""
        super().__init__("Too many requests from this source; wait as Retry-After says.")
        self.limit = limit
        self.window = window
        self.retry_after = retry_after


class Busy(DomainError):
    """Too many writers, or the store is throttling: the same request may work in a moment."""
