"""What the desk's routes for disclosures take and give."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from shared.edge.body import Body
from shared.edge.field_types import Cursor, Email, FreeText, Id, Moment, Name, PersonId

DataClass = Annotated[str, FreeText(100)]


class DisclosureGround(Body):
    """Why something may be passed on: exactly one of the four.

    `authority` is the law or order that demands it, with the `reference` of the demand.
    """

    consent: Literal[True] | None = None
    contract: Literal[True] | None = None
    legitimate_interests: Literal[True] | None = None
    authority: Name | None = None
    reference: Name | None = None


class Disclosure(Body):
    """What is passed on, about whom, to which recipient of the policy's register, and why."""

    email: Email | None = None
    person_id: PersonId | None = None
    recipient: Id
    purpose: Id
    data: Annotated[list[DataClass], Field(min_length=1, max_length=50)]
    ground: DisclosureGround
    reference: Name | None = Field(None, description="by which the recipient knows it")
    recipient_email: Email | None = Field(None, description="to tell of corrections and erasures")
    disclosed_at: Moment | None = Field(None, description="now, if left out")


class PersonReference(Body):
    """Whose disclosures to list: `email` or `person_id`."""

    email: Email | None = None
    person_id: PersonId | None = None
    cursor: Cursor | None = None


class DisclosureDetail(TypedDict):
    """A disclosure that was made, with where its recipient is (S12, S31)."""

    disclosure_id: str
    person_id: str
    recipient: str
    recipient_name: str
    location: str
    safeguard: str | None
    purpose: str
    data: list[str]
    ground: dict[str, Any]
    reference: str | None
    recipient_email: str | None
    disclosed_at: str
    recorded_at: str
    recorded_by: str


class DisclosurePage(TypedDict):
    """Disclosures: of one person the oldest first, of everybody the newest; and the next page."""

    items: list[DisclosureDetail]
    next: str | None
