"""What the forms take and answer (S2, S3); unknown fields are refused."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from shared.edge.body import Body
from shared.edge.field_types import (
    BrowserEvidence,
    Email,
    Id,
    LanguageEvidence,
    Name,
    PageEvidence,
    Paragraphs,
    ShownEvidence,
    Token,
    Trap,
)
from shared.edge.person_details import PersonDetails
from shared.edge.request_context import Gpc

GpcOverride = Annotated[
    bool, Field(description="shown that the browser opts out, whoever decides chose otherwise")
]


class Form(Body):
    """What every form has: who writes, under which policy, from where, and the opt-out box."""

    email: Email
    policy_version: Id = Field(description="the version whose words the form showed")
    language: LanguageEvidence = None
    page: PageEvidence = None
    shown: ShownEvidence = None
    consent_id: BrowserEvidence = None
    marketing_opt_out: bool = Field(
        default=False,
        description="the box that objects to marketing by anybody, at once, but not to the"
        " newsletter that the same form asks for",
    )
    gpc_override: GpcOverride = False
    website: Trap | None = Field(None, description="a trap for robots: leave it out")


class Offers(Body):
    """The boxes that words of a form may offer (`boxes` of its notice), all empty at first.

    Ticking one asks for its purpose; only the mailed link grants it.
    """

    marketing_opt_in: bool = Field(default=False, description="asks for our news and offers")
    third_party_promotions_opt_in: bool = Field(
        default=False, description="asks for other companies' offers, which we would send"
    )


class Contact(Form, Offers, PersonDetails):
    """A message to the company."""

    name: Name
    subject: Name | None = None
    message: Paragraphs


class Newsletter(Form):
    """A subscription, which counts only when confirmed by mail."""

    name: Name | None = None


class Account(Form, Offers, PersonDetails):
    """An application for a customer account, which counts only when confirmed by mail."""

    name: Name
    organisation: Name


class Confirmation(Body):
    """The token of a mailed link, and the browser that it was opened in."""

    token: Token
    consent_id: BrowserEvidence = Field(
        None, description="the browser's; opening the mailed link in it makes it the person's"
    )
    gpc_override: GpcOverride = False


class ConfirmedPurpose(TypedDict):
    """A purpose that confirming allows."""

    id: str
    title: str


class ConfirmationPreview(TypedDict):
    """What a mailed link confirms, as it was submitted, and what that allows.

    `confirms` is subscription or account; `confirmed_at` is null until it is pressed. `grants` is
    what pressing would allow in this browser; `gpc` what its signal keeps out of that.
    """

    confirms: str
    email: str
    name: NotRequired[str]
    phone: NotRequired[str]
    job_title: NotRequired[str]
    organisation: NotRequired[str]
    organisation_details: NotRequired[str]
    language: NotRequired[str]
    received_at: str
    expires_at: str
    confirmed_at: str | None
    policy_version: str
    notice: str
    grants: list[ConfirmedPurpose]
    gpc: Gpc


class FormReceipt(TypedDict):
    """What the sender may quote; `redacted` names the fields a card number was taken out of.

    `gpc` is there where the browser sent its signal, with the boxes' purposes that it turned off.
    """

    received_at: str
    reference: NotRequired[str]
    redacted: NotRequired[list[str]]
    gpc: NotRequired[Gpc]


class FormConfirmed(TypedDict):
    """When the address was shown to be the sender's own, and which purposes that granted.

    `gpc` names those that the browser's signal turned off.
    """

    confirmed_at: str
    granted: list[str]
    gpc: Gpc
