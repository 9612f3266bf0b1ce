"""What the consent routes take and answer, as the REST contract has it."""

from typing import Literal

from pydantic import Field, StrictBool
from typing_extensions import TypedDict

from shared.domain.consent import Event, Renewal
from shared.edge.body import Body
from shared.edge.field_types import Id, LanguageEvidence, PageEvidence
from shared.edge.parameters import Query, WholeNumber


class Capture(Body):
    """A visitor's decision, with the notice that was shown."""

    consent_id: Id | None = Field(None, description="the browser's, once it has one")
    policy_version: Id = Field(description="the version whose words were shown")
    notice_id: Id = Field(description="the notice that was shown")
    choices: dict[Id, StrictBool] = Field(
        max_length=64, description="purpose id: true to grant, false to refuse"
    )
    method: Literal["accept_all", "reject_all", "choose", "form", "preference_centre", "gpc"]
    gpc_override: bool = Field(
        default=False, description="shown that the browser opts out, the visitor chose otherwise"
    )
    language: LanguageEvidence = Field(None, description="of the notice as shown, BCP 47")
    page: PageEvidence = None


class Withdrawal(Body):
    """Which permissions are taken back."""

    purposes: list[Id] | None = Field(
        None, min_length=1, max_length=64, description="all that rest on consent if absent"
    )


class HistoryQuery(Query):
    """Which page of the history."""

    cursor: WholeNumber = Field(0, description="The `next` of the page before.")


class RecordedDecision(TypedDict):
    """The state after a decision; `digest` is the visitor's proof of the whole history so far."""

    consent_id: str
    decided_at: str
    expires_at: str
    policy_version: str
    choices: dict[str, bool]
    gpc: bool
    sequence: int
    digest: str


class BrowserState(RecordedDecision):
    """What holds now, and whether to ask again."""

    renewal: Renewal


class ConsentHistory(TypedDict):
    """A browser's events, oldest first; `next` is the cursor of the following page, or null."""

    consent_id: str
    events: list[Event]
    next: str | None


def recorded(event: Event) -> RecordedDecision:
    """Answer a decision: a function of the event alone, so a repetition answers the same.

    Choices are put in order, because a stored map gives its members back in any.
    """
    return RecordedDecision(
        consent_id=event["subject"],
        decided_at=event["decided_at"],
        expires_at=event["expires_at"],
        policy_version=event["policy_version"],
        choices=dict(sorted(event["choices"].items())),
        gpc=event["gpc"],
        sequence=event["sequence"],
        digest=event["digest"],
    )
