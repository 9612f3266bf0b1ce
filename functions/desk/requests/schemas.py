"""What the desk's routes for requests take and give."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator
from typing_extensions import TypedDict

from shared.domain.copy_review import MIN_LENGTH
from shared.domain.request_types import RequestType
from shared.edge.body import Body
from shared.edge.field_types import (
    Day,
    FieldName,
    FreeText,
    FreeTree,
    Id,
    Identifier,
    Paragraphs,
)
from shared.edge.parameters import PageQuery
from shared.edge.submission import Agent, Submission

Amount = Annotated[str, Identifier("money"), StringConstraints(pattern=r"^[0-9]{1,5}\.[0-9]{2}$")]
AddressLine = Annotated[str, FreeText(100)]
# How it was shown who asks; of a document that was seen no copy is kept.
IdentityMethod = Literal[
    "undoubted", "known_address", "session", "document_seen", "call_back", "other"
]


class RequestsQuery(PageQuery):
    """Which requests."""

    status: str | None = Field(
        None, description="Only those of this status; all that are open, if left out."
    )
    type: RequestType | None = Field(None, description="Only those of this type.")
    overdue: Literal["true"] | None = Field(None, description="Only those whose last day is over.")
    waiting: Literal["us", "them"] | None = Field(
        None, description="Only those that are open and wait for us, or for the person."
    )


class PostalAddress(Body):
    """Where a letter goes to; `country` as ISO 3166 has it, GB if it is left out."""

    lines: Annotated[list[AddressLine], Field(min_length=1, max_length=6)]
    postcode: Annotated[str, FreeText(16)] | None = None
    country: Annotated[str, Identifier("ISO 3166"), StringConstraints(pattern=r"^[A-Z]{2}$")] = "GB"


class OfflineAgent(Agent):
    """Somebody who asks for the person: who, and what shows that they may.

    `answers_to` is where our answers go by an authority that was seen; left out, none was seen yet.
    """

    answers_to: Literal["agent", "person"] | None = None


class OfflineRequest(Submission):
    """A request that came by post, phone, e-mail or in person; the clock runs from `received_on`.

    A letter without an e-mail address has a `postal_address` in place of `email`; what we answer
    is then a letter to print (S54). `identity_shown`: it left no doubt who asks, by
    `identity_method` (undoubted, if left out); only what leaves doubt is asked about (Art. 12(6)).
    """

    postal_address: PostalAddress | None = None
    agent: OfflineAgent | None = None
    channel: Literal["post", "phone", "email", "in_person", "social_media"]
    received_on: Day
    identity_shown: bool = False
    identity_method: IdentityMethod | None = None

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        """Refuse a request that says nowhere, or at two places, where its answer goes."""
        if (self.email is None) == (self.postal_address is None):
            raise ValueError("must hold exactly one of email and postal_address")
        return self


class CorrectionDecision(Body):
    """Whether one correction is made; a refused one says why."""

    field: FieldName
    accepted: bool
    reason: Paragraphs | None = None


class StaffAction(Body):
    """What staff do to a request.

    `reason` is told to the person for fee, clarification (the question), extension, refusal,
    lifting and completion (the outcome); in a note it is the note, told only with `tell`.
    `ground` is the law's reason for a fee, an extension, a refusal, for what a completion leaves
    undone, or for using restricted data (Art. 18(2)), then with the `purpose` of the policy, if it
    is one; `goes_on` are the purposes that go on in spite of an objection, for that ground, which
    no marketing ever does, nor what another objection ended or one still open (unless it is in
    `also`) is about. `outcome` is what the answer to a complaint comes to: upheld, partly_upheld or
    not_upheld; left out, it is counted as unstated. A fee's `amount` comes with its `calculation`.
    `decisions` are for the completion of a rectification; what they leave out is accepted. `on` is
    the day on which something reached us (proof of identity, a payment, an answer), if that was not
    today. `method` is how identity was shown. `answers_to` is where our answers go by the authority
    that an agent showed, which `reason` describes: to the agent or to the person. `ends_on` is the
    day on which a restriction ends, 14 days from now if it is left out. `also` are other requests
    of the same person and type, to be answered with this one: all of them, or none where one
    refuses.
    """

    reason: Paragraphs | None = None
    ground: Id | None = None
    purpose: Id | None = None
    outcome: Id | None = None
    amount: Amount | None = None
    calculation: Paragraphs | None = None
    on: Day | None = None
    ends_on: Day | None = None
    method: IdentityMethod | None = None
    answers_to: Literal["agent", "person"] | None = None
    tell: bool = False
    decisions: Annotated[list[CorrectionDecision], Field(max_length=20, default_factory=list)]
    also: Annotated[list[Id], Field(max_length=20, default_factory=list)]
    goes_on: Annotated[list[Id], Field(max_length=20, default_factory=list)]


class CopyRedaction(Body):
    """What is withheld of a copy: a whole passage, words of it, or words wherever they stand."""

    ground: Id
    passage: Id | None = None
    words: Annotated[str, FreeText(200)] | None = None

    @field_validator("words")
    @classmethod
    def _long_enough(cls, words: str | None) -> str | None:
        if words is not None and len(words) < MIN_LENGTH:
            raise ValueError(f"must have at least {MIN_LENGTH} characters")
        return words


class CopyReviewDecision(Body):
    """What staff decide about a copy that waits for review.

    `redactions` take the place of what was decided before. `version` is the one that was looked
    at; with `release` the copy goes out.
    """

    version: Id | None = None
    redactions: Annotated[list[CopyRedaction], Field(max_length=200)] | None = None
    release: bool = False


class LetterPosted(Body):
    """The day on which a letter was posted; today, if it is left out."""

    on: Day | None = None


class SourceAnswer(Body):
    """What staff say of a source that did not answer by itself: exactly one of the three."""

    records: Annotated[list[FreeTree], Field(max_length=1000)] | None = None
    skip: Paragraphs | None = None
    retry: bool = False


class RequestSummary(TypedDict):
    """A request in the list; `working_days_left` are those after today, up to the last day."""

    request_id: str
    type: str
    status: str
    name: str
    channel: str
    property: str
    received_at: str
    due_on: str | None
    target_on: str | None
    working_days_left: int | None
    overdue: bool
    identified: bool
    person_id: str


class RequestPage(TypedDict):
    """Requests, first due first, and where the next page begins.

    `unreadable` names those of the page that are stored in a way that cannot be read.
    """

    items: list[RequestSummary]
    unreadable: list[str]
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


class RequestMail(TypedDict):
    """A mail to the person that was due: sent, withheld (tried daily), refused or bounced."""

    mail: str
    at: str
    outcome: str


class ToldRecipient(TypedDict):
    """Somebody to whom data was passed on, and how they are told: mail, letter, or not yet posted.

    `letter_id` is the letter to print, null where a mail went out; `posted_on` when it left.
    """

    recipient: str
    name: str
    change: str
    mailed: bool
    letter_id: str | None
    posted_on: str | None


class UseDespiteObjection(TypedDict):
    """A use of data that may go on in spite of an objection, if a ground of ours says why."""

    purpose: str
    title: str


class RequestDetail(RequestSummary):
    """A request with all that belongs to it.

    `mails` are those to the person with what became of each; `waits_until` is when we give up
    waiting for what only they can give, null where we do not wait or the asking mail did not leave.
    `related` are the person's other requests, side by side; `actions` fit it as it stands;
    `may_go_on` is empty but for an objection; `pauses` tells whether the time stands still while
    we wait for an answer of the person's (Art. 12A(5)). With
    `version` in If-Match an action is refused (412) where somebody else acted since.
    """

    version: int
    email: str | None
    postal_address: dict[str, Any] | None
    agent: dict[str, Any] | None
    details: str | None
    corrections: list[dict[str, str]]
    policy_version: str
    language: str | None
    facts: dict[str, Any]
    sources: dict[str, Any]
    result: dict[str, Any]
    closed_at: str | None
    tell_extension_by: str | None
    pauses: bool
    mails: list[RequestMail]
    waits_until: str | None
    recipients: list[ToldRecipient]
    actions: list[str]
    may_go_on: list[UseDespiteObjection]
    related: list[RequestSummary]
    timeline: list[StaffTimelineEvent]
