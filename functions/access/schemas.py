"""What data subject requests look like on the wire."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from typing_extensions import TypedDict

from shared.edge.body import Body
from shared.edge.field_types import (
    BrowserEvidence,
    Email,
    FieldName,
    FreeText,
    Id,
    Name,
    Paragraphs,
    Token,
    corrected,
)
from shared.edge.parameters import Query

RequestType = Literal[
    "access",
    "portability",
    "rectification",
    "erasure",
    "restriction",
    "objection",
    "complaint",
]


class Correction(Body):
    """One field that is wrong or missing, and what it should say (S55)."""

    field: FieldName
    value: Annotated[str, FreeText(1000)]

    @field_validator("value")
    @classmethod
    def _as_kept(cls, value: str, info: ValidationInfo) -> str:
        """Write it as a form would keep it, where it can be; a right does not hang on a form."""
        try:
            return corrected(info.data["field"], value)
        except (KeyError, ValueError):
            return value


class NewRequest(Body):
    """A request about one's own data."""

    type: RequestType
    email: Email
    name: Name
    details: Paragraphs | None = None
    corrections: Annotated[list[Correction], Field(min_length=1, max_length=20)] | None = None
    consent_id: BrowserEvidence = None
    policy_version: Id | None = None


class Verification(Body):
    """The token of the mailed link."""

    token: Token


class ExportQuery(Query):
    """Which form of the copy."""

    format: Literal["zip", "json", "html", "csv"] = Field(
        "zip", description="zip has all of it; csv is a zip file, too."
    )


class RequestReceipt(TypedDict):
    """A request that is stored; the mail that goes to the address says how to go on."""

    request_id: str
    status: str
    received_at: str
    redacted: list[str]


class PublicTimelineEvent(TypedDict):
    """One step of a request; `by` is you, us or our system."""

    at: str
    action: str
    by: str
    status: str
    reason: str | None


class RequestStatus(TypedDict):
    """A request as the person who made it sees it.

    `due_on` is the last day for the answer, null while the clock has not started or stands;
    `awaiting` says what for; `export` is null until a copy is ready.
    """

    request_id: str
    type: str
    status: str
    received_at: str
    due_on: str | None
    target_on: str | None
    awaiting: str | None
    closed_at: str | None
    timeline: list[PublicTimelineEvent]
    export: "Export | None"
    certificate: dict[str, object] | None


class Export(TypedDict):
    """A copy that is ready: until when, and in which formats."""

    prepared_at: str
    available_until: str
    formats: list[str]


class VerifiedRequest(RequestStatus):
    """The request, and a session for it."""

    session: str
    expires_at: str
