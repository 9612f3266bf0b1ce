"""What can be wrong, in the words of the business. HTTP meets these in edge/problems.py only."""

from dataclasses import dataclass


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


class Busy(DomainError):
    """Too many writers, or the store is throttling: the same request may work in a moment."""
