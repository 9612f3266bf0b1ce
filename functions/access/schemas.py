"""What data subject requests look like on the wire."""

from typing import Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from shared.edge.body import Body
from shared.edge.field_types import BrowserEvidence, Email, Paragraphs, Token
from shared.edge.parameters import Query
from shared.edge.submission import Agent, Submission


class Representative(Agent):
    """Somebody who asks for the person: who, and what shows that they may.

    The link that confirms the request goes to the person's own address.
    """

    email: Email


class NewRequest(Submission):
    """A request about one's own data, or about that of the person for whom an agent asks."""

    email: Email
    agent: Representative | None = None


class RequestToken(Body):
    """The token of the mailed link."""

    token: Token


class Verification(RequestToken):
    """The token of the mailed link, and the browser in which it was opened."""

    consent_id: BrowserEvidence = None


class NewMessage(Body):
    """What the person has to say about a request of theirs."""

    message: Paragraphs


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


class RequestLinkReceipt(TypedDict):
    """A wish for a fresh link; what follows goes to the address of the request alone."""

    received_at: str


class AddressConfirmed(TypedDict):
    """A new address that was shown to be whose it is; the same for every request."""

    confirmed_at: str


class PublicTimelineEvent(TypedDict):
    """One step of a request; `by` is you, an agent of yours, us or our system."""

    at: str
    action: str
    by: str
    status: str
    reason: str | None


class RequestContent(TypedDict):
    """What a request says, in the words that were sent."""

    name: str
    details: str | None
    corrections: list[dict[str, str]]
    ground: str | None
    agent: dict[str, str] | None


class RequestPreview(TypedDict):
    """What opening the mailed link confirms: this submission and no other.

    `confirmed`: it was shown before who asks, so that the link only opens the request.
    """

    request_id: str
    type: str
    what: str
    received_at: str
    status: str
    confirmed: bool
    asked: RequestContent


class RelatedRequest(TypedDict):
    """Another request of the same person, of whom it was shown that they asked."""

    request_id: str
    type: str
    status: str
    received_at: str


class RequestStatus(TypedDict):
    """A request as the person who made it sees it.

    `due_on` is the last day for the answer, null while the clock has not started or stands;
    `awaited` says what for; `export` is null until a copy is ready; `outcome` is what we answered.
    """

    request_id: str
    type: str
    what: str
    status: str
    received_at: str
    due_on: str | None
    target_on: str | None
    awaited: str | None
    closed_at: str | None
    asked: RequestContent
    timeline: list[PublicTimelineEvent]
    export: "Export | None"
    certificate: dict[str, Any] | None
    related: list[RelatedRequest]


class Export(TypedDict):
    """A copy that is ready: until when, and in which formats."""

    prepared_at: str
    available_until: str
    formats: list[str]


class ExportLink(TypedDict):
    """Where the copy lies for the next minutes: a page navigates there."""

    url: str
    expires_at: str


class VerifiedRequest(TypedDict):
    """The request, and a session of 30 minutes for it."""

    session: str
    expires_at: str
    request: RequestStatus
