"""What the desk's routes for people take and give."""

from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StringConstraints
from typing_extensions import TypedDict

from desk.requests.schemas import RequestSummary
from shared.edge.body import Body
from shared.edge.field_types import (
    Day,
    Email,
    FieldName,
    Id,
    Identifier,
    LanguageEvidence,
    Moment,
    Paragraphs,
)

# What a record says or shall say: compared, or checked by the rules of its own field.
Value = Annotated[
    str, Identifier("read by its field's own type"), StringConstraints(max_length=10_000)
]


class PersonSearch(Body):
    """Whom to look for, and at which moment (RFC 3339)."""

    email: Email
    at: Moment | None = None


class RecordCorrection(Body):
    """What a record shall say: null takes a field away; `before` is what staff saw there.

    A record that does not say `before` any more is not touched (409).
    """

    fields: Annotated[dict[FieldName, Value | None], Field(min_length=1, max_length=20)]
    before: Annotated[dict[FieldName, Value | None], Field(max_length=20)] | None = None
    reason: Paragraphs


class StaffPreferenceEntry(Body):
    """A letter, call or mail in which somebody says what they wish (S48)."""

    choices: Annotated[dict[Id, StrictBool], Field(min_length=1, max_length=64)]
    channel: Literal["letter", "phone", "email"]
    received_on: Day
    note: Paragraphs | None = None
    email: Email | None = None
    language: LanguageEvidence = Field(
        None, description="that the person wrote or spoke, BCP 47: the mail is in it"
    )


class Permission(TypedDict):
    """Whether data may be used for one purpose, why, since when, and what decided it."""

    purpose: str
    title: str
    lawful_basis: str
    allowed: bool
    reason: str
    since: str | None
    decided_by: int | None
    method: str | None
    notice: str | None


class Notice(TypedDict):
    """Words as they were shown; `sha256` is of exactly `text`."""

    id: str
    sha256: str
    policy_version: str
    title: str
    text: str


class PointInTime(TypedDict):
    """How consent stood at a moment, by which events and under which words (S51)."""

    at: str
    policy_version: str
    permissions: list[Permission]
    suppressed_since: str | None
    restricted_since: str | None
    events: list[dict[str, Any]]
    notices: list[Notice]


class HeldRecord(TypedDict):
    """A record, with where it came from and what was corrected in it."""

    record_id: str
    kind: str
    title: str
    received_at: str
    fields: dict[str, Any]
    facts: dict[str, Any]
    provenance: dict[str, Any]
    sources: dict[str, Any]
    changes: list[dict[str, Any]]
    browser: str | None


class HeldRecordPage(TypedDict):
    """Some of a person's records, and where the next page begins."""

    items: list[HeldRecord]
    next: str | None


class DecisionPage(TypedDict):
    """Some of a person's decisions, the oldest first, and where the next page begins."""

    items: list[dict[str, Any]]
    next: str | None


class LinkedBrowser(TypedDict):
    """A linked browser: its decisions so far, the oldest first, and how many visits are kept.

    `browser` is the beginning of its name; whole, the name would let anybody decide for it.
    """

    browser: str
    decisions: list[dict[str, Any]]
    more_decisions: bool
    at: dict[str, Any] | None
    visits: int
    more_visits: bool


class PermittedUse(TypedDict):
    """A use of data whose use is restricted, as staff recorded it (UK GDPR Art. 18(2))."""

    request_id: str
    at: str
    by: str
    ground: str
    purpose: str | None
    reason: str


class Person(TypedDict):
    """All that is held about one person: of records and decisions (`history`) the first page.

    `next` is the cursor for more of the records, `history_next` for more of the decisions.

    `undeliverable`: why their address is not mailed any more, bounced or complained (it called a
    mail spam); then only a letter or a call reaches them. `permitted_uses` were made of their data
    while its use was restricted, oldest first.
    """

    person_id: str
    undeliverable: str | None
    permissions: list[Permission]
    suppressed_since: str | None
    restricted_since: str | None
    records: list[HeldRecord]
    next: str | None
    requests: list[RequestSummary]
    permitted_uses: list[PermittedUse]
    browsers: list[LinkedBrowser]
    history: list[dict[str, Any]]
    history_next: str | None
    then: PointInTime | None


class NotifiedRecipient(TypedDict):
    """Somebody to whom data was passed on, who is told of the change; `mailed`, if we can."""

    recipient: str
    mailed: bool


class CorrectedRecord(TypedDict):
    """The record as it is now, what changed, and who is told."""

    record: HeldRecord
    changed: list[str]
    redacted: list[str]
    recipients: list[NotifiedRecipient]


class PreferenceChanges(TypedDict):
    """What was entered, and how every purpose stands with it.

    `awaits_confirmation` names what was allowed by phone and counts once the person confirms it.
    """

    person_id: str
    record_id: str
    decided_at: str
    permissions: list[Permission]
    awaits_confirmation: list[str]
