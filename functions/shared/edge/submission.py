"""What every request is made of, by whichever door it comes: the page or a letter (S52 to S56)."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, field_validator

from shared.domain.errors import FieldError, Invalid, pointer
from shared.domain.request_types import RequestType, row
from shared.edge.body import Body
from shared.edge.field_types import (
    Email,
    FieldName,
    FreeText,
    Id,
    LanguageEvidence,
    Name,
    Paragraphs,
    corrected,
    redacted,
)
from shared.edge.idempotency import IdempotencyKey
from shared.services import open_request
from shared.storage import policies

if TYPE_CHECKING:
    from pydantic import ValidationInfo


class Correction(Body):
    """One field that is wrong or missing, and what it should say (S55)."""

    field: FieldName
    value: Annotated[str, FreeText(1000)]

    @field_validator("value")
    @classmethod
    def _as_kept(cls, value: str, info: "ValidationInfo") -> str:
        """Write it as a form would keep it, where it can be; a right does not hang on a form."""
        try:
            return corrected(info.data["field"], value)
        except (KeyError, ValueError):
            return value


class Agent(Body):
    """Somebody who asks for the person: who, and what shows that they may."""

    name: Name
    email: Email | None = None
    organisation: Name | None = None
    authority: Annotated[str, FreeText(1000, lines=True)]


class Submission(Body):
    """What is asked for, of which type, in whose name, and by whom for them."""

    type: RequestType
    email: Email | None = None
    name: Name
    details: Paragraphs | None = None
    corrections: Annotated[list[Correction], Field(min_length=1, max_length=20)] | None = None
    ground: Literal["accuracy", "unlawful", "claims", "objection"] | None = None
    agent: Agent | None = None
    policy_version: Id | None = None
    language: LanguageEvidence = Field(
        None, description="that the person wrote in, BCP 47: ours is in it, where we have it"
    )

    def asked(
        self, now: datetime, idempotency_key: IdempotencyKey, channel: str, received_at: datetime
    ) -> open_request.NewRequest:
        """Return what is to be taken in.

        Raises:
            Invalid: its parts do not belong to its type, or its policy version is none.
        """
        known = policies.published()
        version = self.policy_version or known.current(now).version
        if known.published(version, now) is None:
            raise Invalid.field("/policy_version", "is not a published policy version")
        kind = row(self.type)
        if self.corrections is not None and not kind.corrections:
            raise Invalid.field("/corrections", "belong to a request of type rectification")
        if kind.corrections and not (self.corrections or self.details):
            raise Invalid.field("/corrections", "is required: which field, and what it should say")
        if twice := self._named_twice():
            raise Invalid(*twice)
        if self.ground is not None and self.ground not in kind.grounds:
            raise Invalid.field("/ground", "belongs to a request of type restriction")
        return open_request.NewRequest(
            type=str(self.type),
            email=self.email,
            name=self.name,
            channel=channel,
            received_at=received_at,
            policy_version=version,
            details=self.details,
            corrections=[item.model_dump() for item in self.corrections or ()],
            agent=_given(self.agent),
            language=self.language,
            redacted=redacted(self),
            facts={"ground": self.ground},
            key=idempotency_key.key,
            fingerprint=idempotency_key.fingerprint,
        )

    def _named_twice(self) -> list[FieldError]:
        """Find corrections of a field that another has before: one decision would be for both."""
        fields = [item.field for item in self.corrections or ()]
        return [
            FieldError(pointer("corrections", index, "field"), "is corrected twice; say one value")
            for index, field in enumerate(fields)
            if field in fields[:index]
        ]


def _given(agent: Agent | None) -> dict[str, Any] | None:
    return agent.model_dump(exclude_none=True) if agent else None
