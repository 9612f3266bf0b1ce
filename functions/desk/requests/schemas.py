"""What the desk's routes for requests take and give."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from shared.domain.data_subject_request import STATUSES
from shared.edge.body import Body
from shared.edge.field_types import (
    BrowserEvidence,
    Day,
    Email,
    FieldName,
    FreeText,
    FreeTree,
    Id,
    Name,
    Paragraphs,
)
from shared.edge.parameters import PageQuery

Status = Literal[
    "awaiting_identity",
    "awaiting_fee",
    "awaiting_clarification",
    "in_progress",
    "completed",
    "refused",
    "cancelled",
    "lapsed",
]
assert set(STATUSES) == set(Status.__args__)  # type: ignore[attr-defined]  # noqa: S101


class Correction(Body):
    """One field that is wrong or missing, and what it should say (S55)."""

    field: FieldName
    value: Annotated[str, FreeText(1000)]


class RequestsQuery(PageQuery):
    """Which requests."""

    status: str | None = Field(
        None, description="Only those of this status; all that are open, if left out."
    )


class OfflineRequest(Body):
    """A request that came by post, phone or e-mail; the clock runs from `received_on` (S54).

    `identity_shown`: the letter or call itself left no doubt who asks.
    """

    type: Literal[
        "access",
        "portability",
        "rectification",
        "erasure",
        "restriction",
        "objection",
        "complaint",
    ]
    email: Email
    name: Name
    channel: Literal["post", "phone", "email"]
    received_on: Day
    details: Paragraphs | None = None
    corrections: Annotated[list[Correction], Field(min_length=1, max_length=20)] | None = None
    consent_id: BrowserEvidence = None
    policy_version: Id | None = None
    identity_shown: bool = False


class CorrectionDecision(Body):
    """Whether one correction is made; a refused one says why."""

    field: FieldName
    accepted: bool
    reason: Paragraphs | None = None


class StaffAction(Body):
    """What staff do to a request.

    `reason` is told to the person for fee, clarification (the question), extension, refusal and
    completion (the outcome); in a note it is the note, told only with `tell`. `decisions` are
    for the completion of a rectification; what they leave out is accepted. `on` is the day on
    which identity was shown, the fee came or the answer arrived, if that was not today.
    """

    reason: Paragraphs | None = None
    on: Day | None = None
    tell: bool = False
    decisions: Annotated[list[CorrectionDecision], Field(max_length=20, default_factory=list)]


class SourceAnswer(Body):
    """What staff say of a source that did not answer by itself: exactly one of the three."""

    records: Annotated[list[FreeTree], Field(max_length=1000)] | None = None
    skip: Paragraphs | None = None
    retry: bool = False


class RequestSummary(TypedDict):
    """A request in the list."""

    request_id: str
    type: str
    status: str
    channel: str
    received_at: str
    due_on: str | None
    target_on: str | None
    overdue: bool
    person_id: str


class RequestPage(TypedDict):
    """Requests, first due first, and where the next page begins."""

    items: list[RequestSummary]
    next: str | None


class StaffTimelineEvent(TypedDict):
    """One step of a request, with whoever took it."""

    sequence: int
    at: str
    by: str
    action: str
    status: str
    reason: str | None
    details: dict[str, Any]


class RequestDetail(RequestSummary):
    """A request with all that belongs to it."""

    name: str
    email: str
    details: str | None
    corrections: list[dict[str, str]]
    policy_version: str
    facts: dict[str, Any]
    sources: dict[str, Any]
    result: dict[str, Any]
    closed_at: str | None
    tell_extension_by: str | None
    timeline: list[StaffTimelineEvent]
