"""What the desk's routes for breaches take and give."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from shared.edge.body import Body
from shared.edge.field_types import Id, Moment, Name, Paragraphs

Count = Annotated[int, Field(ge=0, le=10**9)]


class NewBreach(Body):
    """A breach that was discovered: what happened, how bad, and whose records are concerned.

    Affected are the people with records of `classes` (the policy's) whose retention began from
    `from` to `to` and that came from one of `sources` (the policy's; all if left out).
    """

    title: Name
    facts: Paragraphs
    severity: Literal["low", "medium", "high"]
    happened_at: Moment | None = None
    discovered_at: Moment
    classes: Annotated[list[Id], Field(min_length=1, max_length=20)]
    start: Annotated[Moment, Field(alias="from")]
    end: Annotated[Moment, Field(alias="to")]
    sources: Annotated[list[Id], Field(max_length=20, default_factory=list)]


class BreachDecision(Body):
    """Whether the authority (Art. 33) and the people (Art. 34) are told, and why or why not.

    `ground` is needed where the severity is high and the people are not told (Art. 34(3)).
    """

    notify_authority: bool
    notify_people: bool
    reason: Paragraphs
    ground: Literal["unintelligible_to_others", "risk_averted", "public_communication"] | None = (
        None
    )


class BreachReport(Body):
    """When the authority was told, how it calls the report, and what the report says (Art. 33(3)).

    `people` and `records` are about how many; what is not known yet is left out and told in a
    further report, the same operation again (Art. 33(4)). After the 72 hours `late_reason` is
    needed (Art. 33(1)).
    """

    reported_at: Moment
    reference: Name
    people: Count | None = None
    records: Count | None = None
    consequences: Paragraphs | None = None
    measures: Paragraphs | None = None
    late_reason: Paragraphs | None = None


class BreachNotification(Body):
    """What the people are told in plain words (Art. 34(2)).

    `message` is what happened, `consequences` what may follow, `measures` what the company did and
    does, `advice` what they can do. Whom to ask the mail says by itself.
    """

    subject: Name | None = None
    message: Paragraphs
    consequences: Paragraphs
    measures: Paragraphs
    advice: Paragraphs | None = None


class BreachClosing(Body):
    """Why nothing is left to do.

    `public_communication` is where and when the public was told, for those whom no mail reaches
    (Art. 34(3)(c)).
    """

    reason: Paragraphs
    public_communication: Paragraphs | None = None


class ReportingClock(TypedDict):
    """The 72 hours (Art. 33); `hours_left` is negative when they are over."""

    due_at: str
    hours_left: int
    stopped: bool
    overdue: bool


class NotificationProgress(TypedDict):
    """How far the telling is, in people; browsers and people without address are unreachable.

    Unless `found_all`, the same order is to be sent again: the search goes on where it ended.
    """

    ordered_at: str
    subject: str | None
    message: str
    consequences: str | None
    measures: str | None
    advice: str | None
    found_all: bool
    found: int
    mailed: int
    unreachable: int
    waiting: int
    next_step: str | None


class BreachSummary(TypedDict):
    """One line of the register."""

    breach_id: str
    title: str
    severity: str
    happened_at: str | None
    discovered_at: str
    recorded_at: str
    clock: ReportingClock
    decided: bool
    authority_told: bool
    people_told: bool
    closed_at: str | None


class BreachRegister(TypedDict):
    """All breaches, oldest first (Art. 33(5))."""

    items: list[BreachSummary]
    next: None


class BreachDetail(BreachSummary):
    """A breach with all that was done about it."""

    facts: str
    classes: list[str]
    start: str
    end: str
    sources: list[str]
    by: str
    decision: dict[str, Any] | None
    authority: dict[str, Any] | None
    notification: NotificationProgress | None
    public_communication: str | None
    events: list[dict[str, Any]]
